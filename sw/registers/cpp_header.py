# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""constexpr C++ for the models, with a table of the registers for tests that do not know the block."""

from __future__ import annotations

from .cpp_table import access, array
from .model import SCALARS, Block, Description, Register, Struct
from .names import camel, constant
from .text import comment, describe_field, describe_register, file_head, with_unit, with_values

_SYNC = {"never": "kNever", "read": "kRead", "write": "kWrite", "both": "kBoth"}


def _constant(name: str, value: int, width: int = 32) -> str:
    if value < 0:
        return f"inline constexpr std::int32_t {name} = {value};\n"
    if width == 64 or value > 0xFFFFFFFF:
        return f"inline constexpr std::uint64_t {name} = {value:#x};\n"
    return f"inline constexpr std::uint32_t {name} = {value:#x};\n"


def block_header(block: Block) -> str:
    """The whole <block>.hpp."""
    out = [file_head(f"{block.name}.yaml", f"{block.title}. {block.doc}")]
    out.append("#include <array>\n#include <cstddef>\n#include <cstdint>\n#include <type_traits>\n\n"
               '#include "models/registers/register_info.hpp"\n\n')
    out.append(f"namespace mho::registers::{block.name} {{\n")
    if block.size:
        out.append("\n/// Bytes of address space of the registers.\n" + _constant("kBlockSize", block.size))
    for item in block.constants:
        out.append("\n" + comment(with_unit(item.doc, item.unit)) + _constant(constant(item.name), item.value))
    for enum in block.enums:
        out.append("\n" + comment(enum.doc) + f"enum class {camel(enum.name)} : std::uint32_t {{\n")
        for value in enum.values:
            out.append(comment(value.doc, "  ") + f"  {constant(value.name)} = {value.value},\n")
        out.append("};\n")
    for register in block.registers:
        out.append(_register(register))
    for window in block.windows:
        out.append("\n" + comment(f"{window.doc} ({window.access})"))
        out.append(_constant(constant(window.name, "offset"), window.offset))
        out.append(_constant(constant(window.name, "size"), window.size))
    for struct in block.structs:
        out.append(_struct(struct))
    out.append(_table(block))
    out.append(f"\n}}  // namespace mho::registers::{block.name}\n")
    return "".join(out)


def _register(register: Register) -> str:
    name = register.name
    out = ["\n" + comment(describe_register(register))]
    out.append(_constant(constant(name, "offset"), register.offset))
    out.append(_constant(constant(name, "reset"), register.reset, register.width))
    out.append(_constant(constant(name, "write_mask"), register.write_mask, register.width))
    if register.count > 1:
        out.append(_constant(constant(name, "count"), register.count))
        out.append(_constant(constant(name, "stride"), register.stride))
    for field in register.fields:
        out.append(comment(describe_field(register, field)))
        out.append(_constant(constant(name, field.name, "mask"), field.mask, register.width))
        out.append(f"inline constexpr unsigned {constant(name, field.name, 'shift')} = {field.low};\n")
    return "".join(out)


def _struct(struct: Struct) -> str:
    name = camel(struct.name)
    out = ["\n" + comment(struct.doc) + f"struct {name} {{\n"]
    for field, offset, size in struct.members():
        if field is None:
            out.append(f"  std::array<std::uint8_t, {size}> reserved_{offset:#x}{{}};\n")
            continue
        doc = with_values(with_unit(field.doc, field.unit), camel(field.enum) if field.enum else None)
        scalar = SCALARS[field.type][0]
        scalar = scalar if scalar == "double" else f"std::{scalar}"
        kind = f"std::array<{scalar}, {field.count}>" if field.count > 1 else scalar
        out.append(comment(doc, "  ") + f"  {kind} {field.name}{{}};\n")
    out.append("};\n")
    out.append(f"static_assert(sizeof({name}) == {struct.size} && std::is_trivially_copyable_v<{name}>);\n")
    for field in struct.fields:
        out.append(f"static_assert(offsetof({name}, {field.name}) == {field.offset});\n")
    return "".join(out)


def _table(block: Block) -> str:
    return ("\n/// Every register, in the order of the description.\n"
            + array("RegisterInfo", "kRegisters", (_row(register) for register in block.registers)))


def _row(r: Register) -> str:
    return (f'.name = "{r.name}", .offset = {r.offset:#x}, .width = {r.width}, .count = {r.count},'
            f" .stride = {r.stride},\n     .access = {access(r.access)}, .sync = Sync::{_SYNC[r.sync]},"
            f" .reset = {r.reset:#x},\n     .read_mask = {r.read_mask:#x}, .write_mask = {r.write_mask:#x},"
            f" .w1c_mask = {r.w1c_mask:#x},\n     .hardware_changes_it = {str(r.hardware == 'rw').lower()},"
            f" .has_side_effect = {str(r.side_effect is not None).lower()}")


def memory_map_header(description: Description) -> str:
    """The whole memory_map.hpp."""
    out = [file_head("memory_map.yaml", "Where each block is, and its interrupt at the PLIC.")]
    out.append("#include <array>\n"
               '#include <cstdint>\n\n#include "models/registers/register_info.hpp"\n\n'
               "namespace mho::registers::memory_map {\n")
    for instance in description.instances:
        name = instance.name
        out.append("\n" + comment(instance.doc) + _constant(constant(name, "base"), instance.base))
        out.append(_constant(constant(name, "size"), instance.size))
        if instance.count > 1:
            out.append(_constant(constant(name, "count"), instance.count))
            out.append(_constant(constant(name, "stride"), instance.stride))
        if instance.irq is not None:
            out.append(_constant(constant(name, "irq"), instance.irq))
    out.append("\n/// Every instance, in the order of the addresses. irq 0: none.\n")
    instances = (f'.name = "{i.name}", .block = "{i.block or ""}", .base = {i.base:#x}, .size = {i.size:#x},'
                 f" .count = {i.count}, .stride = {i.stride:#x}, .irq = {i.irq or 0}" for i in description.instances)
    out.append(array("InstanceInfo", "kInstances", instances))
    out.append("\n}  // namespace mho::registers::memory_map\n")
    return "".join(out)
