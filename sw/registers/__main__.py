# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Command line of the register generator; exit code 2 when a description is wrong."""

from __future__ import annotations

import argparse
import pathlib
import sys

from . import block_table, c_header, cpp_header, markdown, svd
from .load import load
from .source import DescriptionError


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="sw.registers", description="Generates headers, SVD and the reference page.")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="directory of the generated files")
    parser.add_argument("files", type=pathlib.Path, nargs="+", help="<block>.yaml …, memory_map.yaml")
    options = parser.parse_args(arguments)
    try:
        description = load(options.files)
    except DescriptionError as error:
        print(error, file=sys.stderr)
        return 2
    outputs = {"mho.svd": svd.svd(description), "registers.md": markdown.page(description)}
    outputs["memory_map.h"] = c_header.memory_map_header(description)
    outputs["memory_map.hpp"] = cpp_header.memory_map_header(description)
    outputs["block_table.hpp"] = block_table.table(description)
    for block in description.blocks:
        outputs[f"{block.name}.h"] = c_header.block_header(block)
        outputs[f"{block.name}.hpp"] = cpp_header.block_header(block)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, text in outputs.items():
        write_if_changed(options.out / name, text)
    return 0


def write_if_changed(path: pathlib.Path, text: str):
    """Leaves an equal file alone, so that what includes it is not compiled again."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
