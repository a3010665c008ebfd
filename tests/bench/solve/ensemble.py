#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Solves random systems with mho and prints medians: the figures of docs/reproduction.md and docs/methods.md.

Kinds of matrices, with random orthogonal Q1 and Q2:
  general   Q1 diag(kappa^(-i/(n-1))) Q2
  spd       Q1 diag(kappa^(-i/(n-1))) Q1^T
  normal    independent standard normal entries; the first draws of a seed with a condition number up to kappa
  toeplitz  constant diagonals with standard normal values; likewise
  wishart   H^T H / m with m = 4 n rows of standard normal entries; kappa does not matter
  rectangle Q1 diag(kappa^(-i/(n-1))) Q2 with --rows rows, orthogonal columns of Q1 for them, and a right-hand side of
            standard normal values; kappa = 0: independent standard normal entries
Matrix and chip have one seed, 1 to COUNT. Nothing but the standard library is needed.
"""

import argparse
import json
import math
import random
import statistics
import subprocess
import tempfile


def random_orthogonal(n, draw, length=None):
    """n rows by Gram-Schmidt from Gaussian ones, each taken twice."""
    rows = []
    while len(rows) < n:
        row = [draw.gauss(0, 1) for _ in range(length or n)]
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


def random_spd(n, kappa, seed):
    q = random_orthogonal(n, random.Random(seed))
    spread = [kappa ** (-i / (n - 1)) for i in range(n)]
    a = [[sum(q[i][k] * spread[k] * q[j][k] for k in range(n)) for j in range(n)] for i in range(n)]
    return [[(a[i][j] + a[j][i]) / 2 for j in range(n)] for i in range(n)]


def random_wishart(n, _, seed):
    draw = random.Random(seed)
    rows = [[draw.gauss(0, 1) for _ in range(n)] for _ in range(4 * n)]
    columns = list(zip(*rows))
    return [[sum(a * b for a, b in zip(columns[i], columns[j])) / (4 * n) for j in range(n)] for i in range(n)]


def inverse(rows):
    """By Gauss-Jordan elimination with row exchanges; None for a singular matrix."""
    n = len(rows)
    work = [list(row) + [float(i == j) for j in range(n)] for i, row in enumerate(rows)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(work[i][k]))
        if work[pivot][k] == 0:
            return None
        work[k], work[pivot] = work[pivot], work[k]
        head = work[k][k]
        work[k] = [v / head for v in work[k]]
        for i in range(n):
            factor = work[i][k]
            if i != k and factor != 0:
                work[i] = [v - factor * w for v, w in zip(work[i], work[k])]
    return [row[n:] for row in work]


def largest_singular_value(rows):
    """By the power method on A^T A; from below, within a per cent or so."""
    columns = list(zip(*rows))
    v = [1 / (1 + i % 7) for i in range(len(rows))]
    size = 0.0
    for _ in range(60):
        u = [sum(a * b for a, b in zip(row, v)) for row in rows]
        v = [sum(a * b for a, b in zip(column, u)) for column in columns]
        size = math.sqrt(sum(a * a for a in v))
        v = [a / size for a in v]
    return math.sqrt(size)


def condition(rows):
    back = inverse(rows)
    return math.inf if back is None else largest_singular_value(rows) * largest_singular_value(back)


def redrawn(draw_rows):
    """Draws until the condition number is small enough."""

    def draw_matrix(n, kappa, seed):
        draw = random.Random(seed)
        while True:
            rows = draw_rows(n, draw)
            if condition(rows) <= kappa:
                return rows

    return draw_matrix


def normal_rows(n, draw):
    return [[draw.gauss(0, 1) for _ in range(n)] for _ in range(n)]


def toeplitz_rows(n, draw):
    diagonals = [draw.gauss(0, 1) for _ in range(2 * n - 1)]
    return [[diagonals[n - 1 + i - j] for j in range(n)] for i in range(n)]


def random_rectangle(rows, n, kappa, seed):
    """A matrix of `rows` rows and n columns, and a right-hand side."""
    draw = random.Random(seed)
    less, more = min(rows, n), max(rows, n)
    if kappa == 0:
        a = [[draw.gauss(0, 1) for _ in range(n)] for _ in range(rows)]
    else:
        long, short = random_orthogonal(less, draw, more), random_orthogonal(less, draw)
        size = [kappa ** (-i / max(less - 1, 1)) for i in range(less)]
        a = [[sum(long[k][i] * size[k] * short[k][j] for k in range(less)) for j in range(less)] for i in range(more)]
        if rows < n:
            a = [list(row) for row in zip(*a)]
    return a, [draw.gauss(0, 1) for _ in range(rows)]


KINDS = {
    "general": random_general,
    "spd": random_spd,
    "normal": redrawn(normal_rows),
    "toeplitz": redrawn(toeplitz_rows),
    "wishart": random_wishart,
}


def write_matrix(file, rows):
    file.write(f"%%MatrixMarket matrix array real general\n{len(rows)} {len(rows[0])}\n")
    for column in zip(*rows):
        for value in column:
            file.write(f"{value!r}\n")
    file.flush()


def solve(mho, rows, seed, options, rhs=None):
    with tempfile.NamedTemporaryFile("w", suffix=".mtx") as file, tempfile.NamedTemporaryFile("w", suffix=".mtx") as b:
        write_matrix(file, rows)
        files = [file.name]
        if rhs:
            write_matrix(b, [[value] for value in rhs])
            files.append(b.name)
        command = [mho, "solve"] + files + ["-q", "--json", "-", "--seed", str(seed)] + options
        return json.loads(subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout)


def bits_per_iteration(history):
    return -math.log2(history[-1] / history[0]) / (len(history) - 1) if len(history) > 1 else math.nan


def show(name, values):
    print(f"{name}: median {statistics.median(values):.4g}, best {min(values):.4g}, worst {max(values):.4g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mho")
    parser.add_argument("n", type=int)
    parser.add_argument("--kind", choices=sorted(KINDS) + ["rectangle"], default="general")
    parser.add_argument("--rows", type=int, help="of a rectangle; n are its columns")
    parser.add_argument("--kappa", type=float, default=4.0)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("options", nargs="*", help="for mho solve, behind --")
    arguments = parser.parse_args()
    results = []
    for seed in range(1, arguments.count + 1):
        if arguments.kind == "rectangle":
            rows, rhs = random_rectangle(arguments.rows, arguments.n, arguments.kappa, seed)
        else:
            rows, rhs = KINDS[arguments.kind](arguments.n, arguments.kappa, seed), None
        results.append(solve(arguments.mho, rows, seed, arguments.options, rhs))
    converged = sum(r["status"] == "converged" for r in results)
    print(f"{arguments.kind}, n = {arguments.n}, kappa = {arguments.kappa:g}: {converged} of {len(results)} converged")
    for seed, r in enumerate(results, 1):
        if r["status"] != "converged":
            print(f"seed {seed}: {r['status']}; {r['message'] or r['remark']}")
    results = [r for r in results if r["iterations"] > 0]
    if not results:
        return
    if converged:
        show("iterations of what converged", [r["iterations"] for r in results if r["status"] == "converged"])
    show("iterations", [r["iterations"] for r in results])
    show("rows in another order", [r["plan"]["reordered_rows"] for r in results])
    show("multiply-adds of the plan and verification", [r["digital_ops"] for r in results])
    show("relative error", [r["relative_error"] for r in results if r["relative_error"] is not None])
    show("bits per iteration", [bits_per_iteration(r["history"]) for r in results if len(r["history"]) > 1])
    phases = [r["phases"]["solve"] for r in results]
    count = [max(r["iterations"], 1) for r in results]
    for name in ("plan", "solve"):
        show(f"{name}, time [s]", [r["phases"][name]["time_s"] for r in results])
    show("all phases, energy [J]", [r["energy_J"]["total"] for r in results])
    show("solve, time per iteration [s]", [p["time_s"] / k for p, k in zip(phases, count)])
    show("solve, energy per iteration [J]", [p["energy_J"] / k for p, k in zip(phases, count)])
    show("INV operations per iteration", [r["analog_ops"]["inv"] / k for r, k in zip(results, count)])
    parts = [r["energy_J"]["by_component"] for r in results]
    for name in ("amc.inv_macros", "amc.mvm_macros"):
        show(f"{name}, writing included [J]", [p.get(name, 0.0) for p in parts])


if __name__ == "__main__":
    main()
