# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""One constexpr C++ table of all blocks with registers, fields, enumerations and windows."""

from __future__ import annotations

from .cpp_table import access, array
from .model import Block, Description, Enum, Register
from .names import camel, constant
from .text import file_head


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
    out.append("\n" + array("BlockInfo", "kBlocks", (_entry(block) for block in blocks)))
    out.append("\n}  // namespace mho::registers\n")
    return "".join(out)


def _entry(block: Block) -> str:
    name = camel(block.name)
    windows = f"k{name}Windows" if block.windows else "{}"
    return f'.name = "{block.name}", .registers = k{name}Registers, .windows = {windows}'


def _enum(enum: Enum) -> str:
    values = constant(enum.name, "values")
    rows = (f'.name = "{v.name}", .value = {v.value}' for v in enum.values)
    return ("\n" + array("ValueInfo", values, rows)
            + f'inline constexpr EnumInfo {constant(enum.name, "enum")}{{.name = "{enum.name}", '
              f".values = {values}}};\n")


def _block(block: Block) -> str:
    out = [_fields(block, register) for register in block.registers]
    name = camel(block.name)
    registers = (_register(block, register, index) for index, register in enumerate(block.registers))
    out.append("\n" + array("DescribedRegister", f"k{name}Registers", registers))
    if block.windows:
        windows = (f'.name = "{w.name}", .offset = {w.offset:#x}, .size = {w.size:#x}, .access = {access(w.access)}'
                   for w in block.windows)
        out.append(array("WindowInfo", f"k{name}Windows", windows))
    return "".join(out)


def _register(block: Block, register: Register, index: int) -> str:
    selector_offset, selector_mask = _selector(block, register)
    return (f".info = &{block.name}::kRegisters[{index}], .fields = {_fields_name(block, register)},\n"
            f"     .selector_offset = {selector_offset:#x}, .selector_mask = {selector_mask:#x}")


def _fields_name(block: Block, register: Register) -> str:
    return constant(block.name, register.name, "fields")


def _fields(block: Block, register: Register) -> str:
    items = [(f.name, f.mask, f.access, f.enum) for f in register.fields]
    if not items:
        items = [("", register.full_mask, register.access, register.enum)]
    rows = []
    for name, mask, kind, enum in items:
        values = f"&{constant(enum, 'enum')}" if enum else "nullptr"
        rows.append(f'.name = "{name}", .mask = {mask:#x}, .access = {access(kind)}, .values = {values}')
    return "\n" + array("FieldInfo", _fields_name(block, register), rows)


def _selector(block: Block, register: Register) -> tuple[int, int]:
    """Offset and mask of the field that selects the register; (0, 0): none."""
    if register.selected_by is None:
        return 0, 0
    owner, field = block.field(register.selected_by)
    return owner.offset, field.mask
