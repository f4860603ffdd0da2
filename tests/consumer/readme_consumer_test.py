#!/usr/bin/env python3
"""A project with README's C++ and CMake blocks, as printed, builds and runs.

It sets no C++ standard, as README's does not.

Usage: readme_consumer_test.py SOURCE_TREE BUILD_FOLDER CMAKE CXX_COMPILER
"""
import os
import pathlib
import re
import ssl
import subprocess
import sys
import unittest

SOURCE, FOLDER, CMAKE, COMPILER = (None,) * 4


def block(language):
    found = re.search(rf"```{language}\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    assert found, f"README.md has no {language} block"
    return found.group(1)


def hello(server_name):
    """The first flight of a real client."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=server_name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Consumer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        project = FOLDER / "project"
        project.mkdir(parents=True, exist_ok=True)
        (project / "main.cc").write_text(block("cpp"))
        (project / "CMakeLists.txt").write_text(block("cmake"))
        if not (project / "meshgw").exists():
            (project / "meshgw").symlink_to(SOURCE)
        generator = [] if (FOLDER / "build").exists() else ["-G", "Ninja"]
        for command in ([CMAKE, "-S", project, "-B", FOLDER / "build", *generator, f"-DCMAKE_CXX_COMPILER={COMPILER}"],
                        [CMAKE, "--build", FOLDER / "build", "--target", "my_proxy", "-j", "2"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                raise AssertionError(done.stdout[-4000:])

    def run_program(self, stdin):
        done = subprocess.run([FOLDER / "build/my_proxy"], input=stdin, capture_output=True, timeout=30)
        return done.returncode, done.stdout.decode()

    def test_a_name_with_a_rule_prints_where_it_goes(self):
        self.assertEqual(self.run_program(hello("api.default.dc2.internal.example.consul")), (0, "203.0.113.5\n"))

    def test_a_name_without_a_rule_says_so(self):
        self.assertEqual(self.run_program(hello("www.example.com")), (1, "no route\n"))

    def test_what_is_no_hello_says_what_it_is(self):
        self.assertEqual(self.run_program(b"GET / HTTP/1.1\r\n\r\n"), (1, "not_tls\n"))


if __name__ == "__main__":
    SOURCE, FOLDER = (pathlib.Path(os.path.abspath(p)) for p in sys.argv[1:3])
    CMAKE, COMPILER = sys.argv[3:5]
    unittest.main(argv=sys.argv[:1], verbosity=2)
