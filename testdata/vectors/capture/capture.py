#!/usr/bin/env python3
"""Records the ClientHello of real TLS clients into captured.json.

A listener on 127.0.0.1 keeps the first bytes of one connection for each line of
CLIENTS and closes it; the client then fails, as it should. Nothing leaves the
machine. Clients that are not installed keep the entry they had. Run it in this
folder; `capture.py NAME...` records only those.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile

MESH = "db.default.dc2.internal.11111111-2222-3333-4444-555555555555.consul"

# name | how to ask the version | the client; {port} is the listener's.
CLIENTS = """
curl_h2 | curl --version | curl -sk --connect-to ::127.0.0.1:{port} https://www.example.com/
curl_http11 | curl --version | curl -sk --http1.1 --connect-to ::127.0.0.1:{port} https://api.example.com/
curl_tls12 | curl --version | curl -sk --tls-max 1.2 --connect-to ::127.0.0.1:{port} https://www.example.com/
curl_address | curl --version | curl -sk https://127.0.0.1:{port}/
curl_mesh | curl --version | curl -sk --connect-to ::127.0.0.1:{port} https://{mesh}/
openssl_default | openssl version | openssl s_client -connect 127.0.0.1:{port} -servername www.example.com
openssl_mesh_alpn | openssl version | openssl s_client -connect 127.0.0.1:{port} -servername {mesh} -alpn h2,http/1.1
openssl_tls12 | openssl version | openssl s_client -connect 127.0.0.1:{port} -servername www.example.com -tls1_2
openssl_no_name | openssl version | openssl s_client -connect 127.0.0.1:{port} -noservername
openssl_psk | openssl version | openssl s_client -connect 127.0.0.1:{port} -servername www.example.com -tls1_3 -psk 1a2b3c4d -psk_identity meshgw
openssl_early_data | openssl version | ./openssl_early_data.sh {port}
python_default | python3 --version | python3 python_client.py {port} www.example.com
python_alpn | python3 --version | python3 python_client.py {port} {mesh} h2 http/1.1
node_default | node --version | node node_client.js {port} www.example.com
node_alpn | node --version | node node_client.js {port} {mesh} h2 http/1.1
go_post_quantum | go version | {go} {port} www.example.com h2 http/1.1
go_mesh | go version | {go} {port} {mesh}
go_classic | go version | {go} -classic {port} www.example.com h2
go_tls12 | go version | {go} -tls12 {port} {mesh}
go_ech | go version | {go} -ech {port} secret.example.com h2
rustls_ring | ./rustls_version.sh | {rustls} ring 127.0.0.1:{port} www.example.com h2 http/1.1
rustls_aws_lc | ./rustls_version.sh | {rustls} aws-lc 127.0.0.1:{port} {mesh}
java_http_client | java --version | java JavaClient.java {port} www.example.com
wget_gnutls | wget --version | wget -q -O /dev/null --no-check-certificate --tries=1 https://127.0.0.1:{port}/
boringssl_grease_ech | echo BoringSSL android-13 | {boringssl} {port} {mesh} istio
boringssl_plain | echo BoringSSL android-13 | {boringssl} -plain {port} www.example.com
"""


def build(folder):
    """Builds the clients that need it and returns their paths."""
    here = os.getcwd()
    paths = {"go": f"{folder}/go_client", "rustls": f"{folder}/rustls_client",
             "boringssl": f"{folder}/boringssl_client"}
    commands = [
        ["go", "build", "-o", paths["go"], "go_client.go"],
        ["cargo", "build", "-q", "--release", "--manifest-path",
         "rustls_client/Cargo.toml", "--target-dir", f"{folder}/rust"],
        ["cp", f"{folder}/rust/release/rustls-client", paths["rustls"]],
        ["g++", "-std=c++20", "-I/usr/include/android", "boringssl_client.cc",
         "-L/usr/lib/x86_64-linux-gnu/android",
         "-Wl,-rpath,/usr/lib/x86_64-linux-gnu/android", "-lssl", "-lcrypto",
         "-o", paths["boringssl"]],
    ]
    for command in commands:
        subprocess.run(command, cwd=here, check=False)
    return paths


def message_complete(data):
    """Whether the records in `data` hold a whole first handshake message."""
    message = b""
    while len(data) >= 5:
        size = int.from_bytes(data[3:5], "big")
        message += data[5:5 + size]
        data = data[5 + size:]
    return (len(message) >= 4 and
            len(message) >= 4 + int.from_bytes(message[1:4], "big"))


def record(command):
    """Runs `command` against a listener and returns the hello's records."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(30)
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            shlex.split(command.replace("{port}", str(port))),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        data = b""
        try:
            connection, _ = listener.accept()
            connection.settimeout(30)
            with connection:
                while not message_complete(data):
                    part = connection.recv(65536)
                    if not part:
                        break
                    data += part
        finally:
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    return data if message_complete(data) else None


def version_of(command):
    """The client's program and version, without where it was built."""
    text = subprocess.run(shlex.split(command), capture_output=True, text=True,
                          check=True).stdout.splitlines()[0].strip()
    for pattern, replacement in (
            (r"^curl (\S+) .*?(OpenSSL/\S+).*", r"curl \1 (\2)"),
            (r"^v(\d\S*)$", r"Node.js \1"),
            (r"^go version go(\S+).*", r"Go \1 crypto/tls"),
            (r"^Python (\S+)$", r"Python \1 ssl"),
            (r"^(openjdk \S+).*", r"\1"),
            (r"^(GNU Wget \S+).*", r"\1 (GnuTLS)"),
            (r"^(OpenSSL \S+).*", r"\1 s_client")):
        text = re.sub(pattern, replacement, text)
    return text


def main():
    wanted = set(sys.argv[1:])
    path = "captured.json"
    known = {}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            known = {entry["name"]: entry for entry in json.load(file)}
    entries = []
    with tempfile.TemporaryDirectory() as folder:
        paths = build(folder)
        for line in CLIENTS.strip().splitlines():
            name, version, command = (part.strip() for part in line.split("|"))
            if wanted and name not in wanted and name in known:
                entries.append(known[name])
                continue
            full = command.replace("{mesh}", MESH)
            for key, value in paths.items():
                full = full.replace("{" + key + "}", value)
            try:
                data = record(full)
                client = version_of(version)
            except (OSError, subprocess.SubprocessError) as error:
                print(f"{name}: {error}", file=sys.stderr)
                data = None
            if data is not None:
                entries.append({"name": name, "client": client,
                                "command": command.replace("{mesh}", MESH),
                                "hex": data.hex()})
                print(f"{name}: {len(data)} bytes")
            elif name in known:
                entries.append(known[name])
            else:
                print(f"{name}: not captured", file=sys.stderr)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
