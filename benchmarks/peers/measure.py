"""Workloads, and the rounds in which every relay has its turn."""

from __future__ import annotations

import dataclasses
import json
import pathlib
import statistics
import subprocess
import time

import network
from relays import BACKEND, LISTEN, NAME, OURS, Relay, Tools
from running import Running

LOAD_CPU = "0"
IDLE_WARM_UP = 200


@dataclasses.dataclass(frozen=True)
class Workload:
    """One load and the figure that is taken of it."""

    name: str
    action: str
    connections: int
    size: int = 1
    figure: str = "cpu_per_gb"  # A key of UNITS.


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
    Workload("hello to first byte x 1", "connect", 1, 1, "latency"),
    Workload("idle x 5000", "idle", 5000, 1, "memory"),
]

UNITS = {
    "cpu_per_gb": "CPU s/GB",
    "cpu_per_request": "CPU us/request",
    "rate": "connections/s",
    "latency": "us (p50)",
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
    lost = network.counters()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60 + 5 * seconds)
    if done.returncode != 0:
        raise RuntimeError(f"relay_load: {done.stderr.strip()}")
    sample = json.loads(done.stdout)
    if sample["bytes" if workload.figure == "cpu_per_gb" else "requests"] == 0:
        raise RuntimeError("nothing arrived")
    foreign = sample["busy_seconds"] - sample["relay_cpu_seconds"] - sample["load_cpu_seconds"]
    sample["foreign_cpus"] = max(0.0, foreign) / sample["seconds"]
    sample.update({name: value - lost[name] for name, value in network.counters().items()})
    return sample


def _slab_bytes() -> int:
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("Slab:"):
            return int(line.split()[1]) * 1024
    return 0


def _hold(workload: Workload, tools: Tools, address: str, connections: int, relay: Running | None) -> tuple[int, int]:
    """Memory of the relay and of the kernel while so many are idle."""
    command = _load(workload, tools, address, connections, [])
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
        assert load.stdin is not None and load.stdout is not None
        try:
            word = load.stdout.readline().split()  # It gives up by itself.
            memory = relay.resident_bytes() if relay else 0, _slab_bytes()
            load.stdin.close()
            load.wait(timeout=60)
        except BaseException:
            load.kill()
            raise
    if word != ["ready", "0"]:
        raise RuntimeError(f"{word[1] if len(word) > 1 else 'all'} of {connections} connections failed")
    return memory


def _idle(workload: Workload, tools: Tools, address: str, relay: Running | None) -> dict:
    # The first connections pay for what all share.
    before = _hold(workload, tools, address, IDLE_WARM_UP, relay)
    time.sleep(0.5)
    after = _hold(workload, tools, address, workload.connections, relay)
    counted = workload.connections - IDLE_WARM_UP
    return {
        "user_bytes": (after[0] - before[0]) / counted,
        # Of all four sockets of a relayed connection, of both without a relay.
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
    if workload.figure == "latency":
        return sample["p50_us"]
    return _per_unit(workload, sample, "relay_cpu_seconds")


def _per_unit(workload: Workload, sample: dict, key: str) -> float:
    """Seconds for a GB, or microseconds for a request."""
    if workload.figure == "cpu_per_gb":
        return sample[key] / (sample["bytes"] / 1e9)
    return sample[key] / sample["requests"] * 1e6


def sample(workload: Workload, relay: Relay | None, tools: Tools, seconds: float) -> dict:
    """One turn of one relay, which is started for it; of none: the floor."""
    if relay is None:
        if workload.figure == "memory":
            return _idle(workload, tools, BACKEND, None)
        return _run(workload, tools, BACKEND, seconds, [])
    with Running(relay, tools) as running:
        if workload.figure == "memory":
            return _idle(workload, tools, LISTEN, running)
        return _run(workload, tools, LISTEN, seconds, running.pids())


def _details(workload: Workload, rounds: list[dict]) -> dict:
    """Medians of all that was measured; sums of what should not happen."""
    # A single failure is no less one when the other rounds had none.
    counts = ("errors", "stalled", "tcp_timeouts", "tcp_drops")
    details = {key: (sum if key in counts else statistics.median)(one[key] for one in rounds) for key in rounds[0]}
    if workload.figure == "memory":
        return details
    details["gigabytes_per_second"] = statistics.median(one["bytes"] / one["seconds"] / 1e9 for one in rounds)
    details["requests_per_second"] = statistics.median(one["requests"] / one["seconds"] for one in rounds)
    for name in ("relay_cpu", "busy"):
        details[f"{name}_per_unit"] = statistics.median(_per_unit(workload, one, f"{name}_seconds") for one in rounds)
    return details


def summary(workload: Workload, samples: dict[str, list[dict]], floor: list[dict]) -> dict:
    """Medians of the figures, and of the ratios of the same round.

    A ratio is ours to theirs: below 1 is cheaper, for a rate above 1 faster.
    """
    figures = {name: [figure_of(workload, one) for one in rounds] for name, rounds in samples.items()}
    ours = figures.get(OURS, [])
    direct = _details(workload, floor) if floor else None
    rows = []
    for name, values in figures.items():
        row = {"relay": name, "median": statistics.median(values), "rounds": values}
        if name != OURS and len(ours) == len(values):
            row["ours_to_it_rounds"] = [a / b for a, b in zip(ours, values)]
            row["ours_to_it"] = statistics.median(row["ours_to_it_rounds"])
        row.update(_details(workload, samples[name]))
        if workload.figure == "memory" and direct:
            row["kernel_relay_bytes"] = row["kernel_slab_bytes"] - direct["kernel_slab_bytes"]
        rows.append(row)
    return {"direct": direct, "rows": rows}
