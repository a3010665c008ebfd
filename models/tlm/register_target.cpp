// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/tlm/register_target.hpp"

#include <cstring>

namespace mho::tlm_base {
namespace {

constexpr unsigned kRegisterBytes = 4;

}  // namespace

RegisterTarget::RegisterTarget(sc_core::sc_module_name name) : sc_module(name), socket("socket") {
  socket.register_b_transport(this, &RegisterTarget::b_transport);
  socket.register_transport_dbg(this, &RegisterTarget::transport_dbg);
}

bool RegisterTarget::is_repeatable(std::uint32_t) const {
  return false;
}

bool RegisterTarget::read_window(std::uint32_t, std::span<std::uint8_t>, const Access&) {
  return false;
}
bool RegisterTarget::write_window(std::uint32_t, std::span<const std::uint8_t>, const Access&) {
  return false;
}

bool RegisterTarget::dispatch(tlm::tlm_generic_payload& payload, const Access& access) {
  const auto offset = static_cast<std::uint32_t>(payload.get_address());
  const std::size_t bytes = payload.get_data_length();
  const bool is_write = payload.is_write();
  if (offset >= window_offset()) {
    const std::uint32_t at = offset - window_offset();
    if (is_write) return write_window(at, {payload.get_data_ptr(), bytes}, access);
    return read_window(at, {payload.get_data_ptr(), bytes}, access);
  }
  if (bytes != kRegisterBytes || offset % kRegisterBytes != 0) return false;
  std::uint32_t value = 0;
  if (is_write) {
    std::memcpy(&value, payload.get_data_ptr(), sizeof value);
    return write_register(offset, value, access);
  }
  const bool ok = read_register(offset, value, access);
  std::memcpy(payload.get_data_ptr(), &value, sizeof value);
  return ok;
}

void RegisterTarget::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  if (payload.get_byte_enable_ptr() != nullptr) {
    payload.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    return;
  }
  auto* const tag = payload.get_extension<TransactionTag>();
  Access access{.purpose = {}, .delay = delay};
  if (tag != nullptr) {
    access.purpose = tag->purpose;
    access.count = tag->count;
  }
  const bool ok = dispatch(payload, access);
  payload.set_response_status(ok ? tlm::TLM_OK_RESPONSE : tlm::TLM_ADDRESS_ERROR_RESPONSE);
  if (tag == nullptr || !ok || !payload.is_read()) return;
  const auto offset = static_cast<std::uint32_t>(payload.get_address());
  tag->is_repeatable = offset < window_offset() && is_repeatable(offset);
}

unsigned RegisterTarget::transport_dbg(tlm::tlm_generic_payload& payload) {
  if (!payload.is_read()) return 0;
  sc_core::sc_time no_delay;
  const unsigned bytes = payload.get_data_length();
  if (dispatch(payload, Access{.purpose = {}, .delay = no_delay, .is_debug = true})) return bytes;
  // A debugger's dump of a block goes on over the gaps between registers, and what cannot be read now.
  const bool is_word = bytes == kRegisterBytes && payload.get_address() % kRegisterBytes == 0;
  if (!is_word) return 0;
  std::memset(payload.get_data_ptr(), 0, bytes);
  return bytes;
}

}  // namespace mho::tlm_base
