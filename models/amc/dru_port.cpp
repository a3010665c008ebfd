// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_port.hpp"

#include <cmath>

namespace mho::amc {

DruPort::DruPort(DruShared& shared, unsigned actor, const AmcParams& params)
    : shared_(shared),
      actor_(actor),
      costs_(params.costs),
      period_ps_(static_cast<std::uint64_t>(std::llround(1e12 / params.dru.clock_hz))),
      lanes_(params.dru.lanes) {}

void DruPort::begin(std::uint32_t job) {
  job_ = job;
  is_dropped_ = false;
  unlimit();
  end_ps_ = paced_end_ps_ = 0;
  posted_ = {};
}

void DruPort::drop(sc_core::sc_time delay) {
  is_dropped_ = true;
  wake(delay);
}

Outcome DruPort::wait_until(std::uint64_t time_ps) {
  const std::uint64_t end_ps = std::min(time_ps, deadline_ps_ + 1);
  while (!is_dropped_ && now_ps() < end_ps) shared_.turns.sleep_until(actor_, end_ps);
  if (is_dropped_) return {DruStatus::kNotRun, 0};
  return {now_ps() < time_ps ? DruStatus::kWatchdog : DruStatus::kOk, 0};
}

Outcome DruPort::acquire(const AnalogueRequest& request) {
  shared_.arbiter.request(actor_, request);
  while (!is_dropped_ && !shared_.arbiter.is_granted(actor_)) sleep();
  return {is_dropped_ ? DruStatus::kNotRun : DruStatus::kOk, 0};
}

std::uint32_t DruPort::dac_base() const {
  return registers::memory_map::kDacBase + shared_.arbiter.bank(actor_) * registers::memory_map::kDacStride;
}

void DruPort::post_input_bank(std::uint32_t macro) {
  if (shared_.capabilities.dac_banks == 1) return;
  post_write32(macro + registers::array_macro::kInputBankOffset, shared_.arbiter.bank(actor_));
}

void DruPort::note(tlm::tlm_response_status response, std::uint32_t address, sc_core::sc_time delay) {
  end_ps_ = std::max(end_ps_, tlm_base::now_ps(delay));
  if (response != tlm::TLM_OK_RESPONSE && posted_.ok()) posted_ = {DruStatus::kBusError, address};
}

void DruPort::post_read(std::uint32_t address, std::span<std::uint8_t> data) {
  sc_core::sc_time delay;
  const auto response = shared_.initiator.read(address, data, job_, delay);
  note(response, address, delay);
}

void DruPort::post_write(std::uint32_t address, std::span<const std::uint8_t> data) {
  sc_core::sc_time delay;
  const auto response = shared_.initiator.write(address, data, job_, delay);
  note(response, address, delay);
}

void DruPort::post_read32(std::uint32_t address, std::uint32_t& value) {
  post_read(address, bytes_of(value));
}

std::uint64_t DruPort::post_write32(std::uint32_t address, std::uint32_t value) {
  sc_core::sc_time delay;
  const auto response = shared_.initiator.write(address, bytes_of(value), job_, delay);
  note(response, address, delay);
  return tlm_base::now_ps(delay);
}

Outcome DruPort::pace() {
  const Outcome waited = wait_until(paced_end_ps_);
  paced_end_ps_ = end_ps_;
  return waited;
}

Outcome DruPort::finish() {
  const std::uint64_t end_ps = end_ps_;
  const Outcome posted = posted_;
  end_ps_ = paced_end_ps_ = 0;
  posted_ = {};
  const Outcome waited = wait_until(end_ps);
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
  return wait_until(now_ps() + cycles * period_ps_);
}

/// Not a bus transaction: charged to the job, like instructions of the CPU.
Outcome DruPort::occupy_vector_unit(std::uint64_t operations, std::uint64_t cycles, double joules) {
  shared_.counters.digital += operations;
  shared_.cost.book(joules, {.transaction = 0, .job = job_});
  if (cycles == 0) return wait_until(now_ps());
  const std::uint64_t busy_ps = cycles * period_ps_;
  return wait_until(shared_.vector_unit.reserve(now_ps(), busy_ps) + busy_ps);
}

Outcome DruPort::work(std::uint64_t elements, double joules_each, std::uint64_t sram_words) {
  const double joules =
      static_cast<double>(elements) * joules_each + static_cast<double>(sram_words) * costs_.sram_word_J;
  return occupy_vector_unit(elements, (elements + lanes_ - 1) / lanes_, joules);
}

Outcome DruPort::work_in_sequence(std::uint64_t operations, double joules_each) {
  return occupy_vector_unit(operations, operations, static_cast<double>(operations) * joules_each);
}

}  // namespace mho::amc
