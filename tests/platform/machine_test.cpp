// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/machine.hpp"

#include <gtest/gtest.h>

#include "models/base/error.hpp"
#include "registers/dma.hpp"
#include "tests/models/soc/soc_bench.hpp"
#include "tests/platform/guest.hpp"

namespace mho::platform {
namespace {

using namespace mho::test;

TEST(Machine, RefusesWrongParameters) {
  std::ostringstream console;
  MachineParams params;
  params.bus.width_bytes = 0;
  EXPECT_THROW(Machine(params, {}, {.console = console}), InputError);
  EXPECT_THROW(Machine({}, {.quantum_ps = 0}, {.console = console}), InputError);
}

TEST(Machine, RefusesProgramsOutsideTheRam) {
  ElfBuilder elf;
  elf.entry = 0x1000;
  elf.segments = {{.address = 0x1000, .data = {1, 2, 3, 4}, .memory_bytes = 4}};
  EXPECT_THROW(run_guest(elf.build()), InputError);
  Guest guest;
  guest.finish_with(0);
  EXPECT_THROW(run_guest(guest.elf({{"tohost", 0x1000}})), InputError);
}

TEST(Machine, HartNumberAndArgumentAreInA0AndA1) {
  Guest guest;
  guest.add(a2, a0, a1);
  guest.finish_with(a2);
  std::ostringstream console;
  Machine machine({}, {}, {.console = console});
  machine.load(soc::parse_elf(guest.elf(), "guest.elf"), 77);
  EXPECT_EQ(machine.run().exit_code, 77u);
}

TEST(Machine, CyclesTimesPeriodIsTheSimulatedTime) {
  MachineParams params;
  params.cpu.clock_hz = 500'000'000;
  Guest guest;
  guest.print("abc");
  guest.finish_with(0);
  const RunResult result = run_guest(guest.elf(), {}, params).result;
  EXPECT_EQ(result.cpu_cycles * 2'000, result.simulated_time_ps);
  EXPECT_GT(result.cpu_instructions, 10u);
}

TEST(Machine, UnmappedAddressesAndBadRegisterAccessesAreAccessFaults) {
  struct Case {
    std::uint32_t address, cause;
    bool is_store, is_byte;
  };
  for (const Case& c : {Case{0x2000'0000, 5, false, false}, Case{0x2000'0000, 7, true, false},
                        Case{0x0200'0008, 5, false, false}, Case{0x0010'0000, 7, true, true},
                        Case{soc::kRamBase + soc::kRamBytesDefault, 5, false, false}}) {
    Guest guest;
    const auto handler = guest.label(), wrong = guest.label();
    guest.la(t0, handler);
    guest.csrw(csr::mtvec, t0);
    guest.li(a0, c.address);
    if (c.is_byte) {
      guest.sb(zero, a0, 0);
    } else if (c.is_store) {
      guest.sw(zero, a0, 0);
    } else {
      guest.lw(a1, a0, 0);
    }
    guest.bind(wrong);
    guest.finish_with(1000);
    guest.align(4);
    guest.bind(handler);
    guest.csrr(a2, csr::mtval);
    guest.bne(a2, a0, wrong);
    guest.csrr(a2, csr::mcause);
    guest.finish_with(a2);
    EXPECT_EQ(run_guest(guest.elf()).result.exit_code, c.cause) << std::hex << c.address;
  }
}

TEST(Machine, TimerInterruptWakesAtTheExactTime) {
  constexpr std::uint32_t kMachineTimer = 1u << 7;
  Guest guest;
  guest.store(map::kClintBase + 0x4004, 0);
  guest.store(map::kClintBase + 0x4000, 7);
  guest.li(t0, kMachineTimer);
  guest.csrw(csr::mie, t0);
  guest.wfi();
  guest.csrr(a0, csr::mcycle);
  guest.finish_with(a0);
  const RunResult result = run_guest(guest.elf()).result;
  // mtime 7 is 700 ns, 700 cycles of the default clock; csrr comes right after.
  EXPECT_EQ(result.exit_code, 700u);
}

TEST(Machine, DmaOverExecutedCodeIsExecutedNext) {
  namespace dma = registers::dma;
  Guest guest;
  const auto patch = guest.label(), code = guest.label(), start = guest.label();
  guest.j(start);
  guest.skip_to(soc::kRamBase + 0x40);
  guest.bind(code);
  guest.addi(a0, a0, 1);
  guest.ret();
  guest.skip_to(soc::kRamBase + 0x80);
  guest.bind(patch);
  guest.addi(a0, a0, 100);
  guest.ret();
  guest.skip_to(soc::kRamBase + 0xc0);
  guest.bind(start);
  guest.jal(ra, code);
  guest.jal(ra, code);
  guest.store(map::kDmaBase + dma::kSourceOffset, soc::kRamBase + 0x80);
  guest.store(map::kDmaBase + dma::kDestinationOffset, soc::kRamBase + 0x40);
  guest.store(map::kDmaBase + dma::kBytesOffset, 8);
  guest.store(map::kDmaBase + dma::kCtrlOffset, 1);
  const auto until_idle = guest.here_label();
  guest.load(a1, map::kDmaBase + dma::kStatusOffset);
  guest.andi(a1, a1, 1);
  guest.bne(a1, zero, until_idle);
  guest.fence_i();
  guest.jal(ra, code);
  guest.finish_with(a0);
  EXPECT_EQ(run_guest(guest.elf()).result.exit_code, 102u);
}

}  // namespace
}  // namespace mho::platform
