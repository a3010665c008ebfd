# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""A small valid description that uses every feature, and a way to load variations of it."""

import pathlib
import tempfile

from sw.registers.load import load
from sw.registers.source import DescriptionError

ROOT = pathlib.Path(__file__).resolve().parents[3]
REAL_DESCRIPTIONS = sorted((ROOT / "models" / "registers").glob("*.yaml"))

LAMP = """\
block: lamp
title: Lamp
doc: A lamp with channels.
size: 0x100
registers:
  - name: CTRL
    offset: 0x000
    access: rw
    reset: 0x21
    doc: control
    side_effect: a write of ENABLE lights it
    sync: write
    fields:
      - {name: ENABLE, bits: 0, doc: on}
      - {name: COLOUR, bits: "7:4", enum: lamp_colour, doc: colour}
      - {name: HOT, bits: 8, access: ro, doc: too hot}
  - {name: LEVEL, offset: 0x010, count: 4, stride: 8, access: rw, reset: 0x7, unit: cd, doc: brightness}
  - name: EVENTS
    offset: 0x080
    access: w1c
    doc: what happened
    fields:
      - {name: BURNT, bits: 31, doc: burnt out}
  - {name: DATA_IN, offset: 0x090, width: 8, access: ro, doc: byte from outside}
  - {name: DATA_OUT, offset: 0x090, width: 8, access: wo, overlaps: DATA_IN, doc: byte to outside}
windows:
  - {name: PATTERN, offset: 0x200, size: 0x40, access: rw, doc: pattern}
enums:
  - name: lamp_colour
    doc: colours
    values:
      - {name: RED, value: 0, doc: red}
      - {name: GREEN, value: 1, doc: green}
      - {name: BLUE, value: 2, doc: blue}
structs:
  - name: lamp_order
    size: 24
    doc: an order
    fields:
      - {name: colour, type: u8, offset: 0, enum: lamp_colour, doc: colour}
      - {name: levels, type: u32, offset: 4, count: 2, unit: cd, doc: levels}
      - {name: energy, type: f64, offset: 16, unit: J, doc: energy}
constants:
  - {name: ANSWER, value: 42, doc: a number}
  - {name: WIDE, value: 0x123456789A, doc: a wide number}
  - {name: MINIMUM, value: -6, doc: a negative number}
"""

MAP = """\
instances:
  - {name: ram, base: 0x80000000, size: 0x1000, doc: memory}
  - {name: lamp, block: lamp, base: 0x1000, irq: 3}
  - {name: row, block: lamp, base: 0x10000, count: 3, stride: 0x400, doc: a row of lamps}
"""


def load_texts(lamp=LAMP, memory_map=MAP):
    """The checked description of the given texts; memory_map None: no such file."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [pathlib.Path(folder) / "lamp.yaml"]
        paths[0].write_text(lamp, encoding="utf-8")
        if memory_map is not None:
            paths.append(pathlib.Path(folder) / "memory_map.yaml")
            paths[1].write_text(memory_map, encoding="utf-8")
        return load(paths)


def error_of(lamp=LAMP, memory_map=MAP):
    """The message with which the texts are refused, or None."""
    try:
        load_texts(lamp, memory_map)
    except DescriptionError as error:
        return str(error)
    return None
