#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
"""Tests of check_links.py."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
import check_links  # noqa: E402


class BrokenLinks(unittest.TestCase):
    def broken(self, text):
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder, "page.md")
            page.write_text(text, encoding="utf-8")
            return list(check_links.broken_links(page))

    def test_names_line_and_target(self):
        self.assertEqual(self.broken("a\n[x](gone.md#part) ![y](no.svg)\n"), [(2, "gone.md#part"), (2, "no.svg")])

    def test_accepts_files_anchors_and_addresses(self):
        self.assertEqual(self.broken("[a](page.md) [b](page.md#x) [c](#y) [d](https://example.org/z)"), [])

    def test_leaves_code_alone(self):
        self.assertEqual(self.broken("```\n[x](gone.md)\n```\n"), [])


if __name__ == "__main__":
    unittest.main()
