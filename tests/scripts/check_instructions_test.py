#!/usr/bin/env python3
"""What scripts/check-instructions says of counts; callgrind is not needed."""
import importlib.machinery
import importlib.util
import pathlib
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check-instructions"
LOADER = importlib.machinery.SourceFileLoader("check_instructions", str(SCRIPT))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_instructions", LOADER))
LOADER.exec_module(check)

BASE = {"Parse": 800, "Walk": 200}


class CheckInstructions(unittest.TestCase):
    def test_growth_of_more_than_two_percent_fails_and_names_the_function(self):
        line, good = check.compare("hello", BASE, {"Parse": 790, "Walk": 240})
        self.assertFalse(good)
        self.assertIn("Walk grew from 200 to 240", line)

    def test_a_function_that_was_not_there_is_named_too(self):
        line, good = check.compare("hello", BASE, {**BASE, "Log": 30})
        self.assertFalse(good)
        self.assertIn("Log grew from 0 to 30", line)

    def test_less_growth_passes_and_so_does_work_that_only_moved(self):
        self.assertTrue(check.compare("hello", BASE, {"Parse": 800, "Walk": 219})[1])
        self.assertTrue(check.compare("hello", BASE, {"Parse": 400, "Walk": 600})[1])

    def test_better_passes_and_says_how_to_keep_it(self):
        line, good = check.compare("hello", BASE, {"Parse": 700, "Walk": 200})
        self.assertTrue(good)
        self.assertIn("--update", line)

    def test_a_case_without_a_baseline_fails(self):
        line, good = check.compare("new", None, BASE)
        self.assertFalse(good)
        self.assertIn("has no baseline", line)

    def test_counts_are_a_function_s_own(self):
        text = "\n".join(
            ["fn=meshgw::Parse(int) const", "10 5", "cfn=Walk(int)", "calls=1 3", "11 100", "12 2",
             "fn=Walk(int)", "3 100", "fn=meshgw::Parse(int) const [clone .cold]", "* 1"])
        self.assertEqual(check.self_counts(text), {"meshgw::Parse": 8, "Walk": 100})


if __name__ == "__main__":
    unittest.main()
