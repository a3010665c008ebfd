// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/bus.hpp"

#include <algorithm>
#include <cstring>

#include "models/base/error.hpp"
#include "models/fault/injector.hpp"

namespace mho::soc {
namespace {

/// Values of the signal soc.bus.command.
constexpr std::uint64_t kIdle = 0, kRead = 1, kWrite = 2;

std::uint64_t beats_of(std::uint64_t bytes, std::uint64_t width_bytes) {
  // Nearly every transfer is a register's, which needs no division.
  if (bytes != 0 && bytes <= width_bytes) return 1;
  return (bytes + width_bytes - 1) / width_bytes;
}

}  // namespace

Bus::Bus(sc_core::sc_module_name name, const BusParams& params, const tlm_base::Context& context)
    : sc_module(name),
      initiators("initiators"),
      targets_("targets"),
      params_(params),
      context_(context),
      faults_(context.faults != nullptr && context.faults->has(fault::Kind::kTransferError) ? context.faults
                                                                                            : nullptr),
      component_(context.ledger.add_component("soc.bus")),
      transfer_energy_(Energy::joules(params.energy_per_transfer_joules)),
      byte_energy_(Energy::joules(params.energy_per_byte_joules)),
      latency_(tlm_base::from_ps(params.latency_cycles * params.clock_period_ps)),
      beat_(tlm_base::from_ps(params.clock_period_ps)) {
  require(params.clock_period_ps > 0, "bus: the clock period must be at least 1 ps");
  require(params.width_bytes > 0, "bus: the width must be at least 1 byte");
  context_.ledger.set_static_power(component_, Power::watts(params.static_power_watts), 0);
  initiators.register_b_transport(this, &Bus::b_transport);
  initiators.register_transport_dbg(this, &Bus::transport_dbg);
  initiators.register_get_direct_mem_ptr(this, &Bus::get_direct_mem_ptr);
  targets_.register_invalidate_direct_mem_ptr(this, &Bus::invalidate_direct_mem_ptr);
  signals_ = {.address = context_.trace.declare_bits("soc.bus.address", 32),
              .data = context_.trace.declare_bits("soc.bus.data", 64),
              .command = context_.trace.declare_bits("soc.bus.command", 2),
              .initiator = context_.trace.declare_bits("soc.bus.initiator", 4),
              .bytes = context_.trace.declare_bits("soc.bus.bytes", 16)};
}

void Bus::map(std::uint64_t base, std::uint64_t bytes, std::string target_name) {
  ensure(bytes > 0 && base + bytes <= (1ull << 32),
         "bus: target '{}' at {:#x}, {:#x} bytes, is empty or too large", target_name, base, bytes);
  const auto at = std::ranges::upper_bound(regions_, base, {}, &Region::base);
  const bool hits_next = at != regions_.end() && base + bytes > at->base;
  const bool hits_previous = at != regions_.begin() && (at - 1)->base + (at - 1)->bytes > base;
  if (hits_next || hits_previous) {
    throw InternalError(fmt::format("bus: target '{}' at {:#x} overlaps '{}'", target_name, base,
                                    *(hits_next ? at : at - 1)->name));
  }
  names_.push_back(std::move(target_name));
  const Region region{.base = base,
                      .bytes = bytes,
                      .target = static_cast<unsigned>(by_target_.size()),
                      .name = &names_.back()};
  regions_.insert(at, region);
  latest_ = nullptr;
  by_target_.push_back(region);
}

const Bus::Region* Bus::find(std::uint64_t address) {
  if (latest_ != nullptr && address - latest_->base < latest_->bytes) return latest_;
  auto at = std::ranges::upper_bound(regions_, address, {}, &Region::base);
  if (at == regions_.begin()) return nullptr;
  --at;
  if (address - at->base >= at->bytes) return nullptr;
  latest_ = &*at;
  return latest_;
}

bool Bus::fits(const Region& region, const tlm::tlm_generic_payload& payload) {
  return payload.get_data_length() <= region.bytes - (payload.get_address() - region.base);
}

void Bus::forward(const Region* region, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (region == nullptr) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  if (payload.get_data_length() == 0 || !fits(*region, payload) ||
      payload.get_streaming_width() < payload.get_data_length()) {
    payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    return;
  }
  const std::uint64_t address = payload.get_address();
  payload.set_address(address - region->base);
  targets_[static_cast<int>(region->target)]->b_transport(payload, delay);
  payload.set_address(address);
}

void Bus::b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const Region* region = find(payload.get_address());
  auto* const tag = payload.get_extension<tlm_base::TransactionTag>();
  if (tag == nullptr) {
    forward(region, payload, delay);
  } else {
    transport_tagged(region, *tag, initiator, payload, delay);
  }
}

void Bus::transport_tagged(const Region* region, tlm_base::TransactionTag& tag, int initiator,
                           tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t kernel_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
  const std::uint64_t arrival_ps = kernel_ps + tlm_base::to_ps(delay);
  const std::uint64_t bytes = payload.get_data_length();
  const std::uint64_t beats = beats_of(bytes, params_.width_bytes);
  const std::uint64_t beats_ps = beats * params_.clock_period_ps;
  const std::uint64_t granted_ps = channel_.reserve(arrival_ps, beats_ps);
  const std::uint64_t at_target_ps = granted_ps + tlm_base::to_ps(latency_);

  if (granted_ps > arrival_ps) delay += tlm_base::from_ps(granted_ps - arrival_ps);
  delay += latency_;
  if (faults_ != nullptr &&
      faults_->refuses({.initiator = tag.initiator, .address = payload.get_address(), .bytes = bytes},
                       at_target_ps)) {
    payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  } else {
    forward(region, payload, delay);
  }
  const std::uint64_t answered_ps = kernel_ps + tlm_base::to_ps(delay);
  const std::uint64_t end_ps = std::max(answered_ps, at_target_ps + beats_ps);
  // Nearly every access is one beat to a target that answers at once: no sc_time is made for it.
  if (answered_ps == at_target_ps && beats == 1) {
    delay += beat_;
  } else if (end_ps > answered_ps) {
    delay += tlm_base::from_ps(end_ps - answered_ps);
  }

  // A read that had to wait for the channel takes longer than those behind it.
  if (tag.is_repeatable && (granted_ps > arrival_ps || is_watched())) tag.is_repeatable = false;

  context_.ledger.book(component_, cost::EnergyKind::kDynamic,
                       (transfer_energy_ + byte_energy_ * bytes) * tag.count, tag.purpose);
  if (context_.trace.enabled()) show(initiator, payload, granted_ps, granted_ps + beats_ps);
  if (access_log_ != nullptr) {
    access_log_->accessed({.initiator = tag.initiator,
                           .is_write = payload.is_write(),
                           .address = payload.get_address(),
                           .data = {payload.get_data_ptr(), bytes},
                           .is_ok = payload.is_response_ok()});
  }
  if (context_.transactions != nullptr) {
    context_.transactions->record({.id = tag.purpose.transaction,
                                   .job = tag.purpose.job,
                                   .initiator = tag.initiator,
                                   .target = region != nullptr ? std::string_view(*region->name) : "none",
                                   .is_write = payload.is_write(),
                                   .address = payload.get_address(),
                                   .bytes = static_cast<std::uint32_t>(bytes),
                                   .start_ps = arrival_ps,
                                   .end_ps = end_ps,
                                   .is_ok = payload.is_response_ok()});
  }
}

void Bus::show(int initiator, const tlm::tlm_generic_payload& payload, std::uint64_t granted_ps,
               std::uint64_t free_ps) {
  std::uint64_t data = 0;
  std::memcpy(&data, payload.get_data_ptr(), std::min<std::size_t>(sizeof data, payload.get_data_length()));
  auto& trace = context_.trace;
  trace.change(signals_.address, granted_ps, payload.get_address());
  trace.change(signals_.data, granted_ps, data);
  trace.change(signals_.bytes, granted_ps, payload.get_data_length());
  trace.change(signals_.initiator, granted_ps, static_cast<std::uint64_t>(initiator) + 1);
  trace.change(signals_.command, granted_ps, payload.is_write() ? kWrite : kRead);
  trace.change(signals_.command, free_ps, kIdle);
}

unsigned Bus::transport_dbg(int, tlm::tlm_generic_payload& payload) {
  const Region* region = find(payload.get_address());
  if (region == nullptr || !fits(*region, payload)) return 0;
  const std::uint64_t address = payload.get_address();
  payload.set_address(address - region->base);
  const unsigned bytes = targets_[static_cast<int>(region->target)]->transport_dbg(payload);
  payload.set_address(address);
  return bytes;
}

bool Bus::get_direct_mem_ptr(int, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const Region* region = find(payload.get_address());
  if (region == nullptr) return false;
  const std::uint64_t address = payload.get_address();
  payload.set_address(address - region->base);
  const bool granted = targets_[static_cast<int>(region->target)]->get_direct_mem_ptr(payload, dmi);
  payload.set_address(address);
  // A target may answer with an unbounded range: nothing beyond its own window is its to give.
  const std::uint64_t last = region->bytes - 1;
  dmi.set_start_address(region->base + std::min<std::uint64_t>(dmi.get_start_address(), last));
  dmi.set_end_address(region->base + std::min<std::uint64_t>(dmi.get_end_address(), last));
  return granted;
}

void Bus::invalidate_direct_mem_ptr(int target, sc_dt::uint64 start, sc_dt::uint64 end) {
  const Region& region = by_target_.at(static_cast<std::size_t>(target));
  const std::uint64_t last = region.bytes - 1;
  for (unsigned i = 0; i < initiators.size(); ++i) {
    initiators[static_cast<int>(i)]->invalidate_direct_mem_ptr(
        region.base + std::min<std::uint64_t>(start, last), region.base + std::min<std::uint64_t>(end, last));
  }
}

}  // namespace mho::soc
