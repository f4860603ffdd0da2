#!/usr/bin/env python3
"""Draws docs/performance/*.svg and the tables of docs/performance.md.

    charts.py RESULTS.json...

of compare.py, with figures or with --integrity. Of what is in several the last
one counts; what is in none stays as it is.
"""

from __future__ import annotations

import html
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs/performance"
DOCUMENT = ROOT / "docs/performance.md"
START, END = "<!-- results: drawn by benchmarks/peers/charts.py -->", "<!-- end of results -->"
INTEGRITY_START, INTEGRITY_END = "<!-- integrity: drawn by benchmarks/peers/charts.py -->", "<!-- end of integrity -->"
OURS = "meshgw"

CHARTS = {
    "bulk": ("CPU seconds of the relay for each GB, 256 connections both ways", "bulk both x 256"),
    "requests": ("CPU microseconds of the relay for each request of 1 KiB, 64 connections", "echo 1 KiB x 64"),
    "connections": ("Connections a second, 32 at a time", "connect x 32"),
    "memory": ("User memory of an idle connection, bytes", "idle x 5000"),
}


# What was set out to be reached: a workload, whom it is measured against, and
# what ours divided by it may be at most; for a rate, must be at least.
GOALS = [
    *(
        (f"bulk {direction} x {connections}", relay, bound)
        for connections in (1, 256)
        for direction in ("up", "down", "both")
        for relay, bound in (("haproxy-splice-1M", 1.0), ("haproxy", 0.35), ("nginx-64k", 0.45), ("envoy", 0.45))
    ),
    *(
        ("echo 1 KiB x 64", relay, bound)
        for relay, bound in (("haproxy", 0.95), ("nginx-16k", 0.95), ("nginx-64k", 0.95), ("haproxy-splice-1M", 0.75), ("envoy", 0.6))
    ),
    *(
        ("echo 16 KiB x 16", relay, 0.9)
        for relay in ("haproxy", "haproxy-splice-1M", "nginx-16k", "nginx-64k", "sniproxy", "go-io-copy", "envoy")
    ),
    ("connect x 32", "nginx-16k", 1.0),
    ("connect x 32", "nginx-64k", 1.0),
    ("connect x 32", "envoy", 2.2),
]
GOAL_OF_MEMORY = 256  # Bytes of an idle connection.


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def chart(title: str, rows: list[dict]) -> str:
    """Horizontal bars, the shortest first."""
    height, left, width = 22, 150, 430
    longest = max(row["median"] for row in rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 90}" height="{40 + height * len(rows)}" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="10" y="20" font-weight="bold">{html.escape(title)}</text>',
    ]
    for i, row in enumerate(rows):
        y = 34 + height * i
        length = max(1, round(width * row["median"] / longest))
        colour = "#2b6cb0" if row["relay"] == OURS else "#a0aec0"
        parts.append(f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{html.escape(row["relay"])}</text>')
        parts.append(f'<rect x="{left}" y="{y + 2}" width="{length}" height="{height - 6}" fill="{colour}"/>')
        parts.append(f'<text x="{left + length + 6}" y="{y + 14}">{number(row["median"])}</text>')
    return "\n".join([*parts, "</svg>", ""])


def table(results: dict) -> str:
    """Every workload against every relay: the figure, and how ours stands to it."""
    relays = [row["relay"] for row in results["workloads"][0]["rows"]]
    for entry in results["workloads"]:
        relays += [row["relay"] for row in entry["rows"] if row["relay"] not in relays]
    lines = ["| | unit | " + " | ".join(relays) + " |", "|---|---|" + "---|" * len(relays)]
    for entry in results["workloads"]:
        rows = {row["relay"]: row for row in entry["rows"]}
        cells = []
        for relay in relays:
            row = rows.get(relay)
            if row is None:
                cells.append("failed" if relay in entry["failed"] else "missing")
            else:
                ratio = f" ({row['ours_to_it']:.2f})" if "ours_to_it" in row else ""
                cells.append(number(row["median"]) + ratio)
        lines.append(f"| {entry['name']} | {entry['unit']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def row_of(results: dict, workload: str, relay: str) -> dict | None:
    for entry in results["workloads"]:
        if entry["name"] == workload:
            return next((row for row in entry["rows"] if row["relay"] == relay), None)
    return None


def goals(results: dict) -> str:
    """Every goal that was missed, and how many were met."""
    missed, met = [], 0
    for workload, relay, bound in GOALS:
        row = row_of(results, workload, relay)
        rate = workload.startswith("connect")
        ratio = row["ours_to_it"] if row and "ours_to_it" in row else None
        if ratio is not None and (ratio >= bound if rate else ratio <= bound):
            met += 1
            continue
        rounds = row["ours_to_it_rounds"] if ratio is not None else []
        spread = f"{min(rounds):.2f} to {max(rounds):.2f}" if rounds else ""
        reached = f"{ratio:.2f}" if ratio is not None else "not measured"
        missed.append(f"| {workload} | {relay} | {'at least' if rate else 'at most'} {bound:g} | {reached} | {spread} |")
    idle = row_of(results, "idle x 5000", OURS)
    met += idle is not None and idle["median"] <= GOAL_OF_MEMORY
    lines = [f"Of {len(GOALS) + 1} goals that were set before, {met} are met. The others:"]
    if missed:
        lines += ["", "| | against | goal for ours / it | reached | rounds |", "|---|---|---|---|---|", *missed]
    return "\n".join(lines)


def beside(results: dict) -> str:
    """What goes with the figures: throughput and latency."""
    relays = [row["relay"] for row in results["workloads"][0]["rows"]]
    lines = ["| | | " + " | ".join(relays) + " |", "|---|---|" + "---|" * len(relays)]
    for entry in results["workloads"]:
        rows = {row["relay"]: row for row in entry["rows"]}
        if "user_bytes" in next(iter(rows.values())):
            what, show = "B of kernel memory", lambda row: f"{row.get('kernel_relay_bytes', row['kernel_slab_bytes']):,.0f}"
        elif next(iter(rows.values()))["requests"]:
            what, show = "p50 / p99 us", lambda row: f"{row['p50_us']:.0f} / {row['p99_us']:.0f}"
        else:
            what, show = "GB/s", lambda row: f"{row['gigabytes_per_second']:.2f}"
        cells = [show(rows[relay]) if relay in rows else "" for relay in relays]
        lines.append(f"| {entry['name']} | {what} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def failures(results: dict) -> str:
    """Why a figure is missing."""
    lines = [f"{name} is missing: {why}." for name, why in results["missing"].items()]
    lines += [
        f"{relay} failed in \"{entry['name']}\": {why}."
        for entry in results["workloads"]
        for relay, why in entry["failed"].items()
    ]
    return "\n".join(lines)


def figures(results: dict) -> str:
    """Everything that was timed; draws the charts too."""
    workloads = {entry["name"]: entry for entry in results["workloads"]}
    FOLDER.mkdir(exist_ok=True)
    pictures = []
    for name, (title, workload) in CHARTS.items():
        rows = sorted(workloads[workload]["rows"], key=lambda row: row["median"], reverse=name == "connections")
        (FOLDER / f"{name}.svg").write_text(chart(title, rows))
        pictures.append(f"![{title}](performance/{name}.svg)")
    machine = results["machine"]
    told = (
        f"{machine['cpus']} CPUs ({machine['cpu']}), Linux {machine['kernel']}, {machine['date']}; medians of "
        f"{results['rounds']} rounds of {results['seconds']:g} s. In brackets: ours divided by it, in the same round."
    )
    parts = [*pictures, told, table(results), failures(results), goals(results), "With them went:", beside(results)]
    return "\n\n".join(part for part in parts if part)


def integrity(by_relay: dict) -> str:
    """Of how many connections every byte came and the end was the right one."""
    workloads = ["large", "medium", "tiny", "cuts", "chaos"]
    lines = ["| | " + " | ".join(workloads) + " | stalled: absorbed, grown by |", "|---|" + "---|" * (len(workloads) + 1)]
    for relay, rows in by_relay.items():
        cells = []
        for workload in workloads:
            row = rows[workload]
            wrong = [
                f"{row[key]:,} {word}"
                for key, word in (
                    ("lost", "lost"),
                    ("reordered", "reordered"),
                    ("hung", "hung"),
                    ("reset_as_fin", "resets shown as an orderly end"),
                )
                if row[key] > 0
            ]
            cells.append(f"all {row['connections']:,}" if not wrong else f"of {row['connections']:,}: " + ", ".join(wrong))
        stalled = rows["stalled"]
        cells.append(
            f"{stalled['absorbed'] / 1e6:.0f} MB, {stalled['grown_bytes'] / 1024:,.0f} KiB" + ("" if stalled["whole"] else "; bytes lost")
        )
        lines.append(f"| {relay} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def replace(text: str, start: str, end: str, part: str) -> str:
    before, rest = text.split(start)
    return before + start + "\n\n" + part + "\n\n" + end + rest.split(end)[1]


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 0 if sys.argv[1:] == ["--help"] else 2
    text = DOCUMENT.read_text()
    by_relay: dict = {}
    for path in sys.argv[1:]:
        results = json.loads(pathlib.Path(path).read_text())
        by_relay |= results.get("integrity", {})
        if "workloads" in results:
            text = replace(text, START, END, figures(results))
    if by_relay:
        text = replace(text, INTEGRITY_START, INTEGRITY_END, integrity(by_relay))
    DOCUMENT.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
