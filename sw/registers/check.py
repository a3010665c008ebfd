# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Rules between items: duplicates, overlaps, gaps, references, and clashes of generated names."""

from __future__ import annotations

from . import names
from .model import SCALARS, Block, Description, Enum, Register, Struct
from .source import Problems, Section


def check_fields(register: Register, section: Section):
    """Fields do not share bits or names, and the reset value has no bit outside of them."""
    taken: dict[int, str] = {}
    for field in register.fields:
        if any(f is not field and f.name == field.name for f in register.fields):
            section.problem(f"field {field.name} appears twice")
        for bit in range(field.low, field.high + 1):
            if bit in taken:
                section.problem(f"fields {taken[bit]} and {field.name} overlap at bit {bit}")
                break
            taken[bit] = field.name
    if register.fields:
        outside = register.reset & ~register.mask_of("ro", "rw", "wo", "w1c")
        if outside:
            section.problem(f"reset {register.reset:#x} sets bits {outside:#x} that belong to no field")


def check_enum(enum: Enum, section: Section, gaps_allowed: bool):
    """Names and values are unique; values are consecutive unless the enum says 'gaps_allowed: true'."""
    if not enum.values:
        section.problem("has no values")
    seen_names: set[str] = set()
    seen_values: dict[int, str] = {}
    for value in enum.values:
        if value.name in seen_names:
            section.problem(f"value {value.name} appears twice")
        if value.value in seen_values:
            section.problem(f"{seen_values[value.value]} and {value.name} are both {value.value}")
        seen_names.add(value.name)
        seen_values[value.value] = value.name
    if not gaps_allowed:
        ordered = sorted(seen_values)
        for before, after in zip(ordered, ordered[1:]):
            if after != before + 1:
                section.problem(
                    f"gap between {seen_values[before]} = {before} and {seen_values[after]} = {after};"
                    " say 'gaps_allowed: true' if it is meant"
                )


def check_struct(struct: Struct, section: Section):
    """Fields do not overlap, stay inside, and the size keeps an array of the structure aligned."""
    if not struct.fields:
        section.problem("has no fields")
        return
    ordered = sorted(struct.fields, key=lambda field: field.offset)
    for index, field in enumerate(ordered):
        if any(f is not field and f.name == field.name for f in ordered):
            section.problem(f"field {field.name} appears twice")
        end = field.offset + field.size
        limit = ordered[index + 1].offset if index + 1 < len(ordered) else struct.size
        owner = f"field {ordered[index + 1].name}" if index + 1 < len(ordered) else "the end of the structure"
        if end > limit:
            section.problem(
                f"field {field.name} (offset {field.offset:#04x}, {field.size} bytes) runs into {owner} at {limit:#04x}"
            )
    alignment = max(SCALARS[field.type][1] for field in struct.fields)
    if struct.size % alignment:
        section.problem(f"size {struct.size} is not a multiple of its alignment {alignment}")


def check(description: Description, problems: Problems, has_map: bool):
    """Everything that needs more than one item."""
    _check_enum_references(description, problems)
    for block in description.blocks:
        _check_layout(block, problems)
    _check_generated_names(description, problems)
    if has_map:
        _check_memory_map(description, problems)


def _enum_uses(description: Description):
    """(where, enum name, largest value that fits) of everything that refers to an enum."""
    for block in description.blocks:
        file = f"{block.name}.yaml: block {block.name}"
        for register in block.registers:
            at = f"{file}, register {register.name} (offset {register.offset:#05x})"
            if register.enum:
                yield at, register.enum, register.full_mask
            for field in register.fields:
                if field.enum:
                    yield f"{at}, field {field.name}", field.enum, (1 << field.width) - 1
        for struct in block.structs:
            for field in struct.fields:
                if field.enum:
                    signed = field.type[0] == "i"
                    limit = (1 << (8 * SCALARS[field.type][1] - signed)) - 1
                    yield f"{file}, struct {struct.name}, field {field.name}", field.enum, limit


def _check_enum_references(description: Description, problems: Problems):
    known = {enum.name: enum for block in description.blocks for enum in block.enums}
    for where, name, limit in _enum_uses(description):
        if name not in known:
            problems.add(where, f"there is no enum '{name}'")
        else:
            largest = max(value.value for value in known[name].values)
            if largest > limit:
                problems.add(where, f"enum {name} has the value {largest}, which does not fit")


def _check_layout(block: Block, problems: Problems):
    """Registers and windows of a block neither overlap nor leave it."""
    where = f"{block.name}.yaml: block {block.name}"
    spans = []
    for register in block.registers:
        label = f"register {register.name} (offset {register.offset:#05x})"
        if register.end > block.size:
            problems.add(f"{where}, {label}", f"ends at {register.end:#x}, beyond the block's size {block.size:#x}")
        for index in range(register.count):
            start = register.offset + index * register.stride
            spans.append((start, start + register.size, label, register))
    for window in block.windows:
        label = f"window {window.name} (offset {window.offset:#05x})"
        spans.append((window.offset, window.offset + window.size, label, None))
    spans.sort(key=lambda span: span[0])
    reported = set()
    for index, (_, end, label, register) in enumerate(spans):
        for other_start, _, other_label, other in spans[index + 1 :]:
            if other_start >= end:
                break
            shared = register and other and _place(register) == _place(other)
            if not shared and (label, other_label) not in reported:
                reported.add((label, other_label))
                problems.add(f"{where}, {other_label}", f"overlaps {label}")
    by_name = {register.name: register for register in block.registers}
    for register in block.registers:
        if register.overlaps and register.overlaps not in by_name:
            problems.add(
                f"{where}, register {register.name} (offset {register.offset:#05x})",
                f"'overlaps' names {register.overlaps}, which does not exist",
            )
        if register.selected_by and block.field(register.selected_by) is None:
            problems.add(
                f"{where}, register {register.name} (offset {register.offset:#05x})",
                f"'selected_by' names {register.selected_by}, which is no REGISTER.FIELD of the block",
            )


def _place(register: Register) -> str:
    """Registers that share an offset on purpose name the same register, or are it."""
    return register.overlaps or register.name


def _generated_names(description: Description):
    """(name in the generated code, what it comes from) of everything; equal names would not compile."""
    for block in description.blocks:
        at = f"{block.name}.yaml: block {block.name}"
        for register in block.registers:
            yield names.macro(block.name, register.name, "offset"), f"{at}, register {register.name}"
            for field in register.fields:
                yield names.macro(block.name, register.name, field.name, "mask"), (
                    f"{at}, register {register.name}, field {field.name}"
                )
        for window in block.windows:
            yield names.macro(block.name, window.name, "offset"), f"{at}, window {window.name}"
        for constant in block.constants:
            yield names.macro(block.name, constant.name), f"{at}, constant {constant.name}"
        for enum in block.enums:
            yield f"mho_{enum.name}", f"{at}, enum {enum.name}"
            for value in enum.values:
                yield names.macro(enum.name, value.name), f"{at}, enum {enum.name}, value {value.name}"
        for struct in block.structs:
            yield f"mho_{struct.name}", f"{at}, struct {struct.name}"
    for instance in description.instances:
        yield names.macro(instance.name, "base"), f"memory_map.yaml: memory map, instance {instance.name}"


def _check_generated_names(description: Description, problems: Problems):
    seen: dict[str, str] = {}
    for name, where in _generated_names(description):
        if name in seen:
            problems.add(where, f"the generated name {name} is already taken by {seen[name]}")
        seen[name] = where


def _check_memory_map(description: Description, problems: Problems):
    irqs: dict[int, str] = {}
    previous = None
    for instance in description.instances:
        where = f"memory_map.yaml: memory map, instance {instance.name} (base {instance.base:#010x})"
        if previous and instance.base < previous.end:
            problems.add(where, f"overlaps instance {previous.name}, which ends at {previous.end:#010x}")
        if previous is None or instance.end > previous.end:
            previous = instance
        if instance.irq is not None:
            if instance.irq in irqs:
                problems.add(where, f"interrupt {instance.irq} already belongs to instance {irqs[instance.irq]}")
            irqs[instance.irq] = instance.name
    placed = {instance.block for instance in description.instances}
    for block in description.blocks:
        if block.registers and block.name not in placed:
            problems.add(f"{block.name}.yaml: block {block.name}", "has registers but no instance in memory_map.yaml")
