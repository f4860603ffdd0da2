#!/usr/bin/env python3
"""The checks of the C ABI see what they are for.

Each test changes a copy of meshgw.h, makes a library of it (functions that do
nothing, with the types of the header), and runs scripts/check-abi against the
committed baseline, or scripts/check-exports.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import meshgw_header  # noqa: E402

HEADER = meshgw_header.HEADER.read_text()
MAP = ROOT / "capi/meshgw.map"


class Library:
    """A library with the functions of `header`, in a folder of its own."""

    def __init__(self, folder, header, more="", version_script=None):
        self.headers = pathlib.Path(folder)
        (self.headers / "meshgw.h").write_text(header)
        prototypes = re.findall(r"MESHGW_API\s([^;{}]*?\bmeshgw_\w+\s*\([^;]*\));", meshgw_header.without_comments(header))
        bodies = "\n".join(prototype + " { __builtin_trap(); }" for prototype in prototypes)
        source = self.headers / "stubs.c"
        source.write_text(f'#include "meshgw.h"\n{bodies}\n{more}\n')
        self.path = self.headers / "libmeshgw.so"
        subprocess.run(["cc", "-std=c99", "-g", "-shared", "-fPIC", "-fvisibility=hidden", "-Wl,-soname,libmeshgw.so.0",
                        f"-Wl,--version-script={version_script or MAP}", "-o", self.path, source], check=True)


def check(script, *arguments):
    done = subprocess.run([ROOT / "scripts" / script, *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def changed(text, old, new):
    assert text.count(old) == 1, f"meshgw.h has '{old}' {text.count(old)} times"
    return text.replace(old, new)


class ChecksTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def check_abi(self, header):
        library = Library(self.folder, header)
        return check("check-abi", library.path, "--headers", library.headers)

    def test_the_header_as_it_is_passes(self):
        status, text = self.check_abi(HEADER)
        self.assertEqual(status, 0, text)
        self.assertIn("0 notes, 0 errors", text)

    def test_a_widened_field_fails(self):
        status, text = self.check_abi(changed(
            HEADER, "  uint32_t dns_refresh_s; ", "  uint64_t dns_refresh_s; "))
        self.assertEqual(status, 1, text)
        self.assertIn("a field moved or changed its size", text)

    def test_a_widened_last_field_fails(self):
        # abidiff takes it for growth.
        status, text = self.check_abi(changed(
            HEADER, "  uint32_t max_pipes;      /* 0: 64. UINT32_MAX: never splice, copy. */\n  uint32_t reserved;",
            "  uint32_t max_pipes;\n  uint64_t reserved;"))
        self.assertEqual(status, 1, text)
        self.assertIn("a field moved or changed its size", text)

    def test_a_field_in_front_fails(self):
        status, text = self.check_abi(changed(
            HEADER, "  uint64_t accepted;\n", "  uint64_t another;\n  uint64_t accepted;\n"))
        self.assertEqual(status, 1, text)
        self.assertIn("abidiff (exit status 4)", text)

    def test_a_struct_without_an_init_macro_fails(self):
        status, text = self.check_abi(changed(HEADER, "#define MESHGW_ENDPOINT_INIT ", "#define MESHGW_END_INIT "))
        self.assertEqual(status, 1, text)
        self.assertIn("meshgw_endpoint: meshgw.h has no MESHGW_ENDPOINT_INIT", text)

    def test_growth_of_a_struct_inside_another_fails(self):
        status, text = self.check_abi(changed(
            HEADER, "  uint32_t reserved;           /* 0 */\n} meshgw_hello_options;",
            "  uint32_t reserved;           /* 0 */\n  uint64_t another;\n} meshgw_hello_options;"))
        self.assertEqual(status, 1, text)

    def test_an_argument_of_another_type_fails(self):
        status, text = self.check_abi(changed(
            HEADER, "const char *meshgw_mode_name(int32_t mode)", "const char *meshgw_mode_name(int64_t mode)"))
        self.assertEqual(status, 1, text)

    def test_a_removed_function_fails(self):
        header = changed(HEADER, "MESHGW_API const char *meshgw_version(void);", "")
        script = pathlib.Path(self.folder) / "changed.map"
        script.write_text(changed(MAP.read_text(), "    meshgw_version;\n", ""))
        library = Library(self.folder, header, version_script=script)
        status, text = check("check-abi", library.path, "--headers", library.headers)
        self.assertEqual(status, 1, text)
        self.assertIn("meshgw_version", text)

    def test_an_appended_field_of_options_is_noted_once_its_place_is_frozen(self):
        header = changed(
            HEADER, "  uint32_t max_pipes;      /* 0: 64. UINT32_MAX: never splice, copy. */\n  uint32_t reserved;",
            "  uint32_t max_pipes;      /* 0: 64. UINT32_MAX: never splice, copy. */\n  uint32_t reserved;\n  uint64_t another;")
        status, text = self.check_abi(header)
        self.assertEqual(status, 1, text)
        self.assertIn("meshgw_splice_options.another: no line", text)
        self.assertIn("1 notes, 1 errors", text)
        layout = pathlib.Path(self.folder) / "layout.c"
        lines = (ROOT / "capi/tests/abi_layout_test.c").read_text()
        layout.write_text(changed(lines, "FROZEN(meshgw_splice_options, reserved, 28, 4);\n",
                                  "FROZEN(meshgw_splice_options, reserved, 28, 4);\n"
                                  "FROZEN(meshgw_splice_options, another, 32, 8);\n"))
        status, text = check("check-abi", pathlib.Path(self.folder) / "libmeshgw.so", "--headers", self.folder,
                             "--layout", layout)
        self.assertEqual(status, 0, text)
        self.assertIn("note: the ABI grew", text)
        self.assertIn("'uint64_t another'", text)
        self.assertIn("1 notes, 0 errors", text)

    def test_a_library_without_debug_information_is_refused(self):
        library = Library(self.folder, HEADER)
        subprocess.run(["strip", "--strip-debug", library.path], check=True)
        status, text = check("check-abi", library.path, "--headers", library.headers)
        self.assertEqual(status, 1)
        self.assertIn("no debug information", text)

    def test_equal_exports_pass(self):
        status, text = check("check-exports", Library(self.folder, HEADER).path)
        self.assertEqual(status, 0, text)

    def test_an_export_that_the_header_lacks_fails(self):
        more = '__attribute__((visibility("default"))) int meshgw_undeclared(void) { return 0; }'
        script = pathlib.Path(self.folder) / "changed.map"
        script.write_text(changed(MAP.read_text(), "    meshgw_version;\n", "    meshgw_version;\n    meshgw_undeclared;\n"))
        library = Library(self.folder, HEADER, more, script)
        status, text = check("check-exports", library.path)
        self.assertEqual(status, 1, text)
        self.assertIn("meshgw_undeclared: in the library, and not in meshgw.h", text)
        status, text = check("check-exports", library.path, "--map", script)
        self.assertEqual(status, 1, text)
        self.assertIn("meshgw_undeclared: in meshgw.map, and not in meshgw.h", text)

    def test_a_function_that_the_map_lacks_fails(self):
        header = changed(HEADER, "MESHGW_API const char *meshgw_version(void);",
                         "MESHGW_API const char *meshgw_version(void);\nMESHGW_API int meshgw_forgotten(void);")
        library = Library(self.folder, header)
        status, text = check("check-exports", library.path, "--header", library.headers / "meshgw.h")
        self.assertEqual(status, 1, text)
        self.assertIn("meshgw_forgotten: in meshgw.h, and not in meshgw.map", text)

    def test_a_symbol_of_another_library_fails(self):
        more = "extern int SSL_new(void); int (*meshgw_hidden)(void) = SSL_new;"
        status, text = check("check-exports", Library(self.folder, HEADER, more).path)
        self.assertEqual(status, 1, text)
        self.assertIn("SSL_new: taken from another library", text)


if __name__ == "__main__":
    if not shutil.which("abidiff"):
        print("no abidiff: install abigail-tools", file=sys.stderr)
        sys.exit(77)
    unittest.main()
