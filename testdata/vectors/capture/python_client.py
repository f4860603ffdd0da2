"""Sends one ClientHello: python_client.py PORT NAME [ALPN...]."""

import socket
import ssl
import sys

context = ssl.create_default_context()
if len(sys.argv) > 3:
    context.set_alpn_protocols(sys.argv[3:])
with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as plain:
    with context.wrap_socket(plain, server_hostname=sys.argv[2]):
        pass
