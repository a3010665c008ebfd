# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""The register generator: one checked description per block, one small generator per output.

    python3 -m sw.registers --out DIR models/registers/*.yaml

load.py reads and validates the YAML files and completes the defaults; everything after it may rely on the
description being consistent. c_header.py, cpp_header.py, block_table.py, svd.py and markdown.py each turn it into one
kind of output and check nothing.
"""
