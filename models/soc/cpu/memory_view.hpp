// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which addresses are memory, and the host pointers through which the engine reaches them.
// Loads: one region, the one used last, is checked by a subtraction and a comparison. Stores: a table with
// one entry per granule holds the distance from guest to host address, 0 for those that must be written the
// slow way: not granted, not filled in yet, or holding decoded code. The table spans the address space (128
// MiB, touched only where the guest writes), so that a store needs neither a tag nor a range check.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/soc/cpu/block.hpp"
#include "models/soc/cpu/cpu_params.hpp"
#include "models/soc/cpu/environment.hpp"
#include "models/soc/cpu/pmp.hpp"

namespace mho::soc::riscv {

class MemoryView {
 public:
  /// @throws InputError for an empty range, one beyond 2^32, or two that overlap
  MemoryView(std::span<const MemoryRange> ranges, Environment& environment, bool use_direct);

  /// True if all of [address, address + bytes) lies in one memory range.
  bool is_memory(std::uint32_t address, std::uint64_t bytes) const {
    const MemoryRange* range = range_of(address);
    return range != nullptr && address - range->base + bytes <= range->size;
  }

  /// Host address of [address, address + bytes) in memory, or nullptr; asks for a grant when there is none.
  std::uint8_t* host(std::uint32_t address, std::uint64_t bytes, bool is_write);

  /// Makes the region around a readable address the one for fast loads, as far as `permitted` goes.
  void prefer(std::uint32_t address, const Pmp::Span& permitted);
  /// Opens a page, but for some of its granules, for fast stores if all of it is permitted, or closes it.
  void open_page(std::uint32_t page, const Pmp::Span& permitted, Granules closed);
  void close_page(std::uint32_t page) { std::ranges::fill(granules_of(page), 0); }

  /// Closes the fast ways, which open again where they are permitted.
  void close();
  /// Forgets the pointers into [start, end).
  void forget(std::uint32_t start, std::uint64_t end);

  // For the engine: an item of up to 4 bytes at `a` may be read at read_host + (a - read_base) when
  // a - read_base < read_span, and written at write_distance[a >> kGranuleBits] + a when that is not 0 and
  // the item is aligned.
  std::uint32_t read_base = 0;
  std::uint32_t read_span = 0;
  const std::uint8_t* read_host = nullptr;
  const std::uintptr_t* write_distance() const { return write_distance_.get(); }

 private:
  struct Free {
    void operator()(std::uintptr_t* table) const;
  };

  std::span<std::uintptr_t> granules_of(std::uint32_t page) const {
    return {&write_distance_[std::size_t{page} * kGranulesPerPage], kGranulesPerPage};
  }
  bool is_open(std::uint32_t page) const {
    return std::ranges::any_of(granules_of(page), [](std::uintptr_t distance) { return distance != 0; });
  }
  void remember_open(std::uint32_t page);
  void close_pages(const DirectRegion& region);
  const MemoryRange* range_of(std::uint32_t address) const {
    for (const auto& range : ranges_) {
      if (address - range.base < range.size) return &range;
    }
    return nullptr;
  }
  const DirectRegion* region_of(std::uint32_t address, std::uint64_t bytes) const;
  const DirectRegion* acquire(std::uint32_t address, std::uint64_t bytes);

  std::vector<MemoryRange> ranges_;
  std::vector<DirectRegion> regions_;
  Environment& environment_;
  bool use_direct_;
  std::unique_ptr<std::uintptr_t[], Free> write_distance_;
  /// All open pages, and some that were closed since: a program that switches its protection at every task
  /// does not pay for the size of the memory.
  std::vector<std::uint32_t> open_;
  std::size_t compact_size_ = 0;  ///< of open_ when the closed ones were last taken out
};

}  // namespace mho::soc::riscv
