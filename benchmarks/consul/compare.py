#!/usr/bin/env python3
"""Measures gateways of a live Consul with many services: meshgw and Envoy.

For each number of services (of three instances each) a Consul server of its own
is filled, and then each gateway is started on it, several times in turn:

- first table: from the start of the process until a connection for the last
  service's name reaches its instance;
- follow: from the catalog's answer to a registration until a new service's name
  is routed. Consul itself gathers changes for 200 ms of that;
- applied: of that, from the arrival of the control plane's message until new
  connections use it (the longest; meshgw tells it as a metric, Envoy does not);
- memory: RSS once the table is there and changes were followed;
- at rest: CPU time over some seconds in which nothing happens, in % of a core.

`scripts/bench consul` builds what it needs and runs it.
Usage: compare.py --meshgw PATH --consul PATH [--envoy PATH] [--services 1000]
"""
import argparse
import concurrent.futures
import http.client
import json
import os
import pathlib
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ADDRESS = "127.0.0.31"
HTTP, GRPC, SERVER = 28500, 28502, 28300
INSTANCES = 3
FILLERS = 8
DEADLINE = 300.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def call(method, path, body=None):
    connection = http.client.HTTPConnection(ADDRESS, HTTP, timeout=60)
    connection.request(method, path, json.dumps(body) if body is not None else None)
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{method} {path}: {answer.status} {data[:200]}")
    return json.loads(data) if data else None


def wait_for(condition, what):
    end = time.monotonic() + DEADLINE
    while not (value := condition()):
        if time.monotonic() > end:
            raise RuntimeError(f"not within {DEADLINE} s: {what}")
        time.sleep(0.002)
    return value


class Backend:
    """Takes connections for all instances and says hello."""

    def __init__(self):
        self.socket = socket.create_server((ADDRESS, 0), backlog=1024)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            peer, _ = self.socket.accept()
            with peer:
                peer.settimeout(5)
                try:
                    if peer.recv(65536):  # All of it: else closing resets.
                        peer.sendall(b"hello")
                except OSError:
                    pass


def client_hello(name):
    """A TLS 1.2 hello with that server name, and little else."""
    host = name.encode()
    sni = struct.pack("!H", len(host) + 3) + struct.pack("!BH", 0, len(host)) + host
    extensions = struct.pack("!HH", 0, len(sni)) + sni
    body = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\xc0\x2f" + b"\x01\x00"
    body += struct.pack("!H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def routed(port, name):
    """Whether a connection for the name reaches an instance."""
    try:
        with socket.create_connection((ADDRESS, port), timeout=5) as peer:
            peer.settimeout(5)
            peer.sendall(client_hello(name))
            return peer.recv(5) == b"hello"
    except OSError:
        return False


class Consul:
    def __init__(self, binary, folder, services, backend):
        config = {
            "datacenter": "dc1", "node_name": "server", "server": True, "bootstrap": True,
            "bind_addr": ADDRESS, "client_addr": ADDRESS, "connect": {"enabled": True}, "log_level": "error",
            "ports": {"http": HTTP, "grpc": GRPC, "server": SERVER, "serf_lan": 28301, "serf_wan": -1, "dns": -1, "grpc_tls": -1},
        }
        path = folder / "consul.json"
        path.write_text(json.dumps(config))
        with open(folder / "consul.log", "w") as log:
            self.process = subprocess.Popen(
                [binary, "agent", "-config-file", path, "-data-dir", folder / "data"], stdout=log, stderr=log)
        self.backend = backend
        wait_for(self.has_leader, "Consul has a leader")
        roots = wait_for(self.roots, "Consul has a CA")
        self.trust_domain = roots["TrustDomain"]
        self.fill(services)

    @staticmethod
    def has_leader():
        try:
            return bool(call("GET", "/v1/status/leader"))
        except (OSError, RuntimeError, http.client.HTTPException):
            return False

    @staticmethod
    def roots():
        try:
            roots = call("GET", "/v1/agent/connect/ca/roots")
            return roots if roots.get("TrustDomain") else None
        except (OSError, RuntimeError):
            return None

    def fill(self, services):
        """Several at a time: Consul writes them to its log together."""
        self.add([0])  # The node, too.
        with concurrent.futures.ThreadPoolExecutor(FILLERS) as pool:
            list(pool.map(self.add, (range(1 + first, services, FILLERS) for first in range(FILLERS))))

    def add(self, numbers):
        """As an external node's; a transaction does not take `Connect`."""
        connection = http.client.HTTPConnection(ADDRESS, HTTP, timeout=60)
        for number in numbers:
            for instance in range(INSTANCES):
                connection.request("PUT", "/v1/catalog/register", json.dumps({
                    "Node": "crowd", "Address": ADDRESS, "SkipNodeUpdate": number + instance > 0, "Service": {
                        "ID": f"svc-{number}-{instance}", "Service": f"svc-{number}", "Address": ADDRESS,
                        "Port": self.backend.port, "Connect": {"Native": True}}}))
                answer = connection.getresponse()
                if answer.read() != b"true":
                    raise RuntimeError(f"svc-{number}-{instance} was not registered: {answer.status}")
        connection.close()

    def name(self, number):
        return f"svc-{number}.default.dc1.internal.{self.trust_domain}"

    def stop(self):
        self.process.kill()
        self.process.wait()


class Gateway:
    def __init__(self, kind, tools, folder, number):
        self.kind = kind
        self.port = 28443 + number
        flags = ["-register", "-service", f"gw-{kind}-{number}", "-address", f"{ADDRESS}:{self.port}",
                 "-bind-address", f"default={ADDRESS}:{self.port}", "-http-addr", f"{ADDRESS}:{HTTP}",
                 "-grpc-addr", f"{ADDRESS}:{GRPC}"]
        if kind == "envoy":
            command = [tools.consul, "connect", "envoy", "-gateway=mesh", "-ignore-envoy-compatibility",
                       "-envoy-binary", tools.envoy, "-admin-bind", f"{ADDRESS}:{29000 + number}", *flags,
                       "--", "--base-id", str(700 + number), "--concurrency", "2", "--log-level", "critical"]
        else:
            command = [tools.meshgw, "gateway", "-workers", "2", "-admin-bind", f"{ADDRESS}:{29000 + number}", *flags]
        self.admin = 29000 + number
        self.start = time.monotonic()
        with open(folder / f"{kind}-{number}.log", "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def first_table(self, name):
        wait_for(lambda: routed(self.port, name), f"{self.kind} routes {name}")
        return time.monotonic() - self.start

    def applied(self):
        if self.kind == "envoy":
            return None
        connection = http.client.HTTPConnection(ADDRESS, self.admin, timeout=5)
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
        connection.close()
        return next(float(line.split()[1]) for line in lines if line.startswith("meshgw_config_apply_seconds "))

    def memory(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()
        return int(fields[1]) * PAGE / 2**20

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def at_rest(self, seconds):
        before = self.cpu()
        time.sleep(seconds)  # The measure itself: nothing is waited for.
        return 100 * (self.cpu() - before) / seconds

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def measure(arguments, services):
    kinds = ["meshgw"] + (["envoy"] if arguments.envoy else [])
    results = {kind: {"first table": [], "follow": [], "applied": [], "memory": [], "at rest": []} for kind in kinds}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        consul = Consul(arguments.consul, folder, services, Backend())
        try:
            number = 0
            extra = services
            for _ in range(arguments.rounds):
                for kind in kinds:
                    gateway = Gateway(kind, arguments, folder, number)
                    number += 1
                    try:
                        result = results[kind]
                        result["first table"].append(gateway.first_table(consul.name(services - 1)))
                        for _ in range(3):
                            consul.add([extra])
                            begin = time.monotonic()
                            wait_for(lambda: routed(gateway.port, consul.name(extra)), "a new service is routed")
                            result["follow"].append(time.monotonic() - begin)
                            if (applied := gateway.applied()) is not None:
                                result["applied"].append(applied)
                            extra += 1
                        result["at rest"].append(gateway.at_rest(arguments.rest))
                        result["memory"].append(gateway.memory())
                    finally:
                        gateway.stop()
        finally:
            consul.stop()
    return results


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--meshgw", required=True)
    parser.add_argument("--consul", required=True)
    parser.add_argument("--envoy")
    parser.add_argument("--services", type=int, nargs="+", default=[1000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rest", type=float, default=10.0)
    arguments = parser.parse_args()
    print("| services | gateway | first table | a change followed | of that, applied | RSS | CPU at rest |")
    print("|---|---|---|---|---|---|---|")
    for services in arguments.services:
        for kind, result in measure(arguments, services).items():
            applied = result.pop("applied")
            applied = f"{1000 * max(applied):.1f} ms" if applied else ""
            median = {name: statistics.median(values) for name, values in result.items()}
            print(f"| {services} | {kind} | {median['first table']:.3f} s | {1000 * median['follow']:.0f} ms | {applied} | "
                  f"{median['memory']:.1f} MiB | {median['at rest']:.2f} % |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
