// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/ram.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "models/base/error.hpp"
#include "models/tlm/sanitizer.hpp"
#include "models/tlm/transaction_tag.hpp"

namespace mho::soc {

Ram::Ram(sc_core::sc_module_name name, const RamParams& params, const tlm_base::Context& context)
    : sc_module(name),
      socket("socket"),
      params_(params),
      ledger_(context.ledger),
      component_(context.ledger.add_component("soc.ram")),
      byte_energy_(Energy::joules(params.energy_per_byte_joules)) {
  require(params.bytes > 0 && params.bytes % kPageBytes == 0 && params.bytes <= (2ull << 30),
          "ram: size {} B must be a multiple of 4096 B, at least 4096 B and at most 2 GiB", params.bytes);
  require(params.clock_period_ps > 0, "ram: the clock period must be at least 1 ps");
  require(params.width_bytes > 0, "ram: the width of the system port must be at least 1 byte");
  void* mapped =
      mmap(nullptr, params.bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(mapped != MAP_FAILED, "ram: the host has no {} B of address space left; choose a smaller memory",
          params.bytes);
  tlm_base::forget_red_zones(mapped, params.bytes);
  memory_ = static_cast<std::uint8_t*>(mapped);
  ledger_.set_static_power(component_, Power::watts(params.static_power_watts), 0);
  socket.register_b_transport(this, &Ram::b_transport);
  socket.register_transport_dbg(this, &Ram::transport_dbg);
  socket.register_get_direct_mem_ptr(this, &Ram::get_direct_mem_ptr);
}

Ram::~Ram() {
  munmap(memory_, params_.bytes);
}

void Ram::watch(std::uint64_t offset, std::uint64_t bytes, Watch listener) {
  ensure(bytes > 0 && offset < params_.bytes && bytes <= params_.bytes - offset,
         "ram: watch at offset {:#x}, {} B, lies outside the memory", offset, bytes);
  watches_.push_back({.offset = offset, .bytes = bytes, .listener = std::move(listener)});
  if (dmi_granted_) socket->invalidate_direct_mem_ptr(0, params_.bytes - 1);
}

bool Ram::copy(tlm::tlm_generic_payload& payload) {
  const std::uint64_t offset = payload.get_address();
  const std::uint64_t bytes = payload.get_data_length();
  if (offset >= params_.bytes || bytes > params_.bytes - offset) return false;
  if (payload.is_read()) {
    std::memcpy(payload.get_data_ptr(), memory_ + offset, bytes);
  } else if (payload.is_write()) {
    std::memcpy(memory_ + offset, payload.get_data_ptr(), bytes);
  }
  return true;
}

void Ram::charge_system_port(const tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t bytes = payload.get_data_length();
  const std::uint64_t cycles = (bytes + params_.width_bytes - 1) / params_.width_bytes;
  const std::uint64_t busy_ps = cycles * params_.clock_period_ps;
  const std::uint64_t start_ps = port_.reserve(tlm_base::now_ps(delay), busy_ps);
  const std::uint64_t end_ps = start_ps + params_.latency_cycles * params_.clock_period_ps + busy_ps;
  delay = tlm_base::from_ps(end_ps) - sc_core::sc_time_stamp();
  ledger_.book(component_, cost::EnergyKind::kDynamic, byte_energy_ * bytes, tlm_base::purpose_of(payload));
}

void Ram::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  if (!copy(payload)) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const std::uint64_t time_ps = tlm_base::now_ps(delay);
  const bool is_tagged = payload.get_extension<tlm_base::TransactionTag>() != nullptr;
  if (is_tagged) charge_system_port(payload, delay);
  if (payload.is_write()) {
    if (is_tagged && foreign_write_) foreign_write_(payload.get_address(), payload.get_data_length());
    if (!watches_.empty()) report_watches(payload.get_address(), payload.get_data_length(), time_ps);
  }
  payload.set_dmi_allowed(!is_tagged);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void Ram::report_watches(std::uint64_t offset, std::uint64_t bytes, std::uint64_t time_ps) const {
  for (const auto& watched : watches_) {
    if (offset < watched.offset + watched.bytes && watched.offset < offset + bytes) {
      watched.listener(offset, bytes, time_ps);
    }
  }
}

unsigned Ram::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (!copy(payload)) return 0;
  if (payload.is_write() && foreign_write_) foreign_write_(payload.get_address(), payload.get_data_length());
  return payload.get_data_length();
}

bool Ram::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t offset = payload.get_address();
  if (offset >= params_.bytes || payload.get_extension<tlm_base::TransactionTag>() != nullptr) return false;
  const std::uint64_t page = offset / kPageBytes * kPageBytes;
  std::uint64_t first = 0, end = params_.bytes;
  for (const auto& watched : watches_) {
    const std::uint64_t watched_first = watched.offset / kPageBytes * kPageBytes;
    const std::uint64_t watched_end =
        (watched.offset + watched.bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    if (page >= watched_first && page < watched_end) {
      dmi.set_start_address(watched_first);
      dmi.set_end_address(watched_end - 1);
      dmi.allow_none();
      return false;
    }
    if (watched_end <= page) first = std::max(first, watched_end);
    if (watched_first > page) end = std::min(end, watched_first);
  }
  dmi_granted_ = true;
  dmi.allow_read_write();
  dmi.set_dmi_ptr(memory_ + first);
  dmi.set_start_address(first);
  dmi.set_end_address(end - 1);
  dmi.set_read_latency(sc_core::SC_ZERO_TIME);
  dmi.set_write_latency(sc_core::SC_ZERO_TIME);
  return true;
}

}  // namespace mho::soc
