// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Commands of the vector unit: between slots, scalars and memory. The arithmetic is models/numeric's.
//
// Wide vectors have two 32-bit words an element. They take twice the memory and accesses, and an addition of
// them takes two lane operations. Multipliers are 32 bits wide: commands that need them refuse wide vectors,
// but NORM2, which rounds first.
#pragma once

#include <cstdint>
#include <vector>

#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"

namespace mho::amc {

class DruVectorUnit {
 public:
  DruVectorUnit(DruStorage& storage, DruPort& port, DruMonitor& monitor)
      : storage_(storage), port_(port), monitor_(monitor) {}

  Outcome load(const DruCommand& command);
  Outcome store(const DruCommand& command);
  Outcome store_scalar(const DruCommand& command);
  Outcome clear(const DruCommand& command);
  Outcome slice(const DruCommand& command);
  Outcome join(const DruCommand& command);
  Outcome add(const DruCommand& command);
  Outcome scale(const DruCommand& command);
  Outcome multiply(const DruCommand& command);
  Outcome dot(const DruCommand& command);
  Outcome norm2(const DruCommand& command);
  Outcome ratio(const DruCommand& command);
  Outcome axpy(const DruCommand& command);

 private:
  using Vector = numeric::FixedVector;

  Outcome keep(const DruCommand& command, bool fits);
  Outcome keep_wide(const DruCommand& command, bool fits);
  template <typename Word>
  Outcome load_words(const DruCommand& command, numeric::BlockVector<Word>& vector);
  template <typename Word>
  Outcome store_words(const DruCommand& command, const numeric::BlockVector<Word>& vector);
  Outcome bad(std::uint32_t slot) const { return {DruStatus::kBadOperand, slot}; }

  DruStorage& storage_;
  DruPort& port_;
  DruMonitor& monitor_;
  Vector scratch_;
  numeric::WideVector wide_scratch_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace mho::amc
