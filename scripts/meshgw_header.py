"""What capi/include/meshgw.h declares, for the checks of the C API.

Not a parser of C: it reads the few forms that the header is written in, and
raises ValueError for what it does not know.
"""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = ROOT / "capi/include/meshgw.h"


def without_comments(text):
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S)


def functions(text):
    """The names of all functions, in the order of the header."""
    return re.findall(r"MESHGW_API\s[^;{}]*?\b(meshgw_\w+)\s*\(", without_comments(text))


def enumerators(text):
    """A list of enumerations: each a dict of names and values."""
    found = []
    for body in re.findall(r"\benum\s*\w*\s*\{(.*?)\}", without_comments(text), re.S):
        values = {}
        for item in filter(None, (part.strip() for part in body.split(","))):
            match = re.fullmatch(r"(MESHGW_\w+)\s*=\s*(\d+)", item)
            if not match:
                raise ValueError(f"meshgw.h: enumerator '{item}' is not 'NAME = number'")
            values[match[1]] = int(match[2])
        found.append(values)
    return found


def macros(text):
    """Object-like macros with a number as value."""
    found = {}
    for name, value in re.findall(r"^#define (MESHGW_\w+) (\S+)$", without_comments(text), re.M):
        value = re.sub(r"^UINT32_C\((.*)\)$", r"\1", value)
        if value == "UINT32_MAX":
            value = "0xffffffff"
        if re.fullmatch(r"0x[0-9a-fA-F]+|\d+", value):
            found[name] = int(value, 0)
    return found


def structs(text):
    """A dict of struct names and lists of (field, comment), for structs with fields."""
    found = {}
    for name, body in re.findall(r"typedef struct (meshgw_\w+) \{(.*?)\n\} \1;", text, re.S):
        fields = []
        body = re.sub(r"(/\*.*?\*/)", lambda m: m[1].replace(";", ","), body, flags=re.S)
        # A declaration, and the comment behind it.
        for declaration, comment in re.findall(r"([^;]*);[ \t]*(/\*.*?\*/)?", body, re.S):
            before = " ".join(re.findall(r"/\*(.*?)\*/", declaration, re.S))
            code = without_comments(declaration).strip()
            match = re.search(r"\b(\w+)\s*(\[\w+\])?$", code)
            if not match:
                raise ValueError(f"meshgw.h: field '{code}' of {name}")
            fields.append((match[1], " ".join(((comment or "") + " " + before).split())))
        found[name] = fields
    return found
