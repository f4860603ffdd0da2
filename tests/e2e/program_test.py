#!/usr/bin/env python3
"""The program among other programs: pipes that close, memory that ends.

Usage: program_test.py PATH_OF_MESHGW
"""
import os
import pathlib
import signal
import subprocess
import sys
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


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
