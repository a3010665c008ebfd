// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A program whose first trap ends it.
#pragma once

#include <functional>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {

struct FirstTrap {
  std::uint32_t cause, pc, value, status;
  std::uint32_t a0;
  std::uint64_t instructions;  ///< until the end, the handler's included
};

/// Runs `body`, which starts in machine mode with interrupts off, up to its first trap.
inline FirstTrap first_trap(const std::function<void(Assembler&)>& body, soc::CpuOptions options = {}) {
  CpuBench bench(options);
  Assembler code(kRam);
  const auto handler = code.label(), start = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.j(start);
  code.align(4);
  code.bind(handler);
  emit_exit(code);
  code.bind(start);
  body(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit) << bench.stop.text;
  EXPECT_EQ(bench.cpu.counters().exceptions, 1u);
  return {.cause = bench.cpu.csr(csr::mcause).value(),
          .pc = bench.cpu.csr(csr::mepc).value(),
          .value = bench.cpu.csr(csr::mtval).value(),
          .status = bench.cpu.csr(csr::mstatus).value(),
          .a0 = bench.cpu.x(a0),
          .instructions = bench.cpu.counters().instructions};
}

}  // namespace mho::test
