#!/usr/bin/env python3
"""Draws docs/performance/*.svg and the table of docs/performance.md.

    charts.py RESULTS.json
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
OURS = "meshgw"

CHARTS = {
    "bulk": ("CPU seconds of the relay for each GB, 256 connections both ways", "bulk both x 256"),
    "requests": ("CPU microseconds of the relay for each request of 1 KiB, 64 connections", "echo 1 KiB x 64"),
    "connections": ("Connections a second, 32 at a time", "connect x 32"),
    "memory": ("User memory of an idle connection, bytes", "idle x 5000"),
}


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


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    results = json.loads(pathlib.Path(sys.argv[1]).read_text())
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
    text = DOCUMENT.read_text()
    before, rest = text.split(START)
    after = rest.split(END)[1]
    DOCUMENT.write_text(before + "\n\n".join([START, *pictures, told, table(results), END]) + after)
    return 0


if __name__ == "__main__":
    sys.exit(main())
