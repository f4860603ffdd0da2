#!/usr/bin/env python3
"""Writes ../hello.json from captured.json and the crafted cases below.

The expectations come from the small parser in this file, which shares nothing
with the library, and for broken hellos from the table itself. Fields of a case:

  name, client   what it is, and which program sent it ("" when crafted)
  hex            the stream's first bytes, fed in one piece
  limits         max_message_bytes and max_records, where not the default
  verdict        hello, need_more, not_tls, malformed, too_large, sslv2,
                 too_many_records
  reason, offset the rule broken, and where in the stream ("none", 0)
  server_name    null when there is none
  alpn, versions lists, as sent (versions as numbers)
  records, bytes how many records, and bytes of them, the hello takes
  ech            none, outer or inner
  post_quantum, early_data, ja4
"""

import hashlib
import json
import os

POST_QUANTUM = {0x11EB, 0x11EC, 0x11ED, 0x0200, 0x0201, 0x0202, 0x6399}
MESH = "db.default.dc2.internal.11111111-2222-3333-4444-555555555555.consul"


def u8(value):
    return value.to_bytes(1, "big")


def u16(value):
    return value.to_bytes(2, "big")


def number(data):
    return int.from_bytes(data, "big")


# Reading.

def read_records(data):
    """The first handshake message, and how many records and bytes it takes."""
    message, records, at = b"", 0, 0
    while len(message) < 4 or len(message) < 4 + number(message[1:4]):
        size = number(data[at + 3:at + 5])
        message += data[at + 5:at + 5 + size]
        at += 5 + size
        records += 1
    return message, records, at


def read_hello(message):
    """Version, cipher suites and a list of (id, body) of a good hello."""
    at = 38
    at += 1 + message[at]
    size = number(message[at:at + 2])
    suites = [number(message[i:i + 2]) for i in range(at + 2, at + 2 + size, 2)]
    at += 2 + size
    at += 1 + message[at]
    extensions = []
    at += 2
    while at < len(message):
        size = number(message[at + 2:at + 4])
        extensions.append((number(message[at:at + 2]), message[at + 4:at + 4 + size]))
        at += 4 + size
    return number(message[4:6]), suites, extensions


def list16(body):
    return [number(body[i:i + 2]) for i in range(2, len(body), 2)]


def protocols(body):
    names, at = [], 2
    while at < len(body):
        names.append(body[at + 1:at + 1 + body[at]])
        at += 1 + body[at]
    return names


def groups_shared(body):
    groups, at = [], 2
    while at < len(body):
        groups.append(number(body[at:at + 2]))
        at += 4 + number(body[at + 2:at + 4])
    return groups


def is_grease(value):
    return value & 0x0F0F == 0x0A0A and value >> 8 == value & 0xFF


def ja4(version, suites, extensions):
    bodies = dict(extensions)
    plain = lambda values: [v for v in values if not is_grease(v)]
    if 43 in bodies:
        version = max(plain([number(bodies[43][i:i + 2])
                             for i in range(1, len(bodies[43]), 2)]))
    code = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10"}[version]
    suites = plain(suites)
    ids = plain([i for i, _ in extensions])
    alpn = "00"
    if 16 in bodies:
        first = protocols(bodies[16])[0].decode("latin-1")
        ends = first[0] + first[-1]
        alpn = ends if ends.isascii() and ends.isalnum() else (
            first.encode("latin-1").hex()[0] + first.encode("latin-1").hex()[-1])
    text = lambda values: ",".join(f"{v:04x}" for v in values)
    digest = lambda t: hashlib.sha256(t.encode()).hexdigest()[:12] if t else "0" * 12
    listed = text(sorted(i for i in ids if i not in (0, 16)))
    if 13 in bodies:
        listed += "_" + text(plain(list16(bodies[13])))
    return (f"t{code}{'d' if 0 in bodies else 'i'}{min(len(suites), 99):02}"
            f"{min(len(ids), 99):02}{alpn}_{digest(text(sorted(suites)))}_{digest(listed)}")


def good(name, data, client=""):
    message, records, size = read_records(data)
    version, suites, extensions = read_hello(message)
    bodies = dict(extensions)
    ech = "none"
    if 0xFE0D in bodies:
        ech = "inner" if bodies[0xFE0D][0] else "outer"
    return {
        "name": name, "client": client, "hex": data.hex(), "verdict": "hello",
        "reason": "none", "offset": 0,
        "server_name": bodies[0][5:].decode() if 0 in bodies else None,
        "alpn": [p.decode() for p in protocols(bodies[16])] if 16 in bodies else [],
        "versions": [number(bodies[43][i:i + 2]) for i in range(1, len(bodies[43]), 2)]
                    if 43 in bodies else [],
        "records": records, "bytes": size, "ech": ech,
        "post_quantum": 51 in bodies and any(
            g in POST_QUANTUM for g in groups_shared(bodies[51])),
        "early_data": 42 in bodies, "ja4": ja4(version, suites, extensions),
    }


def bad(name, verdict, reason, offset, data, limits=None):
    case = {
        "name": name, "client": "", "hex": data.hex(), "verdict": verdict,
        "reason": reason, "offset": offset, "server_name": None, "alpn": [],
        "versions": [], "records": 0, "bytes": 0, "ech": "none",
        "post_quantum": False, "early_data": False, "ja4": "",
    }
    if limits:
        case["limits"] = limits
    return case


# Crafting. In a hello made here with no session id and one suite, the session
# id's length is at byte 43 of the stream, the suites' at 44, the compression
# methods' at 48, the extension block's at 50, and the block starts at 52.

def record(payload, kind=22, version=0x0301):
    return u8(kind) + u16(version) + u16(len(payload)) + payload


def handshake(body, kind=1):
    return u8(kind) + len(body).to_bytes(3, "big") + body


def extension(kind, body=b""):
    return u16(kind) + u16(len(body)) + body


def sni(name, kind=0):
    entry = u8(kind) + u16(len(name)) + name
    return extension(0, u16(len(entry)) + entry)


def alpn(*names):
    entries = b"".join(u8(len(n)) + n for n in names)
    return extension(16, u16(len(entries)) + entries)


def body(*extensions, session=b"\0", suites=b"\0\x02\x13\x01", methods=b"\x01\0",
         block=None):
    block = b"".join(extensions) if block is None else block
    return (b"\x03\x03" + bytes(range(32)) + session + suites + methods +
            u16(len(block)) + block)


def hello(*extensions, **parts):
    return record(handshake(body(*extensions, **parts)))


def split(data, *sizes):
    """The hello again, over records of these sizes and a last one."""
    message, _, _ = read_records(data)
    out = b""
    for size in sizes:
        out += record(message[:size])
        message = message[size:]
    return out + record(message)


NAME = sni(b"www.example.com")
VERSIONS = extension(43, b"\x04\x03\x04\x03\x03")
SIMPLE = hello(NAME, VERSIONS, alpn(b"h2"), extension(21, bytes(40)))


def crafted_good():
    yield "simple", SIMPLE
    yield "no_extension_block", record(handshake(body()[:-2]))
    yield "empty_extension_block", hello()
    yield "name_in_two_records", split(SIMPLE, 60)
    yield "message_header_in_four_records", split(SIMPLE, 1, 1, 1)
    yield "one_byte_records", split(SIMPLE, *[1] * (len(SIMPLE) - 6))
    yield "record_version_0x0303", SIMPLE[:2] + b"\x03" + SIMPLE[3:]
    yield "application_data_behind", SIMPLE + record(b"\0", 20, 0x0303) + record(b"x" * 40, 23, 0x0303)
    yield "ech_inner", hello(NAME, VERSIONS, extension(0xFE0D, b"\x01"))
    yield "empty_key_shares", hello(NAME, VERSIONS, extension(51, b"\0\0"))
    yield "longest_name", hello(sni(b".".join([b"a" * 63] * 3 + [b"b" * 61])))
    yield "non_alphanumeric_alpn", hello(NAME, VERSIONS, alpn(b"\x01x~"))


def crafted_bad():
    malformed = lambda name, reason, offset, data: bad(name, "malformed", reason, offset, data)
    yield malformed("warning_alert_in_front", "record_type", 0, record(b"\x01\0", 21) + SIMPLE)
    yield malformed("alert_inside", "record_type", 65, split(SIMPLE, 60)[:65] + record(b"\x01\0", 21))
    yield malformed("record_version", "record_version", 1, b"\x16\x02" + SIMPLE[2:])
    yield malformed("record_length", "record_length", 3, b"\x16\x03\x01\x40\x01")
    yield malformed("empty_record", "empty_record", 3, record(b"") + SIMPLE)
    yield malformed("trailing_handshake", "trailing_handshake", 5 + len(read_records(SIMPLE)[0]),
                    record(SIMPLE[5:] + b"\0"))
    yield malformed("server_hello", "message_type", 5, record(handshake(body(), 2)))
    yield malformed("message_length", "message_length", 6, record(handshake(body()[:40])))
    yield malformed("session_id", "session_id", 43, hello(NAME, session=u8(33) + b"s" * 33))
    yield malformed("cipher_suites_odd", "cipher_suites", 44, hello(NAME, suites=b"\0\x03\x13\x01\x13"))
    yield malformed("cipher_suites_empty", "cipher_suites", 44, hello(NAME, suites=b"\0\0"))
    yield malformed("compression_none", "compression", 48, hello(NAME, methods=b"\0"))
    yield malformed("compression_without_null", "compression", 48, hello(NAME, methods=b"\x01\x01"))
    yield malformed("extensions_length", "extensions_length", 50, record(handshake(body(NAME) + b"\0")))
    yield malformed("extension_length", "extension_length", 52 + len(NAME),
                    hello(NAME, b"\0\x17\0\x01"))
    yield malformed("duplicate_extension", "duplicate_extension", 52 + len(NAME) + 4,
                    hello(NAME, extension(23), NAME))
    yield malformed("duplicate_high_extension", "duplicate_extension", 52 + 4,
                    hello(extension(0xFF01), extension(0xFF01)))
    yield malformed("psk_not_last", "psk_not_last", 52 + len(NAME),
                    hello(NAME, extension(41, b"\0\0\0\0"), VERSIONS))
    yield malformed("ech_outer_extensions", "forbidden_extension", 52, hello(extension(0xFD00), NAME))
    yield malformed("oid_filters", "forbidden_extension", 52, hello(extension(48), NAME))
    yield malformed("name_of_other_type", "server_name_shape", 52, hello(sni(b"www.example.com", 1)))
    yield malformed("two_names", "server_name_shape", 52,
                    hello(extension(0, u16(10) + (b"\0" + u16(2) + b"ab") * 2)))
    yield malformed("empty_name", "server_name_shape", 52, hello(sni(b"")))
    yield malformed("name_with_nul", "server_name_syntax", 61, hello(sni(b"www.example.com\0.evil")))
    yield malformed("name_with_trailing_dot", "server_name_syntax", 61, hello(sni(b"www.example.com.")))
    yield malformed("name_with_empty_label", "server_name_syntax", 61, hello(sni(b"www..example.com")))
    yield malformed("name_with_long_label", "server_name_syntax", 61, hello(sni(b"a" * 64 + b".com")))
    yield malformed("name_with_wildcard", "server_name_syntax", 61, hello(sni(b"*.example.com")))
    yield malformed("name_ipv4", "server_name_address", 61, hello(sni(b"10.0.0.1")))
    yield malformed("name_ipv6", "server_name_address", 61, hello(sni(b"2001:db8::1")))
    yield malformed("name_length", "server_name_length", 61, hello(sni(b"a." * 128)))
    yield malformed("alpn_empty_list", "alpn", 52, hello(alpn()))
    yield malformed("alpn_empty_name", "alpn", 52, hello(alpn(b"h2", b"")))
    yield malformed("alpn_cut", "alpn", 52, hello(extension(16, b"\0\x03\x03h2")))
    yield malformed("supported_versions", "supported_versions", 52, hello(extension(43, b"\x03\x03\x04\x03")))
    yield malformed("supported_groups", "supported_groups", 52, hello(extension(10, b"\0\x04\0\x1d")))
    yield malformed("key_share", "key_share", 52, hello(extension(51, b"\0\x06\0\x1d\0\x03kk")))
    yield malformed("signature_algorithms", "signature_algorithms", 52, hello(extension(13, b"\0\0")))
    yield malformed("encrypted_client_hello", "encrypted_client_hello", 52, hello(extension(0xFE0D, b"\x02")))
    yield malformed("early_data_without_psk", "early_data_without_psk", 52, hello(extension(42)))
    yield bad("message_too_large", "too_large", "message_too_large", 6,
              b"\x16\x03\x01\x40\0" + b"\x01\x01\0\0")
    yield bad("message_over_a_small_limit", "too_large", "message_too_large", 6,
              b"\x16\x03\x01\x20\0" + b"\x01\0\x1f\xfc", {"max_message_bytes": 4096, "max_records": 4096})
    yield bad("record_count", "too_many_records", "record_count", 130, split(SIMPLE, 60, 60),
              {"max_message_bytes": 65536, "max_records": 2})
    yield bad("sslv2", "sslv2", "sslv2", 0, bytes.fromhex("802e0103010015000000100700c0"))
    yield bad("plain_http", "not_tls", "plain_text", 0, b"GET / HTTP/1.1\r\n\r\n")
    yield bad("ssh", "not_tls", "plain_text", 0, b"SSH-2.0-OpenSSH_9.2\r\n")
    yield bad("nothing", "need_more", "none", 0, b"")
    yield bad("cut_in_the_name", "need_more", "none", 0, SIMPLE[:70])
    yield bad("cut_before_a_further_record", "need_more", "none", 0, split(SIMPLE, 60)[:65])


# Where the fuzzer starts: two bytes of options in front, see fuzz/client_hello.cc.
SEEDS = ["openssl_mesh_alpn", "openssl_early_data", "boringssl_grease_ech",
         "rustls_ring", "simple", "name_in_two_records", "ech_inner",
         "message_header_in_four_records", "duplicate_high_extension",
         "name_ipv6", "sslv2", "warning_alert_in_front"]


def write_corpus(cases):
    folder = "../../fuzz/client_hello"
    os.makedirs(folder, exist_ok=True)
    for case in cases:
        if case["name"] in SEEDS:
            with open(f"{folder}/{case['name']}", "wb") as file:
                file.write(b"\0\x06" + bytes.fromhex(case["hex"]))


def main():
    with open("captured.json", encoding="utf-8") as file:
        captured = json.load(file)
    cases = [good(e["name"], bytes.fromhex(e["hex"]), e["client"]) for e in captured]
    cases += [good(name, data) for name, data in crafted_good()]
    cases += list(crafted_bad())
    with open("../hello.json", "w", encoding="utf-8") as file:
        json.dump(cases, file, indent=1)
        file.write("\n")
    write_corpus(cases)
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
