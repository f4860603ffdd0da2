#!/usr/bin/env python3
"""Runs the commands of docs/consul.md as they stand there, one after another.

The page of the service in the other datacenter must come through sidecar,
gateway, gateway and sidecar, and again after Envoy's gateways were killed.

Usage: consul_document_test.py PATH_OF_MESHGW
Ends with 77, and the reason, where Consul or Envoy cannot be had; with CI=true
that is a failure.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PAGE = "hello from api in dc2"
SECONDS = 240  # For all of it.


def skip(reason):
    print(f"== skipped: {reason}")
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def program(script):
    if shutil.which("go") is None and script == "build-consul":
        skip("there is no Go to build Consul with")
    done = subprocess.run([ROOT / "scripts" / script], stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        skip(f"scripts/{script} failed")
    return done.stdout.split()[-1]


def commands():
    text = (ROOT / "docs/consul.md").read_text()
    return re.findall(r"```sh\n(.*?)```", text, re.S)


def end_group(process):
    """All that the commands left in the background, which is in their group."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def main():
    tools = {"meshgw": os.path.abspath(sys.argv[1]), "consul": program("build-consul"), "envoy": program("install-envoy")}
    blocks = commands()
    if len(blocks) < 5:
        sys.exit(f"docs/consul.md: {len(blocks)} blocks of commands; expected more")
    with tempfile.TemporaryDirectory(prefix="meshgw-consul-") as name:
        folder = pathlib.Path(name)
        (folder / "bin").mkdir()
        for tool, path in tools.items():
            (folder / "bin" / tool).symlink_to(path)
        script = folder / "commands.sh"
        # Whoever follows the document sees what fails; here it ends the test.
        script.write_text("set -eu\n" + "\n".join(blocks))
        with open(folder / "output", "w") as output:
            process = subprocess.Popen(
                ["bash", script], cwd=folder, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                env={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": name, "TMPDIR": name})
        try:
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            code = f"not at its end after {SECONDS} s"
        finally:
            end_group(process)
        text = (folder / "output").read_text(errors="replace")
    pages = text.count(PAGE)
    if code != 0 or pages != 6:
        print(text)
        sys.exit(f"docs/consul.md: its commands ended with {code} and printed the page {pages} times; expected 0 and 6")
    print(f"docs/consul.md: {len(blocks)} blocks of commands, the page {pages} times")


if __name__ == "__main__":
    main()
