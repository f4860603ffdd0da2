#!/usr/bin/env python3
"""A running gateway and its operators: pages, metrics, verbs.

Usage: admin_test.py PATH_OF_MESHGW
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

MESHGW = None
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CATALOG = ROOT / "examples/two-datacenters"
PATIENCE = 60

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.]+(?:e[+-][0-9]+)?|[+-]Inf|NaN)")


def parse_metrics(text):
    """{family: (type, {(name, labels): value})}, by the letter of the text format: each family once and in one piece,
    HELP and TYPE before it, no sample twice, histograms that add up."""
    families, family = {}, None
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert re.fullmatch(NAME, family) and family not in families, line
            families[family] = (None, {})
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == family and families[family] == (None, {}), line
            assert kind in ("counter", "gauge", "histogram"), line
            families[family] = (kind, {})
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match.groups()
            kind, samples = families[family]
            ends = ("_bucket", "_sum", "_count") if kind == "histogram" else ("",)
            assert name in [family + end for end in ends], line
            assert (name, labels) not in samples, line
            samples[name, labels] = float(value.replace("Inf", "inf"))
    for family, (kind, samples) in families.items():
        if kind == "histogram":
            check_histogram(family, samples)
    return families


def check_histogram(family, samples):
    counts = {}
    for (name, labels), value in samples.items():
        if name == family + "_bucket":
            rest, bound = re.fullmatch(r'(.*?),?le="([^"]+)"', labels).groups()
            counts.setdefault(rest or None, []).append((float(bound.replace("Inf", "inf")), value))
    for labels, buckets in counts.items():
        assert buckets == sorted(buckets) and buckets[-1][0] == float("inf"), family
        assert [count for _, count in buckets] == sorted(count for _, count in buckets), family
        assert samples[family + "_count", labels] == buckets[-1][1], family
        assert (family + "_sum", labels) in samples, family


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


class Operators(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="meshgw-admin-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.catalog = self.folder / "catalog"
        shutil.copytree(CATALOG, self.catalog)
        self.socket = str(self.folder / "admin.sock")
        self.admin = "unix:" + self.socket

    def start(self, *arguments):
        child = subprocess.Popen(
            [MESHGW, "gateway", "-catalog", str(self.catalog), "-datacenter", "secondary", "-bind",
             "default=127.0.0.1:0", "-admin-bind", self.admin, *arguments],
            stderr=subprocess.PIPE, text=True)
        self.addCleanup(child.wait, PATIENCE)
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.kill)
        self.log = []
        for line in child.stderr:
            self.log.append(line)
            if "ready" in line:
                break
        address = re.search(r"listening: name=default address=127.0.0.1:(\d+)", "".join(self.log))
        self.port = int(address.group(1)) if address else None
        return child

    def ask(self, method, path):
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer
        finally:
            connection.close()

    def get(self, path):
        status, body, _ = self.ask("GET", path)
        self.assertEqual(status, 200, body)
        return body

    def meshgw(self, *arguments):
        return subprocess.run([MESHGW, *arguments], capture_output=True, text=True, timeout=PATIENCE)

    def metric(self, family, labels=None, name=None):
        return parse_metrics(self.get("/metrics"))[family][1][name or family, labels]

    def wait_for(self, done):
        deadline = time.monotonic() + PATIENCE
        while not done():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_pages_answer_and_say_what_they_expect(self):
        self.start()
        self.assertEqual(self.get("/healthz"), "ok\n")
        self.assertEqual(self.get("/readyz"), "ready\n")
        for method, path, status in (("POST", "/healthz", 405), ("GET", "/v1/drain", 405), ("GET", "/v1/reload", 405),
                                     ("GET", "/v1/log-level?level=debug", 405), ("DELETE", "/v1/routes", 405),
                                     ("GET", "/", 404), ("GET", "/v1/routes/", 404), ("GET", "/v1", 404),
                                     ("GET", "/v1/connections?limit=x", 400), ("GET", "/v1/connections?limit=10001", 400),
                                     ("GET", "/v1/explain/sni/%zz", 400), ("GET", "/v1/explain/sni/a/b", 400),
                                     ("POST", "/v1/log-level", 400), ("POST", "/v1/log-level?level=loud", 400)):
            with self.subTest(method=method, path=path):
                got, body, answer = self.ask(method, path)
                self.assertEqual(got, status)
                self.assertIn("expected", body)
                if status == 405:
                    self.assertTrue(answer.getheader("Allow"))
        self.assertEqual(self.ask("HEAD", "/v1/routes")[0], 200)

    def test_the_live_table_is_told_as_of_the_catalog_by_the_same_code(self):
        self.start()
        catalog = ("-catalog", str(self.catalog), "-datacenter", "secondary", "-output", "json")
        expected = self.meshgw("routes", *catalog).stdout
        self.assertTrue(expected)
        self.assertEqual(self.meshgw("routes", "-admin", self.admin, "-output", "json").stdout, expected)
        self.assertEqual([json.loads(line) for line in self.get("/v1/routes").splitlines()],
                         [json.loads(line) for line in expected.splitlines()])
        text = self.meshgw("routes", *catalog[:-2]).stdout
        self.assertEqual(self.meshgw("routes", "-admin", self.admin).stdout, text)
        exact = next(route for route in map(json.loads, expected.splitlines()) if route["kind"] == "exact")
        name = exact["match"]
        told = self.meshgw("explain", "sni", name, "-admin", self.admin, "-output", "json")
        self.assertEqual(told.returncode, 0)
        self.assertEqual(told.stdout, self.meshgw("explain", "sni", name, *catalog).stdout)
        self.assertEqual(json.loads(self.get("/v1/explain/sni/" + name)), json.loads(told.stdout))
        self.assertEqual(self.meshgw("explain", "sni", "no.such.name", "-admin", self.admin).returncode, 5)
        clusters = [json.loads(line) for line in self.get("/v1/clusters").splitlines()]
        self.assertIn(exact["cluster"], [cluster["name"] for cluster in clusters])

    def test_a_connection_is_listed_and_counted(self):
        self.start()
        with socket.create_connection(("127.0.0.1", self.port)) as client:
            self.wait_for(lambda: self.get("/v1/connections"))
            one = json.loads(self.get("/v1/connections?limit=1"))
            self.assertEqual((one["listener"], one["sni"], one["bytes_in"]), ("default", "", 0))
            self.assertEqual(one["src"], "127.0.0.1:%d" % client.getsockname()[1])
            self.assertEqual(self.get("/v1/connections?limit=0"), "")
            self.assertEqual(self.metric("meshgw_connections_active"), 1)
            listed = self.meshgw("connections", "-admin", self.admin)
            self.assertIn(one["src"], listed.stdout)
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while client.recv(100):
                pass
        labels = 'listener="default",reason="not_tls"'
        self.wait_for(lambda: ("meshgw_connections_total", labels) in
                      parse_metrics(self.get("/metrics"))["meshgw_connections_total"][1])
        self.assertEqual(self.metric("meshgw_connections_total", labels), 1)
        self.assertEqual(self.metric("meshgw_hello_total", 'verdict="not_tls"'), 1)

    def test_metrics_are_those_that_are_documented(self):
        self.start()
        families = parse_metrics(self.get("/metrics"))
        document = (ROOT / "docs/operations.md").read_text()
        section = document.split("\n## Metrics\n")[1].split("\n## ")[0]
        rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
        documented = {name for row in rows for name in re.findall(r"`([a-z_]+)", row)}
        only_live = {name for name in documented if "xds" in name or "consul" in name}
        self.assertEqual(set(families), documented - only_live)
        for name, (kind, _) in families.items():
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
        self.assertGreater(self.metric("process_open_fds"), 3)
        self.assertGreater(self.metric("process_resident_memory_bytes"), 1 << 20)
        self.assertLess(abs(self.metric("process_start_time_seconds") - time.time()), PATIENCE)

    def test_a_reload_is_waited_for_and_told(self):
        self.start()
        self.assertEqual(self.meshgw("reload", "-admin", self.admin).stdout, "reloaded\n")
        self.assertEqual(self.metric("meshgw_config_reloads_total", 'result="success"'), 2)
        (self.catalog / "secondary/broken.hcl").write_text("service {")
        done = self.meshgw("reload", "-admin", self.admin)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("not reloaded", done.stderr)
        self.assertEqual(self.metric("meshgw_config_reloads_total", 'result="failure"'), 1)
        status = json.loads(self.meshgw("status", "-admin", self.admin, "-output", "json").stdout)
        self.assertEqual(status["reloads"], {"started": 2, "finished": 2})
        self.assertIn("not reloaded", status["errors"][-1]["message"])
        self.assertEqual(status["state"], "ready")

    def test_a_drain_fails_readiness_first_and_is_not_ended_by_another(self):
        child = self.start("-drain-grace", "1h")
        self.assertEqual(self.meshgw("drain", "-admin", self.admin).stdout, "draining\n")
        self.assertEqual(self.ask("GET", "/readyz")[:2], (503, "draining\n"))
        self.assertEqual(self.get("/healthz"), "ok\n")
        self.assertEqual(self.meshgw("drain", "-admin", self.admin).stdout, "was draining already\n")
        self.wait_for(lambda: self.metric("meshgw_draining") == 1)
        self.assertEqual(self.ask("POST", "/v1/reload")[0], 409)
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.assertIsNone(child.poll())
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(PATIENCE), 0)
        self.assertFalse(os.path.exists(self.socket))

    def test_the_log_level_changes_until_the_end(self):
        child = self.start()
        self.assertEqual(self.ask("POST", "/v1/log-level?level=debug")[0], 200)
        self.assertEqual(json.loads(self.get("/v1/config"))["log_level"], "debug")
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        for line in child.stderr:
            if "connection ended" in line:
                break
        else:
            self.fail("no line at level debug")

    def test_the_text_of_status_and_top_is_plain(self):
        self.start()
        status = self.meshgw("status", "-admin", self.admin)
        self.assertEqual(status.returncode, 0)
        self.assertRegex(status.stdout, r"^meshgw \S+, ready, up \d+s\n")
        self.assertIn("listener:    default at 127.0.0.1:%d\n" % self.port, status.stdout)
        top = self.meshgw("top", "-once", "-admin", self.admin)
        self.assertEqual(top.returncode, 0)
        self.assertNotIn("\x1b", top.stdout)
        self.assertIn("SOURCE", top.stdout)

    def test_verbs_say_who_is_not_there(self):
        gone = self.meshgw("status", "-admin", self.admin)
        self.assertEqual((gone.returncode, gone.stdout), (1, ""))
        self.assertIn("no gateway answers operators there", gone.stderr)
        self.assertEqual(self.meshgw("status", "-admin", "nowhere").returncode, 2)
        for said in (b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nServer: other\r\nContent-Length: 2\r\n\r\n{}",
                     b"HTTP/1.1 200 OK\r\nServer: meshgw/1\r\nContent-Length: 2\r\n\r\nxx"):
            with self.subTest(said=said), socket.create_server(("127.0.0.1", 0)) as server:
                child = subprocess.Popen([MESHGW, "status", "-admin", "127.0.0.1:%d" % server.getsockname()[1]],
                                         stderr=subprocess.PIPE, text=True)
                with server.accept()[0] as client:
                    client.recv(1000)
                    client.sendall(said)
                    client.shutdown(socket.SHUT_WR)
                    error = child.communicate(timeout=PATIENCE)[1]
                self.assertEqual(child.returncode, 1)
                self.assertIn("no meshgw gateway", error)

    def test_where_operators_are_answered_is_said_by_flags(self):
        child = self.start("-admin-bind", "127.0.0.1:0")
        address = re.findall(r"admin endpoint: address=(\S+)", "".join(self.log))
        self.assertEqual(address[0], self.admin)
        status = self.meshgw("status", "-admin", address[1])
        self.assertEqual(status.returncode, 0, status.stderr)
        # Taken.
        second = self.meshgw("gateway", "-catalog", str(self.catalog), "-datacenter", "secondary", "-bind",
                             "default=127.0.0.1:0", "-admin-bind", self.admin)
        self.assertEqual(second.returncode, 4)
        self.assertIn("no admin endpoint", second.stderr)
        self.assertEqual(self.get("/healthz"), "ok\n")
        child.terminate()
        self.assertEqual(child.wait(PATIENCE), 0)
        self.admin = ""
        self.start()
        self.assertNotIn("admin endpoint", "".join(self.log))


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
