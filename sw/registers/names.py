# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""How names of the description become names of C and C++."""

import re

UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
LOWER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

# Words that cannot be a member or namespace in C11 or C++20.
RESERVED_WORDS = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
    default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline
    int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typeid typename union unsigned using virtual void volatile
    wchar_t while xor xor_eq""".split()
)


def camel(name: str) -> str:
    """DMA_BASE_LO, dma_base_lo -> DmaBaseLo. A digit keeps an underscore before it from another digit."""
    parts = name.lower().split("_")
    out = parts[0].capitalize()
    for part in parts[1:]:
        if out[-1].isdigit() and part[0].isdigit():
            out += "_"
        out += part.capitalize()
    return out


def constant(*names: str) -> str:
    """("CTRL", "ENABLE", "mask") -> kCtrlEnableMask."""
    return "k" + "".join(camel(n) for n in names)


def macro(*names: str) -> str:
    """("dru", "CTRL", "mask") -> MHO_DRU_CTRL_MASK."""
    return "_".join(["MHO", *(n.upper() for n in names)])
