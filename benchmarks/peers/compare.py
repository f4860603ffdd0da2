#!/usr/bin/env python3
"""Compares meshgw with other relays: CPU for each byte and request, memory.

Everything runs in a network namespace made for it, the relay alone on CPU 1,
clients and backend on CPU 0. Rounds are interleaved: every relay has its turn
before the first has another, so that a machine in use slows all of them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys

import measure
import network
import report
from relays import OURS, RELAYS, Relay, Tools, missing, versions

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DIRECT = "(no relay)"


def parse() -> argparse.Namespace:
    names = [relay.name for relay in RELAYS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each turn (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="RELAY", help=", ".join(names))
    parser.add_argument("--workloads", nargs="+", default=[""], metavar="TEXT", help="those whose name contains one of these")
    parser.add_argument("--integrity", type=int, default=0, metavar="N", help="check every byte instead, with N connections of chaos")
    parser.add_argument("--privileged", action="store_true", help="leave the relays all that root may: pipes without limit")
    parser.add_argument("--envoy", type=pathlib.Path, default=ROOT / "build/peers/venv/bin/envoy")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/peers")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build/peers/results.json")
    return parser.parse_args()


def machine() -> dict:
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
    return {"cpu": model, "cpus": os.cpu_count(), "kernel": platform.release(), "date": datetime.date.today().isoformat()}


def rounds_of(workload: measure.Workload, relays: list[Relay], tools: Tools, arguments: argparse.Namespace) -> dict:
    """One workload: in each round everybody has a turn, and so has no relay."""
    samples: dict[str, list[dict]] = {name: [] for name in (DIRECT, *(relay.name for relay in relays))}
    failed: dict[str, str] = {}
    for _ in range(1 if workload.figure == "memory" else arguments.rounds):
        for relay in [None, *relays]:
            name = relay.name if relay else DIRECT
            if name in failed:
                continue
            try:
                samples[name].append(measure.sample(workload, relay, tools, arguments.seconds))
            except (RuntimeError, OSError, subprocess.SubprocessError) as error:
                failed[name] = str(error)
    whole = {name: rounds for name, rounds in samples.items() if name not in failed}
    floor = whole.pop(DIRECT, [])
    heading = {"name": workload.name, "unit": measure.UNITS[workload.figure]}
    return {**heading, **measure.summary(workload, whole, floor), "failed": failed}


def run(arguments: argparse.Namespace, tools: Tools, results: dict) -> None:
    """The workloads; `results` has those that are done."""
    chosen = [relay for relay in RELAYS if relay.name in arguments.only]
    absent = {relay.name: why for relay in chosen if (why := missing(relay, tools))}
    present = [relay for relay in chosen if relay.name not in absent]
    results.update({"seconds": arguments.seconds, "rounds": arguments.rounds, "versions": versions(tools)})
    results.update({"missing": absent, "workloads": []})
    buffers = network.Buffers()
    for workload in measure.WORKLOADS:
        if not any(text in workload.name for text in arguments.workloads):
            continue
        bounds = buffers.bound(workload.connections)
        entry = {**rounds_of(workload, present, tools, arguments), "buffers": bounds}
        results["workloads"].append(entry)
        print(report.table(entry, absent), flush=True)
        write(arguments.json, results)


def write(path: pathlib.Path, results: dict) -> None:
    """What there is so far: a run that is interrupted leaves it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=1))


def check(arguments: argparse.Namespace, tools: Tools, results: dict) -> None:
    """The integrity workloads, one relay after the other."""
    results["integrity"] = {}
    for relay in RELAYS:
        if relay.name not in arguments.only:
            continue
        rows = {}
        if why := missing(relay, tools):
            rows["missing"] = why
        for workload in () if rows else measure.INTEGRITY:
            try:
                rows[workload] = measure.integrity(workload, relay, tools, arguments.integrity)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                rows[workload] = {"failed": str(error)}
        results["integrity"][relay.name] = rows
        print(report.integrity(relay.name, rows), flush=True)


def main() -> int:
    arguments = parse()
    if os.geteuid() != 0:
        print("compare.py: making a network namespace needs root", file=sys.stderr)
        return 1
    if network.INSIDE not in os.environ:
        return network.run_inside()
    problems = network.prepare()
    for problem in problems:
        print(f"note: {problem}", file=sys.stderr)
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    tools = Tools(ROOT, arguments.build.resolve(), work, arguments.envoy, arguments.privileged)
    results = {
        "machine": machine(),
        "settings": {**network.settings(), "privileged_relays": arguments.privileged},
        "settings_not_made": problems,
    }
    if arguments.integrity:
        check(arguments, tools, results)
    else:
        run(arguments, tools, results)
    write(arguments.json, results)
    print(f"written: {arguments.json}")
    failed = any(OURS in entry["failed"] for entry in results.get("workloads", []))
    return 1 if failed or OURS in results.get("missing", {}) else 0


if __name__ == "__main__":
    sys.exit(main())
