// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/dma.hpp"

#include <algorithm>
#include <utility>

#include "models/tlm/time.hpp"

namespace mho::soc {
namespace reg = registers::dma;

Dma::Dma(sc_core::sc_module_name name, const DmaParams& params, const tlm_base::Context& context)
    : RegisterTarget(name),
      initiator("dma", context),
      cost_(context.ledger, "soc.dma", params.cost),
      byte_energy_(Energy::joules(params.energy_per_byte_joules)),
      trace_(context.trace),
      busy_signal_(context.trace.declare_bits("soc.dma.busy", 1)) {
  sc_core::sc_spawn([this] { thread(); }, "engine");
}

bool Dma::is_repeatable(std::uint32_t offset) const {
  return offset == reg::kStatusOffset || offset == reg::kIrqStateOffset;
}

bool Dma::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  switch (offset) {
    case reg::kIdOffset:
      value = reg::kIdValue;
      break;
    case reg::kStatusOffset:
      value = registers::with_field(busy_ ? reg::kStatusBusyMask : 0, reg::kStatusResultMask,
                                    reg::kStatusResultShift, static_cast<std::uint32_t>(result_));
      break;
    case reg::kSourceOffset:
      value = source_;
      break;
    case reg::kDestinationOffset:
      value = destination_;
      break;
    case reg::kBytesOffset:
      value = bytes_;
      break;
    case reg::kIrqStateOffset:
      value = irq_state_;
      break;
    case reg::kIrqEnableOffset:
      value = irq_enable_;
      break;
    case reg::kFaultAddressOffset:
      value = fault_address_;
      break;
    case reg::kCtrlOffset:
    case reg::kIrqTestOffset:
      value = 0;
      break;
    default:
      return false;
  }
  cost_.book_access(access);
  return true;
}

bool Dma::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  switch (offset) {
    case reg::kCtrlOffset:
      if ((value & reg::kCtrlStartMask) != 0 && !busy_) start(access);
      break;
    case reg::kSourceOffset:
      if (!busy_) source_ = value;
      break;
    case reg::kDestinationOffset:
      if (!busy_) destination_ = value;
      break;
    case reg::kBytesOffset:
      if (!busy_) bytes_ = value;
      break;
    case reg::kIrqStateOffset:
      irq_state_ &= ~value;
      break;
    case reg::kIrqEnableOffset:
      irq_enable_ = value & reg::kIrqEnableWriteMask;
      break;
    case reg::kIrqTestOffset:
      irq_state_ |= value & reg::kIrqTestWriteMask;
      break;
    case reg::kIdOffset:
    case reg::kStatusOffset:
    case reg::kFaultAddressOffset:
      break;
    default:
      return false;
  }
  cost_.book_access(access);
  update_irq(tlm_base::now_ps(access.delay));
  return true;
}

void Dma::start(const tlm_base::Access& access) {
  busy_ = true;
  result_ = Result::kNone;
  fault_address_ = 0;
  job_ = access.purpose.job;
  trace_.change(busy_signal_, tlm_base::now_ps(access.delay), 1);
  start_event_.notify(access.delay);
}

void Dma::reset(std::uint64_t time_ps) {
  is_dropped_ = busy_;
  source_ = destination_ = bytes_ = 0;
  irq_state_ = irq_enable_ = fault_address_ = 0;
  result_ = Result::kNone;
  update_irq(time_ps);
}

void Dma::update_irq(std::uint64_t time_ps) {
  irq.set((irq_state_ & irq_enable_) != 0, time_ps);
}

void Dma::thread() {
  while (true) {
    sc_core::wait(start_event_);
    const Result result = transfer();
    busy_ = false;
    const std::uint64_t now_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
    trace_.change(busy_signal_, now_ps, 0);
    if (std::exchange(is_dropped_, false)) continue;
    result_ = result;
    irq_state_ |= result == Result::kOk ? reg::kIrqStateDoneMask : reg::kIrqStateErrorMask;
    update_irq(now_ps);
  }
}

Dma::Result Dma::transfer() {
  constexpr std::uint64_t kAddressSpace = 1ull << 32;
  if (bytes_ == 0 || std::uint64_t{source_} + bytes_ > kAddressSpace ||
      std::uint64_t{destination_} + bytes_ > kAddressSpace) {
    return Result::kBadLength;
  }
  Result result = Result::kOk;
  std::uint32_t done = 0;
  while (done < bytes_) {
    const std::uint32_t to_source_boundary = kBurstBytes - (source_ + done) % kBurstBytes;
    const std::uint32_t to_destination_boundary = kBurstBytes - (destination_ + done) % kBurstBytes;
    const std::uint32_t burst = std::min({bytes_ - done, to_source_boundary, to_destination_boundary});
    if (!move_burst(done, burst, result)) return result;
    done += burst;
  }
  return result;
}

bool Dma::move_burst(std::uint32_t offset, std::uint32_t bytes, Result& result) {
  const std::span<std::uint8_t> data(buffer_.data(), bytes);
  sc_core::sc_time delay;
  if (initiator.read(source_ + offset, data, job_, delay) != tlm::TLM_OK_RESPONSE) {
    result = Result::kReadError;
    fault_address_ = source_ + offset;
  }
  sc_core::wait(delay);
  if (result != Result::kOk || is_dropped_) return false;

  delay = sc_core::SC_ZERO_TIME;
  if (initiator.write(destination_ + offset, data, job_, delay) != tlm::TLM_OK_RESPONSE) {
    result = Result::kWriteError;
    fault_address_ = destination_ + offset;
  }
  cost_.book(byte_energy_ * bytes, initiator.purpose());
  sc_core::wait(delay);
  return result == Result::kOk && !is_dropped_;
}

}  // namespace mho::soc
