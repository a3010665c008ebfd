// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// From reset to mho_boot() in boot.c: registers, trap vector, zeroed memory. Interrupts stay off.
// Only hart 0 runs; others wait for ever. The image is already in place (see mho.ld), so .data is not copied.

  .cfi_sections .debug_frame
  .section .text.start, "ax", @progbits
  .global _start
  .type _start, @function
_start:
  .cfi_startproc
  .cfi_undefined ra  // nobody called: backtraces end here
  csrw mie, zero
  csrci mstatus, 8
  bnez a0, .Lother_hart

  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  la sp, __stack_top
  la tp, __tls_base

  // mscratch holds the top of the trap stack while no trap is being handled.
  la t0, mho_trap_stack_top
  csrw mscratch, t0
  la t0, mho_trap_entry
  csrw mtvec, t0

  // a0 and a1 are arguments of mho_boot; the loop leaves them alone. Both bounds are multiples of 4.
  la t0, __bss_start
  la t1, __bss_end
  bgeu t0, t1, .Lcleared
.Lclear:
  sw zero, 0(t0)
  addi t0, t0, 4
  bltu t0, t1, .Lclear
.Lcleared:
  call mho_boot
  // mho_boot does not return.

.Lother_hart:
  wfi
  j .Lother_hart
  .cfi_endproc
  .size _start, . - _start
