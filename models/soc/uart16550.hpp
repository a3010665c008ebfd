// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// 16550A UART: RBR/THR, IER, IIR/FCR, LCR, MCR, LSR, MSR, SCR, divisor latch, 16-byte FIFOs, interrupts,
// local loopback of data. Registers are one byte each; wider accesses see the byte and zeros above it.
// Modelled: transmission time per character when `character_time_ps` is set (otherwise sending is immediate,
// as on QEMU, whatever the divisor says). Not modelled: bits on the wire, parity, framing and break, modem
// lines other than "connected". Received bytes below the FIFO's trigger level count as timed out at once.
//
// Exact under temporal decoupling: the transmitter's state is a function of the access time; one event at the
// moment at which the FIFO runs empty raises the interrupt.
#pragma once

#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>
#include <systemc>
#include <tlm>

#include "models/soc/device_cost.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/irq.hpp"

namespace mho::soc {

struct UartParams {
  DeviceCostParams cost{.access_energy_joules = 0.4e-12, .static_power_watts = 50e-6};
  /// [picosecond] one character on the line; 0: immediate. 115200 baud 8N1 would be 86 805 556 ps.
  std::uint64_t character_time_ps = 0;
};

class Uart16550 final : public sc_core::sc_module {
 public:
  /// `transmit` receives every byte sent, in order, with the moment at which it has left the transmitter.
  Uart16550(sc_core::sc_module_name name, const UartParams& params, const tlm_base::Context& context,
            std::function<void(std::uint8_t, std::uint64_t)> transmit);

  tlm_utils::simple_target_socket<Uart16550> socket;
  tlm_base::IrqLine irq;

  /// Bytes from outside. They enter the receive FIFO as space allows, from the kernel's present on; nothing
  /// is lost.
  void inject(std::string_view bytes);

  /// Registers as after reset, FIFOs empty. What came from outside and did not fit the FIFO still waits.
  void reset(std::uint64_t time_ps);

 private:
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  std::uint8_t read(unsigned offset, std::uint64_t time_ps, bool is_debug);
  void write(unsigned offset, std::uint8_t value, std::uint64_t time_ps);
  void send(std::uint8_t byte, std::uint64_t time_ps);
  void set_fifo_control(std::uint8_t value);
  void refill();
  std::uint8_t interrupt_cause() const;
  void update_irq(std::uint64_t time_ps);
  void retire_sent(std::uint64_t time_ps);

  bool divisor_access() const;
  bool loopback() const;
  std::size_t fifo_depth() const;

  UartParams params_;
  DeviceCost cost_;
  std::function<void(std::uint8_t, std::uint64_t)> transmit_;
  sc_core::sc_event transmitter_empty_;
  std::deque<std::uint8_t> backlog_;  ///< injected, not yet in the FIFO
  std::deque<std::uint8_t> receive_fifo_;
  std::deque<std::uint64_t> start_times_ps_;  ///< when each queued character moves to the shift register
  std::uint64_t line_free_ps_ = 0;
  std::uint16_t divisor_ = 0;
  std::uint8_t interrupt_enable_ = 0, line_control_ = 0, modem_control_ = 0, scratch_ = 0;
  std::uint8_t fifo_control_ = 0;
  bool transmit_interrupt_ = false;
  bool overrun_ = false;
};

}  // namespace mho::soc
