// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Loads and stores that leave the hot path: of memory without a host pointer, and of devices.
#include <algorithm>
#include <array>

#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/item_bytes.hpp"

namespace mho::soc::riscv {
namespace {

/// What a load or store moves.
struct Item {
  std::uint8_t bytes = 4;
  bool is_load = false, is_floating = false;
};

constexpr Item item_of(MicroKind kind) {
  static_assert(MicroKind::kLb < MicroKind::kFlw && MicroKind::kFlw < MicroKind::kSb);
  Item item{.bytes = 4,
            .is_load = kind >= MicroKind::kLb && kind <= MicroKind::kFlw,
            .is_floating = kind == MicroKind::kFlw || kind == MicroKind::kFsw};
  if (kind == MicroKind::kLb || kind == MicroKind::kLbu || kind == MicroKind::kSb) item.bytes = 1;
  if (kind == MicroKind::kLh || kind == MicroKind::kLhu || kind == MicroKind::kSh) item.bytes = 2;
  return item;
}

constexpr auto kItems = [] {
  std::array<Item, kMicroKinds> items;
  for (std::size_t kind = 0; kind < kMicroKinds; ++kind) items[kind] = item_of(static_cast<MicroKind>(kind));
  return items;
}();

std::uint32_t extend(MicroKind kind, std::uint32_t raw) {
  switch (kind) {
    case MicroKind::kLb:
      return static_cast<std::uint32_t>(static_cast<std::int8_t>(raw));
    case MicroKind::kLh:
      return static_cast<std::uint32_t>(static_cast<std::int16_t>(raw));
    default:
      return raw;
  }
}

}  // namespace

bool Core::read_memory(std::uint32_t address, std::span<std::uint8_t> data) {
  if (const std::uint8_t* host = data_->host(address, data.size(), false)) {
    std::copy_n(host, data.size(), data.begin());
    return true;
  }
  attention_ = Attention::kOutside;
  return environment_.access_memory(false, address, data, cycle_);
}

bool Core::write_memory(std::uint32_t address, std::span<std::uint8_t> data) {
  if (std::uint8_t* host = data_->host(address, data.size(), true)) {
    std::ranges::copy(data, host);
  } else {
    attention_ = Attention::kOutside;
    if (!environment_.access_memory(true, address, data, cycle_)) return false;
  }
  drop_code(address, std::uint64_t{address} + data.size());
  return true;
}

Core::Fault Core::device(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                         std::uint64_t& extra_cycles) {
  ++device_accesses_;
  const Transfer transfer = environment_.access_device(is_write, address, data, cycle_ + extra_cycles);
  extra_cycles += transfer.extra_cycles;
  if (!transfer.keeps_limit) attention_ = Attention::kOutside;
  if (!transfer.is_repeatable) {
    repeats_.forget();
  } else if (data.size() == sizeof(std::uint32_t)) {
    repeats_.expect(address, from_bytes({data[0], data[1], data[2], data[3]}), transfer.extra_cycles);
  }
  return {.is_faulty = !transfer.is_ok, .address = address};
}

Pmp::Span Core::free_span(std::uint32_t address) const {
  return guards_.free_span(address, csrs_.pmp().span(address));
}

bool Core::is_permitted(bool is_write, std::uint32_t address, std::uint64_t bytes) const {
  const auto access = is_write ? Pmp::Access::kWrite : Pmp::Access::kRead;
  return csrs_.pmp().allows(address, bytes, access, csrs_.data_mode());
}

Core::Fault Core::access_memory(bool is_write, std::uint32_t address, std::span<std::uint8_t> data) {
  const bool is_ok = is_write ? write_memory(address, data) : read_memory(address, data);
  return {.is_faulty = !is_ok, .address = address};
}

Core::Fault Core::access_outside(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                                 std::uint64_t& extra_cycles) {
  if ((address & (data.size() - 1)) == 0) return device(is_write, address, data, extra_cycles);
  for (std::size_t i = 0; i < data.size(); ++i) {
    const std::uint32_t at = address + static_cast<std::uint32_t>(i);
    const std::span byte = data.subspan(i, 1);
    const Fault fault =
        is_memory(at, 1) ? access_memory(is_write, at, byte) : device(is_write, at, byte, extra_cycles);
    if (fault.is_faulty) return fault;
  }
  return {};
}

bool Core::slow_memory(const Block& block, std::size_t index) {
  settle_repeats();
  const MicroOperation& operation = block.operations[index];
  const Item item = kItems[static_cast<std::size_t>(operation.kind)];
  if (item.is_floating && csrs_.floating().is_off()) {
    unwind(block, index);
    raise(cause::kIllegal, block.marks[index].bits);
    return false;
  }
  const std::uint32_t address = x_[operation.rs1] + static_cast<std::uint32_t>(operation.immediate);
  const auto access = item.is_load ? Pmp::Access::kRead : Pmp::Access::kWrite;
  if (is_guarded(access, address, item.bytes)) {
    unwind(block, index);
    intercept(access, address, item.bytes);
    return false;
  }
  if (!is_permitted(!item.is_load, address, item.bytes)) {
    unwind(block, index);
    raise(item.is_load ? cause::kLoadFault : cause::kStoreFault, address);
    return false;
  }
  const bool is_inside = is_memory(address, item.bytes);
  if (is_inside && (item.is_load ? load_directly(operation, address, item.bytes)
                                 : store_directly(operation, address, item.bytes))) {
    return true;
  }
  unwind(block, index);
  auto data = to_bytes(item.is_load ? 0 : x_[operation.rs2]);
  std::uint64_t extra_cycles = 0;
  const std::span bytes(data.data(), item.bytes);
  const Fault fault = is_inside ? access_memory(!item.is_load, address, bytes)
                                : access_outside(!item.is_load, address, bytes, extra_cycles);
  if (fault.is_faulty) {
    cycle_ += extra_cycles;
    raise(item.is_load ? cause::kLoadFault : cause::kStoreFault, fault.address);
    return false;
  }
  if (item.is_load) write_loaded(operation, from_bytes(data));
  return finish_access(block, index, extra_cycles);
}

bool Core::finish_access(const Block& block, std::size_t index, std::uint64_t extra_cycles) {
  const bool has_dropped_code =
      std::ranges::any_of(caches_, [](const BlockCache& cache) { return cache.has_dropped(); });
  if (attention_ != Attention::kLimit || has_dropped_code || csrs_.must_interrupt()) {
    retire(block, index, extra_cycles);
    return false;
  }
  cycle_ += extra_cycles;
  rewind(block, index);
  return true;
}

void Core::write_loaded(const MicroOperation& operation, std::uint32_t raw) {
  if (operation.kind == MicroKind::kFlw) csrs_.floating().set_dirty();
  x_[operation.rd] = extend(operation.kind, raw);
}

bool Core::load_directly(const MicroOperation& operation, std::uint32_t address, unsigned bytes) {
  const std::uint8_t* const host = data_->host(address, bytes, false);
  if (host == nullptr) return false;
  std::array<std::uint8_t, 4> data{};
  std::copy_n(host, bytes, data.begin());
  write_loaded(operation, from_bytes(data));
  data_->prefer(address, free_span(address));
  return true;
}

bool Core::store_directly(const MicroOperation& operation, std::uint32_t address, unsigned bytes) {
  std::uint8_t* const host = data_->host(address, bytes, true);
  if (host == nullptr || has_code(address, std::uint64_t{address} + bytes)) return false;
  std::copy_n(to_bytes(x_[operation.rs2]).begin(), bytes, host);
  const std::uint32_t page = address >> kPageBits;
  const Granules closed = granules_with_code(page);
  const bool opens = (closed >> (address >> kGranuleBits) % kGranulesPerPage & 1u) == 0;
  if (opens) data_->open_page(page, free_span(address), closed);
  return true;
}

}  // namespace mho::soc::riscv
