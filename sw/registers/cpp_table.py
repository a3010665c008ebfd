# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""What constexpr tables of descriptions look like in C++."""

from __future__ import annotations

from collections.abc import Iterable

_ACCESS = {"rw": "kReadWrite", "ro": "kReadOnly", "wo": "kWriteOnly", "w1c": "kWriteOneToClear"}


def access(name: str) -> str:
    """The enumerator of registers::Access: "rw" -> "Access::kReadWrite"."""
    return f"Access::{_ACCESS[name]}"


def array(kind: str, name: str, rows: Iterable[str]) -> str:
    """The definition of a std::array of `kind`; each row holds the initialisers of an element, without braces."""
    elements = list(rows)
    lines = [f"inline constexpr std::array<{kind}, {len(elements)}> {name}{{{{\n"]
    lines.extend(f"    {{{row}}},\n" for row in elements)
    return "".join(lines) + "}};\n"
