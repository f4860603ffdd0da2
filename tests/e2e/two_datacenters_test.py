#!/usr/bin/env python3
"""Black-box tests: two `meshgw gateway` processes, real clients, real TLS.

A client in datacenter `primary` reaches a TLS server of datacenter `secondary`
through the gateways of both, as with mode "local". Clients are curl and
`openssl s_client`; the server is `openssl s_server` or Python's ssl.

Usage: two_datacenters_test.py PATH_OF_MESHGW
"""
import contextlib
import json
import os
import pathlib
import re
import resource
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

MESHGW = None
DEADLINE = 20.0  # Seconds that any single condition may take.
CLUSTER_ID = "11111111-2222-3333-4444-555555555555"
TRUST_DOMAIN = CLUSTER_ID + ".consul"


def wait_for(condition, what):
    """Returns the first true value of `condition` before the deadline."""
    end = time.monotonic() + DEADLINE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {DEADLINE} s: {what}")
        # Between two looks at the condition, not instead of one.
        threading.Event().wait(0.02)


def free_port(address):
    with socket.socket() as probe:
        probe.bind((address, 0))
        return probe.getsockname()[1]


def answers(address, port):
    with contextlib.suppress(OSError):
        socket.create_connection((address, port), timeout=1).close()
        return True
    return False


def name_of(service, datacenter="secondary"):
    return f"{service}.default.{datacenter}.internal.{TRUST_DOMAIN}"


class EchoServer:
    """A TLS server that sends back what it gets, one thread a connection."""

    def __init__(self, certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.context = context
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(raw,), daemon=True).start()

    def echo(self, raw):
        with contextlib.suppress(OSError), raw:
            with self.context.wrap_socket(raw, server_side=True) as secure:
                while data := secure.recv(65536):
                    secure.sendall(data)

    def close(self):
        self.listener.close()


class GatewayProcess:
    def __init__(self, folder, catalog, datacenter, address, port, *flags, bind=True, access_log=True):
        self.address, self.port = address, port
        self.access_log = folder / f"{datacenter}-access.json"
        self.log_path = folder / f"{datacenter}.log"
        self.log = open(self.log_path, "wb")
        if bind:
            flags = ("-bind", f"default={address}:{port}", *flags)
        if access_log:
            flags = ("-access-log", str(self.access_log), *flags)
        self.process = subprocess.Popen(
            [MESHGW, "gateway", "-catalog", str(catalog), "-datacenter", datacenter, *flags],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def wait_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"gateway ended with {self.process.returncode}: {self.text()}")
            return answers(self.address, self.port)

        wait_for(ready, f"gateway listens on {self.address}:{self.port}")
        return self

    def text(self):
        self.log.flush()
        return self.log_path.read_text(errors="replace")

    def records(self, **fields):
        """Access log objects whose fields have these values."""
        if not self.access_log.exists():
            return []
        found = [json.loads(line) for line in self.access_log.read_text().splitlines() if line]
        return [r for r in found if all(r.get(k) == v for k, v in fields.items())]

    def wait_record(self, **fields):
        return wait_for(lambda: self.records(**fields), f"access log has {fields}: {self.records()}")[0]

    def signal(self, number):
        self.process.send_signal(number)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        self.log.close()


def gateway_file(address, port):
    return f'''service {{
  kind    = "mesh-gateway"
  name    = "mesh-gateway"
  address = "{address}"
  port    = {port}
  tagged_addresses {{
    lan {{
      address = "{address}"
      port    = {port}
    }}
    wan {{
      address = "{address}"
      port    = {port}
    }}
  }}
}}
'''


def service_file(name, port):
    return f'''service {{
  name    = "{name}"
  address = "127.0.0.1"
  port    = 9
  connect {{
    sidecar_service {{
      port = {port}
    }}
  }}
}}
'''


def agent_file(datacenter):
    text = f'datacenter = "{datacenter}"\nprimary_datacenter = "primary"\n'
    if datacenter == "primary":
        text += f'connect {{\n  enabled = true\n  ca_config {{\n    cluster_id = "{CLUSTER_ID}"\n  }}\n}}\n'
    return text


class TwoDatacenters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="meshgw-e2e-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.certificate, cls.key = cls.folder / "server.pem", cls.folder / "server.key"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-keyout", str(cls.key), "-out", str(cls.certificate), "-days", "2", "-subj", "/CN=the-service-itself"],
            check=True, capture_output=True)
        cls.echo = EchoServer(str(cls.certificate), str(cls.key))
        cls.addClassCleanup(cls.echo.close)
        cls.www_port = free_port("127.0.0.1")
        www = subprocess.Popen(
            ["openssl", "s_server", "-accept", f"127.0.0.1:{cls.www_port}", "-cert", str(cls.certificate),
             "-key", str(cls.key), "-www", "-quiet"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(www.wait, DEADLINE)
        cls.addClassCleanup(www.kill)
        wait_for(lambda: answers("127.0.0.1", cls.www_port), "openssl s_server listens")

    def setUp(self):
        self.catalog = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        self.ports = {"primary": free_port("127.0.0.1"), "secondary": free_port("127.0.0.2")}
        for datacenter, address in (("primary", "127.0.0.1"), ("secondary", "127.0.0.2")):
            (self.catalog / datacenter).mkdir()
            self.write(datacenter, "agent.hcl", agent_file(datacenter))
            self.write(datacenter, "gateway.hcl", gateway_file(address, self.ports[datacenter]))
        self.write("secondary", "page.hcl", service_file("page", self.www_port))
        self.write("secondary", "echo.hcl", service_file("echo", self.echo.port))

    def write(self, datacenter, name, text):
        path = self.catalog / datacenter / name
        path.write_text(text)
        return path

    def start(self, datacenter, *flags, **more):
        address = "127.0.0.1" if datacenter == "primary" else "127.0.0.2"
        logs = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        gateway = GatewayProcess(logs, self.catalog, datacenter, address, self.ports[datacenter], *flags, **more)
        self.addCleanup(gateway.end)
        return gateway.wait_ready()

    def start_both(self):
        return self.start("primary"), self.start("secondary")

    def connect(self, gateway, server_name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        raw = socket.create_connection((gateway.address, gateway.port), timeout=DEADLINE)
        self.addCleanup(raw.close)
        secure = context.wrap_socket(raw, server_hostname=server_name)
        self.addCleanup(secure.close)
        return secure

    def echoes(self, secure, text):
        secure.sendall(text)
        got = b""
        while len(got) < len(text):
            data = secure.recv(65536)
            if not data:
                break
            got += data
        self.assertEqual(got, text)

    def run_meshgw(self, *arguments):
        return subprocess.run([MESHGW, *arguments], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL)

    def test_curl_fetches_a_page_through_both_gateways(self):
        primary, secondary = self.start_both()
        name = name_of("page")
        result = subprocess.run(
            ["curl", "-sS", "-k", "--max-time", "20", "--noproxy", "*", "--http1.1",
             "--connect-to", f"{name}:443:{primary.address}:{primary.port}", f"https://{name}/"],
            capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("<HTML>", result.stdout.upper())
        first = primary.wait_record(sni=name)
        second = secondary.wait_record(sni=name)
        self.assertEqual(first["datacenter"], "secondary")
        self.assertEqual(first["endpoint"], f"{secondary.address}:{secondary.port}")
        self.assertEqual(second["service"], "page")
        self.assertEqual(second["endpoint"], f"127.0.0.1:{self.www_port}")
        # Nothing was added or taken away on the way.
        self.assertEqual(first["bytes_in"], second["bytes_in"])
        self.assertEqual(first["bytes_out"], second["bytes_out"])

    def test_openssl_s_client_sees_the_certificate_of_the_service(self):
        primary, secondary = self.start_both()
        name = name_of("page")
        result = subprocess.run(
            ["openssl", "s_client", "-connect", f"{primary.address}:{primary.port}", "-servername", name, "-ign_eof"],
            input="GET / HTTP/1.0\r\n\r\n", capture_output=True, text=True, timeout=30)
        self.assertRegex(result.stdout, "CN ?= ?the-service-itself")
        self.assertIn("HTTP/1.0 200 ok", result.stdout)
        secondary.wait_record(sni=name)

    def test_an_upper_case_name_is_the_same_name(self):
        _, secondary = self.start_both()
        self.echoes(self.connect(secondary, name_of("ECHO")), b"hello")

    def test_a_name_that_nothing_serves_is_closed_and_logged_with_its_name(self):
        _, secondary = self.start_both()
        name = name_of("nobody")
        with self.assertRaises(OSError):
            self.connect(secondary, name)
        self.assertEqual(secondary.wait_record(sni=name)["reason"], "no_route")

    def test_what_is_not_tls_is_closed_and_logged(self):
        _, secondary = self.start_both()
        with socket.create_connection((secondary.address, secondary.port), timeout=DEADLINE) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(plain.recv(1), b"")
        secondary.wait_record(reason="not_tls")

    def test_a_service_that_does_not_listen_is_closed_as_connect_failed(self):
        self.write("secondary", "gone.hcl", service_file("gone", free_port("127.0.0.1")))
        _, secondary = self.start_both()
        with self.assertRaises(OSError):
            self.connect(secondary, name_of("gone"))
        secondary.wait_record(sni=name_of("gone"), reason="connect_failed")

    def test_a_reload_serves_new_services_and_keeps_open_connections(self):
        _, secondary = self.start_both()
        open_before = self.connect(secondary, name_of("echo"))
        self.echoes(open_before, b"before")
        self.write("secondary", "late.hcl", service_file("late", self.echo.port))
        secondary.signal(signal.SIGHUP)

        def served():
            with contextlib.suppress(OSError):
                return self.connect(secondary, name_of("late"))

        self.echoes(wait_for(served, "the new service is served"), b"after")
        self.echoes(open_before, b"still here")

    def test_a_reload_with_mistakes_keeps_the_last_good_and_says_why(self):
        _, secondary = self.start_both()
        self.write("secondary", "bad.hcl", 'service {\n  name = "bad"\n  prot = 1\n}\n')
        secondary.signal(signal.SIGHUP)
        wait_for(lambda: "bad.hcl:3:" in secondary.text(), "the log names bad.hcl, line 3")
        self.echoes(self.connect(secondary, name_of("echo")), b"still served")
        self.assertIsNone(secondary.process.poll())

    def test_a_reload_with_a_datacenter_emptied_keeps_the_last_good(self):
        _, secondary = self.start_both()
        folder = self.catalog / "secondary"
        folder.rename(self.catalog / ".away")
        folder.mkdir()
        secondary.signal(signal.SIGHUP)
        wait_for(lambda: f"{folder}: no configuration in it" in secondary.text(), "the log names the folder")
        self.echoes(self.connect(secondary, name_of("echo")), b"still served")

    def test_a_reload_without_memory_keeps_the_last_good(self):
        secondary = self.start("secondary")
        # Sparse, so that it costs the reader alone.
        with open(self.write("secondary", "large.hcl", ""), "wb") as large:
            large.truncate(15 << 20)
        # Then its threads have what they need.
        wait_for(lambda: "ready: " in secondary.text(), "the log tells that it is ready")
        pages = int(pathlib.Path(f"/proc/{secondary.process.pid}/statm").read_text().split()[0])
        if pages * 4096 > 1 << 40:
            self.skipTest("a sanitizer ends what is out of memory")
        limit = pages * 4096 + (4 << 20)
        resource.prlimit(secondary.process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
        secondary.signal(signal.SIGHUP)
        wait_for(lambda: "not reloaded: the last good configuration stays" in secondary.text(), "the log tells")
        resource.prlimit(secondary.process.pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
        self.assertIn("std::bad_alloc", secondary.text())
        self.echoes(self.connect(secondary, name_of("echo")), b"still served")

    def test_failures_are_in_the_program_log_without_an_access_log(self):
        self.write("secondary", "gone.hcl", service_file("gone", free_port("127.0.0.1")))
        _, secondary = self.start_both()
        for name in (name_of("nobody"), name_of("gone")):
            with self.assertRaises(OSError):
                self.connect(secondary, name)
        for name, reason in ((name_of("nobody"), "no_route"), (name_of("gone"), "connect_failed")):
            said = f"connection failed: reason={reason} sni={name} src=127.0.0.1:"
            wait_for(lambda: said in secondary.text(), f"the log says {said}: {secondary.text()}")
        self.assertNotIn("[DEBUG]", secondary.text())

    def test_every_connection_is_in_the_debug_log(self):
        secondary = self.start("secondary", "-log-level", "debug", "-log-json")
        secure = self.connect(secondary, name_of("echo"))
        self.echoes(secure, b"x")
        secure.close()

        def ends():
            lines = map(json.loads, secondary.text().splitlines())
            return [line for line in lines if line["@message"] == "connection ended" and "sni" in line]

        line = wait_for(ends, "the log has the connection's end")[0]
        self.assertEqual((line["@level"], line["sni"]), ("debug", name_of("echo")))

    def test_a_reload_follows_the_addresses_and_counts_routes(self):
        secondary = self.start("secondary", bind=False)
        established = self.connect(secondary, name_of("echo"))
        self.write("secondary", "late.hcl", service_file("late", self.echo.port))
        address, port = "127.0.0.2", free_port("127.0.0.2")
        self.write("secondary", "gateway.hcl", gateway_file(address, port))
        secondary.signal(signal.SIGHUP)
        wait_for(lambda: " reloaded: " in secondary.text(), secondary.text())
        self.assertRegex(secondary.text(), r"reloaded: routes=(\d+) routes_before=(\d+)")
        self.assertTrue(answers(address, port))
        self.assertFalse(answers(secondary.address, secondary.port))
        self.echoes(established, b"as before")
        established.close()

    def test_a_reload_with_an_address_that_cannot_be_had_changes_nothing(self):
        secondary = self.start("secondary", bind=False)
        self.write("secondary", "late.hcl", service_file("late", self.echo.port))
        self.write("secondary", "gateway.hcl", gateway_file("192.0.2.1", 8443))
        secondary.signal(signal.SIGHUP)
        wait_for(lambda: "not reloaded: the last good configuration stays" in secondary.text(), secondary.text())
        self.assertIn("192.0.2.1:8443", secondary.text())
        self.assertTrue(answers(secondary.address, secondary.port))

    def test_a_rotated_access_log_is_reopened_and_told(self):
        secondary = self.start("secondary")
        secondary.access_log.rename(secondary.access_log.with_suffix(".1"))
        secondary.signal(signal.SIGUSR1)
        wait_for(lambda: "access log reopened" in secondary.text(), "the log tells of the reopened access log")
        self.assertTrue(secondary.access_log.exists())

    def test_an_access_log_that_cannot_be_written_is_told(self):
        secondary = self.start("secondary", "-access-log", "/dev/full", access_log=False)
        wait_for(lambda: "access log cannot be written" in secondary.text(), "the log tells of lost records")

    def test_readers_of_the_logs_that_stall_hold_up_nothing(self):
        """Access log and program log into pipes that nobody reads."""
        fifo = self.catalog / "access.fifo"
        os.mkfifo(fifo)
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        # Both are full before the gateway begins.
        os.set_blocking(write_end, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write_end, b"x" * 4096)
        os.set_blocking(write_end, True)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        filler = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(filler, b"x" * 4096)
        port = free_port("127.0.0.2")
        gateway = subprocess.Popen(
            [MESHGW, "gateway", "-catalog", str(self.catalog), "-datacenter", "secondary", "-log-level", "debug",
             "-bind", f"default=127.0.0.2:{port}", "-access-log", str(fifo)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write_end)
        os.close(write_end)
        self.addCleanup(gateway.wait, DEADLINE)
        self.addCleanup(gateway.kill)
        wait_for(lambda: answers("127.0.0.2", port), "the gateway listens")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for _ in range(300):
            raw = socket.create_connection(("127.0.0.2", port), timeout=DEADLINE)
            with context.wrap_socket(raw, server_hostname=name_of("echo")) as secure:
                self.echoes(secure, b"served")
        gateway.send_signal(signal.SIGUSR1)
        gateway.send_signal(signal.SIGTERM)
        self.assertEqual(gateway.wait(DEADLINE), 0)
        os.close(filler)

    def test_a_fifo_without_a_reader_is_no_reason_to_wait(self):
        fifo = self.catalog / "access.fifo"
        os.mkfifo(fifo)
        secondary = self.start("secondary", "-access-log", str(fifo), access_log=False)
        reader = os.open(fifo, os.O_RDONLY)
        self.addCleanup(os.close, reader)
        self.connect(secondary, name_of("echo")).close()
        wait_for(lambda: name_of("echo").encode() in os.read(reader, 65536), "the reader gets the record")

    def test_a_catalog_of_one_datacenter_gets_a_warning(self):
        self.write("secondary", "agent.hcl", agent_file("primary"))
        self.catalog = self.catalog / "secondary"
        gateway = self.start("primary")
        wait_for(lambda: "one datacenter only; did you mean the parent folder?" in gateway.text(), "the log tells")

    def test_drain_lets_open_connections_end_and_exits_0(self):
        _, secondary = self.start_both()
        secure = self.connect(secondary, name_of("echo"))
        self.echoes(secure, b"one")
        secondary.signal(signal.SIGTERM)
        wait_for(lambda: not answers(secondary.address, secondary.port), "no new connections while draining")
        self.echoes(secure, b"two")
        secure.close()
        self.assertEqual(secondary.process.wait(DEADLINE), 0)

    def test_a_second_sigterm_ends_a_drain_at_once(self):
        _, secondary = self.start_both()
        secure = self.connect(secondary, name_of("echo"))
        self.echoes(secure, b"one")
        secondary.signal(signal.SIGTERM)
        wait_for(lambda: not answers(secondary.address, secondary.port), "no new connections while draining")
        secondary.signal(signal.SIGTERM)
        secondary.process.wait(DEADLINE)
        self.assertEqual(secondary.wait_record(sni=name_of("echo"))["reason"], "drained")
        self.assertIn("stopping, the drain is cut short: signal=TERM connections=1", secondary.text())
        self.assertIn("stopped: closed_by_drain=1", secondary.text())

    def test_in_the_grace_of_a_drain_new_connections_are_served(self):
        secondary = self.start("secondary", "-drain-grace", "1h")
        secondary.signal(signal.SIGTERM)
        # The connection that found it ready may not be over yet.
        wait_for(lambda: re.search(r"draining: connections=\d+ grace_ms=3600000 timeout_ms=30000", secondary.text()),
                 "it drains")
        self.echoes(self.connect(secondary, name_of("echo")), b"still served")
        secondary.signal(signal.SIGTERM)
        self.assertEqual(secondary.process.wait(DEADLINE), 0)

    def test_mistakes_at_start_are_all_listed_and_exit_is_2(self):
        self.write("secondary", "bad.hcl", 'service {\n  name = "bad"\n  prot = 1\n  port = "x"\n}\nnonsense = true\n')
        for arguments in (["gateway", "-catalog", str(self.catalog), "-datacenter", "secondary"],
                          ["validate", str(self.catalog)]):
            with self.subTest(arguments=arguments):
                result = self.run_meshgw(*arguments)
                self.assertEqual(result.returncode, 2, result.stderr)
                said = result.stdout + result.stderr
                for line in (3, 4, 6):
                    self.assertIn(f"bad.hcl:{line}:", said)

    def test_an_address_that_is_taken_is_exit_4(self):
        with socket.create_server(("127.0.0.2", 0)) as taken:
            result = self.run_meshgw("gateway", "-catalog", str(self.catalog), "-datacenter", "secondary",
                                     "-bind", f"default=127.0.0.2:{taken.getsockname()[1]}")
        self.assertEqual(result.returncode, 4, result.stderr)

    def test_explain_sni_says_where_a_name_goes(self):
        result = self.run_meshgw("explain", "sni", "-catalog", str(self.catalog), "-datacenter", "primary",
                                 "-output", "json", name_of("page"))
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual(answer["kind"], "suffix")
        self.assertEqual(answer["endpoints"][0]["port"], self.ports["secondary"])
        nowhere = self.run_meshgw("explain", "sni", "-catalog", str(self.catalog), "-datacenter", "secondary",
                                  "-output", "json", name_of("nobody"))
        self.assertEqual(nowhere.returncode, 5, nowhere.stderr)
        self.assertEqual(json.loads(nowhere.stdout)["kind"], "none")

    def test_routes_prints_one_object_a_line(self):
        result = self.run_meshgw("routes", "-catalog", str(self.catalog), "-datacenter", "secondary",
                                 "-output", "json")
        self.assertEqual(result.returncode, 0, result.stderr)
        routes = {r["match"]: r for r in map(json.loads, result.stdout.splitlines())}
        page = routes[name_of("page")]
        self.assertEqual(page["service"], "page")
        self.assertEqual(page["endpoints"],
                         [{"address": "127.0.0.1", "port": self.www_port, "weight": 1, "health": "healthy"}])
        self.assertIn(f"*.primary.internal.{TRUST_DOMAIN}", routes)


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
