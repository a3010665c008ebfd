// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/tlm/initiator.hpp"

#include <bit>

namespace mho::tlm_base {

static_assert(std::endian::native == std::endian::little,
              "the modelled machine is little-endian, as is the host");

Initiator::Initiator(const char* name, const Context& context) : socket(name), ledger_(context.ledger) {
  tag_.initiator = name;
  payload_.set_extension(&tag_);
}

Initiator::~Initiator() {
  payload_.clear_extension(&tag_);
}

tlm::tlm_response_status Initiator::transfer(tlm::tlm_command command, std::uint64_t address,
                                             std::uint8_t* data, std::size_t bytes, std::uint32_t job,
                                             sc_core::sc_time& delay) {
  tag_.purpose = {ledger_.next_transaction(), job};
  payload_.set_command(command);
  payload_.set_address(address);
  payload_.set_data_ptr(data);
  payload_.set_data_length(static_cast<unsigned>(bytes));
  payload_.set_streaming_width(static_cast<unsigned>(bytes));
  payload_.set_byte_enable_ptr(nullptr);
  payload_.set_dmi_allowed(false);
  payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  socket->b_transport(payload_, delay);
  return payload_.get_response_status();
}

tlm::tlm_response_status Initiator::read(std::uint64_t address, std::span<std::uint8_t> data,
                                         std::uint32_t job, sc_core::sc_time& delay) {
  return transfer(tlm::TLM_READ_COMMAND, address, data.data(), data.size(), job, delay);
}

tlm::tlm_response_status Initiator::write(std::uint64_t address, std::span<const std::uint8_t> data,
                                          std::uint32_t job, sc_core::sc_time& delay) {
  // TLM payloads carry a mutable pointer for both directions; a target must not modify data on a write.
  return transfer(tlm::TLM_WRITE_COMMAND, address, const_cast<std::uint8_t*>(data.data()), data.size(), job,
                  delay);
}

tlm::tlm_response_status Initiator::read32(std::uint64_t address, std::uint32_t& value, std::uint32_t job,
                                           sc_core::sc_time& delay) {
  return transfer(tlm::TLM_READ_COMMAND, address, reinterpret_cast<std::uint8_t*>(&value), sizeof value, job,
                  delay);
}

tlm::tlm_response_status Initiator::write32(std::uint64_t address, std::uint32_t value, std::uint32_t job,
                                            sc_core::sc_time& delay) {
  return transfer(tlm::TLM_WRITE_COMMAND, address, reinterpret_cast<std::uint8_t*>(&value), sizeof value, job,
                  delay);
}

}  // namespace mho::tlm_base
