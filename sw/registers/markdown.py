# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""The reference page: memory map, then every block with its registers, windows, enums, structures and constants."""

from __future__ import annotations

from .model import Block, Description, Enum, Register, Struct
from .text import bits, sentence, with_unit, with_values


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(header: tuple[str, ...], rows: list[tuple]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(_cell(str(cell)) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def page(description: Description) -> str:
    """The whole registers.md."""
    out = ["<!-- Generated from models/registers/*.yaml by sw/registers; changes belong there. -->\n",
           "# Registers\n\n",
           "Access: ro read-only, rw read and write, wo write-only, w1c write one to clear. Bits without a field are"
           " read as zero and ignored when written. Offsets and sizes are bytes.\n\n"]
    if description.instances:
        out.append("## Memory map\n\n" + _memory_map(description) + "\n")
    for block in description.blocks:
        out.append(_block(block))
    return "".join(out).rstrip("\n") + "\n"


def _meaning(field) -> str:
    """Of a field of a register or a structure."""
    return with_values(with_unit(field.doc, field.unit), f"`{field.enum}`" if field.enum else None)


def _memory_map(description: Description) -> str:
    rows = []
    for i in description.instances:
        place = f"`{i.base:#010x}`" + (f" + index × {i.stride:#x}" if i.count > 1 else "")
        block = f"[{i.block}](#{i.block})" if i.block else ""
        rows.append((f"`{i.name}`", place, f"{i.size:#x}", i.count, i.irq if i.irq is not None else "", block, i.doc))
    return _table(("instance", "base", "size", "count", "interrupt", "block", "meaning"), rows)


def _block(block: Block) -> str:
    out = [f"## {block.name}\n\n{block.title}. {sentence(block.doc)}\n\n"]
    if block.registers:
        rows = [(f"`{r.offset:#05x}`" + (f" + {r.stride}·i, i < {r.count}" if r.count > 1 else ""), f"`{r.name}`",
                 r.access, f"{r.reset:#x}", with_unit(r.doc, r.unit)) for r in block.registers]
        out.append("### Registers\n\n" + _table(("offset", "name", "access", "reset", "meaning"), rows) + "\n")
        out += [_register(block, register) for register in block.registers]
    if block.windows:
        rows = [(f"`{w.offset:#05x}`", f"`{w.name}`", f"{w.size:#x}", w.access, w.doc) for w in block.windows]
        out.append("### Windows\n\n" + _table(("offset", "name", "size", "access", "meaning"), rows) + "\n")
    if block.constants:
        rows = [(f"`{c.name}`", f"`{c.value:#x}` = {c.value}", with_unit(c.doc, c.unit)) for c in block.constants]
        out.append("### Constants\n\n" + _table(("name", "value", "meaning"), rows) + "\n")
    out += [_enum(enum) for enum in block.enums]
    out += [_struct(struct) for struct in block.structs]
    return "".join(out)


def _register(block: Block, register: Register) -> str:
    """Details of a register; empty when the table above says everything."""
    notes = []
    if register.side_effect:
        notes.append(sentence(f"Side effect: {register.side_effect}"))
    if register.enum:
        notes.append(f"Values: `{register.enum}`.")
    if register.width != 32:
        notes.append(f"{register.width} bits wide.")
    if register.overlaps:
        notes.append(f"Shares its offset with `{register.overlaps}`.")
    if register.sync != "never":
        when = "read and write" if register.sync == "both" else register.sync
        notes.append(f"Simulated time is exact on {when}.")
    if not register.fields and not notes:
        return ""
    out = [f"#### {block.name} {register.name}\n\n"]
    if notes:
        out.append(" ".join(notes) + "\n\n")
    if register.fields:
        rows = [(bits(f), f"`{f.name}`", f.access,
                 _meaning(f)) for f in register.fields]
        out.append(_table(("bits", "field", "access", "meaning"), rows) + "\n")
    return "".join(out)


def _enum(enum: Enum) -> str:
    rows = [(v.value, f"`{v.name}`", v.doc) for v in enum.values]
    return f"### Enum {enum.name}\n\n{sentence(enum.doc)}\n\n" + _table(("value", "name", "meaning"), rows) + "\n"


def _struct(struct: Struct) -> str:
    rows = []
    for field, offset, size in struct.members():
        if field is None:
            rows.append((f"`{offset:#x}`", f"u8[{size}]", "", "reserved, zero"))
            continue
        kind = field.type + (f"[{field.count}]" if field.count > 1 else "")
        rows.append((f"`{offset:#x}`", kind, f"`{field.name}`", _meaning(field)))
    return (f"### Structure {struct.name}\n\n{sentence(struct.doc)} {struct.size} bytes.\n\n"
            + _table(("offset", "type", "field", "meaning"), rows) + "\n")
