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
import resource
import subprocess
import sys

import measure
import report
from relays import OURS, RELAYS, Tools, missing

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INSIDE = "MESHGW_PEERS_NAMESPACE"


def parse() -> argparse.Namespace:
    names = [relay.name for relay in RELAYS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each turn (%(default)s)")
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="RELAY", help=", ".join(names))
    parser.add_argument("--workloads", default="", help="those whose name contains this text")
    parser.add_argument("--integrity", type=int, default=0, metavar="N", help="check every byte instead, with N connections of chaos")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--work", type=pathlib.Path, default=ROOT / "build/peers")
    parser.add_argument("--json", type=pathlib.Path, default=ROOT / "build/peers/results.json")
    return parser.parse_args()


def set_kernel(path: str, value: str) -> str:
    """Sets a setting of the kernel; what went wrong, or nothing."""
    try:
        pathlib.Path("/proc/sys", path).write_text(value)
    except OSError as error:
        return f"{path.replace('/', '.')} could not be set to {value}: {error.strerror}"
    return ""


def enter_namespace() -> None:
    """Starts this again in a network namespace of its own."""
    # Namespaces take only what their host allows. BBR, the default of some,
    # paces loopback and doubles what everything costs.
    allowed = pathlib.Path("/proc/sys/net/ipv4/tcp_allowed_congestion_control")
    if "cubic" not in allowed.read_text().split():
        set_kernel("net/ipv4/tcp_allowed_congestion_control", allowed.read_text().strip() + " cubic")
    command = ["unshare", "--net", sys.executable, *sys.argv]
    os.execvpe(command[0], command, {**os.environ, INSIDE: "1"})


def prepare_namespace() -> list[str]:
    """Sets up loopback; returns what could not be set."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    problems = [
        set_kernel("net/ipv4/tcp_congestion_control", "cubic"),
        set_kernel("net/ipv4/ip_local_port_range", "10000 65000"),
        set_kernel("net/ipv4/tcp_tw_reuse", "1"),
        set_kernel("net/core/somaxconn", "4096"),
    ]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return [problem for problem in problems if problem]


def machine() -> dict:
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
    return {"cpu": model, "cpus": os.cpu_count(), "kernel": platform.release(), "date": datetime.date.today().isoformat()}


def run(arguments: argparse.Namespace, tools: Tools) -> dict:
    chosen = [relay for relay in RELAYS if relay.name in arguments.only]
    absent = {relay.name: why for relay in chosen if (why := missing(relay, tools))}
    present = [relay for relay in chosen if relay.name not in absent]
    results = {"machine": machine(), "seconds": arguments.seconds, "rounds": arguments.rounds, "missing": absent, "workloads": []}
    for workload in measure.WORKLOADS:
        if arguments.workloads not in workload.name:
            continue
        samples: dict[str, list[dict]] = {relay.name: [] for relay in present}
        failed: dict[str, str] = {}
        floor = measure.direct(workload, tools, arguments.seconds)
        for _ in range(1 if workload.figure == "memory" else arguments.rounds):
            for relay in present:
                if relay.name in failed:
                    continue
                try:
                    samples[relay.name].append(measure.sample(workload, relay, tools, arguments.seconds))
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    failed[relay.name] = str(error)
        entry = {
            "name": workload.name,
            "unit": measure.UNITS[workload.figure],
            "direct": floor,
            "rows": measure.summary(workload, {name: rounds for name, rounds in samples.items() if rounds and name not in failed}),
            "failed": failed,
        }
        results["workloads"].append(entry)
        print(report.table(entry, absent), flush=True)
    return results


def check(arguments: argparse.Namespace, tools: Tools) -> dict:
    """The integrity workloads, one relay after the other."""
    results: dict = {"machine": machine(), "integrity": {}}
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
    return results


def main() -> int:
    arguments = parse()
    if os.geteuid() != 0:
        print("compare.py: making a network namespace needs root", file=sys.stderr)
        return 1
    if INSIDE not in os.environ:
        enter_namespace()
    problems = prepare_namespace()
    for problem in problems:
        print(f"note: {problem}", file=sys.stderr)
    arguments.work.mkdir(parents=True, exist_ok=True)
    tools = Tools(ROOT, arguments.build, arguments.work, arguments.work / "venv/bin/envoy")
    results = check(arguments, tools) if arguments.integrity else run(arguments, tools)
    results["settings_not_made"] = problems
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps(results, indent=1))
    print(f"written: {arguments.json}")
    failed = any(OURS in entry["failed"] for entry in results.get("workloads", []))
    return 1 if failed or OURS in results.get("missing", {}) else 0


if __name__ == "__main__":
    sys.exit(main())
