# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""A CMSIS-SVD 1.3 file of the whole chip, for debuggers.

Arrays of instances are arrays of peripherals (dim), since written out they would be ten thousand; a chip with
fewer macros than the map has room for answers the rest with bus errors.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from .model import Block, Description, Enum, Instance, Register
from .text import sentence, with_unit

_ACCESS = {"rw": "read-write", "ro": "read-only", "wo": "write-only", "w1c": "read-write"}


def svd(description: Description) -> str:
    """The whole mho.svd. Instances without a block have no registers and appear with their address block only."""
    device = ET.Element("device", {
        "schemaVersion": "1.3",
        "xmlns:xs": "http://www.w3.org/2001/XMLSchema-instance",
        "xs:noNamespaceSchemaLocation": "CMSIS-SVD.xsd",
    })
    _texts(device, name="mho", version="1.0", description="SoC with an analogue matrix computer",
           addressUnitBits="8", width="32", size="32", access="read-write", resetValue="0x0", resetMask="0xffffffff")
    peripherals = ET.SubElement(device, "peripherals")
    blocks = {block.name: block for block in description.blocks}
    first_of: dict[str, str] = {}
    for instance in description.instances:
        _peripheral(peripherals, instance, blocks.get(instance.block), first_of, description)
    ET.indent(device)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(device, encoding="unicode") + "\n"


def _texts(parent: ET.Element, **items: str):
    for tag, text in items.items():
        ET.SubElement(parent, tag).text = text


def _peripheral(parent, instance: Instance, block: Block | None, first_of: dict[str, str], description: Description):
    """Appends one instance; a second one of the same block refers to the first."""
    original = first_of.get(instance.block) if block else None
    peripheral = ET.SubElement(parent, "peripheral", {"derivedFrom": original} if original else {})
    name = instance.name.upper()
    if instance.count > 1:
        name += "[%s]"
        _texts(peripheral, dim=str(instance.count), dimIncrement=f"{instance.stride:#x}")
    _texts(peripheral, name=name, description=instance.doc, baseAddress=f"{instance.base:#x}")
    if not original:
        size = block.size if block else instance.size
        if size:
            _address_block(peripheral, 0, size, "registers")
        for window in block.windows if block else ():
            _address_block(peripheral, window.offset, window.size, "buffer")
    if instance.irq is not None:
        interrupt = ET.SubElement(peripheral, "interrupt")
        _texts(interrupt, name=instance.name.upper(), value=str(instance.irq))
    if block and block.registers and not original:
        first_of[block.name] = name
        registers = ET.SubElement(peripheral, "registers")
        for register in block.registers:
            _register(registers, register, description)


def _address_block(peripheral: ET.Element, offset: int, size: int, usage: str):
    element = ET.SubElement(peripheral, "addressBlock")
    _texts(element, offset=f"{offset:#x}", size=f"{size:#x}", usage=usage)


def _register(parent: ET.Element, register: Register, description: Description):
    element = ET.SubElement(parent, "register")
    name = register.name
    if register.count > 1:
        _texts(element, dim=str(register.count), dimIncrement=f"{register.stride:#x}")
        name += "[%s]"
    text = with_unit(register.doc, register.unit)
    if register.side_effect:
        text = sentence(text) + f" Side effect: {register.side_effect}"
    _texts(element, name=name, description=text)
    if register.overlaps:
        _texts(element, alternateRegister=register.overlaps)
    _texts(element, addressOffset=f"{register.offset:#x}", size=str(register.width), access=_ACCESS[register.access],
           resetValue=f"{register.reset:#x}", resetMask=f"{register.full_mask:#x}")
    if register.access == "w1c" and not register.fields:
        _texts(element, modifiedWriteValues="oneToClear")
    if not register.fields:
        return
    fields = ET.SubElement(element, "fields")
    for field in register.fields:
        item = ET.SubElement(fields, "field")
        _texts(item, name=field.name, description=with_unit(field.doc, field.unit), bitOffset=str(field.low),
               bitWidth=str(field.width), access=_ACCESS[field.access])
        if field.access == "w1c":
            _texts(item, modifiedWriteValues="oneToClear")
        if field.enum:
            _enumerated(item, description.enum(field.enum))


def _enumerated(field: ET.Element, enum: Enum):
    values = ET.SubElement(field, "enumeratedValues")
    _texts(values, name=enum.name)
    for value in enum.values:
        element = ET.SubElement(values, "enumeratedValue")
        _texts(element, name=value.name, description=value.doc, value=str(value.value))
