// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/uart16550.hpp"

#include <array>
#include <cstring>

#include "models/tlm/time.hpp"
#include "models/tlm/transaction_tag.hpp"
#include "registers/uart.hpp"  // generated

namespace mho::soc {
namespace reg = registers::uart;
namespace {

/// IIR without its FIFO bits.
constexpr std::uint8_t cause_code(reg::UartCause cause) {
  return static_cast<std::uint8_t>(static_cast<std::uint32_t>(cause) << reg::kIirCauseShift);
}
constexpr std::uint8_t kCauseNone = reg::kIirNonePendingMask;
constexpr std::uint8_t kCauseTransmit = cause_code(reg::UartCause::kTransmit);
constexpr std::uint8_t kModemConnected = reg::kMsrReset;
constexpr std::size_t kFifoDepth = 16;
/// RBR, THR and the low half of the divisor share offset 0, IER and the high half offset 1, IIR and FCR
/// offset 2.
constexpr std::uint32_t kLastOffset = reg::kScrOffset;
constexpr std::array<std::size_t, 4> kTriggerLevels{1, 4, 8, 14};

}  // namespace

Uart16550::Uart16550(sc_core::sc_module_name name, const UartParams& params, const tlm_base::Context& context,
                     std::function<void(std::uint8_t, std::uint64_t)> transmit)
    : sc_module(name),
      socket("socket"),
      params_(params),
      cost_(context.ledger, "soc.uart", params.cost),
      transmit_(std::move(transmit)) {
  socket.register_b_transport(this, &Uart16550::b_transport);
  socket.register_transport_dbg(this, &Uart16550::transport_dbg);
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&transmitter_empty_);
  const auto on_empty = [this] {
    const std::uint64_t now = tlm_base::to_ps(sc_core::sc_time_stamp());
    retire_sent(now);
    transmit_interrupt_ = start_times_ps_.empty();
    update_irq(now);
  };
  sc_core::sc_spawn(on_empty, "transmitter", &options);
}

bool Uart16550::divisor_access() const {
  return (line_control_ & reg::kLcrDivisorAccessMask) != 0;
}
bool Uart16550::loopback() const {
  return (modem_control_ & reg::kMcrLoopbackMask) != 0;
}
std::size_t Uart16550::fifo_depth() const {
  return (fifo_control_ & reg::kFcrEnableMask) != 0 ? kFifoDepth : 1;
}

void Uart16550::inject(std::string_view bytes) {
  for (const char c : bytes) backlog_.push_back(static_cast<std::uint8_t>(c));
  refill();
  update_irq(tlm_base::to_ps(sc_core::sc_time_stamp()));
}

void Uart16550::reset(std::uint64_t time_ps) {
  receive_fifo_.clear();
  start_times_ps_.clear();
  transmitter_empty_.cancel();
  divisor_ = 0;
  interrupt_enable_ = line_control_ = modem_control_ = scratch_ = fifo_control_ = 0;
  transmit_interrupt_ = overrun_ = false;
  refill();
  update_irq(time_ps);
}

void Uart16550::refill() {
  while (!loopback() && !backlog_.empty() && receive_fifo_.size() < fifo_depth()) {
    receive_fifo_.push_back(backlog_.front());
    backlog_.pop_front();
  }
}

void Uart16550::retire_sent(std::uint64_t time_ps) {
  while (!start_times_ps_.empty() && start_times_ps_.front() <= time_ps) start_times_ps_.pop_front();
}

void Uart16550::send(std::uint8_t byte, std::uint64_t time_ps) {
  if (loopback()) {
    if (receive_fifo_.size() < fifo_depth()) {
      receive_fifo_.push_back(byte);
    } else {
      overrun_ = true;
    }
    transmit_interrupt_ = true;
    return;
  }
  retire_sent(time_ps);
  // A write to a full holding register or FIFO is lost, as in the hardware.
  if (start_times_ps_.size() >= fifo_depth()) return;
  const std::uint64_t start_ps = std::max(time_ps, line_free_ps_);
  line_free_ps_ = start_ps + params_.character_time_ps;
  if (transmit_) transmit_(byte, line_free_ps_);
  transmit_interrupt_ = start_ps == time_ps;
  if (start_ps == time_ps) return;
  start_times_ps_.push_back(start_ps);
  transmitter_empty_.cancel();
  transmitter_empty_.notify(tlm_base::from_ps(start_ps) - sc_core::sc_time_stamp());
}

void Uart16550::set_fifo_control(std::uint8_t value) {
  const bool toggles = ((value ^ fifo_control_) & reg::kFcrEnableMask) != 0;
  if (toggles || (value & reg::kFcrClearReceiveMask) != 0) receive_fifo_.clear();
  if (toggles || (value & reg::kFcrClearTransmitMask) != 0) {
    // What `transmit` has been given cannot be taken back: resetting only frees the FIFO.
    start_times_ps_.clear();
    transmitter_empty_.cancel();
    transmit_interrupt_ = true;
  }
  fifo_control_ = value;
  refill();
}

std::uint8_t Uart16550::interrupt_cause() const {
  if ((interrupt_enable_ & reg::kIerLineStatusMask) != 0 && overrun_)
    return cause_code(reg::UartCause::kLineStatus);
  if ((interrupt_enable_ & reg::kIerReceiveMask) != 0 && !receive_fifo_.empty()) {
    const std::size_t trigger =
        fifo_depth() == 1 ? 1
                          : kTriggerLevels[static_cast<std::size_t>(fifo_control_ >> reg::kFcrTriggerShift)];
    return receive_fifo_.size() >= trigger ? cause_code(reg::UartCause::kReceive)
                                           : cause_code(reg::UartCause::kTimeout);
  }
  if ((interrupt_enable_ & reg::kIerTransmitMask) != 0 && transmit_interrupt_) return kCauseTransmit;
  return kCauseNone;
}

void Uart16550::update_irq(std::uint64_t time_ps) {
  irq.set(interrupt_cause() != kCauseNone, time_ps);
}

std::uint8_t Uart16550::read(unsigned offset, std::uint64_t time_ps, bool is_debug) {
  switch (offset) {
    case reg::kRbrOffset: {
      if (divisor_access()) return static_cast<std::uint8_t>(divisor_);
      if (receive_fifo_.empty()) return 0;
      const std::uint8_t byte = receive_fifo_.front();
      if (!is_debug) {
        receive_fifo_.pop_front();
        refill();
      }
      return byte;
    }
    case reg::kIerOffset:
      return divisor_access() ? static_cast<std::uint8_t>(divisor_ >> 8) : interrupt_enable_;
    case reg::kIirOffset: {
      const std::uint8_t cause = interrupt_cause();
      if (!is_debug && cause == kCauseTransmit) transmit_interrupt_ = false;
      return static_cast<std::uint8_t>(cause |
                                       ((fifo_control_ & reg::kFcrEnableMask) != 0 ? reg::kIirFifosMask : 0));
    }
    case reg::kLcrOffset:
      return line_control_;
    case reg::kMcrOffset:
      return modem_control_;
    case reg::kLsrOffset: {
      std::uint8_t status = receive_fifo_.empty() ? 0 : reg::kLsrDataReadyMask;
      if (overrun_) status |= reg::kLsrOverrunMask;
      const bool is_queued = !start_times_ps_.empty() && start_times_ps_.back() > time_ps;
      if (!is_queued) status |= reg::kLsrThrEmptyMask;
      if (line_free_ps_ <= time_ps) status |= reg::kLsrIdleMask;
      if (!is_debug) overrun_ = false;
      return status;
    }
    case reg::kMsrOffset:
      if (!loopback()) return kModemConnected;
      // In loopback DTR, RTS, OUT1 and OUT2 come back as DSR, CTS, RI and DCD.
      return static_cast<std::uint8_t>(((modem_control_ & 0x02) << 3) | ((modem_control_ & 0x01) << 5) |
                                       ((modem_control_ & 0x0c) << 4));
    default:
      return scratch_;
  }
}

void Uart16550::write(unsigned offset, std::uint8_t value, std::uint64_t time_ps) {
  switch (offset) {
    case reg::kRbrOffset:
      if (divisor_access()) {
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0xff00) | value);
      } else {
        send(value, time_ps);
      }
      break;
    case reg::kIerOffset:
      if (divisor_access()) {
        divisor_ = static_cast<std::uint16_t>((divisor_ & 0x00ff) | (value << 8));
      } else {
        const bool enables_transmit = (value & ~interrupt_enable_ & reg::kIerTransmitMask) != 0;
        interrupt_enable_ = value & reg::kIerWriteMask;
        retire_sent(time_ps);
        if (enables_transmit && start_times_ps_.empty()) transmit_interrupt_ = true;
      }
      break;
    case reg::kIirOffset:
      set_fifo_control(value);
      break;
    case reg::kLcrOffset:
      line_control_ = value;
      break;
    case reg::kMcrOffset:
      modem_control_ = value & reg::kMcrWriteMask;
      break;
    case reg::kScrOffset:
      scratch_ = value;
      break;
    default:
      break;
  }
}

void Uart16550::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const std::uint64_t offset = payload.get_address();
  const std::size_t bytes = payload.get_data_length();
  if (payload.get_byte_enable_ptr() != nullptr || offset > kLastOffset || bytes > 4) {
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    return;
  }
  const tlm_base::Access access{.purpose = tlm_base::purpose_of(payload), .delay = delay};
  cost_.book_access(access);
  const std::uint64_t time_ps = tlm_base::now_ps(delay);
  std::uint8_t* data = payload.get_data_ptr();
  if (payload.is_write()) {
    write(static_cast<unsigned>(offset), data[0], time_ps);
  } else {
    std::memset(data, 0, bytes);
    data[0] = read(static_cast<unsigned>(offset), time_ps, false);
  }
  update_irq(time_ps);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

unsigned Uart16550::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (!payload.is_read()) return 0;
  const std::uint64_t first = payload.get_address();
  const std::uint64_t now = tlm_base::to_ps(sc_core::sc_time_stamp());
  for (unsigned i = 0; i < payload.get_data_length(); ++i) {
    payload.get_data_ptr()[i] =
        first + i <= kLastOffset ? read(static_cast<unsigned>(first + i), now, true) : 0;
  }
  return payload.get_data_length();
}

}  // namespace mho::soc
