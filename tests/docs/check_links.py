#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Checks that every relative link in the documentation points to a file that exists.

Usage: check_links.py ROOT

Links are those of Markdown, [text](target), outside fenced code. Anchors and addresses with a scheme are not followed.
"""
import pathlib
import re
import sys

PAGES = ("README.md", "docs/*.md", "firmware/README.md", "firmware/examples/README.md", "traces/README.md")
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)")
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
FENCE = re.compile(r"\s*(```|~~~)")


def links(text):
    """Yields (line number, target) of every link."""
    is_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if FENCE.match(line):
            is_code = not is_code
        elif not is_code:
            for match in LINK.finditer(line):
                yield number, match.group(1)


def broken_links(page):
    """Yields (line number, target) of every relative link of `page` that points nowhere."""
    for number, target in links(page.read_text(encoding="utf-8")):
        path = target.partition("#")[0]
        if path and not SCHEME.match(path) and not (page.parent / path).exists():
            yield number, target


def main(root):
    root = pathlib.Path(root)
    failures = 0
    for pattern in PAGES:
        pages = sorted(root.glob(pattern))
        if not pages:
            print(f"{pattern}: no such page")
            failures += 1
        for page in pages:
            for number, target in broken_links(page):
                print(f"{page.relative_to(root)}:{number}: link to {target}, which does not exist")
                failures += 1
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
