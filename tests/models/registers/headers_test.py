# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""The generated headers compile as C11 and C++20 and say what the YAML files say.

The expectations come from the YAML files read by PyYAML alone, not through the generator.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import fixture
import yaml

from sw.registers import block_table, c_header, cpp_header
from sw.registers.load import load

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only"]
TYPE_SIZES = {"8": 1, "16": 2, "32": 4, "64": 8}


def camel(name):
    return "".join(part.capitalize() for part in name.lower().split("_"))


def expectations(data):
    """(C expression, C++ expression or None, value) of everything a block's description says."""
    block = data["block"]
    c, space = f"MHO_{block.upper()}", f"mho::registers::{block}"
    for register in data.get("registers", []):
        name = register["name"]
        yield f"{c}_{name}_OFFSET", f"{space}::k{camel(name)}Offset", register["offset"]
        yield f"{c}_{name}_RESET", f"{space}::k{camel(name)}Reset", register.get("reset", 0)
        if register.get("count", 1) > 1:
            last = register["offset"] + (register["count"] - 1) * register["stride"]
            yield f"{c}_{name}_AT({register['count'] - 1})", None, last
            yield f"{c}_{name}_COUNT", f"{space}::k{camel(name)}Count", register["count"]
        for field in register.get("fields", []):
            high, _, low = str(field["bits"]).rpartition(":")
            low, high = int(low), int(high or low)
            mask = ((2 << high) - 1) & ~((1 << low) - 1)
            yield f"{c}_{name}_{field['name']}_MASK", f"{space}::k{camel(name + '_' + field['name'])}Mask", mask
            yield f"{c}_{name}_{field['name']}_SHIFT", f"{space}::k{camel(name + '_' + field['name'])}Shift", low
    for window in data.get("windows", []):
        yield f"{c}_{window['name']}_OFFSET", f"{space}::k{camel(window['name'])}Offset", window["offset"]
        yield f"{c}_{window['name']}_SIZE", f"{space}::k{camel(window['name'])}Size", window["size"]
    for constant in data.get("constants", []):
        yield f"{c}_{constant['name']}", f"{space}::k{camel(constant['name'])}", constant["value"]
    for enum in data.get("enums", []):
        for value in enum["values"]:
            yield (f"MHO_{enum['name'].upper()}_{value['name']}",
                   f"static_cast<int>({space}::{camel(enum['name'])}::k{camel(value['name'])})", value["value"])
    for struct in data.get("structs", []):
        tag, cpp = f"mho_{struct['name']}_t", f"{space}::{camel(struct['name'])}"
        yield f"sizeof({tag})", f"sizeof({cpp})", struct["size"]
        for field in struct["fields"]:
            size = TYPE_SIZES[field["type"][1:]] * field.get("count", 1)
            yield f"offsetof({tag}, {field['name']})", f"offsetof({cpp}, {field['name']})", field["offset"]
            yield f"sizeof((({tag}*)0)->{field['name']})", f"sizeof({cpp}::{field['name']})", size


class Headers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)

    def generate(self, description):
        (self.root / "registers").mkdir()
        for block in description.blocks:
            (self.root / "registers" / f"{block.name}.h").write_text(c_header.block_header(block), encoding="utf-8")
            (self.root / "registers" / f"{block.name}.hpp").write_text(cpp_header.block_header(block), encoding="utf-8")
        for suffix, generator in (("h", c_header), ("hpp", cpp_header)):
            (self.root / "registers" / f"memory_map.{suffix}").write_text(generator.memory_map_header(description),
                                                                          encoding="utf-8")

    def compile(self, source, command, suffix):
        path = self.root / f"check.{suffix}"
        path.write_text(source, encoding="utf-8")
        result = subprocess.run([*command, *WARNINGS, f"-I{self.root}", f"-I{fixture.ROOT}", str(path)],
                                capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stderr[:4000])

    def check(self, blocks, instances):
        """Compiles assertions of all expectations with every compiler there is."""
        facts = [fact for data in blocks for fact in expectations(data)]
        for instance in instances:
            name = instance["name"]
            for key in ("base", "count", "stride", "irq"):
                if key in instance:
                    facts.append((f"MHO_{name.upper()}_{key.upper()}",
                                  f"mho::registers::memory_map::k{camel(name)}{key.capitalize()}", instance[key]))
        self.assertGreater(len(facts), 30)
        names = [data["block"] for data in blocks] + ["memory_map"]
        head = "".join(f'#include "registers/{name}.h"\n' for name in names)
        literals = [f"{value}LL" if value < 0 else f"{value}ULL" for _, _, value in facts]
        in_c = head + "".join(f'static_assert(({c}) == {v}, "{i}");\n'
                              for i, ((c, _, _), v) in enumerate(zip(facts, literals)))
        in_cpp = head + "".join(f'#include "registers/{name}.hpp"\n' for name in names)
        in_cpp += "".join(f"static_assert({cpp} == {v});\n" for (_, cpp, _), v in zip(facts, literals) if cpp)
        in_cpp = in_cpp.replace("== -", "== (long long)-")
        self.compile(in_c, [os.environ.get("CC", "cc"), "-std=c11"], "c")
        self.compile(in_cpp, [os.environ.get("CXX", "c++"), "-std=c++20", "-Wno-sign-compare"], "cpp")
        cross = shutil.which("riscv64-unknown-elf-gcc")
        if cross:
            self.compile(in_c, [cross, "--specs=picolibc.specs", "-march=rv32imac", "-mabi=ilp32", "-misa-spec=2.2",
                                "-std=c11"], "c")

    def test_fixture(self):
        self.generate(fixture.load_texts())
        self.check([yaml.safe_load(fixture.LAMP)], yaml.safe_load(fixture.MAP)["instances"])

    def test_real_descriptions(self):
        self.generate(load(fixture.REAL_DESCRIPTIONS))
        data = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in fixture.REAL_DESCRIPTIONS]
        memory_map = next(d for d in data if "instances" in d)
        self.check([d for d in data if "block" in d], memory_map["instances"])

    def test_table_of_registers(self):
        self.generate(fixture.load_texts())
        self.compile(
            '#include "registers/lamp.hpp"\n'
            "namespace lamp = mho::registers::lamp;\n"
            "using mho::registers::Access, mho::registers::Sync;\n"
            "static_assert(lamp::kRegisters.size() == 5);\n"
            "constexpr auto& ctrl = lamp::kRegisters[0];\n"
            'static_assert(ctrl.name == "CTRL" && ctrl.offset == 0 && ctrl.reset == 0x21 && ctrl.count == 1);\n'
            "static_assert(ctrl.read_mask == 0x1f1 && ctrl.write_mask == 0xf1 && ctrl.w1c_mask == 0);\n"
            "static_assert(ctrl.access == Access::kReadWrite && ctrl.sync == Sync::kWrite);\n"
            "static_assert(ctrl.has_side_effect && !ctrl.hardware_changes_it && ctrl.width == 32);\n"
            "constexpr auto& level = lamp::kRegisters[1];\n"
            "static_assert(level.count == 4 && level.stride == 8 && !level.has_side_effect);\n"
            "static_assert(lamp::kRegisters[2].w1c_mask == 0x80000000u && lamp::kRegisters[2].write_mask == 0);\n"
            "static_assert(lamp::kRegisters[3].width == 8 && lamp::kRegisters[3].hardware_changes_it);\n",
            [os.environ.get("CXX", "c++"), "-std=c++20"], "cpp")

    def test_table_of_blocks(self):
        selected = fixture.LAMP.replace("overlaps: DATA_IN", "overlaps: DATA_IN, selected_by: CTRL.HOT")
        description = fixture.load_texts(selected)
        self.generate(description)
        (self.root / "registers" / "block_table.hpp").write_text(block_table.table(description), encoding="utf-8")
        self.compile(
            '#include "registers/block_table.hpp"\n'
            "using namespace mho::registers;\n"
            'static_assert(kBlocks.size() == 1 && kBlocks[0].name == "lamp" && kBlocks[0].registers.size() == 5);\n'
            "constexpr auto& ctrl = kBlocks[0].registers[0];\n"
            'static_assert(ctrl.info->name == "CTRL" && ctrl.fields.size() == 3 && ctrl.selector_mask == 0);\n'
            'static_assert(ctrl.fields[1].name == "COLOUR" && ctrl.fields[1].mask == 0xf0);\n'
            "static_assert(ctrl.fields[2].access == Access::kReadOnly && ctrl.fields[2].values == nullptr);\n"
            'static_assert(ctrl.fields[1].values->name == "lamp_colour");\n'
            'static_assert(ctrl.fields[1].values->values[2].name == "BLUE" && ctrl.fields[1].values->values[2].value == 2);\n'
            "constexpr auto& whole = kBlocks[0].registers[1].fields;\n"
            'static_assert(whole.size() == 1 && whole[0].name.empty() && whole[0].mask == 0xffffffffu);\n'
            "constexpr auto& banked = kBlocks[0].registers[4];\n"
            "static_assert(banked.selector_offset == 0 && banked.selector_mask == 0x100);\n"
            'static_assert(kBlocks[0].windows[0].name == "PATTERN" && kBlocks[0].windows[0].size == 0x40);\n',
            [os.environ.get("CXX", "c++"), "-std=c++20"], "cpp")

    def test_a_wrong_expectation_does_not_compile(self):
        self.generate(fixture.load_texts())
        wrong = yaml.safe_load(fixture.LAMP.replace("offset: 0x010", "offset: 0x014"))
        with self.assertRaises(AssertionError):
            self.check([wrong], [])


if __name__ == "__main__":
    unittest.main()
