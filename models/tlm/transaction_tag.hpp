// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The TLM extension that carries a transaction's identity from its initiator through the bus to whoever
// spends energy for it.
#pragma once

#include <systemc>
#include <tlm>

#include "models/cost/ledger.hpp"

namespace mho::tlm_base {

/// Set by the initiator, read by targets, but for the answer `is_repeatable`. An initiator owns one per
/// payload and reuses it.
class TransactionTag final : public tlm::tlm_extension<TransactionTag> {
 public:
  cost::Purpose purpose;       ///< id of the transaction and of the job it is for
  const char* initiator = "";  ///< "cpu", "dru", "dma", "debugger"; a string with static lifetime
  /// How many equal reads the payload stands for; it is the last of them. Their numbers are those up to
  /// `purpose.transaction`. Above 1 only if the read before them was answered as repeatable.
  std::uint64_t count = 1;
  /// Answer to a read. True: until the kernel or another transaction changes something, a read like this one
  /// returns the same and takes as long, and nobody watches.
  bool is_repeatable = false;

  tlm::tlm_extension_base* clone() const override { return new TransactionTag(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override {
    *this = static_cast<const TransactionTag&>(other);
  }
};

/// The purpose a payload carries; {0, 0} without a tag.
inline cost::Purpose purpose_of(const tlm::tlm_generic_payload& payload) {
  const auto* tag = payload.get_extension<TransactionTag>();
  return tag != nullptr ? tag->purpose : cost::Purpose{};
}

}  // namespace mho::tlm_base
