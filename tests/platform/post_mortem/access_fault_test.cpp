// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/post_mortem/access_fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "platform/chip.hpp"
#include "registers/adc.hpp"  // generated
#include "registers/dma.hpp"  // generated
#include "tests/platform/guest.hpp"

namespace mho::platform::post_mortem {
namespace {

using namespace mho::test;
using testing::HasSubstr;

constexpr std::uint32_t kDma = map::kDmaBase, kDmaStatus = kDma + registers::dma::kStatusOffset;
constexpr std::uint32_t kAdcStart = map::kAdcBase + registers::adc::kStartOffset;

struct Found {
  std::optional<AccessFault> fault;
  std::uint32_t pc = 0;  ///< of the instruction behind the set-up
};

/// What is found after a program whose traps end it. `set_up` runs before the instruction of `body`.
Found find_after(const std::function<void(Guest&)>& body, const std::function<void(Guest&)>& set_up = {},
                 const soc::RamParams& ram = {}) {
  Guest guest;
  const auto handler = guest.label();
  guest.la(t0, handler);
  guest.csrw(csr::mtvec, t0);
  if (set_up) set_up(guest);
  const std::uint32_t pc = guest.here();
  body(guest);
  guest.finish_with(0);
  guest.align(4);
  guest.bind(handler);
  guest.finish_with(9);
  std::ostringstream console;
  ChipConfig config = chip_config(Settings{});
  config.machine.ram = ram;
  Chip chip(config, {}, {.console = console});
  Machine& machine = chip.machine();
  machine.load(soc::parse_elf(guest.elf(), "guest.elf"));
  EXPECT_EQ(machine.run().exit_code, 9u);
  return {.fault = find_access_fault(machine.cpu()), .pc = pc};
}

/// The text about one access through t1.
std::string text_after(std::uint32_t address, const std::function<void(Guest&)>& access,
                       const std::function<void(Guest&)>& set_up = {}, const soc::RamParams& ram = {}) {
  const Found found = find_after(
      access,
      [&](Guest& guest) {
        if (set_up) set_up(guest);
        guest.li(t1, address);
      },
      ram);
  EXPECT_TRUE(found.fault);
  if (!found.fault) return {};
  EXPECT_EQ(found.fault->pc, found.pc);
  return found.fault->text;
}

void load_word(Guest& guest) {
  guest.lw(a0, t1, 0);
}
void store_word(Guest& guest) {
  guest.sw(a0, t1, 0);
}

TEST(AccessFault, NamesTheRegisterThatCannotBeAccessedThatWay) {
  EXPECT_EQ(text_after(map::kDacBase, store_word), "4-byte write to 0x40010000: dac[0].ID is read-only");
  EXPECT_EQ(text_after(map::kAdcBase + registers::adc::kCodesOffset, store_word),
            "4-byte write to 0x40060000: adc.CODES is read-only");
  EXPECT_EQ(text_after(kAdcStart, load_word), "4-byte read of 0x40040014: adc.START is write-only");
}

TEST(AccessFault, NamesTheRegisterThatTakesAnotherWidth) {
  const auto load_byte = [](Guest& guest) { guest.lb(a0, t1, 0); };
  EXPECT_EQ(text_after(kDmaStatus, load_byte),
            "1-byte read of 0x10010008: dma.STATUS takes aligned 4-byte accesses only");
  // The first of the bytes that a misaligned access is made of.
  EXPECT_EQ(text_after(kDmaStatus + 2, load_word),
            "4-byte read of 0x1001000a: dma.STATUS takes aligned 4-byte accesses only");
}

TEST(AccessFault, KnowsElementsOfArrays) {
  const auto store_byte = [](Guest& guest) { guest.sb(a0, t1, 0); };
  EXPECT_THAT(text_after(map::kPlicBase + 0x2004, store_byte), HasSubstr(": plic.ENABLE[1] takes aligned"));
}

TEST(AccessFault, TellsGapsFromAddressesWithoutABlock) {
  EXPECT_EQ(text_after(kDma + 0x800, store_word),
            "4-byte write to 0x10010800: dma has no register at offset 0x800");
  EXPECT_EQ(text_after(0x0600'0000, load_word), "4-byte read of 0x06000000: no block has that address");
  EXPECT_EQ(text_after(soc::kRamBase + 0x1fff'fffc, load_word, {}, {.bytes = 1 << 20}),
            "4-byte read of 0x9ffffffc: the ram of this chip ends before");
  EXPECT_EQ(text_after(map::kInvBase + 100 * map::kInvStride + 4, load_word),
            "4-byte read of 0x410c8004: this chip has no inv[100]");
}

TEST(AccessFault, NamesAtomicAccessesAndFetchesOfDevices) {
  const auto add = [](Guest& guest) { guest.amo(0x00, a0, t1, a1); };
  EXPECT_EQ(text_after(kDmaStatus, add),
            "4-byte write to 0x10010008: dma.STATUS: LR, SC and AMO work on RAM only");
  const Found jump = find_after([](Guest& guest) {
    guest.li(t1, kDma);
    guest.jalr(zero, t1, 0);
  });
  ASSERT_TRUE(jump.fault);
  EXPECT_EQ(jump.fault->pc, kDma);
  EXPECT_EQ(jump.fault->text, "fetch of code at 0x10010000: dma: code is fetched from RAM only");
}

TEST(AccessFault, NamesTheEntryOfTheMemoryProtection) {
  constexpr std::uint32_t kPlace = soc::kRamBase + 0x8000, kLockedWord = 0x90, kLockedReadable = 0x91;
  const auto protect = [&](std::uint32_t configuration) {
    return [=](Guest& guest) {
      guest.li(t0, kPlace >> 2);
      guest.csrw(csr::pmpaddr0 + 6, t0);
      guest.li(t0, configuration << 16);
      guest.csrw(csr::pmpcfg0 + 1, t0);
    };
  };
  EXPECT_EQ(text_after(kPlace, load_word, protect(kLockedWord)),
            "4-byte read of 0x80008000: the memory protection refuses it (PMP entry 6)");
  EXPECT_EQ(text_after(kPlace, store_word, protect(kLockedReadable)),
            "4-byte write to 0x80008000: the memory protection refuses it (PMP entry 6)");
}

TEST(AccessFault, OtherTrapsAndOnesReturnedFromAreNone) {
  EXPECT_FALSE(find_after([](Guest& guest) { guest.ebreak(); }).fault);
  const Found returned = find_after([](Guest& guest) {
    const auto first = guest.label(), behind = guest.label();
    guest.la(t0, first);
    guest.csrw(csr::mtvec, t0);
    guest.load(a0, 0x0600'0000);
    guest.bind(first);
    guest.la(t0, behind);
    guest.csrw(csr::mepc, t0);
    guest.li(t0, 0x1800);
    guest.csrw(csr::mstatus, t0);
    guest.mret();
    guest.bind(behind);
    guest.finish_with(9);
  });
  EXPECT_FALSE(returned.fault);
}

}  // namespace
}  // namespace mho::platform::post_mortem
