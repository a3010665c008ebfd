// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where decoded blocks live: found by address, dropped by the bytes they were decoded from.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/soc/cpu/block.hpp"

namespace mho::soc::riscv {

class BlockCache {
 public:
  /// The block that starts at `pc`, or nullptr.
  Block* find(std::uint32_t pc) {
    Block* quick = quick_[quick_index(pc)];
    return quick != nullptr && quick->pc == pc ? quick : find_slowly(pc);
  }

  /// Places of latest uses, for host code: a block that starts at `pc` may be at (pc >> 1) % kQuickEntries.
  static constexpr std::size_t kQuickEntries = 2048;
  Block* const* quick() const { return quick_.data(); }

  /// Takes a block that starts at an address where none starts yet.
  Block* insert(std::unique_ptr<Block> block);

  /// True if a byte of [start, end) was decoded into a block.
  bool has_code(std::uint32_t start, std::uint64_t end) const;
  /// The granules of this page (address >> kPageBits) in which any block has a byte.
  Granules granules_with_code(std::uint32_t page) const;

  /// Drops the blocks that have a byte in [start, end) and all links between blocks. Dropped blocks stay
  /// readable until bury(), because the engine may be inside one. Returns true if any was dropped.
  bool invalidate(std::uint32_t start, std::uint64_t end);
  void clear();
  bool has_dropped() const { return !dropped_.empty(); }
  /// Frees dropped blocks.
  void bury() {
    if (!dropped_.empty()) dropped_.clear();
  }

  std::size_t block_count() const { return blocks_.size(); }
  /// Calls f(Block&) for each.
  template <typename Function>
  void for_each(const Function& f) {
    for (auto& [raw, block] : blocks_) f(*block);
  }

 private:
  /// Stores are compared with code in units of this many bytes first.
  static constexpr unsigned kChunkBits = 5;

  struct Page {
    std::unordered_map<std::uint32_t, Block*> starts;  ///< blocks that begin in this page
    std::vector<Block*> blocks;                        ///< all that have a byte in it
    std::bitset<(kPageBytes >> kChunkBits)> chunks;
  };

  static std::size_t quick_index(std::uint32_t pc) { return (pc >> 1) % kQuickEntries; }
  Block* find_slowly(std::uint32_t pc);
  static bool overlaps(const Block& block, std::uint32_t start, std::uint64_t end) {
    return block.pc < end && start < block.end();
  }
  static void mark_chunks(Page& page, std::uint32_t number, const Block& block);
  void remove(Block* block);
  void unlink_all();

  std::unordered_map<std::uint32_t, Page> pages_;
  std::unordered_map<Block*, std::unique_ptr<Block>> blocks_;
  std::vector<std::unique_ptr<Block>> dropped_;
  std::array<Block*, kQuickEntries> quick_{};
};

}  // namespace mho::soc::riscv
