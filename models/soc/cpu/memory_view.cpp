// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/memory_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "models/base/error.hpp"

namespace mho::soc::riscv {
namespace {

constexpr std::size_t kGranules = std::size_t{1} << (32 - kGranuleBits);

}  // namespace

void MemoryView::Free::operator()(std::uintptr_t* table) const {
  std::free(table);
}

MemoryView::MemoryView(std::span<const MemoryRange> ranges, Environment& environment, bool use_direct)
    : ranges_(ranges.begin(), ranges.end()),
      environment_(environment),
      use_direct_(use_direct),
      // calloc gives untouched pages that cost nothing.
      write_distance_(static_cast<std::uintptr_t*>(std::calloc(kGranules, sizeof(std::uintptr_t)))) {
  if (!write_distance_) throw std::bad_alloc();
  std::ranges::sort(ranges_, {}, &MemoryRange::base);
  std::uint64_t free_from = 0;
  for (const auto& range : ranges_) {
    const std::uint64_t end = range.base + range.size;
    require(range.size > 0 && end <= (std::uint64_t{1} << 32),
            "cpu: the memory range at {:#x} with {} B must not be empty and must end below 4 GiB", range.base,
            range.size);
    require(range.base >= free_from, "cpu: the memory range at {:#x} overlaps another; separate them",
            range.base);
    free_from = end;
  }
}

const DirectRegion* MemoryView::region_of(std::uint32_t address, std::uint64_t bytes) const {
  for (const auto& region : regions_) {
    if (address >= region.start && address + bytes <= region.end) return &region;
  }
  return nullptr;
}

const DirectRegion* MemoryView::acquire(std::uint32_t address, std::uint64_t bytes) {
  const MemoryRange* range = range_of(address);
  if (!use_direct_ || range == nullptr) return nullptr;
  auto granted = environment_.direct_region(address);
  if (!granted) return nullptr;
  const std::uint32_t start = std::max(granted->start, range->base);
  granted->host += start - granted->start;
  granted->start = start;
  granted->end = std::min<std::uint64_t>(granted->end, range->base + range->size);
  regions_.push_back(*granted);
  return region_of(address, bytes);
}

std::uint8_t* MemoryView::host(std::uint32_t address, std::uint64_t bytes, bool is_write) {
  const DirectRegion* region = region_of(address, bytes);
  if (region == nullptr && region_of(address, 1) == nullptr) region = acquire(address, bytes);
  if (region == nullptr || !(is_write ? region->can_write : region->can_read)) return nullptr;
  return region->host + (address - region->start);
}

void MemoryView::prefer(std::uint32_t address, const Pmp::Span& permitted) {
  constexpr std::uint32_t kItem = 4;
  const DirectRegion* region = region_of(address, 1);
  if (region == nullptr || !region->can_read) return;
  const std::uint64_t start = std::max<std::uint64_t>(region->start, permitted.start);
  const std::uint64_t end = std::min(region->end, permitted.end);
  if (end < start + kItem) return;
  read_base = static_cast<std::uint32_t>(start);
  read_span = static_cast<std::uint32_t>(std::min<std::uint64_t>(end - start - (kItem - 1), 0xffff'ffff));
  read_host = region->host + (start - region->start);
}

void MemoryView::open_page(std::uint32_t page, const Pmp::Span& permitted, Granules closed) {
  const std::uint32_t address = page << kPageBits;
  if (address < permitted.start || std::uint64_t{address} + kPageBytes > permitted.end) return;
  const DirectRegion* region = region_of(address, kPageBytes);
  if (region == nullptr || !region->can_write) return;
  if (!is_open(page)) remember_open(page);
  const std::uintptr_t distance = reinterpret_cast<std::uintptr_t>(region->host) - region->start;
  const auto granules = granules_of(page);
  for (unsigned i = 0; i < kGranulesPerPage; ++i) granules[i] = (closed >> i & 1u) == 0 ? distance : 0;
}

void MemoryView::remember_open(std::uint32_t page) {
  constexpr std::size_t kFew = 1024;
  if (open_.size() >= std::max(kFew, 2 * compact_size_)) {
    std::ranges::sort(open_);
    const auto repeated = std::ranges::unique(open_);
    open_.erase(repeated.begin(), repeated.end());
    std::erase_if(open_, [&](std::uint32_t at) { return !is_open(at); });
    compact_size_ = open_.size();
  }
  open_.push_back(page);
}

void MemoryView::close_pages(const DirectRegion& region) {
  const std::uint32_t first = region.start >> kPageBits;
  const auto last = static_cast<std::uint32_t>((region.end - 1) >> kPageBits);
  std::erase_if(open_, [&](std::uint32_t page) {
    if (page < first || page > last) return false;
    close_page(page);
    return true;
  });
}

void MemoryView::close() {
  read_span = 0;
  for (const std::uint32_t page : open_) close_page(page);
  open_.clear();
}

void MemoryView::forget(std::uint32_t start, std::uint64_t end) {
  if (end <= start) return;
  if (read_base < end && start < std::uint64_t{read_base} + read_span + 3) read_span = 0;
  // A region goes as a whole, so all its pages have to close.
  for (const auto& region : regions_) {
    if (region.start >= end || start >= region.end) continue;
    close_pages(region);
  }
  std::erase_if(regions_, [&](const DirectRegion& r) { return r.start < end && start < r.end; });
}

}  // namespace mho::soc::riscv
