#!/usr/bin/env python3
"""What scripts/check-instructions says of counts; callgrind is not needed."""
import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check-instructions"
LOADER = importlib.machinery.SourceFileLoader("check_instructions", str(SCRIPT))
check = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_instructions", LOADER))
LOADER.exec_module(check)

BASE = {"Parse": 800, "Walk": 200}


def reported(base, now):
    """Whether all is good, and what was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        good = check.report(base, now)
    return good, out.getvalue()


class Compare(unittest.TestCase):
    def test_three_percent_more_fail_and_name_the_function(self):
        line, good = check.compare("hello", BASE, {"Parse": 790, "Walk": 240})
        self.assertFalse(good)
        self.assertIn("+3.00%  FAILED: Walk grew by 40 (200 to 240)", line)
        self.assertNotIn("Parse", line)

    def test_one_percent_more_passes_and_so_does_almost_two(self):
        self.assertTrue(check.compare("hello", BASE, {"Parse": 810, "Walk": 200})[1])
        self.assertTrue(check.compare("hello", BASE, {"Parse": 800, "Walk": 219})[1])

    def test_what_grew_most_is_named_first(self):
        line, _ = check.compare("hello", BASE, {"Parse": 830, "Walk": 260})
        self.assertLess(line.index("Walk grew by 60"), line.index("Parse grew by 30"))

    def test_a_function_that_was_not_there_is_named_too(self):
        line, good = check.compare("hello", BASE, {**BASE, "Log": 30})
        self.assertFalse(good)
        self.assertIn("Log grew by 30 (0 to 30)", line)

    def test_work_that_only_moved_passes(self):
        self.assertTrue(check.compare("hello", BASE, {"Parse": 400, "Other": 600})[1])

    def test_a_case_without_a_baseline_fails(self):
        line, good = check.compare("new", None, BASE)
        self.assertFalse(good)
        self.assertIn("has no baseline: scripts/check-instructions --update", line)

    def test_a_case_that_is_gone_fails(self):
        line, good = check.compare("old", BASE, None)
        self.assertFalse(good)
        self.assertIn("is in the baseline and not in the program", line)


class Report(unittest.TestCase):
    def test_better_passes_and_says_how_to_keep_it(self):
        good, text = reported({"hello": BASE}, {"hello": {"Parse": 700, "Walk": 200}})
        self.assertTrue(good)
        self.assertIn("-10.00%  better", text)
        self.assertIn("keep it so: scripts/check-instructions --update", text)

    def test_one_bad_case_among_good_ones_fails(self):
        good, text = reported({"a": BASE, "b": BASE}, {"a": BASE, "b": {"Parse": 900, "Walk": 200}})
        self.assertFalse(good)
        self.assertIn("2 cases, 1 failed", text)


class Names(unittest.TestCase):
    def test_what_compilers_make_of_a_function_is_that_function(self):
        for name in [
            "meshgw::Parse(int, std::span<char, 4ul>) const",
            "meshgw::(anonymous namespace)::Parse(int) [clone .cold]",
            "meshgw::Parse(int) [clone .isra.0] [clone .part.0.cold]",
            "meshgw::Parse(int)'2",
            "void meshgw::Parse<meshgw::First>(std::function<bool ()> const&)",
            "std::map<int, A<int> >* meshgw::Parse<(Kind)1>(int)",
            "meshgw::Parse(int)::{lambda(char)#1}::operator()(char) const",
            "meshgw::(anonymous namespace)::Parse(int)::{lambda()#2}::_FUN()",
            "meshgw::Parse[abi:cxx11](int)",
        ]:
            with self.subTest(name):
                self.assertEqual(check.plain(name), "meshgw::Parse")

    def test_operators_keep_their_names(self):
        for name, expected in {
            "operator new(unsigned long)": "operator new",
            "A<int>::operator()(int) const": "A::operator()",
            "bool operator< <int>(A<int>, A<int>)": "operator<",
            "A::operator->() const": "A::operator->",
            "A::operator bool() const": "A::operator bool",
            "A::~A()": "A::~A",
            "0x000000000010e768": "(no name)",
            "memcpy@@GLIBC_2.14": "memcpy",
            "std::_Function_handler<bool (), A::B()::{lambda()#1}>::_M_invoke(std::_Any_data const&)":
                "std::_Function_handler::_M_invoke",
        }.items():
            with self.subTest(name):
                self.assertEqual(check.plain(name), expected)


class Counts(unittest.TestCase):
    TEXT = "\n".join(
        ["fn=meshgw::Parse(int) const", "10 5", "cfn=Walk(int)", "calls=1 3", "11 100", "12 2",
         "fn=Walk(int)", "3 100", "fn=meshgw::Parse(int) const [clone .cold]", "* 1"])

    def test_they_are_a_function_s_own(self):
        self.assertEqual(check.self_counts(f"{self.TEXT}\ntotals: 108"), {"meshgw::Parse": 8, "Walk": 100})

    def test_output_that_does_not_add_up_is_refused(self):
        with self.assertRaises(check.CannotCount):
            check.self_counts(f"{self.TEXT}\ntotals: 109")


class Skipping(unittest.TestCase):
    def test_the_baseline_holds_with_gcc_12_on_debian_12_in_ci(self):
        gcc, debian = "gcc 12.2.0, glibc 2.36, x86_64", {"ID": "debian", "VERSION_ID": "12"}
        self.assertFalse(check.may_skip(gcc, debian, {"CI": "true"}))
        self.assertTrue(check.may_skip(gcc, debian, {}))
        self.assertTrue(check.may_skip("gcc 14.2.0, glibc 2.41, x86_64", {**debian, "VERSION_ID": "13"}, {"CI": "true"}))
        self.assertTrue(check.may_skip("clang 14.0.6, glibc 2.36, x86_64", debian, {"CI": "true"}))


if __name__ == "__main__":
    unittest.main()
