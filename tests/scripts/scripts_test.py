#!/usr/bin/env python3
"""The scripts refuse what they cannot do before they install or build."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Scripts(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="meshgw-scripts-")
        self.addCleanup(self.temporary.cleanup)
        # A tree in which nothing was ever built.
        self.tree = pathlib.Path(self.temporary.name) / "tree"
        for folder in ("scripts", "fuzz", "benchmarks"):
            shutil.copytree(ROOT / folder, self.tree / folder)
        # Whatever would change the machine writes down how it was called.
        self.calls = self.tree / "calls"
        self.bin = self.tree / "bin"
        self.bin.mkdir()
        for name in ("apt-get", "cmake", "ctest"):
            self.fake(name, f'echo {name} "$@" >>"{self.calls}"; exit 1')
        self.fake("dpkg-query", "exit 1")
        self.fake("id", "echo 0")

    def fake(self, name, text):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)

    def run_script(self, *command):
        environment = {**os.environ, "PATH": f"{self.bin}:{os.environ['PATH']}"}
        return subprocess.run([self.tree / command[0], *command[1:]], capture_output=True, text=True, timeout=60,
                              stdin=subprocess.DEVNULL, env=environment)

    def test_an_unknown_argument_is_refused_before_anything_is_done(self):
        for command, said in ((["scripts/test", "fast", "fats"], "unknown stage 'fats'"),
                              (["scripts/bench", "client_helo"], "no benchmark 'client_helo'"),
                              (["scripts/bench", "quick", "x"], "no benchmark 'x'"),
                              (["scripts/fuzz", "1", "hello"], "no target 'hello'")):
            with self.subTest(command=command):
                done = self.run_script(*command)
                self.assertEqual(done.returncode, 2)
                self.assertIn(said, done.stderr)
                self.assertFalse(self.calls.exists())

    def test_fuzzing_without_binaries_says_how_to_build_them(self):
        done = self.run_script("scripts/fuzz", "1", "client_hello")
        self.assertEqual(done.returncode, 2)
        self.assertIn("cmake --preset fuzz && cmake --build --preset fuzz", done.stderr)

    def test_installing_waits_for_another_apt(self):
        self.assertEqual(self.run_script("scripts/install-packages", "build").returncode, 1)
        calls = self.calls.read_text().splitlines()
        self.assertEqual([call.split()[1] for call in calls], ["install", "update", "install"])
        for call in calls:
            self.assertIn("-o DPkg::Lock::Timeout=600", call)


if __name__ == "__main__":
    unittest.main(verbosity=2)
