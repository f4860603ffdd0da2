#!/bin/sh
# Sends a ClientHello that resumes with early data to 127.0.0.1:$1. The ticket
# comes from an `openssl s_server` that runs for a moment.
set -eu
folder=$(mktemp -d)
server=
trap 'exec 3>&-; [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
  -keyout "$folder/key.pem" -out "$folder/cert.pem" -subj /CN=www.example.com -days 1 2>/dev/null
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
mkfifo "$folder/quiet"
openssl s_server -accept "127.0.0.1:$port" -cert "$folder/cert.pem" \
  -key "$folder/key.pem" -tls1_3 -early_data <"$folder/quiet" >/dev/null 2>&1 &
server=$!
exec 3>"$folder/quiet"  # Held open: the server ends when its input does.

# The client writes the ticket as it comes, which is after the handshake.
tries=0
until [ -s "$folder/ticket.pem" ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 20 ] || exit 1
  (
    waits=0
    until [ -s "$folder/ticket.pem" ] || [ "$waits" -ge 20 ]; do
      waits=$((waits + 1))
      sleep 0.05
    done
    echo Q
  ) | openssl s_client -connect "127.0.0.1:$port" -servername www.example.com \
    -tls1_3 -sess_out "$folder/ticket.pem" >/dev/null 2>&1 || true
done
echo early >"$folder/early.txt"
openssl s_client -connect "127.0.0.1:$1" -servername www.example.com -tls1_3 \
  -sess_in "$folder/ticket.pem" -early_data "$folder/early.txt" </dev/null
