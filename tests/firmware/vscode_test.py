#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""firmware/.vscode/launch.json without the editor: its paths exist, and what its extensions send to gdb works.

Usage: vscode_test.py MHO FIRMWARE_FOLDER BUILD_FOLDER, the last one in the place of build/release. Exit code 77
(skipped for ctest) without gdb-multiarch, unless MHO_REQUIRE_TOOLS is set. Not tested: that the extensions still send
this.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import unittest
import xml.etree.ElementTree

MHO, FIRMWARE, BUILD = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
TIME_LIMIT_S = 60
# By the file's `type`: how the extension connects, with {port} for where.
CONNECT = {
    "cppdbg": ("-target-select remote localhost:{port}", "-break-insert -f main"),
    "cortex-debug": ("-target-select extended-remote localhost:{port}",
                     '-interpreter-exec console "monitor halt"', "-break-insert main"),
}


def configurations():
    text = (FIRMWARE / ".vscode" / "launch.json").read_text(encoding="utf-8")
    text = text.replace("${workspaceFolder}/../build/release", BUILD)
    return json.loads(text.replace("${workspaceFolder}", str(FIRMWARE)))["configurations"]


class MachineInterface:
    """gdb as an IDE drives it."""

    def __init__(self, debugger, program):
        self.gdb = subprocess.Popen([debugger, "-nx", "--quiet", "--interpreter=mi3"], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.log = []
        self.send("-gdb-set confirm off")
        self.send(f'-file-exec-and-symbols "{program}"')

    def until(self, pattern):
        for line in self.gdb.stdout:
            self.log.append(line)
            if line.startswith("^error"):
                break
            if re.search(pattern, line):
                return line
        raise AssertionError(f"no {pattern} in\n{''.join(self.log)}")

    def send(self, command):
        self.gdb.stdin.write(command + "\n")
        self.gdb.stdin.flush()
        return self.until(r"^\^(done|running|connected|exit)")

    def resume(self, command):
        """Where and why the guest stops next."""
        self.send(command)
        return self.until(r"^\*stopped")

    def close(self):
        self.gdb.stdin.write("-gdb-exit\n")
        self.gdb.communicate(timeout=TIME_LIMIT_S)


def register_address(svd, peripheral, register):
    """By its names in the SVD file of a configuration."""
    for block in xml.etree.ElementTree.parse(svd).iter("peripheral"):
        if block.findtext("name").upper() != peripheral:
            continue
        for entry in block.iter("register"):
            if entry.findtext("name") == register:
                return int(block.findtext("baseAddress"), 0) + int(entry.findtext("addressOffset"), 0)
    raise AssertionError(f"{svd}: no {peripheral}.{register}")


class LaunchConfigurations(unittest.TestCase):
    def test_there_is_one_of_each_extension(self):
        self.assertEqual([c["type"] for c in configurations()], list(CONNECT))

    def test_files_that_they_name_exist(self):
        for c in configurations():
            for key in ("program", "executable", "svdFile", "svdPath"):
                if key in c:
                    self.assertTrue(pathlib.Path(c[key]).is_file(), f"{c['name']}: {c[key]}")

    def session(self, c):
        """The connected gdb, and mho."""
        program = c.get("program") or c["executable"]
        mho = subprocess.Popen([MHO, "run", program, "--gdb", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
        self.addCleanup(mho.kill)
        port = re.search(r":(\d+)", mho.stderr.readline()).group(1)
        mi = MachineInterface(c.get("miDebuggerPath") or c["gdbPath"], program)
        for command in CONNECT[c["type"]]:
            mi.send(command.format(port=port))
        return mi, mho

    def expect_the_end(self, mi, mho):
        self.assertIn("exited-normally", mi.resume("-exec-continue"))
        mi.close()
        self.assertEqual(mho.communicate(timeout=TIME_LIMIT_S)[0], "hello from the simulated CPU\n")
        self.assertEqual(mho.returncode, 0)

    def test_programs_stop_in_main_and_run_to_their_end(self):
        for c in configurations():
            with self.subTest(c["name"]):
                mi, mho = self.session(c)
                self.assertIn('func="main"', mi.resume("-exec-continue"))
                self.assertIn("mcause", mi.send("-data-list-register-names"))
                self.assertIn("end-stepping-range", mi.resume("-exec-next"))
                self.expect_the_end(mi, mho)

    def test_registers_that_the_svd_file_names_can_be_read(self):
        for c in configurations():
            with self.subTest(c["name"]):
                address = register_address(c.get("svdPath") or c["svdFile"], "DRU", "ID")
                mi, mho = self.session(c)
                mi.resume("-exec-continue")
                mi.send(f"-data-read-memory-bytes {address:#x} 4")
                self.assertIn('contents="444f484d"', mi.log[-1])
                self.expect_the_end(mi, mho)

    def test_a_restart_begins_the_program_again(self):
        c = next(c for c in configurations() if c["type"] == "cortex-debug")
        mi, mho = self.session(c)
        mi.resume("-exec-continue")
        mi.send('-interpreter-exec console "monitor reset halt"')
        mi.send('-interpreter-exec console "maint flush register-cache"')
        self.assertIn('func="main"', mi.resume("-exec-continue"))
        self.expect_the_end(mi, mho)


if __name__ == "__main__":
    if shutil.which("gdb-multiarch") is None:
        print("gdb-multiarch is not installed")
        sys.exit(1 if os.environ.get("MHO_REQUIRE_TOOLS") else 77)
    signal.alarm(TIME_LIMIT_S)  # reading a line has no time limit of its own
    unittest.main(argv=sys.argv[:1])
