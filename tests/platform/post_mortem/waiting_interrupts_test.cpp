// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/post_mortem/waiting_interrupts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "registers/clint.hpp"  // generated
#include "registers/plic.hpp"   // generated
#include "registers/uart.hpp"   // generated
#include "tests/platform/guest.hpp"

namespace mho::platform::post_mortem {
namespace {

using namespace mho::test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint32_t kMeie = 1u << 11, kMsie = 1u << 3, kMie = 1u << 3;
const std::string kUart = "interrupt 'uart' (source 10 of the PLIC) is pending and enabled, but ";

/// What of the interrupts a program leaves to itself.
struct Wishes {
  std::uint32_t mie = 0, mstatus = 0, priority = 1;
  bool enables_at_plic = true, raises_software = false, claims = false, returns = false;
};

/// A handler that attends to nothing, but for a claim if it is to make one.
std::vector<std::string> found_after(const Wishes& wishes) {
  Guest guest;
  const auto handler = guest.label();
  guest.la(t0, handler);
  guest.csrw(csr::mtvec, t0);
  guest.store(map::kPlicBase + registers::plic::kPriorityOffset + 4 * map::kUartIrq, wishes.priority);
  if (wishes.enables_at_plic) {
    guest.store(map::kPlicBase + registers::plic::kEnableOffset, 1u << map::kUartIrq);
  }
  if (wishes.raises_software) guest.store(map::kClintBase + registers::clint::kMsipOffset, 1);
  // The transmitter is empty, which it reports from now on.
  guest.li(t5, map::kUartBase);
  guest.li(t6, registers::uart::kIerTransmitMask);
  guest.sb(t6, t5, registers::uart::kIerOffset);
  guest.li(t0, wishes.mie);
  guest.csrw(csr::mie, t0);
  guest.li(t0, wishes.mstatus);
  guest.csrw(csr::mstatus, t0);
  const auto loop = guest.here_label();
  guest.addi(a0, a0, 1);
  guest.j(loop);
  guest.align(4);
  guest.bind(handler);
  if (wishes.claims) guest.load(t1, map::kPlicBase + registers::plic::kClaimOffset);
  if (wishes.returns) guest.mret();
  const auto endless = guest.here_label();
  guest.addi(a1, a1, 1);
  guest.j(endless);
  std::ostringstream console;
  Machine machine({}, {.max_time_ps = 100'000'000}, {.console = console});
  machine.load(soc::parse_elf(guest.elf(), "guest.elf"));
  EXPECT_EQ(machine.run().exit_cause, soc::ExitCause::kMaxTime);
  return waiting_interrupts(machine.cpu(), machine.plic());
}

TEST(WaitingInterrupts, SayWhatKeepsTheCoreFromThem) {
  EXPECT_THAT(found_after({}), ElementsAre(kUart + "bit 11 of mie is 0"));
  EXPECT_THAT(found_after({.mie = kMeie}), ElementsAre(kUart + "mstatus.MIE is 0"));
  EXPECT_THAT(found_after({.mie = kMeie, .mstatus = kMie, .priority = 0}),
              ElementsAre(kUart + "its priority 0 does not exceed the threshold 0"));
  EXPECT_THAT(found_after({.mie = kMsie, .raises_software = true}),
              ElementsAre(kUart + "bit 11 of mie is 0",
                          "the software interrupt is pending and enabled, but mstatus.MIE is 0"));
}

TEST(WaitingInterrupts, SayWhoseHandlerIsAtWork) {
  EXPECT_THAT(found_after({.mie = kMeie, .mstatus = kMie}),
              ElementsAre(kUart + "its handler has not acknowledged it"));
  EXPECT_THAT(found_after({.mie = kMsie | kMeie, .mstatus = kMie, .priority = 0, .raises_software = true}),
              ElementsAre(kUart + "its priority 0 does not exceed the threshold 0",
                          "the software interrupt is pending and enabled, but its handler has not "
                          "acknowledged it"));
}

TEST(WaitingInterrupts, SayWhatHasBeenClaimedAndNotCompleted) {
  EXPECT_THAT(
      found_after({.mie = kMeie, .mstatus = kMie, .claims = true}),
      ElementsAre("interrupt 'uart' (source 10 of the PLIC) has been claimed, and its handler has not "
                  "completed it yet"));
  EXPECT_THAT(found_after({.mie = kMeie, .mstatus = kMie, .claims = true, .returns = true}),
              ElementsAre("interrupt 'uart' (source 10 of the PLIC) is raised, but has been claimed and not "
                          "completed: write 10 to CLAIM"));
}

TEST(WaitingInterrupts, AreNoneThatNobodyWants) {
  EXPECT_THAT(found_after({.mie = kMeie, .mstatus = kMie, .enables_at_plic = false}), IsEmpty());
  EXPECT_THAT(found_after({.enables_at_plic = false, .raises_software = true}), IsEmpty());
}

}  // namespace
}  // namespace mho::platform::post_mortem
