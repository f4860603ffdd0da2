#!/usr/bin/env python3
"""The completion scripts in the shells that they are for.

Usage: completion_test.py PATH_OF_MESHGW
"""
import os
import pathlib
import pty
import re
import select
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

MESHGW = None
PATIENCE = 60


def run(*command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
                          stdin=subprocess.DEVNULL, **more)


def help_of(*verb):
    return subprocess.run([MESHGW, "help", *verb], stdout=subprocess.PIPE, text=True, check=True, timeout=PATIENCE).stdout


def flags_of(*verb):
    """The flags in a help text, with one dash."""
    names = re.findall(r"^  (-\S+)", help_of(*verb), re.M)
    return sorted(re.sub("^--", "-", name) for names in names for name in names.split(","))



class Shell:
    """What every shell completes. Each says how it is asked: complete(words) has the candidates for the last word."""

    def setUp(self):
        if not shutil.which(self.name):
            self.skipTest(f"there is no {self.name} here")
        folder = tempfile.TemporaryDirectory(prefix="meshgw-completion-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "catalog").mkdir()
        (self.folder / "capture.pcap").touch()
        self.script = self.folder / self.file
        self.script.write_text(subprocess.run([MESHGW, "completion", self.name], stdout=subprocess.PIPE, text=True,
                                              check=True, timeout=PATIENCE).stdout)

    def test_the_script_is_one_of_its_shell(self):
        done = run(self.name, "-n", str(self.script))
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_verbs(self):
        verbs = re.findall(r"^  ([a-z]+) ", help_of().split("Subcommands:")[1], re.M)
        self.assertIn("gateway", verbs)
        self.assertEqual(self.complete("meshgw", ""), sorted(verbs))
        self.assertEqual(self.complete("meshgw", "re"), ["reload"])
        self.assertEqual(self.complete("meshgw", "explain", ""), ["mode", "sni"])
        self.assertEqual(self.complete("meshgw", "completion", ""), ["bash", "fish", "zsh"])
        self.assertEqual(self.complete("meshgw", "help", "va"), ["validate"])

    def test_flags_of_each_verb(self):
        for verb in (["gateway"], ["explain", "mode"], ["explain", "sni"], ["inspect"], ["top"]):
            with self.subTest(verb=verb):
                self.assertEqual(self.complete("meshgw", *verb, "-"), flags_of(*verb))

    def test_flags_of_one_verb_are_not_those_of_another(self):
        self.assertEqual(self.complete("meshgw", "explain", "mode", "-upstream"), ["-upstream", "-upstream-datacenter"])
        self.assertEqual(self.complete("meshgw", "explain", "sni", "-upstream"), [])

    def test_values_of_a_fixed_set(self):
        self.assertEqual(self.complete("meshgw", "gateway", "-log-level", ""), ["debug", "error", "info", "warn"])
        self.assertEqual(self.complete("meshgw", "gateway", "-access-log", "x", "-log-level", "w"), ["warn"])
        self.assertEqual(self.complete("meshgw", "gateway", "-gateway", ""), ["mesh"])
        self.assertEqual(self.complete("meshgw", "explain", "mode", "-rules", ""), ["latest", "v1.6"])

    def test_values_that_nobody_can_guess_get_none(self):
        self.assertEqual(self.complete("meshgw", "gateway", "-datacenter", ""), [])

    def test_the_value_of_a_flag_is_no_verb(self):
        self.assertEqual(self.complete("meshgw", "explain", "mode", "-service", "sni", "-upstream-d"),
                         ["-upstream-datacenter"])

    def test_files_and_folders(self):
        self.assertEqual(self.complete("meshgw", "gateway", "-catalog", "ca"), ["catalog"])
        self.assertEqual(self.complete("meshgw", "gateway", "-access-log", "ca"), ["capture.pcap", "catalog"])
        self.assertEqual(self.complete("meshgw", "inspect", "-output", "json", "ca"), ["capture.pcap", "catalog"])


class Bash(Shell, unittest.TestCase):
    name, file = "bash", "meshgw"

    def complete(self, *words):
        # As readline splits them: an equals sign is a word.
        words = [part for word in words for part in re.split("(=)", word) if part or not word]
        script = (f"source {shlex.quote(str(self.script))}; COMP_WORDS=({shlex.join(words)}); "
                  f"COMP_CWORD={len(words) - 1}; _meshgw; "
                  r"""[ "${#COMPREPLY[@]}" = 0 ] || printf '%s\n' "${COMPREPLY[@]}"; complete -p meshgw""")
        done = run("bash", "--norc", "-c", script, cwd=self.folder)
        *found, registered = done.stdout.splitlines()
        self.assertEqual((done.returncode, registered), (0, "complete -F _meshgw meshgw"))
        return sorted(found)

    def test_a_value_behind_an_equals_sign(self):
        self.assertEqual(self.complete("meshgw", "gateway", "-log-level="), ["debug", "error", "info", "warn"])
        self.assertEqual(self.complete("meshgw", "gateway", "-log-level=in"), ["info"])
        self.assertEqual(self.complete("meshgw", "gateway", "-catalog=cat"), ["catalog"])

    def test_two_dashes(self):
        self.assertEqual(self.complete("meshgw", "gateway", "--log-"), ["--log-json", "--log-level"])
        self.assertEqual(self.complete("meshgw", "gateway", "--log-level", "d"), ["debug"])


class Fish(Shell, unittest.TestCase):
    name, file = "fish", "meshgw.fish"

    def complete(self, *words):
        line = shlex.join(words[:-1]) + " " + words[-1]
        done = run("fish", "--no-config", "-c", f"source {self.script}; complete -C {shlex.quote(line)}",
                   cwd=self.folder, env={**os.environ, "HOME": str(self.folder), "TERM": "dumb"})
        self.assertEqual(done.returncode, 0, done.stdout)
        return sorted(line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines())

    def test_flags_have_their_descriptions(self):
        done = run("fish", "--no-config", "-c", f"source {self.script}; complete -C 'meshgw gateway -drain-t'",
                   env={**os.environ, "HOME": str(self.folder), "TERM": "dumb"})
        self.assertIn("-drain-timeout\tAfter SIGTERM and the grace", done.stdout)


# Zsh completes in an interactive shell only: what would be offered there goes to a file.
ZSHRC = r"""
PROMPT= RPROMPT=
unsetopt zle_bracketed_paste 2>/dev/null
fpath=($FOLDER $fpath)
autoload -Uz compinit && compinit -D -u
[[ -z $SOURCED ]] || source $SOURCED
typeset -ga hits
compadd() {
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
    builtin compadd "$@"
    return
  fi
  local -a found
  builtin compadd -A found "$@"
  hits+=($found)
  builtin compadd "$@"
}
capture() {
  hits=()
  _main_complete
  print -rl -- $hits >"$FOLDER/hits.new"
  command mv "$FOLDER/hits.new" "$FOLDER/hits"
}
zle -C capture list-choices capture
bindkey '^I' capture
command touch "$FOLDER/started"
"""


class Zsh(Shell, unittest.TestCase):
    name, file = "zsh", "_meshgw"

    def wait_for(self, terminal, path):
        deadline = time.monotonic() + PATIENCE
        while not path.exists():
            self.assertLess(time.monotonic(), deadline, f"no {path.name}")
            # What it draws is taken, so that it never waits for that.
            if select.select([terminal], [], [], 0.02)[0]:
                os.read(terminal, 65536)

    sourced = ""

    def complete(self, *words):
        (self.folder / ".zshrc").write_text(ZSHRC)
        for name in ("started", "hits"):
            (self.folder / name).unlink(missing_ok=True)
        terminal, inside = pty.openpty()
        child = subprocess.Popen(["zsh", "-i"], stdin=inside, stdout=inside, stderr=inside, cwd=self.folder,
                                 start_new_session=True,
                                 env={**os.environ, "ZDOTDIR": str(self.folder), "FOLDER": str(self.folder), "TERM": "dumb",
                                      "HOME": str(self.folder), "SOURCED": self.sourced})
        os.close(inside)
        try:
            self.wait_for(terminal, self.folder / "started")
            os.write(terminal, (shlex.join(words[:-1]) + " " + words[-1] + "\t").encode())
            self.wait_for(terminal, self.folder / "hits")
        finally:
            child.kill()
            child.wait(PATIENCE)
            os.close(terminal)
        found = (self.folder / "hits").read_text().split()
        return sorted({hit.rstrip("=/") for hit in found if not hit.startswith(".")})

    def test_a_value_behind_an_equals_sign(self):
        self.assertEqual(self.complete("meshgw", "gateway", "-log-level=in"), ["info"])

    def test_the_script_can_be_sourced_too(self):
        self.sourced = str(self.script.rename(self.folder / "sourced"))
        self.assertEqual(self.complete("meshgw", "explain", ""), ["mode", "sni"])


if __name__ == "__main__":
    MESHGW = os.path.abspath(sys.argv.pop(1))
    if os.environ.get("CI") == "true":
        Shell.skipTest = unittest.TestCase.fail
    unittest.main(verbosity=2)
