// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/emitter.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::uint16_t kFirst = 8;

TEST(Emitter, GivesEverySlotOnceAndThenSaysSo) {
  mho_emitter_t e{};
  mho_emitter_start(&e, kFirst);
  std::set<std::uint16_t> slots;
  for (std::uint32_t i = kFirst; i < MHO_DRU_SLOTS; ++i) slots.insert(mho_emitter_take_slot(&e));
  EXPECT_EQ(slots.size(), MHO_DRU_SLOTS - kFirst);
  EXPECT_EQ(*slots.begin(), kFirst);
  EXPECT_EQ(*slots.rbegin(), MHO_DRU_SLOTS - 1);
  EXPECT_EQ(e.result, MHO_OK);
  EXPECT_EQ(mho_emitter_take_slot(&e), 0);
  EXPECT_EQ(e.result, MHO_NO_MEMORY);
}

TEST(Emitter, GivesReturnedSlotsAgain) {
  mho_emitter_t e{};
  mho_emitter_start(&e, kFirst);
  const std::uint16_t slot = mho_emitter_take_slot(&e);
  mho_emitter_free_slot(&e, slot);
  EXPECT_EQ(mho_emitter_take_slot(&e), slot);
}

TEST(Emitter, DoesNotTakeBackTheSlotThatItCouldNotGive) {
  mho_emitter_t e{};
  mho_emitter_start(&e, kFirst);
  for (std::uint32_t i = 0; i < 2u * MHO_DRU_SLOTS; ++i) (void)mho_emitter_take_slot(&e);
  for (std::uint32_t i = 0; i < 2u * MHO_DRU_SLOTS; ++i) mho_emitter_free_slot(&e, 0);
  EXPECT_EQ(e.free_count, 0u);
}

TEST(Emitter, CountsWithoutMemoryAndThenWritesTheSame) {
  std::vector<mho_dru_command_t> commands(3);
  mho_emitter_t e{};
  for (const bool writes : {false, true}) {
    e.commands = writes ? commands.data() : nullptr;
    mho_emitter_start(&e, kFirst);
    mho_emit(&e, MHO_DRU_OPCODE_ADD, 1, 2, 3)->flags = MHO_DRU_FLAG_SUBTRACT;
    mho_emit(&e, MHO_DRU_OPCODE_CLEAR, 4, 0, 0)->arg[0] = 9;
    EXPECT_EQ(e.count, 2u);
  }
  EXPECT_EQ(commands[0].opcode, MHO_DRU_OPCODE_ADD);
  EXPECT_EQ(commands[0].dst, 1);
  EXPECT_EQ(commands[0].a, 2);
  EXPECT_EQ(commands[0].b, 3);
  EXPECT_EQ(commands[0].flags, MHO_DRU_FLAG_SUBTRACT);
  EXPECT_EQ(commands[1].arg[0], 9u);
  EXPECT_EQ(commands[2].opcode, 0);
}

}  // namespace
}  // namespace mho::test
