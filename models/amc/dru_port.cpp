// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_port.hpp"

#include <cmath>

namespace mho::amc {

DruPort::DruPort(tlm_base::Initiator& bus, const AmcParams& params, const BlockCost& cost,
                 DruCounters& counters)
    : bus_(bus),
      cost_(cost),
      counters_(counters),
      costs_(params.costs),
      period_ps_(static_cast<std::uint64_t>(std::llround(1e12 / params.dru.clock_hz))),
      lanes_(params.dru.lanes) {}

void DruPort::begin(std::uint32_t job) {
  job_ = job;
  is_dropped_ = false;
  base_ = end_ = sc_core::SC_ZERO_TIME;
  posted_ = {};
}

void DruPort::drop(sc_core::sc_time delay) {
  is_dropped_ = true;
  dropped_.notify(delay);
}

Outcome DruPort::wait(sc_core::sc_time duration) {
  if (is_dropped_) return {DruStatus::kNotRun, 0};
  if (duration > sc_core::SC_ZERO_TIME) sc_core::wait(duration, dropped_);
  return {is_dropped_ ? DruStatus::kNotRun : DruStatus::kOk, 0};
}

void DruPort::note(tlm::tlm_response_status response, std::uint32_t address, sc_core::sc_time end) {
  end_ = std::max(end_, end);
  if (response != tlm::TLM_OK_RESPONSE && posted_.ok()) posted_ = {DruStatus::kBusError, address};
}

void DruPort::post_read(std::uint32_t address, std::span<std::uint8_t> data) {
  sc_core::sc_time end = base_;
  const auto response = bus_.read(address, data, job_, end);
  note(response, address, end);
}

void DruPort::post_write(std::uint32_t address, std::span<const std::uint8_t> data) {
  sc_core::sc_time end = base_;
  const auto response = bus_.write(address, data, job_, end);
  note(response, address, end);
}

void DruPort::post_read32(std::uint32_t address, std::uint32_t& value) {
  post_read(address, bytes_of(value));
}

void DruPort::post_write32(std::uint32_t address, std::uint32_t value) {
  post_write(address, bytes_of(value));
}

Outcome DruPort::finish() {
  const sc_core::sc_time end = end_;
  const Outcome posted = posted_;
  base_ = end_ = sc_core::SC_ZERO_TIME;
  posted_ = {};
  const Outcome waited = wait(end);
  return waited.ok() ? posted : waited;
}

Outcome DruPort::read(std::uint32_t address, std::span<std::uint8_t> data) {
  post_read(address, data);
  return finish();
}

Outcome DruPort::write(std::uint32_t address, std::span<const std::uint8_t> data) {
  post_write(address, data);
  return finish();
}

Outcome DruPort::wait_cycles(std::uint64_t cycles) {
  return wait(tlm_base::from_ps(cycles * period_ps_));
}

Outcome DruPort::work(std::uint64_t elements, double joules_each, std::uint64_t sram_words) {
  counters_.digital += elements;
  const double joules =
      static_cast<double>(elements) * joules_each + static_cast<double>(sram_words) * costs_.sram_word_J;
  // Not a bus transaction: charged to the job, like instructions of the CPU.
  cost_.book(joules, {.transaction = 0, .job = job_});
  return wait_cycles((elements + lanes_ - 1) / lanes_);
}

}  // namespace mho::amc
