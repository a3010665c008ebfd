// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The bus face of a block with 32-bit registers: checks width and alignment, forwards to two callbacks.
// Windows (data memories inside a block) are accessed in bursts of any length through two more callbacks.
// A write to a register acts, so transport_dbg, which must have no side effect, reads only: it refuses every
// write (0 bytes), and no block has to.
#pragma once

#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <span>
#include <systemc>
#include <tlm>

#include "models/tlm/context.hpp"
#include "models/tlm/transaction_tag.hpp"

namespace mho::tlm_base {

/// What a register access came with. Blocks add to `delay` what the access takes.
struct Access {
  cost::Purpose purpose;
  sc_core::sc_time& delay;
  /// True for a read through transport_dbg: no side effect, no time, no energy. Writes never come this way.
  bool is_debug = false;
  /// How many equal reads this one stands for: energies count as often, delays once.
  std::uint64_t count = 1;
};

class RegisterTarget : public sc_core::sc_module {
 public:
  explicit RegisterTarget(sc_core::sc_module_name name);

  tlm_utils::simple_target_socket<RegisterTarget> socket;

 protected:
  /// `offset` is a multiple of 4 below the block's window (see window()). False: no such register, or not
  /// accessible this way; the initiator sees TLM_ADDRESS_ERROR_RESPONSE (an access fault for the CPU).
  virtual bool read_register(std::uint32_t offset, std::uint32_t& value, const Access& access) = 0;
  virtual bool write_register(std::uint32_t offset, std::uint32_t value, const Access& access) = 0;

  /// True for a register whose value follows from a state that changes with events of the kernel and with
  /// transactions only, and whose reading changes nothing and adds no delay. A CPU that polls it then sends
  /// many reads as one.
  virtual bool is_repeatable(std::uint32_t offset) const;

  /// Accesses at or above this offset go to read_window()/write_window() with offsets counted from it.
  virtual std::uint32_t window_offset() const { return 0xffffffff; }
  virtual bool read_window(std::uint32_t offset, std::span<std::uint8_t> data, const Access& access);
  virtual bool write_window(std::uint32_t offset, std::span<const std::uint8_t> data, const Access& access);

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool dispatch(tlm::tlm_generic_payload& payload, const Access& access);
};

}  // namespace mho::tlm_base
