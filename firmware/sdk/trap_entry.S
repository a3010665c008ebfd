// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Entry of every trap: saves all registers as mho_trap_frame_t (trap.h) on the trap stack, calls
// mho_trap_handle(frame) and returns with what the frame then holds.
// The call frame information lets a debugger go on into the interrupted code. Where that goes on is not in ra, so it has
// a column of its own, 64, which the psABI sets aside for signal frames.
// The trap stack is a separate one, so that a broken stack pointer still gives a readable report. While a trap is
// handled mscratch is 0; a trap in a handler is thereby recognised and ends the program.

  .equ FRAME_BYTES, 144

  .macro for_each_register op
  \op x1, 4(sp)
  \op x3, 12(sp)
  \op x4, 16(sp)
  \op x5, 20(sp)
  \op x6, 24(sp)
  \op x7, 28(sp)
  \op x8, 32(sp)
  \op x9, 36(sp)
  \op x10, 40(sp)
  \op x11, 44(sp)
  \op x12, 48(sp)
  \op x13, 52(sp)
  \op x14, 56(sp)
  \op x15, 60(sp)
  \op x16, 64(sp)
  \op x17, 68(sp)
  \op x18, 72(sp)
  \op x19, 76(sp)
  \op x20, 80(sp)
  \op x21, 84(sp)
  \op x22, 88(sp)
  \op x23, 92(sp)
  \op x24, 96(sp)
  \op x25, 100(sp)
  \op x26, 104(sp)
  \op x27, 108(sp)
  \op x28, 112(sp)
  \op x29, 116(sp)
  \op x30, 120(sp)
  \op x31, 124(sp)
  .endm

  // All registers are in the frame at sp.
  .macro registers_are_saved
  .irp number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, \
      26, 27, 28, 29, 30, 31
  .cfi_offset \number, 4 * \number
  .endr
  .endm

  .cfi_sections .debug_frame
  .section .text.mho_trap_entry, "ax", @progbits
  .global mho_trap_entry
  .type mho_trap_entry, @function
  .align 2
mho_trap_entry:
  .cfi_startproc
  .cfi_signal_frame
  .cfi_return_column 64
  .cfi_def_cfa sp, 0
  .cfi_register 64, mepc
  .cfi_remember_state
  csrrw sp, mscratch, sp
  .cfi_register sp, mscratch
  beqz sp, .Ltrap_in_handler
  addi sp, sp, -FRAME_BYTES
  for_each_register sw
  csrrw t0, mscratch, zero
  .cfi_register sp, t0
  sw t0, 8(sp)
  registers_are_saved
  csrr t0, mepc
  sw t0, 128(sp)
  .cfi_offset 64, 128
  csrr t0, mcause
  sw t0, 132(sp)
  csrr t0, mtval
  sw t0, 136(sp)
  csrr t0, mstatus
  sw t0, 140(sp)

  // The interrupted code may have changed gp.
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  mv a0, sp
  call mho_trap_handle

  lw t0, 128(sp)
  csrw mepc, t0
  lw t0, 140(sp)
  csrw mstatus, t0
  addi t0, sp, FRAME_BYTES
  csrw mscratch, t0
  for_each_register lw
  lw sp, 8(sp)
  .cfi_restore_state
  .cfi_remember_state
  mret

.Ltrap_in_handler:
  .cfi_restore_state
  .cfi_register sp, mscratch
  // The stack of the first trap is where it was: its handler's stack pointer is now in mscratch.
  csrr sp, mscratch
  .cfi_restore sp
  csrw mscratch, zero
  andi sp, sp, -16
  addi sp, sp, -16
  .cfi_def_cfa_offset 16
  sw ra, 12(sp)  // for a debugger
  .cfi_offset ra, -4
  csrr a0, mcause
  csrr a1, mepc
  csrr a2, mtval
  call mho_trap_in_handler
  // Not reached; the return address has to lie in this function.
  unimp
  .cfi_endproc
  .size mho_trap_entry, . - mho_trap_entry

  .section .noinit.mho_trap_stack, "aw", @nobits
  .align 4
mho_trap_stack:
  .space 16384
  .global mho_trap_stack_top
mho_trap_stack_top:
