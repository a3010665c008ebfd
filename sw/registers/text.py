# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""What the text outputs have in common."""

import textwrap

from .model import Field, Register

LICENCE = """// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
"""
COLUMNS = 110


def generated_from(source: str) -> str:
    return f"// Generated from models/registers/{source} by sw/registers; changes belong there.\n"


def file_head(source: str, text: str) -> str:
    """Licence, origin and what the header is about."""
    return f"{LICENCE}//\n{generated_from(source)}//\n{comment(text, marker='//')}#pragma once\n\n"


def comment(text: str, prefix: str = "", marker: str = "///") -> str:
    """`text` as a wrapped comment with a final newline."""
    return textwrap.fill(text, COLUMNS, initial_indent=f"{prefix}{marker} ", subsequent_indent=f"{prefix}{marker} ",
                         break_long_words=False) + "\n"


def with_unit(doc: str, unit: str | None) -> str:
    return f"{doc} [{unit}]" if unit else doc


def describe_register(register: Register) -> str:
    """One sentence for a comment: meaning, access, side effect."""
    parts = [with_unit(register.doc, register.unit), f"({register.access})"]
    if register.enum:
        parts.append(f"Values: {register.enum}.")
    if register.side_effect:
        parts.append(f"Side effect: {register.side_effect}")
    return " ".join(parts)


def describe_field(register: Register, field: Field) -> str:
    parts = [with_unit(field.doc, field.unit)]
    if field.access != register.access:
        parts.append(f"({field.access})")
    if field.enum:
        parts.append(f"Values: {field.enum}.")
    return " ".join(parts)


def bits(field: Field) -> str:
    return str(field.low) if field.width == 1 else f"{field.high}:{field.low}"
