// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Loads and stores that leave the hot path: of memory without a host pointer, and of devices.
#include <algorithm>

#include "models/soc/cpu/core.hpp"
#include "models/soc/cpu/item_bytes.hpp"

namespace mho::soc::riscv {
namespace {

bool is_load(MicroKind kind) {
  static_assert(MicroKind::kLb < MicroKind::kFlw && MicroKind::kFlw < MicroKind::kSb);
  return kind >= MicroKind::kLb && kind <= MicroKind::kFlw;
}

bool is_floating(MicroKind kind) {
  return kind == MicroKind::kFlw || kind == MicroKind::kFsw;
}

unsigned access_bytes(MicroKind kind) {
  switch (kind) {
    case MicroKind::kLb:
    case MicroKind::kLbu:
    case MicroKind::kSb:
      return 1;
    case MicroKind::kLh:
    case MicroKind::kLhu:
    case MicroKind::kSh:
      return 2;
    default:
      return 4;
  }
}

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

bool Core::slow_memory(const Block& block, std::size_t index) {
  const MicroOperation& operation = block.operations[index];
  if (is_floating(operation.kind) && csrs_.floating().is_off()) {
    unwind(block, index);
    raise(cause::kIllegal, block.marks[index].bits);
    return false;
  }
  const std::uint32_t address = x_[operation.rs1] + static_cast<std::uint32_t>(operation.immediate);
  const unsigned bytes = access_bytes(operation.kind);
  const bool is_reading = is_load(operation.kind);
  const auto access = is_reading ? Pmp::Access::kRead : Pmp::Access::kWrite;
  if (is_guarded(access, address, bytes)) {
    unwind(block, index);
    intercept(access, address, bytes);
    return false;
  }
  if (!is_permitted(!is_reading, address, bytes)) {
    unwind(block, index);
    raise(is_reading ? cause::kLoadFault : cause::kStoreFault, address);
    return false;
  }
  return is_reading ? slow_load(block, index, address, bytes) : slow_store(block, index, address, bytes);
}

void Core::write_loaded(const MicroOperation& operation, std::uint32_t raw) {
  if (is_floating(operation.kind)) csrs_.floating().set_dirty();
  x_[operation.rd] = extend(operation.kind, raw);
}

bool Core::slow_load(const Block& block, std::size_t index, std::uint32_t address, unsigned bytes) {
  const MicroOperation& operation = block.operations[index];
  std::array<std::uint8_t, 4> data{};
  const std::span item(data.data(), bytes);
  const bool is_inside = is_memory(address, item.size());
  if (is_inside) {
    if (const std::uint8_t* host = data_->host(address, item.size(), false)) {
      std::copy_n(host, item.size(), item.begin());
      write_loaded(operation, from_bytes(data));
      data_->prefer(address, free_span(address));
      return true;
    }
  }
  unwind(block, index);
  std::uint64_t extra_cycles = 0;
  const Fault fault =
      is_inside ? access_memory(false, address, item) : access_outside(false, address, item, extra_cycles);
  if (fault.is_faulty) {
    cycle_ += extra_cycles;
    raise(cause::kLoadFault, fault.address);
    return false;
  }
  write_loaded(operation, from_bytes(data));
  return finish_access(block, index, extra_cycles);
}

bool Core::slow_store(const Block& block, std::size_t index, std::uint32_t address, unsigned bytes) {
  const MicroOperation& operation = block.operations[index];
  auto data = to_bytes(x_[operation.rs2]);
  const std::span item(data.data(), bytes);
  const bool is_inside = is_memory(address, item.size());
  if (is_inside) {
    std::uint8_t* host = data_->host(address, item.size(), true);
    if (host != nullptr && !has_code(address, std::uint64_t{address} + item.size())) {
      std::ranges::copy(item, host);
      if (!page_has_code(address >> kPageBits)) data_->open_page(address >> kPageBits, free_span(address));
      return true;
    }
  }
  unwind(block, index);
  std::uint64_t extra_cycles = 0;
  const Fault fault =
      is_inside ? access_memory(true, address, item) : access_outside(true, address, item, extra_cycles);
  if (fault.is_faulty) {
    cycle_ += extra_cycles;
    raise(cause::kStoreFault, fault.address);
    return false;
  }
  return finish_access(block, index, extra_cycles);
}

}  // namespace mho::soc::riscv
