# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""One constexpr C++ table of all blocks with registers, fields, enumerations and windows."""

from __future__ import annotations

from .model import Block, Description, Enum, Register
from .names import camel, constant
from .text import file_head

_ACCESS = {"rw": "kReadWrite", "ro": "kReadOnly", "wo": "kWriteOnly", "w1c": "kWriteOneToClear"}


def table(description: Description) -> str:
    """The whole block_table.hpp."""
    blocks = [block for block in description.blocks if block.registers]
    out = [file_head("all descriptions", "Every block with its registers.")]
    out.append("#include <array>\n\n" + '#include "models/registers/block_info.hpp"\n')
    out.extend(f'#include "registers/{block.name}.hpp"\n' for block in blocks)
    out.append("\nnamespace mho::registers {\n")
    for block in description.blocks:
        out.extend(_enum(enum) for enum in block.enums)
    for block in blocks:
        out.append(_block(block))
    out.append(f"\ninline constexpr std::array<BlockInfo, {len(blocks)}> kBlocks{{{{\n")
    for block in blocks:
        name = camel(block.name)
        windows = f"k{name}Windows" if block.windows else "{}"
        out.append(f'    {{.name = "{block.name}", .registers = k{name}Registers, .windows = {windows}}},\n')
    out.append("}};\n\n}  // namespace mho::registers\n")
    return "".join(out)


def _enum(enum: Enum) -> str:
    values = constant(enum.name, "values")
    out = [f"\ninline constexpr std::array<ValueInfo, {len(enum.values)}> {values}{{{{\n"]
    out.extend(f'    {{.name = "{v.name}", .value = {v.value}}},\n' for v in enum.values)
    out.append(f'}}}};\ninline constexpr EnumInfo {constant(enum.name, "enum")}{{.name = "{enum.name}", '
               f".values = {values}}};\n")
    return "".join(out)


def _block(block: Block) -> str:
    out = [_fields(block, register) for register in block.registers]
    name = camel(block.name)
    out.append(f"\ninline constexpr std::array<DescribedRegister, {len(block.registers)}> k{name}Registers{{{{\n")
    for index, register in enumerate(block.registers):
        selector_offset, selector_mask = _selector(block, register)
        out.append(f"    {{.info = &{block.name}::kRegisters[{index}], .fields = {_fields_name(block, register)},\n"
                   f"     .selector_offset = {selector_offset:#x}, .selector_mask = {selector_mask:#x}}},\n")
    out.append("}};\n")
    if block.windows:
        out.append(f"inline constexpr std::array<WindowInfo, {len(block.windows)}> k{name}Windows{{{{\n")
        for w in block.windows:
            out.append(f'    {{.name = "{w.name}", .offset = {w.offset:#x}, .size = {w.size:#x},'
                       f" .access = Access::{_ACCESS[w.access]}}},\n")
        out.append("}};\n")
    return "".join(out)


def _fields_name(block: Block, register: Register) -> str:
    return constant(block.name, register.name, "fields")


def _fields(block: Block, register: Register) -> str:
    items = [(f.name, f.mask, f.access, f.enum) for f in register.fields]
    if not items:
        items = [("", register.full_mask, register.access, register.enum)]
    out = [f"\ninline constexpr std::array<FieldInfo, {len(items)}> {_fields_name(block, register)}{{{{\n"]
    for name, mask, access, enum in items:
        values = f"&{constant(enum, 'enum')}" if enum else "nullptr"
        out.append(f'    {{.name = "{name}", .mask = {mask:#x}, .access = Access::{_ACCESS[access]},'
                   f" .values = {values}}},\n")
    out.append("}};\n")
    return "".join(out)


def _selector(block: Block, register: Register) -> tuple[int, int]:
    """Offset and mask of the field that selects the register; (0, 0): none."""
    if register.selected_by is None:
        return 0, 0
    owner, field = block.field(register.selected_by)
    return owner.offset, field.mask
