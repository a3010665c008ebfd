// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a RISC-V core costs and how it is simulated. CpuParams changes results; CpuOptions never does, except
// for the limits and semihosting.
// Not here: caches and pipelines. An instruction has a fixed cost per class, memory accesses included.
#pragma once

#include <atomic>
#include <cstdint>

namespace mho::soc {

/// Cycles of each class of instructions, 1 … 10 000 each. Our assumption: a small single-issue in-order core
/// whose fetches and data accesses hit fast memory.
struct CycleCosts {
  std::uint32_t alu = 1;
  std::uint32_t mul = 2;
  std::uint32_t div = 20;
  std::uint32_t load = 2;
  std::uint32_t store = 1;
  std::uint32_t branch = 1;       ///< not taken
  std::uint32_t taken_extra = 1;  ///< on top of `branch` when taken; may be 0
  std::uint32_t jump = 2;
  std::uint32_t csr = 2;
  std::uint32_t atomic = 4;
  std::uint32_t system = 2;  ///< fence, fence.i, wfi, mret, a semihosting call
  std::uint32_t fpu = 3;     ///< floating point but division, square root, loads and stores
  std::uint32_t fdiv = 20;   ///< floating point division and square root
  std::uint32_t trap = 4;    ///< entry into a handler, by exception or interrupt
};

/// Energy of each class of instructions in femtojoules, at 40 nm. Our assumption, composed from
/// components.md: fetch of 32 bits from a 32 KB SRAM 8.7 pJ (Horowitz, 45 nm, scaled by 0.87), three register
/// ports 0.9 pJ (Aladdin, 9 fJ/bit), control 3.4 pJ (assumed), plus the operation: add32 0.21 pJ, mul32 12.7
/// pJ (Aladdin), a data access 8.7 pJ, a division 20 steps of add and register, a floating point multiply-add
/// 4.0 pJ (Horowitz, 0.9 pJ + 3.7 pJ at 45 nm, scaled).
struct EnergyCosts {
  std::uint32_t alu_fj = 13'200;
  std::uint32_t mul_fj = 25'700;
  std::uint32_t div_fj = 35'200;
  std::uint32_t load_fj = 21'900;
  std::uint32_t store_fj = 21'900;
  std::uint32_t branch_fj = 13'200;
  std::uint32_t jump_fj = 13'200;
  std::uint32_t csr_fj = 13'200;
  std::uint32_t atomic_fj = 30'600;
  std::uint32_t system_fj = 13'200;
  std::uint32_t fpu_fj = 17'000;
  std::uint32_t fdiv_fj = 35'200;
  std::uint32_t trap_fj = 26'400;
};

struct CpuParams {
  /// Clock, 1e3 … 1e12 Hz. The period is rounded to whole picoseconds; Cpu::period_ps() tells it.
  std::uint64_t clock_hz = 1'000'000'000;
  CycleCosts cycles = {};
  EnergyCosts energy = {};
  /// Leakage and clock tree, drawn whatever the core does. Our assumption for a core of some 50 k gates with
  /// 64 KB of SRAM at 40 nm.
  std::int64_t static_power_microwatts = 2'000;
  /// mhartid.
  std::uint32_t hart_id = 0;
};

/// Memory of the CPU: cached, side-effect free, executable. Everything else is a device.
struct MemoryRange {
  std::uint32_t base = 0;
  std::uint64_t size = 0;  ///< bytes, base + size <= 2^32
};

/// Enough to spare code that runs once, few enough to gain by it soon.
inline constexpr std::uint32_t kNativeAfterDefault = 64;

struct CpuOptions {
  /// At most this much local time between two synchronisations with the kernel, > 0. The CPU synchronises
  /// earlier whenever an event is due.
  std::uint64_t quantum_ps = 10'000'000;
  /// Ask targets for direct pointers into the memory ranges.
  bool use_dmi = true;
  /// Keep decoded code.
  bool use_block_cache = true;
  /// Entries after which a block of decoded code gets host code, on hosts that have it; 0: never.
  std::uint32_t native_after = kNativeAfterDefault;
  /// Recognise semihosting calls. Off: ebreak always traps.
  bool semihosting = false;
  /// Stop after exactly so many retired instructions; 0: never.
  std::uint64_t max_instructions = 0;
  /// Stop at the first instruction boundary at or after this simulated time; 0: never.
  std::uint64_t max_time_ps = 0;
  /// The number of a signal that the host has received, 0: none yet; ends the run. Looked at between quanta
  /// and in sleep, so a handler of signals may set it. Outlives the CPU; null: nobody sets it.
  const std::atomic<int>* signal = nullptr;
};

}  // namespace mho::soc
