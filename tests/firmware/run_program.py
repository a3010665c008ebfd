# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Runs a firmware program on a simulator and checks exit code and output; ctest's own checks know only one of them.

    run_program.py --exit CODE [--output REGEX]... [--forbidden REGEX]... -- COMMAND...

Each REGEX must match somewhere in stdout. Exit code 77 (skipped for ctest) when the simulator is not installed,
unless the environment variable MHO_REQUIRE_TOOLS is set: then that is a failure.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys

SKIPPED = 77


def with_register_coverage(command: list[str]) -> list[str]:
    """`mho run` and `mho solve` leave a file of their own in $MHO_REGISTER_COVERAGE_FOLDER, if that is set."""
    folder = os.environ.get("MHO_REGISTER_COVERAGE_FOLDER")
    if not folder or command[1] not in ("run", "solve"):
        return command
    return [*command[:2], "--register-coverage", os.path.join(folder, f"program-{os.getpid()}.json"), *command[2:]]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--exit", type=int, default=0)
    parser.add_argument("--output", action="append", default=[])
    parser.add_argument("--forbidden", action="append", default=[])
    parser.add_argument("--time-limit", type=float, default=60.0, help="seconds")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if shutil.which(options.command[0]) is None:
        print(f"{options.command[0]} is not installed: nothing was compared")
        return 1 if os.environ.get("MHO_REQUIRE_TOOLS") else SKIPPED
    try:
        result = subprocess.run(with_register_coverage(options.command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                timeout=options.time_limit, check=False)
    except subprocess.TimeoutExpired as error:
        print(f"did not end within {options.time_limit} s; so far:\n{error.stdout!r}")
        return 1
    problems = []
    if result.returncode != options.exit:
        problems.append(f"exit code {result.returncode}, expected {options.exit}")
    problems += [f"stdout does not match {p!r}" for p in options.output if not re.search(p, result.stdout, re.M)]
    problems += [f"stdout must not match {p!r}" for p in options.forbidden if re.search(p, result.stdout, re.M)]
    for problem in problems:
        print(problem)
    if problems:
        print(f"--- stdout\n{result.stdout}\n--- stderr\n{result.stderr}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
