"""A relay while it runs: alone on its CPU, watched and ended."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
import time

from relays import LISTEN, Relay, Tools, host_port

RELAY_CPU = "1"
# Services run as a user of their own, whose pipes the kernel bounds by
# fs.pipe-user-pages-soft. Root's are not, so root is made to be like them.
UNPRIVILEGED = ("setpriv", "--bounding-set", "-sys_admin,-sys_resource")


class Running:
    """A relay that runs, alone on its CPU, from `with` to the end of it."""

    def __init__(self, relay: Relay, tools: Tools) -> None:
        self._log = open(tools.work / f"{relay.name}.log", "wb")
        privileges = () if tools.privileged else UNPRIVILEGED
        command = [*privileges, "taskset", "-c", RELAY_CPU, *relay.command(tools)]
        self.process = subprocess.Popen(command, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True)
        self.name = relay.name

    def __enter__(self) -> Running:
        deadline = time.monotonic() + 10
        while not self._listens():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.__exit__()
                raise RuntimeError(f"{self.name} did not start; see its log, {self._log.name}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()

    @staticmethod
    def _listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(host_port(LISTEN)) == 0

    def pids(self) -> list[int]:
        """Of it and of the processes that it started."""
        found = [self.process.pid]
        for pid in found:
            try:
                children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
            except OSError:
                continue
            found.extend(int(child) for child in children.split())
        return found

    def resident_bytes(self) -> int:
        """Memory of all its processes that is in use, to the page."""
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    total += int(line.split()[1]) * 1024
        return total
