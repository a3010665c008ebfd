# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Reads descriptions of blocks and the memory map and completes their defaults.

Raises DescriptionError with one line per problem; each names file, line, block, register, field and offset.
Rules that need only one item are checked here, rules between items in check.py.
"""

from __future__ import annotations

import pathlib

from . import check
from .model import (
    SCALARS,
    Block,
    Constant,
    Description,
    Enum,
    EnumValue,
    Field,
    Instance,
    Register,
    Struct,
    StructField,
    Window,
)
from .names import LOWER, RESERVED_WORDS, UPPER
from .source import Problems, Section, read_yaml

MEMORY_MAP = "memory_map.yaml"
ACCESS = ("rw", "ro", "wo", "w1c")
# Overrides that a register's own access allows its fields.
FIELD_ACCESS = {"rw": ACCESS, "ro": ("ro",), "wo": ("wo",), "w1c": ("w1c", "ro")}
SYNC = ("never", "read", "write", "both")


def load(paths: list[pathlib.Path]) -> Description:
    """Reads every description; the file called memory_map.yaml, if given, holds the instances."""
    problems = Problems()
    blocks: list[Block] = []
    instances: list[Instance] = []
    map_file = None
    for path in sorted(paths):
        data = read_yaml(path, problems)
        if data is None:
            continue
        if path.name == MEMORY_MAP:
            map_file = (path.name, data)
        else:
            blocks.append(_block(Section(data, path.name, "block", problems), path.stem))
    # A block that did not load would only cause follow-up messages about missing names.
    problems.raise_if_any()
    if map_file:
        footprints = {block.name: block for block in blocks}
        instances = _memory_map(Section(map_file[1], map_file[0], "memory map", problems), footprints)
        problems.raise_if_any()
    instances.sort(key=lambda instance: instance.base)
    description = Description(tuple(blocks), tuple(instances))
    check.check(description, problems, has_map=map_file is not None)
    problems.raise_if_any()
    return description


def _block(section: Section, stem: str) -> Block:
    name = section.name("block", LOWER)
    section.refine(f"block {name}")
    if name in RESERVED_WORDS:
        section.problem("is a reserved word of C or C++")
    if name != stem:
        section.problem(f"must be in a file called {name}.yaml")
    title, doc = section.text("title"), section.text("doc")
    size = section.integer("size", default=0)
    block = Block(
        name=name,
        title=title,
        doc=doc,
        size=size,
        registers=tuple(_register(s, name) for s in section.sections("registers", "register")),
        windows=tuple(_window(s, name) for s in section.sections("windows", "window")),
        enums=tuple(_enum(s, name) for s in section.sections("enums", "enum")),
        structs=tuple(_struct(s, name) for s in section.sections("structs", "struct")),
        constants=tuple(_constant(s, name) for s in section.sections("constants", "constant")),
    )
    section.finish()
    return block


def _register(section: Section, block: str) -> Register:
    name = section.name("name", UPPER)
    offset = section.integer("offset")
    section.refine(f"block {block}, register {name} (offset {offset:#05x})")
    width = section.integer("width", default=32)
    if width not in (8, 16, 32, 64):
        section.problem(f"'width' {width} must be 8, 16, 32 or 64")
        width = 32
    if offset % (width // 8):
        section.problem(f"the offset must be a multiple of {width // 8}")
    count = section.integer("count", default=1, low=1, high=65536)
    stride = section.integer("stride", default=width // 8, low=1)
    if section.has("stride") and not section.has("count"):
        section.problem("'stride' without 'count'")
    if stride < width // 8 or stride % (width // 8):
        section.problem(f"the stride {stride} must be a multiple of {width // 8}")
    access = section.choice("access", ACCESS)
    read_only = access in ("ro", "w1c")
    register = Register(
        name=name,
        offset=offset,
        width=width,
        count=count,
        stride=stride,
        access=access,
        reset=section.integer("reset", default=0, high=(1 << width) - 1),
        doc=section.text("doc"),
        side_effect=section.text("side_effect", required=False),
        unit=section.text("unit", required=False),
        enum=section.name("enum", LOWER, required=False),
        hardware=section.choice("hardware", ("rw", "ro"), default="rw" if read_only else "ro"),
        sync=section.choice("sync", SYNC, default="never"),
        overlaps=section.name("overlaps", UPPER, required=False),
        selected_by=section.text("selected_by", required=False),
        fields=tuple(_field(s, f"block {block}, register {name} (offset {offset:#05x})", access, width)
                     for s in section.sections("fields", "field")),
    )
    section.finish()
    check.check_fields(register, section)
    return register


def _field(section: Section, register: str, register_access: str, width: int) -> Field:
    name = section.name("name", UPPER)
    section.refine(f"{register}, field {name}")
    low, high = _bits(section, width)
    access = section.choice("access", FIELD_ACCESS[register_access], default=register_access)
    field = Field(
        name=name,
        low=low,
        high=high,
        access=access,
        doc=section.text("doc"),
        enum=section.name("enum", LOWER, required=False),
        unit=section.text("unit", required=False),
    )
    section.finish()
    return field


def _bits(section: Section, width: int) -> tuple[int, int]:
    """"7:4" or a single bit as (low, high); (0, 0) after adding a problem."""
    value = section.raw("bits")
    if isinstance(value, int) and not isinstance(value, bool):
        low = high = value
    else:
        try:
            high, low = (int(part) for part in str(value).split(":"))
        except ValueError:
            section.problem(f"'bits' {value!r} must be a bit number or high:low")
            return 0, 0
    if not 0 <= low <= high < width:
        section.problem(f"'bits' {value!r} is not within {width - 1}:0, high before low")
        return 0, 0
    return low, high


def _window(section: Section, block: str) -> Window:
    name = section.name("name", UPPER)
    offset = section.integer("offset")
    section.refine(f"block {block}, window {name} (offset {offset:#05x})")
    window = Window(
        name=name,
        offset=offset,
        size=section.integer("size", low=1),
        access=section.choice("access", ("rw", "ro", "wo")),
        doc=section.text("doc"),
    )
    section.finish()
    if window.offset % 4 or window.size % 4:
        section.problem("offset and size must be multiples of 4")
    return window


def _enum(section: Section, block: str) -> Enum:
    name = section.name("name", LOWER)
    section.refine(f"block {block}, enum {name}")
    gaps_allowed = section.flag("gaps_allowed")
    enum = Enum(
        name=name,
        doc=section.text("doc"),
        values=tuple(_enum_value(s, f"block {block}, enum {name}") for s in section.sections("values", "value")),
    )
    section.finish()
    check.check_enum(enum, section, gaps_allowed)
    return enum


def _enum_value(section: Section, enum: str) -> EnumValue:
    name = section.name("name", UPPER)
    section.refine(f"{enum}, value {name}")
    value = EnumValue(name=name, value=section.integer("value", high=0x7FFFFFFF), doc=section.text("doc"))
    section.finish()
    return value


def _struct(section: Section, block: str) -> Struct:
    name = section.name("name", LOWER)
    section.refine(f"block {block}, struct {name}")
    struct = Struct(
        name=name,
        size=section.integer("size", low=1),
        doc=section.text("doc"),
        fields=tuple(_struct_field(s, f"block {block}, struct {name}") for s in section.sections("fields", "field")),
    )
    section.finish()
    check.check_struct(struct, section)
    return struct


def _struct_field(section: Section, struct: str) -> StructField:
    name = section.name("name", LOWER)
    offset = section.integer("offset")
    section.refine(f"{struct}, field {name} (offset {offset:#04x})")
    if name in RESERVED_WORDS:
        section.problem("is a reserved word of C or C++")
    if name and name.startswith("reserved_"):
        section.problem("names that start with 'reserved_' belong to the generator")
    field = StructField(
        name=name,
        type=section.choice("type", tuple(SCALARS)),
        offset=offset,
        count=section.integer("count", default=1, low=1, high=1 << 20),
        doc=section.text("doc"),
        enum=section.name("enum", LOWER, required=False),
        unit=section.text("unit", required=False),
    )
    section.finish()
    alignment = SCALARS[field.type][1]
    if field.offset % alignment:
        section.problem(f"a {field.type} must be at a multiple of {alignment}")
    return field


def _constant(section: Section, block: str) -> Constant:
    name = section.name("name", UPPER)
    section.refine(f"block {block}, constant {name}")
    constant = Constant(
        name=name,
        value=section.integer("value", low=-(1 << 31), high=(1 << 64) - 1),
        doc=section.text("doc"),
        unit=section.text("unit", required=False),
    )
    section.finish()
    return constant


def _memory_map(section: Section, blocks: dict[str, Block]) -> list[Instance]:
    instances = [_instance(s, blocks) for s in section.sections("instances", "instance")]
    section.finish()
    return instances


def _instance(section: Section, blocks: dict[str, Block]) -> Instance:
    name = section.name("name", LOWER)
    base = section.integer("base")
    section.refine(f"memory map, instance {name} (base {base:#010x})")
    block_name = section.name("block", LOWER, required=False)
    block = blocks.get(block_name)
    if block_name is not None and block is None:
        section.problem(f"there is no block '{block_name}'; known: {', '.join(sorted(blocks))}")
    size = section.integer("size", default=block.footprint if block else None, low=1)
    if block and size < block.footprint:
        section.problem(f"size {size:#x} is smaller than the block's {block.footprint:#x}")
    count = section.integer("count", default=1, low=1, high=65536)
    instance = Instance(
        name=name,
        block=block_name,
        base=base,
        size=size,
        count=count,
        stride=section.integer("stride", default=size if count == 1 else None, low=1),
        irq=section.integer("irq", low=1, high=1023) if section.has("irq") else None,
        doc=section.text("doc", required=block is None) or (block.title if block else ""),
    )
    section.finish()
    if instance.base % 4 or instance.stride % 4:
        section.problem("base and stride must be multiples of 4")
    if instance.stride < instance.size:
        section.problem(f"stride {instance.stride:#x} is smaller than the size {instance.size:#x}")
    if instance.end > 1 << 32:
        section.problem("ends beyond the 32-bit address space")
    return instance
