// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One record per bus transaction: who asked whom for what, when, and what it cost.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/base/energy.hpp"

namespace mho::trace {

struct TransactionRecord {
  std::uint64_t id = 0;
  std::uint32_t job = 0;       ///< 0: not for a job
  std::string_view initiator;  ///< "cpu", "dru", "dma", …
  std::string_view target;     ///< "ram", "uart", "amc.mvm12", …; "none" when nothing answers
  bool is_write = false;
  std::uint64_t address = 0;
  std::uint32_t bytes = 0;
  std::uint64_t start_ps = 0;
  std::uint64_t end_ps = 0;
  bool is_ok = true;
};

/// Receives the records in the order in which transactions complete. Energy arrives separately, through
/// Ledger::on_booking(), under the same id.
class TransactionLog {
 public:
  virtual ~TransactionLog() = default;
  virtual void record(const TransactionRecord& record) = 0;
};

}  // namespace mho::trace
