#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Solves random general systems with mho and prints medians: the figures of docs/reproduction.md.

The matrices are Q1 diag(kappa^(-i/(n-1))) Q2 with random orthogonal Q1 and Q2; matrix and chip have one seed, 1 to
COUNT. Nothing but the standard library is needed.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import tempfile


def random_orthogonal(n, draw):
    """Rows by Gram-Schmidt from Gaussian ones, each taken twice."""
    rows = []
    while len(rows) < n:
        row = [draw.gauss(0, 1) for _ in range(n)]
        for other in rows + rows:
            share = sum(a * b for a, b in zip(row, other))
            row = [a - share * b for a, b in zip(row, other)]
        norm = math.sqrt(sum(a * a for a in row))
        rows.append([a / norm for a in row])
    return rows


def random_general(n, kappa, seed):
    draw = random.Random(seed)
    left, right = random_orthogonal(n, draw), random_orthogonal(n, draw)
    singular = [kappa ** (-i / (n - 1)) for i in range(n)]
    return [[sum(left[i][k] * singular[k] * right[k][j] for k in range(n)) for j in range(n)] for i in range(n)]


def write_matrix(file, rows):
    n = len(rows)
    file.write(f"%%MatrixMarket matrix array real general\n{n} {n}\n")
    for j in range(n):
        for i in range(n):
            file.write(f"{rows[i][j]!r}\n")
    file.flush()


def solve(mho, rows, seed, options):
    with tempfile.NamedTemporaryFile("w", suffix=".mtx") as file:
        write_matrix(file, rows)
        command = [mho, "solve", file.name, "-q", "--json", "-", "--seed", str(seed)] + options
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout)


def bits_per_iteration(history):
    return -math.log2(history[-1] / history[0]) / (len(history) - 1) if len(history) > 1 else math.nan


def show(name, values):
    print(f"{name}: median {statistics.median(values):.4g}, best {min(values):.4g}, worst {max(values):.4g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mho")
    parser.add_argument("n", type=int)
    parser.add_argument("--kappa", type=float, default=4.0)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("options", nargs="*", help="for mho solve, behind --")
    arguments = parser.parse_args()
    results = []
    for seed in range(1, arguments.count + 1):
        rows = random_general(arguments.n, arguments.kappa, seed)
        results.append(solve(arguments.mho, rows, seed, arguments.options))
    converged = sum(r["status"] == "converged" for r in results)
    print(f"n = {arguments.n}, kappa = {arguments.kappa:g}: {converged} of {len(results)} converged")
    show("iterations", [r["iterations"] for r in results])
    show("relative error", [r["relative_error"] for r in results if r["relative_error"] is not None])
    show("bits per iteration", [bits_per_iteration(r["history"]) for r in results if len(r["history"]) > 1])
    phases = [r["phases"]["solve"] for r in results]
    count = [max(r["iterations"], 1) for r in results]
    show("solve, time per iteration [s]", [p["time_s"] / k for p, k in zip(phases, count)])
    show("solve, energy per iteration [J]", [p["energy_J"] / k for p, k in zip(phases, count)])
    show("INV operations per iteration", [r["analog_ops"]["inv"] / k for r, k in zip(results, count)])
    parts = [r["energy_J"]["by_component"] for r in results]
    for name in ("amc.inv_macros", "amc.mvm_macros"):
        show(f"{name}, writing included [J]", [p.get(name, 0.0) for p in parts])


if __name__ == "__main__":
    main()
