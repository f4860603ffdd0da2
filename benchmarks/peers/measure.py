"""Workloads, and the rounds in which every relay has its turn."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import subprocess
import time

from relays import BACKEND, LISTEN, NAME, OURS, Relay, Running, Tools

LOAD_CPU = "0"
IDLE_WARM_UP = 200


@dataclasses.dataclass(frozen=True)
class Workload:
    """One load and the figure that is taken of it."""

    name: str
    action: str
    connections: int
    size: int = 1
    figure: str = "cpu_per_gb"  # Or cpu_per_request, or memory.


WORKLOADS = [
    *(
        Workload(f"bulk {direction} x {connections}", direction, connections)
        for connections in (1, 16, 256)
        for direction in ("up", "down", "both")
    ),
    Workload("echo 1 B x 1", "echo", 1, 1, "cpu_per_request"),
    Workload("echo 1 KiB x 64", "echo", 64, 1024, "cpu_per_request"),
    Workload("echo 16 KiB x 16", "echo", 16, 16384, "cpu_per_request"),
    Workload("connect x 32", "connect", 32, 1, "rate"),
    Workload("idle x 5000", "idle", 5000, 1, "memory"),
]

UNITS = {
    "cpu_per_gb": "CPU s/GB",
    "cpu_per_request": "CPU us/request",
    "rate": "connections/s",
    "memory": "B/connection",
}


def _load(workload: Workload, tools: Tools, relay: str, connections: int, extra: list[str]) -> list[str]:
    program = str(tools.build / "benchmarks/peers/relay_load")
    return [
        *("taskset", "-c", LOAD_CPU, program, workload.action),
        *(f"relay={relay}", f"backend={BACKEND}", f"name={NAME}"),
        *(f"connections={connections}", f"size={workload.size}", *extra),
    ]


def _run(workload: Workload, tools: Tools, relay: str, seconds: float, pids: list[int]) -> dict:
    extra = [f"seconds={seconds}", *(f"pid={pid}" for pid in pids)]
    command = _load(workload, tools, relay, workload.connections, extra)
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + 5 * seconds)
    if done.returncode != 0:
        raise RuntimeError(f"relay_load: {done.stderr.strip()}")
    return json.loads(done.stdout)


def _slab_bytes() -> int:
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    return 0


def _hold(workload: Workload, tools: Tools, relay: Running, connections: int) -> tuple[int, int]:
    """Memory of the relay and of the kernel while so many are idle."""
    command = _load(workload, tools, LISTEN, connections, [])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        assert load.stdin is not None and load.stdout is not None
        word = load.stdout.readline().split()
        memory = relay.resident_bytes(), _slab_bytes()
        load.stdin.close()
        load.wait(timeout=60)
    if word != ["ready", "0"]:
        raise RuntimeError(f"{relay.name}: {word[1] if len(word) > 1 else 'all'} of {connections} connections failed")
    return memory


def _idle(workload: Workload, tools: Tools, relay: Running) -> dict:
    # The first connections pay for what all share.
    before = _hold(workload, tools, relay, IDLE_WARM_UP)
    time.sleep(0.5)
    after = _hold(workload, tools, relay, workload.connections)
    counted = workload.connections - IDLE_WARM_UP
    return {
        "user_bytes": (after[0] - before[0]) / counted,
        # Of all four sockets of a relayed connection.
        "kernel_slab_bytes": (after[1] - before[1]) / counted,
    }


INTEGRITY = ("large", "medium", "tiny", "cuts", "stalled", "chaos")


def integrity(workload: str, relay: Relay, tools: Tools, connections: int) -> dict:
    """What came out of a workload that checks every byte; see tests/integrity."""
    with Running(relay, tools) as running:
        program = str(tools.build / "tests/integrity/relay_integrity")
        command = [program, workload, f"relay={LISTEN}", f"backend={BACKEND}", f"name={NAME}"]
        command += [f"count={connections}", f"pid={running.process.pid}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"relay_integrity: {done.stderr.strip()}")
    return json.loads(done.stdout)


def figure_of(workload: Workload, sample: dict) -> float:
    """The figure of merit of one sample."""
    if workload.figure == "memory":
        return sample["user_bytes"]
    if workload.figure == "rate":
        return sample["requests"] / sample["seconds"]
    if workload.figure == "cpu_per_gb":
        return sample["relay_cpu_seconds"] / (sample["bytes"] / 1e9) if sample["bytes"] else float("nan")
    return sample["relay_cpu_seconds"] / sample["requests"] * 1e6 if sample["requests"] else float("nan")


def direct(workload: Workload, tools: Tools, seconds: float) -> dict | None:
    """The same load without a relay: the floor for latency and throughput."""
    if workload.figure == "memory":
        return None
    return _run(workload, tools, BACKEND, seconds, [])


def sample(workload: Workload, relay: Relay, tools: Tools, seconds: float) -> dict:
    """One turn of one relay, which is started for it."""
    with Running(relay, tools) as running:
        if workload.figure == "memory":
            return _idle(workload, tools, running)
        return _run(workload, tools, LISTEN, seconds, running.pids())


def _ratio(workload: Workload, ours: float, theirs: float) -> float:
    """How ours stands to theirs: below 1 is cheaper, for a rate faster is above 1."""
    return ours / theirs if theirs else float("nan")


def summary(workload: Workload, samples: dict[str, list[dict]]) -> list[dict]:
    """Medians of the figures, and of the ratios of the same round."""
    figures = {name: [figure_of(workload, one) for one in rounds] for name, rounds in samples.items()}
    ours = figures.get(OURS, [])
    rows = []
    for name, values in figures.items():
        row = {"relay": name, "median": statistics.median(values), "rounds": values}
        if name != OURS and len(ours) == len(values):
            row["ours_to_it"] = statistics.median(_ratio(workload, a, b) for a, b in zip(ours, values))
        for key in samples[name][0]:
            if key not in ("relay_cpu_seconds",):
                row[key] = statistics.median(one[key] for one in samples[name])
        rows.append(row)
    return rows
