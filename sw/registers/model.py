# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""The checked description of blocks and memory map, as the generators see it. All offsets and sizes are bytes."""

from __future__ import annotations

from dataclasses import dataclass

# Scalar types of shared structures: C name and size, which is also the alignment.
SCALARS = {
    "u8": ("uint8_t", 1),
    "i8": ("int8_t", 1),
    "u16": ("uint16_t", 2),
    "i16": ("int16_t", 2),
    "u32": ("uint32_t", 4),
    "i32": ("int32_t", 4),
    "u64": ("uint64_t", 8),
    "i64": ("int64_t", 8),
    "f64": ("double", 8),
}


@dataclass(frozen=True)
class Field:
    """A bit field of a register."""

    name: str
    low: int
    high: int
    access: str  # ro, rw, wo, w1c
    doc: str
    enum: str | None
    unit: str | None

    @property
    def width(self) -> int:
        return self.high - self.low + 1

    @property
    def mask(self) -> int:
        return ((1 << self.width) - 1) << self.low


@dataclass(frozen=True)
class Register:
    """A register, or `count` equal ones `stride` bytes apart. Without fields the whole width is one value."""

    name: str
    offset: int
    width: int  # bits
    count: int
    stride: int
    access: str  # ro, rw, wo, w1c; also what a field does that says nothing else
    reset: int
    doc: str
    side_effect: str | None
    unit: str | None
    enum: str | None
    hardware: str  # rw: the block changes it; ro: only software does
    sync: str  # read, write, both, never: accesses at which simulated time must be exact
    overlaps: str | None  # the register that shares this offset on purpose
    selected_by: str | None  # REGISTER.FIELD of the block: reached only while it is not 0, what it overlaps while it is
    fields: tuple[Field, ...]

    @property
    def size(self) -> int:
        return self.width // 8

    @property
    def end(self) -> int:
        return self.offset + (self.count - 1) * self.stride + self.size

    @property
    def full_mask(self) -> int:
        return (1 << self.width) - 1

    def mask_of(self, *kinds: str) -> int:
        """The bits whose access is one of `kinds`."""
        if not self.fields:
            return self.full_mask if self.access in kinds else 0
        mask = 0
        for field in self.fields:
            if field.access in kinds:
                mask |= field.mask
        return mask

    @property
    def read_mask(self) -> int:
        return self.mask_of("ro", "rw", "w1c")

    @property
    def write_mask(self) -> int:
        return self.mask_of("rw", "wo")

    @property
    def w1c_mask(self) -> int:
        return self.mask_of("w1c")


@dataclass(frozen=True)
class Window:
    """A data memory inside a block."""

    name: str
    offset: int
    size: int
    access: str
    doc: str


@dataclass(frozen=True)
class EnumValue:
    name: str
    value: int
    doc: str


@dataclass(frozen=True)
class Enum:
    name: str
    doc: str
    values: tuple[EnumValue, ...]


@dataclass(frozen=True)
class StructField:
    name: str
    type: str  # a key of SCALARS
    offset: int
    count: int
    doc: str
    enum: str | None
    unit: str | None

    @property
    def size(self) -> int:
        return SCALARS[self.type][1] * self.count


@dataclass(frozen=True)
class Struct:
    """The layout of a record in memory that firmware and models share. Bytes without a field are reserved."""

    name: str
    size: int
    doc: str
    fields: tuple[StructField, ...]

    def members(self):
        """(field, offset, size) in order of offset; field is None for reserved bytes."""
        at = 0
        for field in sorted(self.fields, key=lambda f: f.offset):
            if field.offset > at:
                yield None, at, field.offset - at
            yield field, field.offset, field.size
            at = field.offset + field.size
        if at < self.size:
            yield None, at, self.size - at


@dataclass(frozen=True)
class Constant:
    name: str
    value: int
    doc: str
    unit: str | None


@dataclass(frozen=True)
class Block:
    name: str
    title: str
    doc: str
    size: int
    registers: tuple[Register, ...]
    windows: tuple[Window, ...]
    enums: tuple[Enum, ...]
    structs: tuple[Struct, ...]
    constants: tuple[Constant, ...]

    @property
    def footprint(self) -> int:
        """Bytes of address space of one instance, windows included."""
        return max([self.size] + [w.offset + w.size for w in self.windows])

    def field(self, path: str) -> tuple[Register, Field] | None:
        """REGISTER.FIELD."""
        for register in self.registers:
            for field in register.fields:
                if path == f"{register.name}.{field.name}":
                    return register, field
        return None


@dataclass(frozen=True)
class Instance:
    """`count` instances of a block, or a standard device of which only the place is described."""

    name: str
    block: str | None
    base: int
    size: int
    count: int
    stride: int
    irq: int | None
    doc: str

    @property
    def end(self) -> int:
        return self.base + (self.count - 1) * self.stride + self.size


@dataclass(frozen=True)
class Description:
    """Everything: blocks in order of name, instances in order of address."""

    blocks: tuple[Block, ...]
    instances: tuple[Instance, ...]

    def enum(self, name: str) -> Enum:
        return next(e for b in self.blocks for e in b.enums if e.name == name)
