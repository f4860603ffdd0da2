#!/ usr / bin / env python3
"""Every function of meshgw.h is called with bad arguments somewhere.

A function that returns meshgw_status or meshgw_hello has a row in a table of calls
that must be refused (`return meshgw_x(...)` in a row), or a check that it is. Others
have no error: they are called with NULL. Those that cannot be called wrongly are
listed here by name.
"""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import meshgw_header  # noqa: E402

HEADER = meshgw_header.HEADER.read_text()
FILES = ("bad_input_*_test.cc", "*_arguments_test.cc")
#They take a number, of which every value has an answer, or nothing.
CANNOT_FAIL = {
    "meshgw_version", "meshgw_status_name", "meshgw_hello_reason_name", "meshgw_name_kind_name", "meshgw_mode_name",
    "meshgw_source_name", "meshgw_veto_name", "meshgw_dial_name", "meshgw_health_name", "meshgw_cluster_kind_name",
    "meshgw_balance_name", "meshgw_route_kind_name", "meshgw_format_name", "meshgw_splice_end_name",
    "meshgw_reason_name", "meshgw_reset_on_close",
}
# Statuses that are results, not refusals.
TELLS_STATUS = {"meshgw_error_status"}


def tests():
    folder = ROOT / "capi/tests"
    files = sorted(path for pattern in FILES for path in folder.glob(pattern))
    return "\n".join(re.sub(r"//.*", "", path.read_text()) for path in files)


def declarations(header):
    """A dict of the functions of the header and what each returns."""
    return {
name: kind.split()[0] for kind, name in re.findall(
        r"MESHGW_API\s+([^;{}]*?)\b(meshgw_\w+)\s*\(", meshgw_header.without_comments(header))
}

def is_refused(name, kind, text):
    call = rf"\b{name}\s*\("
    if kind in ("meshgw_status", "meshgw_hello") and name not in TELLS_STATUS:
        row = rf"return\s+(?:\w+\s*\?\s*)?{call}|[:?{{,(]\s*{call}"
        for match in re.finditer(row, text):
#A whole call with its brackets, and what it is compared with.
            statement = text[match.start():text.find(";", match.end())]
            if not re.search(r"==\s*MESHGW_OK", statement):
                return True
        return False
    return re.search(call + r"\s*nullptr", text) is not None


def missing(header, text):
    errors = []
    functions = declarations(header)
    for name in sorted(CANNOT_FAIL - set(functions)):
        errors.append(f"{name}: listed as one that cannot fail, and not in meshgw.h")
    for name, kind in functions.items():
        if name in CANNOT_FAIL:
            if kind in ("meshgw_status", "meshgw_hello"):
                errors.append(f"{name}: listed as one that cannot fail, and returns {kind}")
        elif not is_refused(name, kind, text):
            errors.append(f"{name}: no row with a bad argument in capi/tests/bad_input_*_test.cc or *_arguments_test.cc")
    return errors


class BadInputCoverage(unittest.TestCase):
    def test_every_function_of_the_header_has_a_row(self):
        self.assertEqual(missing(HEADER, tests()), [])
        self.assertEqual(set(declarations(HEADER)), set(meshgw_header.functions(HEADER)))

    def test_a_function_without_a_row_is_found(self):
        more = HEADER + ("MESHGW_API meshgw_status meshgw_new_call(int32_t fd);\n"
                         "MESHGW_API size_t meshgw_new_count(const meshgw_routes *routes);\n")
        found = missing(more, tests() + "CHECK(meshgw_new_call(1) == MESHGW_OK); meshgw_new_count(routes);")
        self.assertEqual([error.split(":")[0] for error in found], ["meshgw_new_call", "meshgw_new_count"])

    def test_rows_and_checks_count(self):
        more = HEADER + "MESHGW_API meshgw_status meshgw_new_call(int32_t fd);\n"
        for row in ("[](auto err) { return meshgw_new_call(-1); }", "CHECK(meshgw_new_call(-1) == MESHGW_ERR_IO);"):
            self.assertEqual(missing(more, tests() + row), [])


if __name__ == "__main__":
    unittest.main()
