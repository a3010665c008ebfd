#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""The same program uses semihosting on mho and on QEMU: output, exit code and files must be the same.

Usage: semihosting_test.py MHO ELF. Exit code 77 (skipped for ctest) without QEMU, unless MHO_REQUIRE_TOOLS is set.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

MHO, ELF = sys.argv[1:3]
QEMU = shutil.which("qemu-system-riscv32")


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in pathlib.Path(folder).rglob("*")}


class Run:
    """What came of one run: stdout, exit code, the files afterwards."""

    def __init__(self, command, folder, change_folder):
        pathlib.Path(folder, "given.txt").write_text("from the host", encoding="utf-8")
        done = subprocess.run(command, cwd=folder if change_folder else None, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60, check=False)
        self.out, self.err, self.code, self.files = done.stdout, done.stderr, done.returncode, files_in(folder)


def run_mho(*arguments, options=()):
    with tempfile.TemporaryDirectory() as folder:
        return Run([MHO, "run", ELF, "-q", "--semihosting-dir", folder, *options, "--", *arguments], folder, False)


def run_qemu(*arguments):
    words = "".join(f",arg={word}" for word in ("program.elf", *arguments))
    with tempfile.TemporaryDirectory() as folder:
        return Run([QEMU, "-machine", "virt", "-bios", "none", "-display", "none", "-monitor", "none",
                    "-chardev", "stdio,mux=on,id=both", "-serial", "chardev:both",
                    "-semihosting-config", f"enable=on,target=native,chardev=both{words}",
                    "-kernel", os.path.abspath(ELF)], folder, True)


class Semihosting(unittest.TestCase):
    maxDiff = None

    def test_is_that_of_qemu(self):
        for arguments, code in ((), 23), (("plain",), 0):
            mho, qemu = run_mho(*arguments), run_qemu(*arguments)
            self.assertEqual(mho.out, qemu.out)
            self.assertEqual((mho.code, qemu.code), (code, code))
            self.assertEqual(mho.files, qemu.files)
            self.assertIn("given.txt: 13 bytes: from the host\n", mho.out)
            self.assertTrue(mho.out.endswith("end\n"))

    def test_is_the_same_for_every_quantum(self):
        runs = [run_mho(options=("--quantum", quantum)) for quantum in ("100ns", "10us", "10ms")]
        self.assertEqual(len({run.out for run in runs}), 1)

    def test_without_a_folder_there_are_no_files(self):
        done = subprocess.run([MHO, "run", ELF, "-q"], capture_output=True, text=True, check=False,
                              stdin=subprocess.DEVNULL)
        self.assertEqual((done.returncode, done.stdout), (24, "made.txt: cannot be made, errno 13\n"))

    def test_folder_that_does_not_exist_is_wrong_input(self):
        done = subprocess.run([MHO, "run", ELF, "--semihosting-dir", "/no/such"], capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertRegex(done.stderr, r"^mho: --semihosting-dir /no/such: .*\n$")


if __name__ == "__main__":
    if QEMU is None:
        print("qemu-system-riscv32 is not installed: nothing was compared")
        sys.exit(1 if os.environ.get("MHO_REQUIRE_TOOLS") else 77)
    unittest.main(argv=sys.argv[:1])
