"""The results as a text table."""

from __future__ import annotations


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _beside(row: dict) -> str:
    """What is told beside the figure of merit."""
    if "user_bytes" in row:
        return f"kernel slab {row['kernel_slab_bytes']:,.0f} B"
    gigabytes = row["bytes"] / row["seconds"] / 1e9
    rate = f"{gigabytes:.2f} GB/s" if row["requests"] == 0 else f"{row['requests'] / row['seconds']:,.0f}/s"
    latency = f", p50 {row['p50_us']:.0f} us, p99 {row['p99_us']:.0f} us" if row["requests"] else ""
    errors = f", {row['errors']:.0f} errors" if row["errors"] else ""
    return rate + latency + errors


def table(entry: dict, absent: dict[str, str]) -> str:
    """One workload's results."""
    lines = [f"\n{entry['name']} ({entry['unit']})"]
    lines.append(f"  {'relay':<20}{'median':>12}{'ours / it':>12}  ")
    for row in entry["rows"]:
        ratio = f"{row['ours_to_it']:.2f}" if "ours_to_it" in row else ""
        lines.append(f"  {row['relay']:<20}{_number(row['median']):>12}{ratio:>12}  {_beside(row)}")
    if entry["direct"] is not None:
        lines.append(f"  {'(no relay)':<20}{'':>12}{'':>12}  {_beside(entry['direct'])}")
    lines += [f"  {name:<20}  missing: {why}" for name, why in absent.items()]
    lines += [f"  {name:<20}  failed: {why}" for name, why in entry["failed"].items()]
    return "\n".join(lines)


def integrity(name: str, rows: dict) -> str:
    """What one relay did to the bytes."""
    lines = [f"\n{name}"]
    for workload, row in rows.items():
        if isinstance(row, str):
            lines.append(f"  {workload}: {row}")
            continue
        told = ", ".join(f"{key} {value}" for key, value in row.items() if key != "workload")
        lines.append(f"  {workload:<10}{told}")
    return "\n".join(lines)
