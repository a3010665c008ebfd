// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

TEST(Arena, HandsOutZeroedAlignedPiecesThatDoNotOverlap) {
  Workspace workspace(4096);
  const std::uint8_t* end = workspace.arena.next;
  for (const std::uint32_t bytes : {1u, 64u, 3u, 100u, 65u}) {
    auto* piece = static_cast<std::uint8_t*>(mho_arena_take(&workspace.arena, bytes, 1));
    ASSERT_NE(piece, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % 64, 0u);
    EXPECT_GE(piece, end);
    EXPECT_TRUE(std::all_of(piece, piece + bytes, [](std::uint8_t b) { return b == 0; }));
    std::memset(piece, 0xff, bytes);
    end = piece + bytes;
  }
  EXPECT_TRUE(workspace.is_intact());
}

TEST(Arena, GivesItsLastByteAndThenNothing) {
  Workspace workspace(128);
  EXPECT_NE(mho_arena_take(&workspace.arena, 16, 8), nullptr);
  EXPECT_EQ(mho_arena_take(&workspace.arena, 1, 1), nullptr);
  EXPECT_TRUE(workspace.is_intact());
}

TEST(Arena, IsUnchangedByARequestItCannotMeet) {
  Workspace workspace(128);
  EXPECT_EQ(mho_arena_take(&workspace.arena, 129, 1), nullptr);
  EXPECT_NE(mho_arena_take(&workspace.arena, 128, 1), nullptr);
}

TEST(Arena, RefusesARequestWhoseSizeDoesNotFit32Bits) {
  Workspace workspace(4096);
  EXPECT_EQ(mho_arena_take(&workspace.arena, 0x40000001u, 4), nullptr);
  EXPECT_EQ(mho_arena_take(&workspace.arena, 0xffffffffu, 0xffffffffu), nullptr);
}

TEST(Arena, CopiedIsAScratchThatLeavesTheOriginalAsItWas) {
  Workspace workspace(256);
  mho_arena_t scratch = workspace.arena;
  void* first = mho_arena_take(&scratch, 64, 1);
  EXPECT_EQ(mho_arena_take(&workspace.arena, 64, 1), first);
}

TEST(MemoryWindow, HoldsWhatLiesInsideAndNothingElse) {
  const mho_memory_t window{nullptr, 0x80000000u, 0x1000u};
  EXPECT_TRUE(mho_memory_holds(&window, 0x80000000u, 0x1000u));
  EXPECT_TRUE(mho_memory_holds(&window, 0x80000fffu, 1u));
  EXPECT_TRUE(mho_memory_holds(&window, 0x80001000u, 0u));
  EXPECT_FALSE(mho_memory_holds(&window, 0x80000fffu, 2u));
  EXPECT_FALSE(mho_memory_holds(&window, 0x80000000u, 0x1001u));
  EXPECT_FALSE(mho_memory_holds(&window, 0x7fffffffu, 2u));
  EXPECT_FALSE(mho_memory_holds(&window, 0x80001001u, 0u));
}

TEST(MemoryWindow, IsNotFooledByAddressesThatWrapAround) {
  const mho_memory_t window{nullptr, 0x80000000u, 0x1000u};
  EXPECT_FALSE(mho_memory_holds(&window, 0x80000800u, 0xffffffffu));
  EXPECT_FALSE(mho_memory_holds(&window, 0xffffffffu, 2u));
  const mho_memory_t top{nullptr, 0xfffff000u, 0x1000u};
  EXPECT_TRUE(mho_memory_holds(&top, 0xfffff000u, 0x1000u));
  EXPECT_FALSE(mho_memory_holds(&top, 0xfffff001u, 0x1000u));
}

TEST(MemoryWindow, TranslatesAddressesBothWays) {
  Workspace workspace(4096);
  const mho_memory_t window = workspace.window();
  EXPECT_EQ(mho_pointer(&window, window.address), workspace.arena.next);
  EXPECT_EQ(mho_pointer(&window, window.address + 100), workspace.arena.next + 100);
  EXPECT_EQ(mho_address(&window, workspace.arena.next + 4095), window.address + 4095);
}

TEST(MemoryWindow, OfTheTargetMapsEveryAddressToItself) {
  const mho_memory_t identity = mho_memory_identity();
  EXPECT_EQ(mho_pointer(&identity, 0x80001234u), reinterpret_cast<void*>(std::uintptr_t{0x80001234u}));
  EXPECT_EQ(mho_address(&identity, reinterpret_cast<void*>(std::uintptr_t{0x80001234u})), 0x80001234u);
  EXPECT_TRUE(mho_memory_holds(&identity, 0xfffffff0u, 0xfu));
}

}  // namespace
}  // namespace mho::test
