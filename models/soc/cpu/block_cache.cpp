// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/block_cache.hpp"

#include <algorithm>
#include <utility>

namespace mho::soc::riscv {
namespace {

std::uint32_t first_page(std::uint64_t start) {
  return static_cast<std::uint32_t>(start >> kPageBits);
}
std::uint32_t last_page(std::uint64_t end) {
  return static_cast<std::uint32_t>((end - 1) >> kPageBits);
}

}  // namespace

Block* BlockCache::find_slowly(std::uint32_t pc) {
  const auto page = pages_.find(pc >> kPageBits);
  if (page == pages_.end()) return nullptr;
  const auto found = page->second.starts.find(pc);
  if (found == page->second.starts.end()) return nullptr;
  quick_[quick_index(pc)] = found->second;
  return found->second;
}

void BlockCache::mark_chunks(Page& page, std::uint32_t number, const Block& block) {
  const std::uint64_t page_start = std::uint64_t{number} << kPageBits;
  const std::uint64_t start = std::max<std::uint64_t>(block.pc, page_start) - page_start;
  const std::uint64_t end = std::min(block.end(), page_start + kPageBytes) - page_start;
  for (std::uint64_t chunk = start >> kChunkBits; chunk <= (end - 1) >> kChunkBits; ++chunk)
    page.chunks.set(chunk);
}

Block* BlockCache::insert(std::unique_ptr<Block> block) {
  Block* raw = block.get();
  raw->is_cached = true;
  for (std::uint32_t number = first_page(raw->pc); number <= last_page(raw->end()); ++number) {
    Page& page = pages_[number];
    page.blocks.push_back(raw);
    mark_chunks(page, number, *raw);
  }
  pages_[first_page(raw->pc)].starts[raw->pc] = raw;
  quick_[quick_index(raw->pc)] = raw;
  blocks_.emplace(raw, std::move(block));
  return raw;
}

bool BlockCache::has_code(std::uint32_t start, std::uint64_t end) const {
  for (std::uint32_t number = first_page(start); number <= last_page(end); ++number) {
    const auto found = pages_.find(number);
    if (found == pages_.end()) continue;
    const std::uint64_t page_start = std::uint64_t{number} << kPageBits;
    const std::uint64_t from = std::max<std::uint64_t>(start, page_start) - page_start;
    const std::uint64_t to = std::min(end, page_start + kPageBytes) - page_start;
    bool is_near = false;
    for (std::uint64_t chunk = from >> kChunkBits; chunk <= (to - 1) >> kChunkBits; ++chunk) {
      is_near = is_near || found->second.chunks.test(chunk);
    }
    if (!is_near) continue;
    if (std::ranges::any_of(found->second.blocks, [&](const Block* b) { return overlaps(*b, start, end); })) {
      return true;
    }
  }
  return false;
}

Granules BlockCache::granules_with_code(std::uint32_t page) const {
  const auto found = pages_.find(page);
  if (found == pages_.end()) return 0;
  unsigned granules = 0;
  for (unsigned chunk = 0; chunk < found->second.chunks.size(); ++chunk) {
    if (found->second.chunks.test(chunk)) granules |= 1u << (chunk >> (kGranuleBits - kChunkBits));
  }
  return static_cast<Granules>(granules);
}

bool BlockCache::invalidate(std::uint32_t start, std::uint64_t end) {
  if (start >= end || blocks_.empty()) return false;
  std::vector<Block*> doomed;
  const auto collect = [&](const Page& page) {
    std::ranges::copy_if(page.blocks, std::back_inserter(doomed),
                         [&](const Block* b) { return overlaps(*b, start, end); });
  };
  if (last_page(end) - first_page(start) < pages_.size()) {
    for (std::uint32_t number = first_page(start); number <= last_page(end); ++number) {
      if (const auto found = pages_.find(number); found != pages_.end()) collect(found->second);
    }
  } else {
    for (const auto& [number, page] : pages_) collect(page);
  }
  if (doomed.empty()) return false;
  unlink_all();
  std::ranges::sort(doomed);
  doomed.erase(std::unique(doomed.begin(), doomed.end()), doomed.end());
  for (Block* block : doomed) remove(block);
  return true;
}

void BlockCache::remove(Block* block) {
  for (std::uint32_t number = first_page(block->pc); number <= last_page(block->end()); ++number) {
    Page& page = pages_.at(number);
    std::erase(page.blocks, block);
    if (number == first_page(block->pc)) page.starts.erase(block->pc);
    if (page.blocks.empty()) {
      pages_.erase(number);
      continue;
    }
    page.chunks.reset();
    for (const Block* rest : page.blocks) mark_chunks(page, number, *rest);
  }
  if (quick_[quick_index(block->pc)] == block) quick_[quick_index(block->pc)] = nullptr;
  const auto owned = blocks_.find(block);
  dropped_.push_back(std::move(owned->second));
  blocks_.erase(owned);
}

void BlockCache::unlink_all() {
  for (auto& [raw, block] : blocks_) raw->next = {};
}

void BlockCache::clear() {
  unlink_all();
  for (auto& [raw, block] : blocks_) dropped_.push_back(std::move(block));
  blocks_.clear();
  pages_.clear();
  quick_.fill(nullptr);
}

}  // namespace mho::soc::riscv
