// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The way of an actor of the refinement unit to the bus, to time, and to what it shares with others:
// transfers, posted register accesses, work of the vector unit, use of converters and macros. Everything that
// takes time waits here for real, at the moment it happens, so that memory is touched then.
//
// Posted accesses leave one after another without waiting for each other's answer, as far as the bus takes
// them; finish() waits for all. Targets that work at the same time are thus waited for together: the longest
// counts. Who posts long bursts calls pace() between them, so that others get the bus in between.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <systemc>

#include "models/amc/amc_params.hpp"
#include "models/amc/dru_shared.hpp"
#include "models/amc/dru_state.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

class DruPort {
 public:
  /// @param actor  whose way it is, as DruTurns counts
  DruPort(DruShared& shared, unsigned actor, const AmcParams& params);

  /// From here on everything is charged to `job`.
  void begin(std::uint32_t job);
  std::uint32_t job() const { return job_; }

  /// Waits that would end later than `deadline_ps` end there with WATCHDOG, until begin() or unlimit().
  void limit(std::uint64_t deadline_ps) { deadline_ps_ = deadline_ps; }
  void unlimit() { deadline_ps_ = kNever; }
  std::uint64_t deadline_ps() const { return deadline_ps_; }

  /// Ends whatever is being waited for, now or `delay` from now; every call returns kNotRun until begin().
  void drop(sc_core::sc_time delay);
  /// Returns when wake() says so.
  void sleep() { shared_.turns.sleep(actor_); }
  /// Ends sleep() in `delay`.
  void wake(sc_core::sc_time delay) { shared_.turns.wake(actor_, tlm_base::now_ps(delay)); }
  bool is_dropped() const { return is_dropped_; }

  /// One burst; waits until it is done.
  Outcome read(std::uint32_t address, std::span<std::uint8_t> data);
  Outcome write(std::uint32_t address, std::span<const std::uint8_t> data);

  void post_read(std::uint32_t address, std::span<std::uint8_t> data);
  void post_write(std::uint32_t address, std::span<const std::uint8_t> data);
  void post_read32(std::uint32_t address, std::uint32_t& value);
  /// @returns when it is done [ps]
  std::uint64_t post_write32(std::uint32_t address, std::uint32_t value);
  /// Waits for what was posted before the last pace().
  Outcome pace();
  /// @returns the first posted access that failed, as BUS_ERROR with its address
  Outcome finish();

  Outcome wait_until(std::uint64_t time_ps);

  Outcome wait_cycles(std::uint64_t cycles);

  /// Work of the vector unit on `elements`: their operations are counted, charged and waited for.
  /// @param sram_words  accesses to the vector memory
  Outcome work(std::uint64_t elements, double joules_each, std::uint64_t sram_words);
  /// Work on one lane whose operations wait for each other.
  Outcome work_in_sequence(std::uint64_t operations, double joules_each);
  /// The usual case: one addition per element, `vectors` operands and results.
  Outcome work_on_vectors(std::uint64_t elements, unsigned vectors, double joules_each) {
    return work(elements, joules_each, elements * vectors);
  }

  /// Waits until the actor has all of it, and then holds it; see DruArbiter. Held until release().
  Outcome acquire(const AnalogueRequest& request);
  unsigned lane(unsigned index) const { return shared_.arbiter.lane(actor_, index); }
  /// First register of the DAC bank that was granted.
  std::uint32_t dac_base() const;
  /// Has a macro take the patterns of that bank, unless there is no other.
  void post_input_bank(std::uint32_t macro);
  void release_dac() { shared_.arbiter.release_dac(actor_); }
  void release_lane(unsigned index) { shared_.arbiter.release_lane(actor_, index); }
  void release() { shared_.arbiter.release(actor_); }

  const AmcCosts& costs() const { return costs_; }
  static std::uint64_t now_ps() { return tlm_base::to_ps(sc_core::sc_time_stamp()); }

 private:
  Outcome occupy_vector_unit(std::uint64_t operations, std::uint64_t cycles, double joules);
  void note(tlm::tlm_response_status response, std::uint32_t address, sc_core::sc_time delay);

  DruShared& shared_;
  unsigned actor_;
  AmcCosts costs_;
  std::uint64_t period_ps_;
  std::uint32_t lanes_;
  std::uint32_t job_ = 0;
  bool is_dropped_ = false;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max() - 1;
  std::uint64_t deadline_ps_ = kNever;
  std::uint64_t end_ps_ = 0;        ///< of the posted accesses
  std::uint64_t paced_end_ps_ = 0;  ///< of those before the last pace()
  Outcome posted_;
};

/// What an actor holds of converters and macros is given back when it leaves the scope.
class AnalogueScope {
 public:
  explicit AnalogueScope(DruPort& port) : port_(port) {}
  ~AnalogueScope() { port_.release(); }
  AnalogueScope(const AnalogueScope&) = delete;
  AnalogueScope& operator=(const AnalogueScope&) = delete;

 private:
  DruPort& port_;
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
