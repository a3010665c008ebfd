#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Does what a guide says, in its order, and compares what it prints with what the guide shows.

Usage: guide_test.py GUIDE BUILD_FOLDER KIND...; of each KIND (file, sh, text, gdb) the guide must have a block. Exit code
77 (skipped for ctest) without the tools of a guide that has gdb, unless the environment variable MHO_REQUIRE_TOOLS is set.

Blocks of the guide: a block behind a line with a file's name is that file; `sh` is run by a shell that goes on through
all of them; `sh background` is started beside it; `sh gdb` begins the session of the `gdb` block behind it; `sh once`,
`sh example` and `c` without a file's name are for readers. Each line of a `text` block must be a line of the output
before it, in this order, "…" standing for anything; so must the lines of a `gdb` block that are no commands.
"""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

TOOLS = ("gdb-multiarch", "lcov", "genhtml", "callgrind_annotate")
BLOCK = re.compile(r"(?:^`([\w.]+)`\n)?^```([^\n]+)\n(.*?)^```$", re.M | re.S)
TIME_LIMIT_S = 120


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def expect(shown, printed, where):
    """Every line of `shown` in `printed`, in this order."""
    position = 0
    for line in filter(None, shown.splitlines()):
        pattern = ".*?".join(re.escape(part.strip(" ")) for part in line.split("…"))
        found = re.compile(rf"^[ \t]*.*?{pattern}", re.M).search(printed, position)
        if found is None:
            raise AssertionError(f"{where}: the guide shows\n  {line}\nand this was printed:\n{printed}")
        position = found.end()


class Shell:
    """Runs scripts one after the other; folder and variables of one are those of the next."""

    def __init__(self, folder, home):
        self.folder, self.environment = folder, dict(os.environ, HOME=str(home))
        self.background = None  # the last program that was started beside the others

    def run(self, script):
        state = pathlib.Path(self.environment["HOME"], "state")
        done = subprocess.run(["bash", "-euc", f"{script}\npwd > {state}; env -0 >> {state}"], cwd=self.folder,
                              env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=TIME_LIMIT_S, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{script}: code {done.returncode}\n{done.stdout}")
        folder, _, variables = state.read_text(encoding="utf-8").partition("\n")
        self.folder = folder
        self.environment = dict(entry.split("=", 1) for entry in variables.split("\0") if entry)
        return done.stdout

    def start(self, script):
        self.background = subprocess.Popen(["bash", "-euc", f"exec {script.strip()}"], cwd=self.folder,
                                           env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                           text=True)
        line = self.background.stderr.readline()
        if "waiting for gdb" not in line:
            raise AssertionError(f"{script}: {line}")


def debug(shell, command, session):
    commands = re.findall(r"^\(gdb\) (.*)$", session, re.M)
    script = pathlib.Path(shell.environment["HOME"], "session.gdb")
    script.write_text("".join(f"echo (gdb) {c}\\n\n{c}\n" for c in commands), encoding="utf-8")
    printed = shell.run(f"{command.strip()} -batch -nx -iex 'set width 0' -iex 'set confirm off' -x {script}")
    expect("\n".join(line for line in session.splitlines() if not line.startswith("(gdb)")), printed, "gdb")
    shell.background.communicate(timeout=TIME_LIMIT_S)
    if shell.background.returncode != 0:
        raise AssertionError(f"mho ended with code {shell.background.returncode} under gdb")


def follow(guide, build, home, kinds):
    subprocess.run(["cmake", "--install", build, "--prefix", home / "mho"], check=True, stdout=subprocess.DEVNULL)
    shell = Shell(home, home)
    port = str(free_port())
    printed = gdb_command = ""
    counts = {"file": 0, "sh": 0, "text": 0, "gdb": 0}
    for match in BLOCK.finditer(guide):
        name, kind, body = match.group(1), match.group(2), match.group(3).replace("1234", port)
        if name:
            pathlib.Path(shell.folder, name).write_text(body, encoding="utf-8")
            counts["file"] += 1
        elif kind == "sh":
            printed = shell.run(body)
            if "warning:" in printed:
                raise AssertionError(f"{body}: warns\n{printed}")
            counts["sh"] += 1
        elif kind == "sh background":
            shell.start(body)
        elif kind == "sh gdb":
            gdb_command = body
        elif kind == "gdb":
            debug(shell, gdb_command, body)
            counts["gdb"] += 1
        elif kind == "text":
            expect(body, printed, "sh")
            counts["text"] += 1
        elif kind not in ("sh once", "sh example", "c"):
            raise AssertionError(f"the guide has a block of an unknown kind: {kind}")
    if any(counts[kind] == 0 for kind in kinds):
        raise AssertionError(f"the guide lacks a kind of block: {counts}")


def main():
    kinds = sys.argv[3:]
    missing = [tool for tool in TOOLS if "gdb" in kinds and shutil.which(tool) is None]
    if missing:
        print(f"{', '.join(missing)} not installed: the guide was not followed")
        return 1 if os.environ.get("MHO_REQUIRE_TOOLS") else 77
    guide = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="mho-guide-") as home:
        follow(guide, pathlib.Path(sys.argv[2]).resolve(), pathlib.Path(home), kinds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
