// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// User mode, and memory that is protected in windows. The last entry opens everything; those before it cover
// parts of the data and of the island only, so that the program itself always goes on.
#include "tests/isa/random_generator.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kLock = 0x80, kRead = 1, kExecute = 4, kAll = 7;
constexpr std::uint32_t kTor = 1 << 3, kNa4 = 2 << 3, kNapot = 3 << 3;

}  // namespace

void Generator::protection_set_up() {
  code_.li(t0, 0xffff'ffff);
  code_.csrw(csr::pmpaddr0 + 15, t0);
  code_.li(t0, (kNapot | kAll) << 24);
  code_.csrw(csr::pmpcfg0 + 3, t0);
  code_.li(t0, value());
}

/// Writes the address of an entry; returns its configuration.
std::uint32_t Generator::protection_entry(unsigned index) {
  constexpr std::array<std::uint32_t, 6> kPermissions{0, kRead, 3, kExecute, kRead | kExecute, kAll};
  const std::uint32_t at = ((chance(70) ? kData : kIsland) + 4 * below(0x400)) >> 2;
  const std::uint32_t lock = chance(5) ? kLock : 0;
  const std::uint32_t permissions = kPermissions[below(kPermissions.size())];
  const Reg reg = target_not_zero();
  std::uint32_t address = at, configuration = 0;
  switch (below(4)) {
    case 0:
      configuration = kNa4 | permissions | lock;
      break;
    case 1: {
      const std::uint32_t ones = (1u << below(8)) - 1;
      address = (at & ~(2 * ones + 1)) | ones;
      configuration = kNapot | permissions | lock;
      break;
    }
    case 2:
      // The lower end, if this is not the first, is whatever address the entry before has: it must not reach
      // the code.
      if (index > 0) configuration = kTor | permissions | lock;
      break;
    default:
      break;
  }
  code_.li(reg, address);
  code_.csrw(csr::pmpaddr0 + index, reg);
  return configuration;
}

/// Gives the first four entries new addresses and permissions. In user mode all of this traps.
void Generator::protection_change() {
  std::uint32_t configuration = 0;
  for (unsigned i = 0; i < 4; ++i) configuration |= protection_entry(i) << 8 * i;
  const Reg reg = target_not_zero();
  code_.li(reg, configuration);
  code_.csrrw(target(), csr::pmpcfg0, reg);
  code_.csrr(target(), csr::pmpaddr0 + below(4));
  code_.csrr(target(), csr::pmpcfg0);
}

/// Calls one of the returns on the island, or meets a fetch fault.
void Generator::call_island() {
  const auto resume = code_.label();
  const Reg reg = target_not_zero();
  code_.la(reg, resume);
  code_.sw(reg, tp, kResumeSlot);
  code_.li(reg, kIsland + 4 * below(0x400));
  code_.jalr(ra, reg, 0);
  code_.bind(resume);
}

void Generator::counter_access() {
  constexpr std::array<std::uint32_t, 4> kCounters{csr::cycle, csr::instret, csr::cycleh, csr::instreth};
  if (chance(40)) {
    code_.csrrwi(target(), csr::mcounteren, below(8));
  } else {
    code_.csrrs(zero, kCounters[below(kCounters.size())], zero);
  }
}

/// Accesses memory in machine mode with the permissions of user mode. mret to user mode would end that, too,
/// but not in qemu 7.2, which leaves MPRV as it is. That the core clears it is in pmp_test.
void Generator::lend_permissions(Reg reg) {
  code_.li(reg, 3u << 11);
  code_.csrrc(zero, csr::mstatus, reg);
  code_.li(reg, 1u << 17);
  code_.csrrs(zero, csr::mstatus, reg);
  memory();
  code_.li(reg, 1u << 17);
  code_.csrrc(zero, csr::mstatus, reg);
}

/// A few items in user mode, entered at times with an interrupt pending, and a call back.
void Generator::user_section() {
  const auto start = code_.label();
  const bool is_interrupted = chance(20);
  const Reg reg = target_not_zero();
  if (is_interrupted) {
    code_.csrrci(zero, csr::mstatus, 8);
    code_.csrrsi(zero, csr::mie, 8);
    Reg one = target_not_zero();
    while (one == reg) one = target_not_zero();
    code_.li(reg, kClintMsip);
    code_.addi(one, zero, 1);
    code_.sw(one, reg, 0);
  }
  if (chance(30)) lend_permissions(reg);
  code_.la(reg, start);
  code_.csrw(csr::mepc, reg);
  code_.li(reg, 3u << 11);
  code_.csrrc(zero, csr::mstatus, reg);
  code_.mret();
  code_.bind(start);
  may_be_user_ = true;
  for (std::uint32_t n = 1 + below(8); n > 0; --n) item(false);
  if (chance(20)) code_.mret();
  may_be_user_ = false;
  code_.ecall();
  if (is_interrupted) code_.csrrci(target(), csr::mie, 8);
}

}  // namespace mho::test
