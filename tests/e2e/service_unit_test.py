#!/usr/bin/env python3
"""The systemd unit: its own checks of it, and that what it forbids is not what the program does.

Usage: service_unit_test.py PATH_OF_MESHGW
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

MESHGW = None
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
UNIT = ROOT / "cmake/meshgw.service.in"
CATALOG = ROOT / "examples/two-datacenters"
PATIENCE = 120
# What the unit reaches, times ten.
MOST_EXPOSURE = 15


def run(*command):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL)


def settings(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.M)


class Unit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="meshgw-unit-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.unit = self.folder / "meshgw.service"
        self.unit.write_text(UNIT.read_text().replace("@meshgw_program@", MESHGW))

    def test_systemd_takes_each_line_of_it(self):
        done = run("systemd-analyze", "verify", "--man=no", str(self.unit))
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_line_that_is_wrong_would_be_found(self):
        self.unit.write_text(self.unit.read_text().replace("LockPersonality=", "LockPersonalty="))
        self.assertIn("LockPersonalty", run("systemd-analyze", "verify", "--man=no", str(self.unit)).stdout)

    def test_it_exposes_no_more_than_a_gateway_needs(self):
        command = ["systemd-analyze", "security", "--no-pager", "--offline=true", f"--threshold={MOST_EXPOSURE}"]
        done = run(*command, str(self.unit))
        self.assertEqual(done.returncode, 0, done.stdout)
        self.unit.write_text(self.unit.read_text().replace("RestrictNamespaces=yes", ""))
        self.assertNotEqual(run(*command, str(self.unit)).returncode, 0)

    def test_the_time_to_stop_is_longer_than_the_drain(self):
        drain = re.search(r"drain-timeout DURATION .*?\(default\s+(\d+)s\)", run(MESHGW, "help", "gateway").stdout, re.S)
        self.assertGreater(int(settings("TimeoutStopSec")[0]), int(drain.group(1)))


def system_calls(name):
    """The system calls of a set such as @system-service."""
    found = set()
    for word in run("systemd-analyze", "syscall-filter", name).stdout.split("\n"):
        word = word.strip()
        if word.startswith("@") and word != name:
            found |= system_calls(word)
        elif re.fullmatch(r"\w+", word):
            found.add(word)
    return found


def allowed_calls():
    allowed = set()
    for line in settings("SystemCallFilter"):
        sets = [system_calls(name) for name in line.lstrip("~").split()]
        if line.startswith("~"):
            allowed -= set().union(*sets)
        else:
            allowed |= set().union(*sets)
    return allowed | system_calls("@default")


class Sandbox(unittest.TestCase):
    """No system with systemd is booted for this: what the program asks of the kernel is compared with the unit."""

    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory(prefix="meshgw-unit-") as folder:
            cls.trace = cls.demo(folder + "/demo") + cls.gateway(folder)

    @staticmethod
    def strace(output, *command):
        return ["strace", "-f", "-qq", "-o", output, *command]

    @classmethod
    def demo(cls, output):
        """Two gateways with traffic."""
        done = run(*cls.strace(output, MESHGW, "demo"))
        assert done.returncode == 0, done.stdout
        return pathlib.Path(output).read_text()

    @classmethod
    def gateway(cls, folder):
        """What operators and a service manager do to one."""
        admin = f"unix:{folder}/admin.sock"
        with subprocess.Popen(
                cls.strace(folder + "/gateway", MESHGW, "gateway", "-catalog", str(CATALOG), "-datacenter", "secondary",
                           "-bind", "default=127.0.0.1:0", "-admin-bind", admin, "-access-log", folder + "/access.json"),
                stderr=subprocess.PIPE, text=True, env={**os.environ, "NOTIFY_SOCKET": "@meshgw-unit-test",
                                                        "WATCHDOG_USEC": "300000"}) as child:
            for line in child.stderr:
                if " ready" in line:
                    break
            for verb in ("reload", "status", "connections", "drain"):
                done = run(MESHGW, verb, "-admin", admin)
                assert done.returncode == 0, done.stdout
            child.stderr.read()
            assert child.wait(PATIENCE) == 0
        return pathlib.Path(folder + "/gateway").read_text()

    def test_each_system_call_of_the_program_is_allowed(self):
        called = set(re.findall(r"^\d+ +(?:\[pid \d+\] )?(\w+)\(", self.trace, re.M))
        for name in ("splice", "epoll_wait", "accept4", "execve", "sendto"):
            self.assertIn(name, called)
        self.assertEqual(called - allowed_calls(), set())

    def test_a_system_call_that_a_gateway_never_needs_is_refused(self):
        self.assertEqual({"mount", "ptrace", "bpf", "setuid", "chroot"} & allowed_calls(), set())

    def test_each_kind_of_socket_is_allowed(self):
        families = set(re.findall(r"socket\((AF_\w+|PF_\w+)", self.trace))
        self.assertIn("AF_INET", families)
        self.assertEqual(families - set(settings("RestrictAddressFamilies")[0].split()), set())

    def test_no_memory_is_made_executable(self):
        self.assertIn("PROT_READ", self.trace)
        self.assertEqual(re.findall(r".*PROT_WRITE\|PROT_EXEC.*|.*mprotect\(.*PROT_EXEC.*", self.trace), [])


def missing():
    return [program for program in ("systemd-analyze", "strace") if not shutil.which(program)]


if __name__ == "__main__":
    if missing():
        print("skipped: there is no " + " and no ".join(missing()) + " here")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
