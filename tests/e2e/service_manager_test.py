#!/usr/bin/env python3
"""What a gateway tells the service manager that started it: sd_notify(3).

Usage: service_manager_test.py PATH_OF_MESHGW
"""
import ctypes
import os
import pathlib
import re
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
PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 17, 0x4206, 0x4207


class ServiceManager(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="meshgw-service-")
        self.addCleanup(folder.cleanup)
        self.address = folder.name + "/notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.address)
        self.addCleanup(self.socket.close)

    def start(self, *arguments, **variables):
        """Starts a gateway; "own" stands for its process id."""
        child = subprocess.Popen(
            ["sh", "-c", '[ "$WATCHDOG_PID" != own ] || WATCHDOG_PID=$$; exec "$@"', "sh", MESHGW, "gateway", "-catalog",
             str(CATALOG), "-datacenter", "secondary", "-bind", "default=127.0.0.1:0", "-admin-bind", "", *arguments],
            stderr=subprocess.PIPE, text=True, env={**os.environ, "NOTIFY_SOCKET": self.address, **variables})
        self.addCleanup(child.stderr.close)
        self.addCleanup(child.wait, PATIENCE)
        self.addCleanup(child.kill)
        return child

    def receive(self, timeout=PATIENCE):
        """The next message, or None."""
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None

    def wait_for(self, wanted):
        """Takes signs of life, and nothing else, until there is what is wanted."""
        while (message := self.receive()) != wanted:
            self.assertEqual(message, "WATCHDOG=1")

    def rest(self):
        messages = []
        while (message := self.receive(0.001)) is not None:
            messages.append(message)
        return messages

    def end(self, child):
        child.terminate()
        self.assertEqual(child.wait(PATIENCE), 0)

    def test_it_is_ready_when_it_listens(self):
        child = self.start()
        self.assertEqual(self.receive(), "READY=1")
        for line in child.stderr:
            if listening := re.search(r"listening: .*address=127.0.0.1:(\d+)", line):
                break
        socket.create_connection(("127.0.0.1", int(listening.group(1))), timeout=PATIENCE).close()
        self.end(child)

    def test_it_says_when_a_reload_began_and_that_it_is_done(self):
        child = self.start()
        self.wait_for("READY=1")
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        child.send_signal(signal.SIGHUP)
        reloading = re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=(\d+)", self.receive())
        self.assertTrue(before <= int(reloading.group(1)) / 1e6 <= time.clock_gettime(time.CLOCK_MONOTONIC))
        self.assertEqual(self.receive(), "READY=1")
        self.end(child)

    def test_it_says_that_it_stops_before_it_drains_and_when_it_stops_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                child = self.start()
                self.wait_for("READY=1")
                child.send_signal(number)
                self.assertEqual(self.receive(), "STOPPING=1")
                self.assertEqual(child.wait(PATIENCE), 0)

    def test_signs_of_life_come_within_half_of_the_time_that_is_allowed(self):
        child = self.start(WATCHDOG_USEC="9000000", WATCHDOG_PID="own")
        self.wait_for("READY=1")
        self.wait_for("WATCHDOG=1")
        for _ in range(2):
            start = time.monotonic()
            self.assertEqual(self.receive(), "WATCHDOG=1")
            self.assertLess(time.monotonic() - start, 4.5)
        self.end(child)

    def test_signs_of_life_go_on_while_it_drains(self):
        child = self.start("-drain-grace", "1h", WATCHDOG_USEC="300000")
        self.wait_for("READY=1")
        child.terminate()
        self.wait_for("STOPPING=1")
        self.assertEqual(self.receive(), "WATCHDOG=1")
        self.end(child)

    def test_there_are_none_for_a_time_that_is_another_process_s_or_no_number(self):
        for variables in ({"WATCHDOG_USEC": "30000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "x"},
                          {}):
            with self.subTest(variables=variables):
                child = self.start(**variables)
                self.assertEqual(self.receive(), "READY=1")
                child.send_signal(signal.SIGHUP)
                self.assertIn("RELOADING=1", self.receive())
                self.assertEqual(self.receive(), "READY=1")
                self.end(child)
                self.assertEqual(self.rest(), ["STOPPING=1"])

    def test_there_are_none_while_workers_hang(self):
        child = self.start(WATCHDOG_USEC="600000", WATCHDOG_PID="own")
        self.wait_for("READY=1")
        self.wait_for("WATCHDOG=1")
        # All threads but the first, which waits for signals, and the last, which talks to the service manager.
        _, *others, _ = sorted(int(task) for task in os.listdir(f"/proc/{child.pid}/task"))
        libc = ctypes.CDLL(None, use_errno=True)
        for thread in others:
            if libc.ptrace(PTRACE_SEIZE, thread, None, None) != 0:
                self.skipTest("threads cannot be stopped here: " + os.strerror(ctypes.get_errno()))
            libc.ptrace(PTRACE_INTERRUPT, thread, None, None)
            os.waitpid(thread, 0x40000000)  # __WALL
        self.rest()
        self.receive(0.2)  # One that was on its way.
        self.assertIsNone(self.receive(2))
        for thread in others:
            libc.ptrace(PTRACE_DETACH, thread, None, None)
        self.assertEqual(self.receive(), "WATCHDOG=1")
        self.end(child)


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
