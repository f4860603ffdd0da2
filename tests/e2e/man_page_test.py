#!/usr/bin/env python3
"""The man page as mandoc reads it.

Usage: man_page_test.py PATH_OF_MESHGW
"""
import os
import re
import shutil
import subprocess
import sys
import unittest

MESHGW = None


def written(*arguments):
    return subprocess.run([MESHGW, *arguments], stdout=subprocess.PIPE, text=True, check=True, timeout=60,
                          env={**os.environ, "SOURCE_DATE_EPOCH": "1769817600"}).stdout


def mandoc(page, *arguments):
    return subprocess.run(["mandoc", *arguments], input=page, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=60)


class ManPage(unittest.TestCase):
    def test_mandoc_has_nothing_to_warn_of(self):
        done = mandoc(written("man"), "-T", "lint", "-W", "warning")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_flags_are_shown_as_they_are_typed(self):
        shown = re.sub(".\b", "", mandoc(written("man"), "-T", "ascii").stdout)
        flags = re.findall(r"^  (?:-\w,)?--([\w-]+)", written("help", "gateway"), re.M)
        self.assertGreater(len(flags), 40)
        for flag in flags:
            self.assertRegex(shown, rf"(?m)^ +(-\w, )?-{flag}\b")

    def test_its_date_is_that_of_a_build_that_is_to_be_repeated(self):
        self.assertIn(".TH MESHGW 1 2026-01-31 ", written("man"))


if __name__ == "__main__":
    if not shutil.which("mandoc"):
        print("skipped: there is no mandoc here")
        sys.exit(1 if os.environ.get("CI") == "true" else 77)
    MESHGW = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=2)
