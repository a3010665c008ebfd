// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/lanes.hpp"

#include <array>
#include <new>

namespace mho::circuit {
namespace {

constexpr std::align_val_t kAlignment{64};
constexpr std::size_t kPage = 4096;
// Enough for all vectors of one solution at 512x512.
constexpr std::size_t kKeptBytes = std::size_t{32} << 20;

/// Outlives KeptBlocks, whose destruction vectors of the same thread may outlive.
thread_local bool has_ended = false;

struct KeptBlocks {
  struct Block {
    void* memory;
    std::size_t bytes;
  };
  std::array<Block, 64> blocks;
  std::size_t count = 0;
  std::size_t bytes = 0;

  ~KeptBlocks() {
    has_ended = true;
    for (std::size_t k = 0; k < count; ++k) ::operator delete(blocks[k].memory, kAlignment);
  }
};

thread_local KeptBlocks kept;

std::size_t in_pages(std::size_t bytes) {
  return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace

void* allocate_lanes(std::size_t bytes) {
  const std::size_t wanted = in_pages(bytes);
  for (std::size_t k = has_ended ? 0 : kept.count; k-- > 0;) {
    if (kept.blocks[k].bytes != wanted) continue;
    void* const memory = kept.blocks[k].memory;
    kept.blocks[k] = kept.blocks[--kept.count];
    kept.bytes -= wanted;
    return memory;
  }
  return ::operator new(wanted, kAlignment);
}

void deallocate_lanes(void* block, std::size_t bytes) noexcept {
  const std::size_t size = in_pages(bytes);
  if (has_ended || kept.count == kept.blocks.size() || kept.bytes + size > kKeptBytes) {
    ::operator delete(block, kAlignment);
    return;
  }
  kept.blocks[kept.count++] = {block, size};
  kept.bytes += size;
}

}  // namespace mho::circuit
