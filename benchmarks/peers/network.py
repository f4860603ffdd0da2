"""The network namespace that everything runs in, and its kernel settings."""

from __future__ import annotations

import os
import pathlib
import resource
import signal
import subprocess
import sys

# Set inside: the host's tcp_mem, which a namespace does not show.
INSIDE = "MESHGW_PEERS_TCP_MEM"
ALLOWED = "net/ipv4/tcp_allowed_congestion_control"
CONGESTION_CONTROL = "net/ipv4/tcp_congestion_control"


def _setting(path: str) -> str:
    return pathlib.Path("/proc/sys", path).read_text().strip()


def _set(path: str, value: str) -> str:
    """Sets a setting of the kernel; what went wrong, or nothing."""
    try:
        pathlib.Path("/proc/sys", path).write_text(value)
    except OSError as error:
        return f"{path.replace('/', '.')} could not be set to {value}: {error.strerror}"
    return ""


def run_inside() -> int:
    """Runs this program again in namespaces of its own; its exit status.

    With the process that it is in there end all others: an interrupted run
    leaves none behind, and so no namespace.
    """
    # Namespaces take only what their host allows. BBR, the default of some,
    # paces loopback and doubles what everything costs.
    allowed = _setting(ALLOWED)
    if "cubic" not in allowed.split():
        _set(ALLOWED, f"{allowed} cubic")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL"),
                *("unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"),
                *(sys.executable, *sys.argv),
            ],
            env={**os.environ, INSIDE: _setting("net/ipv4/tcp_mem")},
        ) as child:
            try:
                return child.wait()
            except BaseException:
                child.kill()
                raise
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        if _setting(ALLOWED) != allowed:
            _set(ALLOWED, allowed)


def prepare() -> list[str]:
    """Sets up loopback; returns what could not be set."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    problems = [
        _set(CONGESTION_CONTROL, "cubic"),
        _set("net/ipv4/ip_local_port_range", "10000 65000"),
        _set("net/ipv4/tcp_tw_reuse", "1"),
        _set("net/core/somaxconn", "4096"),
    ]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return [problem for problem in problems if problem]


class Buffers:
    """Bounds what sockets may queue, so that all fits into the kernel's memory.

    Hundreds of busy connections fill net.ipv4.tcp_mem; from then on the kernel
    drops segments, and what is measured is how it recovers.
    """

    PATHS = ("net/ipv4/tcp_rmem", "net/ipv4/tcp_wmem")

    def __init__(self) -> None:
        self._defaults = {path: _setting(path) for path in self.PATHS}
        without_pressure = int(os.environ[INSIDE].split()[0])
        self._budget = without_pressure * resource.getpagesize()

    def bound(self, connections: int) -> dict[str, str]:
        """Of both ways and both hops of each; returns what is set now."""
        share = self._budget // (4 * connections)
        for path, values in self._defaults.items():
            least, first, most = (int(value) for value in values.split())
            _set(path, f"{least} {first} {max(first, min(most, share))}")
        return {path.replace("/", "."): _setting(path) for path in self.PATHS}


def settings() -> dict[str, str]:
    """What a reader of the results has to know."""
    return {
        "congestion_control": _setting(CONGESTION_CONTROL),
        "tcp_mem": os.environ[INSIDE],
        "pipe_user_pages_soft": _setting("fs/pipe-user-pages-soft"),
        "open_files": str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
    }


def counters() -> dict[str, int]:
    """What TCP of this namespace has lost: none of it is to be expected."""
    lines = pathlib.Path("/proc/net/netstat").read_text().splitlines()
    found: dict[str, int] = {}
    for names, values in zip(lines[::2], lines[1::2]):
        found.update(zip(names.split()[1:], (int(value) for value in values.split()[1:])))
    return {
        "tcp_timeouts": found["TCPTimeouts"],
        "tcp_drops": found["TCPRcvQDrop"] + found["RcvPruned"] + found["TCPBacklogDrop"] + found["ListenDrops"],
    }
