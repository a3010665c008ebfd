#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Installs mho to a temporary prefix and uses the kit from outside of the tree, as the guide tells users to.

Usage: install_test.py BUILD_FOLDER SOURCE_FOLDER
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD, SOURCE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:3])
PROJECT = pathlib.Path(__file__).parent / "project"


def run(*command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


class InstalledKit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="mho-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        # Elsewhere than where it is used: nothing may remember the prefix.
        cls.expect_success(run("cmake", "--install", BUILD, "--prefix", cls.folder / "first"))
        cls.prefix = cls.folder / "kit"
        (cls.folder / "first").rename(cls.prefix)
        # A copy, so that no header is found by a relative path.
        cls.project = cls.folder / "project"
        shutil.copytree(PROJECT, cls.project)
        cls.build = cls.folder / "build"
        toolchain = cls.prefix / "lib/cmake/mho-sdk/rv32-toolchain.cmake"
        cls.expect_success(
            run("cmake", "-S", cls.project, "-B", cls.build, "-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={toolchain}"))
        cls.expect_success(run("cmake", "--build", cls.build))

    @staticmethod
    def expect_success(result):
        if result.returncode != 0:
            raise AssertionError(f"{result.args}: code {result.returncode}\n{result.stdout}\n{result.stderr}")

    def mho(self, *arguments):
        return run(self.prefix / "bin/mho", "run", "--quiet", *arguments)

    def ctest(self, pattern):
        return run("ctest", "--output-on-failure", "-R", pattern, cwd=self.build)

    def test_program_outside_of_the_tree_runs(self):
        result = self.mho(self.build / "outside.elf", "--", "one", "two words")
        self.assertEqual(result.stdout, "2 arguments, the last is two words; 0.5; 1 INV macros or more; slept: 1\n")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_kit_names_no_folder_of_the_machine_that_built_it(self):
        for file in (self.prefix / "lib/cmake").rglob("*.cmake"):
            text = file.read_text(encoding="utf-8")
            for folder in (BUILD, SOURCE, self.folder):
                self.assertNotIn(str(folder), text, file)

    def test_kit_has_what_debuggers_read(self):
        data = self.prefix / "share/mho-sdk"
        self.assertIn("</device>", (data / "mho.svd").read_text(encoding="utf-8"))
        self.assertTrue((data / "src/firmware/sdk/trap.c").is_file())

    def optimisation(self, *options):
        """The last option -O… with which a program is compiled: it is the one that counts."""
        build = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        toolchain = self.prefix / "lib/cmake/mho-sdk/rv32-toolchain.cmake"
        self.expect_success(run("cmake", "-S", self.project, "-B", build, "-G", "Ninja", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON",
                                f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", *options))
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        command = next(entry["command"] for entry in commands if entry["file"].endswith("outside.c"))
        self.assertIn(" -g", command)
        return [word for word in command.split() if word.startswith("-O")][-1]

    def test_the_build_type_chooses_the_optimisation(self):
        self.assertEqual(self.optimisation(), "-O2")
        for build_type, option in (("Debug", "-Og"), ("Release", "-O3"), ("RelWithDebInfo", "-O2"), ("MinSizeRel", "-Os")):
            self.assertEqual(self.optimisation(f"-DCMAKE_BUILD_TYPE={build_type}"), option)

    def test_native_compiler_is_refused_with_the_remedy(self):
        result = run("cmake", "-S", self.project, "-B", self.folder / "native",
                     f"-Dmho-sdk_DIR={self.prefix / 'lib/cmake/mho-sdk'}")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("rv32-toolchain.cmake", result.stderr)

    def test_every_test_is_an_entry_of_ctest(self):
        listed = run("ctest", "-N", cwd=self.build).stdout
        for name in ("good.equal_numbers_pass", "good.nothing_to_check_passes", "bad.condition", "bad.exception"):
            self.assertIn(f": {name}\n", listed)

    def test_passing_tests_pass(self):
        result = self.ctest("^good|last_one_passes")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn("100% tests passed, 0 tests failed out of 3", result.stdout)

    def test_tests_leave_their_coverage(self):
        self.ctest("^good")
        tracefile = self.build / "coverage/good.equal_numbers_pass.info"
        self.assertRegex(tracefile.read_text(encoding="utf-8"), rf"SF:{self.project}/good\.c\n(?:.*\n)*DA:6,1\n")

    def test_a_profile_made_among_the_sources_has_each_function_once(self):
        tool = shutil.which("callgrind_annotate")
        if tool is None and not os.environ.get("MHO_REQUIRE_TOOLS"):
            self.skipTest("callgrind_annotate is not installed")
        profile = self.folder / "outside.callgrind"
        run(self.prefix / "bin/mho", "run", "--quiet", self.build / "outside.elf", "--profile", profile, cwd=self.project)
        said = run(tool, "--inclusive=yes", "--threshold=100", profile, cwd=self.project)
        functions = re.findall(r"^ *[\d,]+ \(.*\)  (\S+):(\w+)$", said.stdout, re.M)
        self.assertEqual([file for file, name in functions if name == "main"], ["outside.c"], said.stdout)
        self.assertIn("-- Auto-annotated source: outside.c\n", said.stdout)

    def test_examples_are_a_project_of_their_own(self):
        examples, build = self.folder / "examples", self.folder / "examples_build"
        shutil.copytree(self.prefix / "share/mho-sdk/examples", examples)
        self.expect_success(run("cmake", "-S", examples, "-B", build, "-G", "Ninja",
                                f"-DCMAKE_TOOLCHAIN_FILE={self.prefix / 'lib/cmake/mho-sdk/rv32-toolchain.cmake'}"))
        self.expect_success(run("cmake", "--build", build))
        result = self.mho(build / "recovery.elf")
        self.assertEqual((result.returncode, result.stdout.splitlines()[-1]), (0, "recovery passed"))

    def test_failing_tests_fail_with_file_and_line(self):
        result = self.ctest("^bad")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("4 tests failed out of 5", result.stdout)
        for text in ("bad.c:10: failed: 2 < 1\n",
                     "bad.c:15: failed: value == INT64_MIN (-5000000000 is not -9223372036854775808)\n",
                     "bad.c:23: failed: -1 == 0xffffffffu (-1 is not 4294967295)\n",
                     "trap: store access fault"):
            self.assertIn(text, result.stdout)
        self.assertNotIn("not reached", result.stdout)

    def test_program_of_tests_goes_on_behind_a_failure(self):
        result = self.mho(self.build / "bad.elf", "--", "condition", "last_one_passes")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout, r"(?m)^1\.\.2\n# .*bad\.c:10: .*\nnot ok 1 - condition # \d+ cycles\n"
                                        r"ok 2 - last_one_passes # \d+ cycles$")

    def test_program_of_tests_runs_all_without_arguments(self):
        result = self.mho(self.build / "good.elf")
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertRegex(result.stdout, r"^TAP version 13\n1\.\.2\nok 1 - equal_.*\nok 2 - nothing_.*\n$")

    def test_unknown_test_is_refused(self):
        result = self.mho(self.build / "good.elf", "--", "no_such")
        self.assertEqual(result.returncode, 2)
        self.assertIn("there is no test 'no_such'", result.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
