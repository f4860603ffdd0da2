#!/usr/bin/env python3
"""The program among other programs: pipes that close, memory that ends.

Usage: program_test.py PATH_OF_MESHGW
"""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

MESHGW = None
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CATALOG = ROOT / "examples/two-datacenters"


class ClosedPipe(unittest.TestCase):
    def run_into_closed_pipe(self, restore_signals):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "w") as closed:
            return subprocess.run([MESHGW, "routes", "-catalog", str(CATALOG), "-datacenter", "primary"], stdout=closed,
                                  stderr=subprocess.PIPE, text=True, timeout=60, restore_signals=restore_signals)

    def test_a_reader_that_left_ends_it_quietly_by_its_signal(self):
        done = self.run_into_closed_pipe(restore_signals=True)
        self.assertEqual((done.returncode, done.stderr), (-signal.SIGPIPE, ""))

    def test_where_the_signal_is_ignored_it_says_so(self):
        # Python ignores SIGPIPE, which a child inherits.
        done = self.run_into_closed_pipe(restore_signals=False)
        self.assertEqual((done.returncode, done.stderr), (1, "error: cannot write to standard output: Broken pipe\n"))


class ClosedDescriptors(unittest.TestCase):
    """Started by a program that closed a standard descriptor."""

    GATEWAY = ("gateway", "-catalog", str(CATALOG), "-datacenter", "secondary", "-bind", "default=127.0.0.1:0")

    def start(self, closed, *arguments):
        child = subprocess.Popen([MESHGW, *arguments], stderr=subprocess.PIPE, text=True,
                                 preexec_fn=lambda: os.close(closed))
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.kill)
        return child

    def test_a_closed_standard_output_is_an_error_where_it_is_written_to(self):
        for arguments, code in ((("routes", "-catalog", str(CATALOG), "-datacenter", "primary"), 1),
                                ((*self.GATEWAY, "-access-log", "-"), 4)):
            with self.subTest(arguments=arguments):
                _, error = (child := self.start(1, *arguments)).communicate(timeout=60)
                self.assertEqual(child.returncode, code)
                self.assertIn("Bad file descriptor", error)

    def test_no_log_takes_the_place_of_a_closed_one(self):
        for closed in (0, 1):
            with self.subTest(closed=closed), tempfile.TemporaryDirectory() as folder:
                child = self.start(closed, *self.GATEWAY, "-access-log", folder + "/access.json")
                for line in child.stderr:
                    if " ready" in line:
                        break
                self.assertEqual(os.readlink(f"/proc/{child.pid}/fd/{closed}"), "/dev/null")
                child.terminate()
                self.assertEqual(child.wait(timeout=60), 0)


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
