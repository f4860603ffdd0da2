"""The results as a text table."""

from __future__ import annotations

NOISY = 0.1  # CPUs that others used, from which a figure is told to be noise.


def _number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _beside(row: dict, unit: str) -> str:
    """What is told beside the figure of merit."""
    if "user_bytes" in row:
        of_relay = f", {row['kernel_relay_bytes']:,.0f} B of it the relay's" if "kernel_relay_bytes" in row else ""
        return f"kernel slab {row['kernel_slab_bytes']:,.0f} B{of_relay}"
    told = []
    if unit == "connections/s":
        told.append(f"relay {row['relay_cpu_per_unit']:.1f} us each")
    elif row["requests"]:
        told.append(f"{row['requests_per_second']:,.0f}/s")
    else:
        told.append(f"{row['gigabytes_per_second']:.2f} GB/s")
    told.append(f"busy {_number(row['busy_per_unit'])}")
    if row["requests"]:
        told.append(f"p50 {row['p50_us']:.0f} us, p99 {row['p99_us']:.0f} us")
    # None of these is to be expected.
    told += [f"{row[key]:,.0f} {key}" for key in ("errors", "stalled", "tcp_timeouts", "tcp_drops") if row[key]]
    if row["foreign_cpus"] > NOISY:
        told.append(f"others used {row['foreign_cpus']:.1f} CPUs")
    return ", ".join(told)


def table(entry: dict, absent: dict[str, str]) -> str:
    """One workload's results."""
    lines = [f"\n{entry['name']} ({entry['unit']})"]
    lines.append(f"  {'relay':<20}{'median':>12}{'ours / it':>12}  ")
    for row in entry["rows"]:
        ratio = f"{row['ours_to_it']:.2f}" if "ours_to_it" in row else ""
        lines.append(f"  {row['relay']:<20}{_number(row['median']):>12}{ratio:>12}  {_beside(row, entry['unit'])}")
    if entry["direct"] is not None:
        lines.append(f"  {'(no relay)':<20}{'':>12}{'':>12}  {_beside(entry['direct'], entry['unit'])}")
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
