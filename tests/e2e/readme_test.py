#!/usr/bin/env python3
"""README's commands, pasted as they stand into a shell at the tree's top.

Usage: readme_test.py PATH_OF_MESHGW
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

MESHGW = None
DEADLINE = 20.0  # Seconds that a line of a log may take.
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
# Of examples/two-datacenters, and of the server in README.
ADDRESSES = [("127.0.1.1", 8443), ("127.0.1.2", 8443), ("127.0.2.1", 8443), ("127.0.2.2", 8443), ("127.0.2.12", 21000)]


def is_free(address):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


class Readme(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="meshgw-readme-")
        self.addCleanup(temporary.cleanup)
        self.tree = pathlib.Path(temporary.name)
        (self.tree / "examples").symlink_to(ROOT / "examples")
        (self.tree / "build/release").mkdir(parents=True)
        (self.tree / "build/release/meshgw").symlink_to(MESHGW)

    def paste(self, block):
        return subprocess.run(["bash", "-c", block], cwd=self.tree, capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL)

    def test_each_command_works(self):
        commands = [line for block in BLOCKS for line in block.splitlines()
                    if line.startswith("build/release/meshgw") and not line.endswith("&")]
        self.assertGreaterEqual(len(commands), 5)
        for command in commands:
            with self.subTest(command=command):
                done = self.paste(command)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr, "")
                self.assertNotEqual(done.stdout, "")

    def test_the_walk_through_fetches_a_page_through_both_gateways(self):
        taken = [address for address in ADDRESSES if not is_free(address)]
        if taken:
            self.skipTest(f"something else listens on {taken}")
        block = [block for block in BLOCKS if "s_server" in block][0]
        done = self.paste(block)
        self.assertIn("<HTML>", done.stdout.upper(), done.stderr)
        # A record is one write, but may stand in the middle of a line of curl's.
        records = map(json.loads, re.findall(r'\{"ts".*?\}', done.stdout))
        # Attempts before everything listened brought curl nothing.
        served = [r for r in records if r["sni"].startswith("db.default.secondary.") and r["bytes_out"] > 0]
        self.assertEqual(len(served), 2, done.stdout + done.stderr)
        self.assertTrue(all(is_free(address) for address in ADDRESSES), "everything was ended")


class DemoThatStays(unittest.TestCase):
    def test_it_names_the_access_logs_of_its_gateways(self):
        with tempfile.TemporaryDirectory() as folder:
            demo = subprocess.Popen([MESHGW, "demo", "-keep"], stdout=subprocess.PIPE, text=True,
                                    env={**os.environ, "TMPDIR": folder})
            self.addCleanup(demo.stdout.close)
            self.addCleanup(demo.wait)
            self.addCleanup(demo.kill)
            said = []
            for line in demo.stdout:
                said.append(line.strip())
                if line.startswith("# logging"):
                    break
            logs = {pathlib.Path(line).name: pathlib.Path(line) for line in said if line.endswith(".json")}
            self.assertEqual(sorted(logs), ["primary.json", "secondary.json"], said)
            for name, records in (("primary.json", 1), ("secondary.json", 2)):
                end = time.monotonic() + DEADLINE
                while (text := logs[name].read_text()).count("\n") < records and time.monotonic() < end:
                    threading.Event().wait(0.01)
                self.assertEqual(text.count("\n"), records)


class SampleCapture(unittest.TestCase):
    def test_the_sample_capture_is_what_its_script_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder) / "hellos.pcap"
            subprocess.run([ROOT / "examples/make-hellos-pcap", made], check=True)
            self.assertEqual(made.read_bytes(), (ROOT / "examples/hellos.pcap").read_bytes())


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
