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


def sentence(text: str) -> str:
    """`text` with a capital first letter and a full stop; symbols such as x_j stay as they are."""
    first_word = text.split(" ", 1)[0]
    if first_word.isalpha() and first_word.islower():
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?:" else text + "."


def with_values(doc: str, enum: str | None) -> str:
    return f"{doc}; values: {enum}" if enum else doc


def describe_register(register: Register) -> str:
    """A comment: meaning, access, side effect."""
    text = f"{with_values(with_unit(register.doc, register.unit), register.enum)} ({register.access})"
    return f"{text}. Side effect: {register.side_effect}" if register.side_effect else text


def describe_field(register: Register, field: Field) -> str:
    text = with_values(with_unit(field.doc, field.unit), field.enum)
    return text if field.access == register.access else f"{text} ({field.access})"


def bits(field: Field) -> str:
    return str(field.low) if field.width == 1 else f"{field.high}:{field.low}"
