//! The bindings against the header as the C compiler reads it: sizes and offsets
//! of every struct, the value of every constant, the name of every function.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use meshgw_sys::*;

/// A C expression and the number that Rust has for it.
type Numbers = BTreeMap<String, i128>;

/// Takes the address of a field, and reads nothing.
type AddressOf<T, F> = fn(*const T) -> *const F;

fn offset_of<T, F>(field: AddressOf<T, F>) -> i128 {
    let place = std::mem::MaybeUninit::<T>::uninit();
    let start = place.as_ptr();
    field(start) as i128 - start as i128
}

fn size_of_field<T, F>(_: AddressOf<T, F>) -> i128 {
    std::mem::size_of::<F>() as i128
}

macro_rules! structs {
    ($($name:ident: $($field:ident),+;)+) => {
        fn layouts() -> (Numbers, Vec<&'static str>) {
            let mut numbers = Numbers::new();
            $(
                numbers.insert(
                    format!("sizeof({})", stringify!($name)),
                    std::mem::size_of::<$name>() as i128,
                );
                $({
                    // The field may be named by a word of Rust's.
                    let field = stringify!($field).trim_end_matches('_');
                    let at: AddressOf<$name, _> = |start| {
                        // SAFETY: `start` is the address of a whole struct.
                        unsafe { std::ptr::addr_of!((*start).$field) }
                    };
                    let name = stringify!($name);
                    numbers.insert(format!("offsetof({name}, {field})"), offset_of(at));
                    numbers.insert(format!("sizeof((({name} *)0)->{field})"), size_of_field(at));
                })+
            )+
            (numbers, vec![$(stringify!($name)),+])
        }
    };
}
include!("layout/structs.rs");

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bindings() -> String {
    fs::read_to_string(crate_folder().join("src/bindings.rs")).expect("src/bindings.rs")
}

fn header_folder() -> PathBuf {
    crate_folder().join("../../../capi/include")
}

/// `pub const NAME: type = value;` of the bindings.
fn constants() -> Numbers {
    let text = bindings();
    let lines = text.lines().filter_map(|line| line.strip_prefix("pub const "));
    let number = |line: &str| -> Option<(String, i128)> {
        let (name, rest) = line.split_once(": ")?;
        let value = rest.split_once(" = ")?.1.trim_end_matches(';');
        Some((name.to_owned(), value.parse().ok()?))
    };
    lines.map(|line| number(line).unwrap_or_else(|| panic!("not a number: {line}"))).collect()
}

/// Words of `text` that begin with `prefix` and stand before `behind`.
fn names(text: &str, prefix: &str, behind: char) -> Vec<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found: Vec<String> = text
        .match_indices(prefix)
        .filter(|(at, _)| !text[..*at].ends_with(is_word))
        .filter_map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|c: char| !is_word(c))?;
            rest[end..].starts_with(behind).then(|| rest[..end].to_owned())
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("/*") {
        out.push_str(&rest[..start]);
        let length = rest[start..].find("*/").expect("a comment that ends");
        rest = &rest[start + length + 2..];
    }
    out + rest
}

/// Compiles and runs a C program that prints each expression.
fn ask_the_compiler(expressions: &Numbers) -> Numbers {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let source = folder.join("layout.c");
    let program = folder.join("layout");
    let mut text = "#include <meshgw.h>\n#include <stdio.h>\nint main(void) {\n".to_owned();
    for expression in expressions.keys() {
        writeln!(text, "  printf(\"%lld\\n\", (long long)({expression}));").unwrap();
    }
    text.push_str("  return 0;\n}\n");
    fs::write(&source, text).expect("the program's source");
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let status = Command::new(&compiler)
        .args(["-std=c99", "-Wall", "-Werror", "-I"])
        .arg(header_folder())
        .arg("-o")
        .arg(&program)
        .arg(&source)
        .status()
        .unwrap_or_else(|error| panic!("{compiler}: {error}"));
    assert!(status.success(), "{compiler} failed on {}", source.display());
    let output = Command::new(&program).output().expect("the program runs");
    let printed = String::from_utf8(output.stdout).expect("digits");
    let values = printed.lines().map(|line| line.parse().expect("a number"));
    expressions.keys().cloned().zip(values).collect()
}

#[test]
fn sizes_offsets_and_constants_are_those_of_the_header() {
    let mut ours = layouts().0;
    ours.extend(constants());
    assert!(ours.len() > 500, "only {} expressions", ours.len());
    let theirs = ask_the_compiler(&ours);
    assert_eq!(ours.len(), theirs.len());
    for (expression, value) in &ours {
        assert_eq!(Some(value), theirs.get(expression), "{expression}");
    }
}

#[test]
fn no_struct_is_left_out() {
    let listed = layouts().1;
    let text = bindings();
    for part in text.split("pub struct ").skip(1) {
        let name = part.split(' ').next().expect("a name");
        let is_opaque = part.split('}').next().expect("a body").contains("_unused: [u8; 0]");
        assert!(is_opaque || listed.contains(&name), "{name}");
    }
}

#[test]
fn functions_and_constants_are_those_of_the_header() {
    let header = fs::read_to_string(header_folder().join("meshgw.h")).expect("meshgw.h");
    let header = without_comments(&header);
    let declared = names(&header, "meshgw_", '(');
    assert!(declared.len() > 80, "only {} functions", declared.len());
    assert_eq!(declared, names(&bindings(), "meshgw_", '('));
    let bound = constants();
    for name in names(&header, "MESHGW_", ' ') {
        let is_other = name == "MESHGW_API" || name == "MESHGW_H_" || name.ends_with("_INIT");
        assert!(is_other || bound.contains_key(&name), "{name}");
    }
}
