# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""SVD, reference page and the command line, against the fixture and the real descriptions."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

import fixture
import yaml

from sw.registers import markdown, svd
from sw.registers.load import load

# Order of the elements of a register in the CMSIS-SVD 1.3 schema, as far as they are used here.
REGISTER_ORDER = ["dim", "dimIncrement", "name", "description", "alternateRegister", "addressOffset", "size", "access",
                  "resetValue", "resetMask", "modifiedWriteValues", "fields"]
PERIPHERAL_ORDER = ["dim", "dimIncrement", "name", "description", "baseAddress", "addressBlock", "interrupt", "registers"]


def peripherals(description):
    root = ET.fromstring(svd.svd(description))
    return {p.findtext("name"): p for p in root.iter("peripheral")}


class Svd(unittest.TestCase):
    def setUp(self):
        self.peripherals = peripherals(fixture.load_texts())

    def register(self, name):
        registers = {r.findtext("name"): r for r in self.peripherals["LAMP"].iter("register")}
        return registers[name]

    def test_instances(self):
        self.assertEqual(list(self.peripherals), ["LAMP", "ROW[%s]", "RAM"])
        lamp, row, ram = self.peripherals.values()
        self.assertEqual(lamp.findtext("baseAddress"), "0x1000")
        self.assertEqual(lamp.findtext("interrupt/value"), "3")
        self.assertEqual([b.findtext("usage") for b in lamp.iter("addressBlock")], ["registers", "buffer"])
        self.assertEqual(row.get("derivedFrom"), "LAMP")
        self.assertEqual((row.findtext("dim"), row.findtext("dimIncrement")), ("3", "0x400"))
        self.assertIsNone(ram.find("registers"))

    def test_register_array(self):
        level = self.register("LEVEL[%s]")
        self.assertEqual((level.findtext("dim"), level.findtext("dimIncrement")), ("4", "0x8"))
        self.assertEqual((level.findtext("addressOffset"), level.findtext("resetValue")), ("0x10", "0x7"))

    def test_fields(self):
        fields = {f.findtext("name"): f for f in self.register("CTRL").iter("field")}
        self.assertEqual([fields["COLOUR"].findtext(t) for t in ("bitOffset", "bitWidth", "access")],
                         ["4", "4", "read-write"])
        self.assertEqual(fields["HOT"].findtext("access"), "read-only")
        self.assertEqual([v.findtext("name") for v in fields["COLOUR"].iter("enumeratedValue")], ["RED", "GREEN", "BLUE"])
        self.assertEqual(self.register("EVENTS").findtext("fields/field/modifiedWriteValues"), "oneToClear")

    def test_shared_offset(self):
        self.assertEqual(self.register("DATA_OUT").findtext("alternateRegister"), "DATA_IN")

    def test_elements_are_in_the_order_of_the_schema(self):
        for description in (fixture.load_texts(), load(fixture.REAL_DESCRIPTIONS)):
            root = ET.fromstring(svd.svd(description))
            checked = 0
            for tag, order in (("register", REGISTER_ORDER), ("peripheral", PERIPHERAL_ORDER)):
                for element in root.iter(tag):
                    places = [order.index(child.tag) for child in element]
                    self.assertEqual(places, sorted(places), ET.tostring(element))
                    checked += 1
            self.assertGreater(checked, 5)

    def test_real_registers_are_complete(self):
        found = peripherals(load(fixture.REAL_DESCRIPTIONS))
        for path in fixture.REAL_DESCRIPTIONS:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not data.get("registers"):
                continue
            names = {r["name"] + ("[%s]" if r.get("count", 1) > 1 else "") for r in data["registers"]}
            held = [{r.findtext("name") for r in p.iter("register")} for p in found.values()]
            self.assertIn(names, held, path.name)


class Markdown(unittest.TestCase):
    def test_everything_is_named(self):
        page = markdown.page(fixture.load_texts())
        for text in ("# Registers", "## lamp", "| `0x010` + 8·i, i < 4 | `LEVEL` | rw | 0x7 | brightness [cd] |",
                     "Side effect: a write of ENABLE lights it. ", "| 7:4 | `COLOUR` | rw | colour; values: `lamp_colour` |",
                     "| 2 | `BLUE` | blue |", "| `0x4` | u32[2] | `levels` | levels [cd] |",
                     "| `0x1` | u8[3] |  | reserved, zero |", "| `ANSWER` | `0x2a` = 42 | a number |",
                     "| `0x200` | `PATTERN` | 0x40 | rw | pattern |", "| `row` | `0x00010000` + index × 0x400 |"):
            self.assertIn(text, page)

    def test_tables_have_equal_columns(self):
        lines = markdown.page(load(fixture.REAL_DESCRIPTIONS)).splitlines()
        tables = 0
        for before, line in zip(lines, lines[1:]):
            if before.startswith("|") and line.startswith("|"):
                columns = [text.replace("\\|", "").count("|") for text in (before, line)]
                self.assertEqual(columns[0], columns[1], line)
                tables += 1
        self.assertGreater(tables, 20)


class CommandLine(unittest.TestCase):
    def run_generator(self, folder, lamp):
        path = pathlib.Path(folder) / "lamp.yaml"
        path.write_text(lamp, encoding="utf-8")
        out = pathlib.Path(folder) / "out"
        result = subprocess.run([sys.executable, "-B", "-m", "sw.registers", "--out", out, path], cwd=fixture.ROOT,
                                capture_output=True, text=True, check=False)
        return result, out

    def test_wrong_description_writes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            result, out = self.run_generator(folder, fixture.LAMP.replace("bits: 8", "bits: 7"))
            self.assertEqual(result.returncode, 2)
            self.assertEqual(result.stderr, "lamp.yaml:6: block lamp, register CTRL (offset 0x000): "
                                            "fields COLOUR and HOT overlap at bit 7\n")
            self.assertFalse(out.exists())

    def test_unchanged_files_keep_their_time(self):
        with tempfile.TemporaryDirectory() as folder:
            _, out = self.run_generator(folder, fixture.LAMP)
            files = sorted(out.iterdir())
            self.assertEqual([f.name for f in files], ["block_table.hpp", "lamp.h", "lamp.hpp", "memory_map.h", "memory_map.hpp", "mho.svd",
                                                       "registers.md"])
            for file in files:
                os.utime(file, (1, 1))
            result, _ = self.run_generator(folder, fixture.LAMP.replace("value: 42", "value: 43"))
            self.assertEqual(result.returncode, 0, result.stderr)
            changed = [f.name for f in files if f.stat().st_mtime > 1]
            self.assertEqual(changed, ["lamp.h", "lamp.hpp", "registers.md"])


if __name__ == "__main__":
    unittest.main()
