# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
# First on the command line of the linker, so that it lies at the entry point.
  .text
  .globl _start
_start:
  li sp, 0x800f0000
  j run
