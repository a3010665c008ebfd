# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Typed access to a YAML file that remembers lines, collects every problem and knows which keys were used.

PyYAML alone keeps the last of two equal keys, forgets lines, reads 7:4 as the sexagesimal 424 and ON as true.
"""

from __future__ import annotations

import difflib
import pathlib
import re

import yaml


class DescriptionError(Exception):
    """The description is wrong; the text has one line per problem."""


class Problems:
    """Collects problems, so that one run shows all of them."""

    def __init__(self):
        self.lines: list[str] = []

    def add(self, where: str, text: str):
        self.lines.append(f"{where}: {text}")

    def raise_if_any(self):
        if self.lines:
            raise DescriptionError("\n".join(self.lines))


class Mapping(dict):
    """A YAML mapping with the line it starts on (1-based)."""

    line = 0


class _Loader(yaml.SafeLoader):
    """Plain scalars are true, false, decimal or hexadecimal integers, or text."""

    yaml_implicit_resolvers: dict = {}


_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(true|false)\Z"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*|0x[0-9a-fA-F]+)\Z"),
                              list("-+0123456789"))


def _construct_mapping(loader, node):
    mapping = Mapping()
    mapping.line = node.start_mark.line + 1
    yield mapping
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} is not text", key_node.start_mark)
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"key '{key}' appears twice", key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def read_yaml(path: pathlib.Path, problems: Problems) -> Mapping | None:
    """The top-level mapping of a file, or None after adding the problem."""
    try:
        with open(path, encoding="utf-8") as stream:
            data = yaml.load(stream, _Loader)
    except OSError as error:
        problems.add(path.name, f"cannot be read: {error.strerror}")
        return None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problems.add(f"{path.name}:{line}", f"{error.problem}")
        return None
    if not isinstance(data, Mapping):
        problems.add(path.name, "must be a mapping with the keys of a description")
        return None
    return data


class Section:
    """One mapping of the file. Getters add a problem and return a harmless value when something is wrong.

    `what` names it in messages ("register CTRL (offset 0x000)"); refine() replaces it once more is known.
    """

    def __init__(self, data: Mapping, file: str, what: str, problems: Problems):
        self.data = data
        self.file = file
        self.what = what
        self.problems = problems
        self.used: set[str] = set()

    @property
    def where(self) -> str:
        return f"{self.file}:{self.data.line}: {self.what}"

    def refine(self, what: str):
        self.what = what

    def problem(self, text: str):
        self.problems.add(self.where, text)

    def has(self, key: str) -> bool:
        return key in self.data

    def _get(self, key: str, required: bool):
        self.used.add(key)
        if key not in self.data:
            if required:
                self.problem(f"key '{key}' is missing")
            return None
        return self.data[key]

    def text(self, key: str, required: bool = True) -> str | None:
        value = self._get(key, required)
        if value is None and not self.has(key):
            return "" if required else None
        if not isinstance(value, str) or not value.strip():
            self.problem(f"'{key}' must be text, not {value!r}")
            return ""
        return " ".join(value.split())

    def name(self, key: str, pattern, required: bool = True) -> str | None:
        value = self.text(key, required)
        if value and not pattern.fullmatch(value):
            case = "UPPER_CASE" if pattern.pattern.startswith("[A-Z]") else "lower_case"
            self.problem(f"'{key}' {value!r} must be an {case} name")
        return value

    def integer(self, key: str, default: int | None = None, low: int = 0, high: int = 0xFFFFFFFF) -> int:
        """An integer in low … high; required when `default` is None."""
        value = self._get(key, default is None)
        if not self.has(key):
            return low if default is None else default
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(f"'{key}' must be an integer, not {value!r}")
            return low
        if not low <= value <= high:
            self.problem(f"'{key}' {value:#x} is not in {low:#x} … {high:#x}")
            return low
        return value

    def choice(self, key: str, options: tuple[str, ...], default: str | None = None) -> str:
        """One of `options`; required when `default` is None."""
        value = self._get(key, default is None)
        if not self.has(key):
            return options[0] if default is None else default
        if value not in options:
            self.problem(f"'{key}' is {value!r}; it must be one of {', '.join(options)}")
            return options[0]
        return value

    def flag(self, key: str) -> bool:
        """true or false; false when absent."""
        value = self._get(key, required=False)
        if self.has(key) and not isinstance(value, bool):
            self.problem(f"'{key}' must be true or false, not {value!r}")
        return value is True

    def sections(self, key: str, what: str) -> list["Section"]:
        """The list of mappings under `key`, empty when absent."""
        value = self._get(key, required=False)
        if value is None and not self.has(key):
            return []
        if not isinstance(value, list):
            self.problem(f"'{key}' must be a list")
            return []
        found = []
        for index, item in enumerate(value):
            if isinstance(item, Mapping):
                found.append(Section(item, self.file, f"{self.what}, {what} {index}", self.problems))
            else:
                self.problem(f"{what} {index} in '{key}' must be a mapping, not {item!r}")
        return found

    def raw(self, key: str):
        return self._get(key, required=True)

    def finish(self):
        """Every key must have been asked for."""
        for key in self.data:
            if key in self.used:
                continue
            nearest = difflib.get_close_matches(key, sorted(self.used), n=1)
            hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
            self.problem(f"unknown key '{key}'{hint}")
