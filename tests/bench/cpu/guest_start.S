# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The mho authors
# First on the command line of the linker, so that it lies at the entry point. a0: repetitions, a1: mode; where a0 is the
# number of the hart, both are above the stack.
  .text
  .globl _start
_start:
  li sp, 0x800f0000
  bnez a0, 1f
  lw a0, 0(sp)
  lw a1, 4(sp)
1:
  j run
