#!/usr/bin/env python3
"""What a call costs from C++, C, Rust and Go, in one table.

    benchmarks/bindings.py [--rounds N] [--build FOLDER]

Runs the benchmarks of the same names by turns and takes medians. Hellos: C++ and
C in one process; Rust's and Go's own ones, with Go's crypto/tls as a reference.
Bulk: CPU seconds for each GB of a process that has Go's Splice carry, beside one
with io.Copy, and what of the former was not the engine's thread, which is all C.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HELLOS = {"openssl_391": 0, "curl_517": 1, "go_pq_1525": 2, "chromium_like_pq": 3, "mix": None}
Figures = dict[str, float]


def run(command: list[str], folder: pathlib.Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise SystemExit(f"failed with {done.returncode}: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def cpp_and_c(build: pathlib.Path) -> tuple[Figures, Figures]:
    program = build / "benchmarks/client_hello_benchmark"
    text = run([str(program), "--benchmark_filter=^BM_(Hot|Mix)C?(/|$)", "--benchmark_min_time=0.2", "--benchmark_format=json"], ROOT)
    times = {row["name"]: row["cpu_time"] for row in json.loads(text)["benchmarks"]}

    def named(suffix: str) -> Figures:
        return {
            name: times[f"BM_Mix{suffix}" if index is None else f"BM_Hot{suffix}/{index}"] for name, index in HELLOS.items()
        }

    return named(""), named("C")


def rust(build: pathlib.Path) -> Figures:
    """Criterion's estimates: `id time: [low estimate high]`."""
    text = run(
        ["cargo", "bench", "--locked", "--bench", "client_hello", "--", "--warm-up-time", "0.3", "--measurement-time", "0.5", "BM_(Hot/|Mix$)"],
        ROOT / "bindings/rust",
        {"MESHGW_LIB_DIR": str(build), "LD_LIBRARY_PATH": str(build), "CARGO_TARGET_DIR": str(ROOT / "build/rust-target")},
    )
    scale = {"ps": 1e-3, "ns": 1.0, "us": 1e3, "\u00b5s": 1e3}
    found = {}
    for name, value, unit in re.findall(r"BM_(?:Hot/\d )?(\w+)\s+time:\s+\[\S+ \S+ (\S+) (\S+) ", text):
        found[name.lower()] = float(value) * scale[unit]
    return {name: found[name] for name in HELLOS}


def go(build: pathlib.Path, pattern: str, seconds: str) -> str:
    flags = {
        "GOFLAGS": "-tags=meshgw_tree",
        "CGO_LDFLAGS": f"-L{build} -Wl,-rpath,{build}",
        "GOMAXPROCS": "2",
    }
    return run(["go", "test", "-run", "^$", "-bench", pattern, "-benchtime", seconds, "."], ROOT / "bindings/go", flags)


def go_hellos(build: pathlib.Path) -> tuple[Figures, Figures]:
    text = go(build, "^Benchmark(Hot|Mix)(CryptoTLS)?$", "0.2s")
    times = {name: float(value) for name, value in re.findall(r"^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(\S+) ns/op", text, re.M)}

    def named(suffix: str) -> Figures:
        return {name: times[f"Mix{suffix}" if index is None else f"Hot{suffix}/{name}"] for name, index in HELLOS.items()}

    return named(""), named("CryptoTLS")


BULK = {"splice_s/GB": "Splice", "io.Copy_s/GB": "io.Copy", "%outside_loop": "% outside the engine"}


def bulk(build: pathlib.Path) -> dict[str, Figures]:
    """By connections."""
    rows = re.findall(r"^BenchmarkBulk/(\d+?)(?:-\d+)?\s+\d+\s+(.*)$", go(build, "^BenchmarkBulk$", "1x"), re.M)
    return {count: {unit: float(value) for value, unit in re.findall(r"(\S+) (\S+)", line)} for count, line in rows}


def median(rounds: list[Figures], name: str) -> float:
    return statistics.median(figures[name] for figures in rounds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    for program in ("cargo", "go"):
        if shutil.which(program) is None:
            print(f"there is no {program}", file=sys.stderr)
            return 1
    columns: dict[str, list[Figures]] = {name: [] for name in ("C++", "C", "Rust", "Go", "Go crypto/tls")}
    carried: dict[str, list[Figures]] = {}
    for _ in range(arguments.rounds):
        cpp, c = cpp_and_c(build)
        ours, reference = go_hellos(build)
        for name, figures in zip(columns, (cpp, c, rust(build), ours, reference)):
            columns[name].append(figures)
        for count, figures in bulk(build).items():
            carried.setdefault(count, []).append(figures)
    print("| ns for each hello | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    for hello in HELLOS:
        print(f"| {hello} | " + " | ".join(f"{median(rounds, hello):,.1f}" for rounds in columns.values()) + " |")
    print()
    print("| CPU s for each GB, Go | " + " | ".join(BULK.values()) + " |")
    print("|---|" + "---|" * len(BULK))
    for count, rounds in carried.items():
        print(f"| bulk x {count} | " + " | ".join(f"{median(rounds, unit):.3g}" for unit in BULK) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
