#!/usr/bin/env python3
"""One `meshgw gateway` carries what tests/integrity has for every relay.

Half-closed transfers, hellos in pieces, a reader that stops, and 20,000
connections whose ends do anything: nothing may be lost, reordered, hung or cut
off silently, and the gateway holds no more descriptors than before.

Usage: relay_integrity_test.py MESHGW RELAY_INTEGRITY
Environment: CHAOS_CONNECTIONS (20000), CHAOS_SEED (1).
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

MESHGW, RELAY_INTEGRITY = "", ""
CHAOS = os.environ.get("CHAOS_CONNECTIONS", "20000")
SEED = os.environ.get("CHAOS_SEED", "1")
DEADLINE = 20.0  # Seconds.
NAME = "api.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def catalog(folder, backend_port):
    home = pathlib.Path(folder) / "catalog" / "dc1"
    home.mkdir(parents=True)
    (home / "agent.hcl").write_text(
        f"""
datacenter = "dc1"
primary_datacenter = "dc1"
connect {{ ca_config {{ cluster_id = "11111111-2222-3333-4444-555555555555" }} }}
services {{
  kind = "mesh-gateway"
  name = "mesh-gateway"
  address = "127.0.0.1"
  port = 1
}}
services {{
  name = "api"
  address = "127.0.0.1"
  port = {backend_port}
  connect {{ native = true }}
}}
"""
    )
    return home.parent


class RelayIntegrity(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.backend, self.relay = free_port(), free_port()
        self.log = open(pathlib.Path(folder.name) / "log", "w+b")
        self.addCleanup(self.log.close)
        self.gateway = subprocess.Popen(
            [MESHGW, "gateway", "-catalog", str(catalog(folder.name, self.backend)), "-datacenter", "dc1"]
            + ["-bind", f"default=127.0.0.1:{self.relay}", "-workers", "2"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.addCleanup(self.gateway.wait)
        self.addCleanup(self.gateway.kill)
        self.wait_for(self.listens, "the gateway listens")

    def wait_for(self, condition, what):
        end = time.monotonic() + DEADLINE
        while not condition():
            self.assertIsNone(self.gateway.poll(), self.text())
            self.assertLess(time.monotonic(), end, f"not within {DEADLINE} s: {what}")
            # Between two looks at the condition, not instead of one.
            threading.Event().wait(0.02)

    def listens(self):
        """Reads it in the log: connecting would be one more descriptor there."""
        return ": ready: " in self.text()

    def text(self):
        self.log.flush()
        return pathlib.Path(self.log.name).read_text(errors="replace")

    def descriptors(self):
        """Those that are no pipes, and the pipes' ends."""
        folder = f"/proc/{self.gateway.pid}/fd"
        targets = []
        for name in os.listdir(folder):
            try:
                targets.append(os.readlink(f"{folder}/{name}"))
            except FileNotFoundError:
                pass
        pipes = sum(target.startswith("pipe:") for target in targets)
        return len(targets) - pipes, pipes

    def run_workload(self, workload):
        command = [RELAY_INTEGRITY, workload, f"relay=127.0.0.1:{self.relay}", f"backend=127.0.0.1:{self.backend}"]
        command += [f"name={NAME}", f"pid={self.gateway.pid}", f"count={CHAOS}", f"seed={SEED}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        print(done.stdout, end="", flush=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr + self.text())
        return json.loads(done.stdout)

    def test_everything_arrives_whatever_the_ends_do(self):
        sockets, _ = self.descriptors()
        for workload in ("large", "medium", "tiny", "cuts", "chaos"):
            with self.subTest(workload):
                self.run_workload(workload)
        # Idle pipes stay for the next, within the limit; nothing else does.
        self.wait_for(lambda: self.descriptors()[0] == sockets, "every socket is closed")
        _, pipes = self.descriptors()
        self.run_workload("chaos")
        self.wait_for(lambda: self.descriptors()[0] == sockets, "every socket is closed again")
        self.assertLessEqual(self.descriptors()[1], max(2 * pipes, 8))
        self.gateway.send_signal(signal.SIGTERM)
        self.assertEqual(self.gateway.wait(DEADLINE), 0, self.text())

    def test_a_reader_that_stops_costs_bounded_memory(self):
        seen = self.run_workload("stalled")
        self.assertLess(seen["grown_bytes"], 16 << 20)


if __name__ == "__main__":
    MESHGW, RELAY_INTEGRITY = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1], verbosity=2)
