// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What every initiator but the CPU's fast path does for a transfer: fill a payload, tag it, send it.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <cstdint>
#include <span>
#include <string>
#include <systemc>
#include <tlm>

#include "models/tlm/context.hpp"
#include "models/tlm/transaction_tag.hpp"

namespace mho::tlm_base {

/// A named bus initiator with one outstanding transfer. Not thread-safe; one per SystemC process.
class Initiator {
 public:
  /// @param name  "dru", "dma", …; static lifetime
  Initiator(const char* name, const Context& context);
  ~Initiator();
  Initiator(const Initiator&) = delete;
  Initiator& operator=(const Initiator&) = delete;

  /// Reads or writes `data` at `address` by b_transport for `job`; adds what it took to `delay`.
  /// @returns TLM_OK_RESPONSE or the target's error. `data` may have any length ≥ 1.
  tlm::tlm_response_status read(std::uint64_t address, std::span<std::uint8_t> data, std::uint32_t job,
                                sc_core::sc_time& delay);
  tlm::tlm_response_status write(std::uint64_t address, std::span<const std::uint8_t> data, std::uint32_t job,
                                 sc_core::sc_time& delay);
  /// 32-bit register accesses.
  tlm::tlm_response_status read32(std::uint64_t address, std::uint32_t& value, std::uint32_t job,
                                  sc_core::sc_time& delay);
  tlm::tlm_response_status write32(std::uint64_t address, std::uint32_t value, std::uint32_t job,
                                   sc_core::sc_time& delay);

  /// What the latest transfer was booked under: for energy that the initiator itself spends on it.
  cost::Purpose purpose() const { return tag_.purpose; }

  tlm_utils::simple_initiator_socket<Initiator> socket;

 private:
  tlm::tlm_response_status transfer(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data,
                                    std::size_t bytes, std::uint32_t job, sc_core::sc_time& delay);

  cost::Ledger& ledger_;
  tlm::tlm_generic_payload payload_;
  TransactionTag tag_;
};

}  // namespace mho::tlm_base
