//! Finds libmeshgw: MESHGW_LIB_DIR, then pkg-config, then (feature `vendored`)
//! CMake. Tells crates that depend on this one DEP_MESHGW_ROOT, _INCLUDE and
//! _LIB_DIR, where they are known.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The C API may change with the minor version until 1.0.
const MINOR: &str = "0.1";
const NEXT_MINOR: &str = "0.2";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // docs.rs has no libmeshgw, and documentation links nothing.
    if env::var_os("DOCS_RS").is_some() {
        return;
    }
    let is_static = variable("MESHGW_STATIC").is_some_and(|value| value != "0");
    if let Some(folder) = variable("MESHGW_LIB_DIR") {
        return link(Path::new(&folder), is_static);
    }
    let problem = match pkg_config(is_static) {
        Ok(()) => return,
        Err(problem) => problem,
    };
    if env::var_os("CARGO_FEATURE_VENDORED").is_some() {
        return build();
    }
    eprintln!(
        "meshgw-sys: no libmeshgw {MINOR}: {problem}\n\
         Set MESHGW_LIB_DIR to the folder of libmeshgw.so, or PKG_CONFIG_PATH to that \
         of meshgw.pc, or build it from the source tree with the feature `vendored`."
    );
    std::process::exit(1);
}

/// The value of a variable whose change runs this program again.
fn variable(name: &str) -> Option<String> {
    println!("cargo:rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn link(folder: &Path, is_static: bool) {
    let kind = if is_static { "static" } else { "dylib" };
    println!("cargo:rustc-link-search=native={}", folder.display());
    println!("cargo:rustc-link-lib={kind}=meshgw");
    if is_static {
        println!("cargo:rustc-link-lib=dylib=stdc++");
    }
    println!("cargo:lib_dir={}", folder.display());
    for parent in folder.ancestors().skip(1).take(2) {
        let include = parent.join("include");
        if include.join("meshgw.h").exists() {
            println!("cargo:root={}", parent.display());
            println!("cargo:include={}", include.display());
            return;
        }
    }
}

fn pkg_config(is_static: bool) -> Result<(), String> {
    for name in ["PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR"] {
        variable(name);
    }
    let program = variable("PKG_CONFIG").unwrap_or_else(|| "pkg-config".to_owned());
    let run = |arguments: &[&str]| -> Result<String, String> {
        let output = Command::new(&program)
            .args(arguments)
            .output()
            .map_err(|error| format!("{program}: {error}"))?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let (at_least, below) = (format!("meshgw >= {MINOR}"), format!("meshgw < {NEXT_MINOR}"));
    run(&["--print-errors", "--exists", &at_least, &below])?;
    let flags = match is_static {
        true => run(&["--libs", "--static", "meshgw"])?,
        false => run(&["--libs", "meshgw"])?,
    };
    for flag in flags.split_whitespace() {
        match flag.split_at(2.min(flag.len())) {
            ("-L", folder) => println!("cargo:rustc-link-search=native={folder}"),
            ("-l", "meshgw") if is_static => println!("cargo:rustc-link-lib=static=meshgw"),
            ("-l", library) => println!("cargo:rustc-link-lib={library}"),
            _ if flag == "-pthread" => println!("cargo:rustc-link-lib=pthread"),
            _ => {}
        }
    }
    for (key, name) in [("root", "prefix"), ("include", "includedir"), ("lib_dir", "libdir")] {
        let value = run(&["--variable", name, "meshgw"])?;
        if key == "lib_dir" && is_static {
            println!("cargo:rustc-link-search=native={value}");
        }
        if !value.is_empty() {
            println!("cargo:{key}={value}");
        }
    }
    Ok(())
}

fn build() {
    let source = variable("MESHGW_SOURCE_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.."), PathBuf::from);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for part in ["CMakeLists.txt", "capi", "include", "src"] {
        println!("cargo:rerun-if-changed={}", source.join(part).display());
    }
    let tree = out.join("build");
    cmake(
        Command::new("cmake")
            .arg("-S")
            .arg(&source)
            .arg("-B")
            .arg(&tree)
            .args(["-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=OFF"])
            .args(["-DMESHGW_BUILD_PROGRAM=OFF", "-DMESHGW_BUILD_TESTING=OFF"])
            .args(["-DMESHGW_BUILD_BENCHMARKS=OFF", "-DMESHGW_WERROR=OFF"]),
    );
    let jobs = env::var("NUM_JOBS").unwrap_or_else(|_| "1".to_owned());
    cmake(Command::new("cmake").arg("--build").arg(&tree).args([
        "--target",
        "meshgw_shared",
        "--parallel",
        &jobs,
    ]));
    // cargo runs programs with the library paths that lie in OUT_DIR.
    link(&tree, false);
    println!("cargo:include={}", source.join("capi/include").display());
}

fn cmake(command: &mut Command) {
    let status = command.status().unwrap_or_else(|error| panic!("cmake: {error}"));
    assert!(status.success(), "{command:?} failed: {status}");
}
