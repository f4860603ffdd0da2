#!/bin/sh
# The version of rustls that the lock file names.
awk '/^name = "rustls"$/ { getline; gsub(/"/, ""); print "rustls", $3 }' \
  "$(dirname "$0")/rustls_client/Cargo.lock"
