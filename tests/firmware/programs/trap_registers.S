// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// uint32_t registers_changed_by_trap(void): see traps.c.

  .macro each_tested op
  .irp n, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  \op \n
  .endr
  .endm
  .macro fill n
  li x\n, 0x11110000 + \n
  .endm
  // ra counts; x5 … x31 are all under test.
  .macro compare n
  li sp, 0x11110000 + \n
  beq x\n, sp, .Lsame\@
  addi ra, ra, 1
.Lsame\@:
  .endm

  .text
  .global registers_changed_by_trap
  .type registers_changed_by_trap, @function
registers_changed_by_trap:
  addi sp, sp, -112
  .irp n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
  sw x\n, (\n * 4)(sp)
  .endr
  sw ra, 0(sp)
  la t0, saved_sp
  sw sp, 0(t0)
  each_tested fill
  .option push
  .option norvc
  ecall
  .option pop
  li ra, 0
  each_tested compare
  mv a0, ra
  la t0, saved_sp
  lw sp, 0(t0)
  .irp n, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
  lw x\n, (\n * 4)(sp)
  .endr
  lw ra, 0(sp)
  addi sp, sp, 112
  ret

  .bss
  .align 2
saved_sp:
  .space 4
