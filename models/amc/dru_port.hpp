// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The refinement unit's way to the bus and to time: transfers, posted register accesses, work of the vector
// unit. Everything that takes time waits here for real, at the moment it happens, so that memory is touched
// then.
//
// Posted accesses leave one after another without waiting for each other's answer, as far as the bus takes
// them; then() makes later ones wait for those before; finish() waits for all. Targets that work at the same
// time are thus waited for together: the longest counts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <systemc>

#include "models/amc/amc_params.hpp"
#include "models/amc/block_cost.hpp"
#include "models/amc/dru_state.hpp"
#include "models/tlm/initiator.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

class DruPort {
 public:
  DruPort(tlm_base::Initiator& bus, const AmcParams& params, const BlockCost& cost, DruCounters& counters);

  /// From here on everything is charged to `job`.
  void begin(std::uint32_t job);
  std::uint32_t job() const { return job_; }

  /// Ends whatever is being waited for, now or `delay` from now; every call returns kNotRun until begin().
  void drop(sc_core::sc_time delay);
  bool is_dropped() const { return is_dropped_; }

  /// One burst; waits until it is done.
  Outcome read(std::uint32_t address, std::span<std::uint8_t> data);
  Outcome write(std::uint32_t address, std::span<const std::uint8_t> data);

  void post_read(std::uint32_t address, std::span<std::uint8_t> data);
  void post_write(std::uint32_t address, std::span<const std::uint8_t> data);
  void post_read32(std::uint32_t address, std::uint32_t& value);
  void post_write32(std::uint32_t address, std::uint32_t value);
  void then() { base_ = end_; }
  /// @returns the first posted access that failed, as BUS_ERROR with its address
  Outcome finish();

  Outcome wait_cycles(std::uint64_t cycles);

  /// Work of the vector unit on `elements`: their operations are counted, charged and waited for.
  /// @param sram_words  accesses to the vector memory
  Outcome work(std::uint64_t elements, double joules_each, std::uint64_t sram_words);
  /// The usual case: one addition per element, `vectors` operands and results.
  Outcome work_on_vectors(std::uint64_t elements, unsigned vectors, double joules_each) {
    return work(elements, joules_each, elements * vectors);
  }

  const AmcCosts& costs() const { return costs_; }
  static std::uint64_t now_ps() { return tlm_base::to_ps(sc_core::sc_time_stamp()); }

 private:
  Outcome wait(sc_core::sc_time duration);
  void note(tlm::tlm_response_status response, std::uint32_t address, sc_core::sc_time end);

  tlm_base::Initiator& bus_;
  const BlockCost& cost_;
  DruCounters& counters_;
  AmcCosts costs_;
  std::uint64_t period_ps_;
  std::uint32_t lanes_;
  std::uint32_t job_ = 0;
  sc_core::sc_event dropped_;
  bool is_dropped_ = false;
  sc_core::sc_time base_, end_;  ///< of the posted accesses, from now
  Outcome posted_;
};

/// The bytes of a trivially copyable object or of a span of them.
template <typename T>
std::span<std::uint8_t> bytes_of(T& object) {
  return {reinterpret_cast<std::uint8_t*>(&object), sizeof object};
}
template <typename T>
std::span<std::uint8_t> bytes_of(std::span<T> objects) {
  return {reinterpret_cast<std::uint8_t*>(objects.data()), objects.size_bytes()};
}

}  // namespace mho::amc
