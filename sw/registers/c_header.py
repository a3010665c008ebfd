# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""C11 headers for firmware; C++ can include them too."""

from __future__ import annotations

from .model import SCALARS, Block, Description, Register, Struct
from .names import macro
from .text import comment, describe_field, describe_register, file_head, with_unit, with_values


def _literal(value: int, width: int = 32) -> str:
    if width == 64 or value > 0xFFFFFFFF:
        return f"UINT64_C({value:#x})"
    return f"({value})" if value < 0 else f"{value:#x}u"


def _define(name: str, value: str) -> str:
    return f"#define {name} {value}\n"


def block_header(block: Block) -> str:
    """The whole <block>.h."""
    out = [file_head(f"{block.name}.yaml", f"{block.title}. {block.doc}")]
    out.append("#include <assert.h>\n#include <stddef.h>\n#include <stdint.h>\n")
    if block.size:
        out.append("\n/// Bytes of address space of the registers.\n")
        out.append(_define(macro(block.name, "block_size"), _literal(block.size)))
    for constant in block.constants:
        out.append("\n" + comment(with_unit(constant.doc, constant.unit)))
        out.append(_define(macro(block.name, constant.name), _literal(constant.value)))
    for enum in block.enums:
        out.append("\n" + comment(enum.doc) + f"typedef enum mho_{enum.name} {{\n")
        for value in enum.values:
            out.append(comment(value.doc, "  ") + f"  {macro(enum.name, value.name)} = {value.value},\n")
        out.append(f"}} mho_{enum.name}_t;\n")
    for register in block.registers:
        out.append(_register(block, register))
    for window in block.windows:
        out.append("\n" + comment(f"{window.doc} ({window.access})"))
        out.append(_define(macro(block.name, window.name, "offset"), _literal(window.offset)))
        out.append(_define(macro(block.name, window.name, "size"), _literal(window.size)))
    for struct in block.structs:
        out.append(_struct(struct))
    return "".join(out)


def _register(block: Block, register: Register) -> str:
    name = (block.name, register.name)
    out = ["\n" + comment(describe_register(register))]
    out.append(_define(macro(*name, "offset"), _literal(register.offset)))
    out.append(_define(macro(*name, "reset"), _literal(register.reset, register.width)))
    if register.count > 1:
        out.append(_define(macro(*name, "count"), _literal(register.count)))
        out.append(_define(macro(*name, "stride"), _literal(register.stride)))
        at = f"({macro(*name, 'offset')} + {macro(*name, 'stride')} * (uint32_t)(index))"
        out.append(_define(macro(*name, "at(index)").replace("AT(INDEX)", "AT(index)"), at))
    for field in register.fields:
        out.append(comment(describe_field(register, field)))
        out.append(_define(macro(*name, field.name, "mask"), _literal(field.mask, register.width)))
        out.append(_define(macro(*name, field.name, "shift"), f"{field.low}u"))
    return "".join(out)


def _struct(struct: Struct) -> str:
    tag = f"mho_{struct.name}"
    out = ["\n" + comment(struct.doc) + f"typedef struct {tag} {{\n"]
    for field, offset, size in struct.members():
        if field is None:
            out.append(f"  uint8_t reserved_{offset:#x}[{size}];\n")
            continue
        doc = with_values(with_unit(field.doc, field.unit), field.enum)
        array = f"[{field.count}]" if field.count > 1 else ""
        out.append(comment(doc, "  ") + f"  {SCALARS[field.type][0]} {field.name}{array};\n")
    out.append(f"}} {tag}_t;\n")
    out.append(f'static_assert(sizeof({tag}_t) == {struct.size}, "{tag}_t has the described size");\n')
    for field in struct.fields:
        out.append(f"static_assert(offsetof({tag}_t, {field.name}) == {field.offset},\n"
                   f'              "{tag}_t.{field.name} is where the description says");\n')
    return "".join(out)


def memory_map_header(description: Description) -> str:
    """The whole memory_map.h."""
    out = [file_head("memory_map.yaml", "Where each block is, and its interrupt at the PLIC.")]
    out.append("#include <stdint.h>\n")
    for instance in description.instances:
        out.append("\n" + comment(instance.doc))
        out.append(_define(macro(instance.name, "base"), _literal(instance.base)))
        out.append(_define(macro(instance.name, "size"), _literal(instance.size)))
        if instance.count > 1:
            out.append(_define(macro(instance.name, "count"), _literal(instance.count)))
            out.append(_define(macro(instance.name, "stride"), _literal(instance.stride)))
            at = f"({macro(instance.name, 'base')} + {macro(instance.name, 'stride')} * (uint32_t)(index))"
            out.append(_define(f"{macro(instance.name, 'base_at')}(index)", at))
        if instance.irq is not None:
            out.append(_define(macro(instance.name, "irq"), f"{instance.irq}u"))
    return "".join(out)
