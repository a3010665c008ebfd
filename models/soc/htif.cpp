// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/htif.hpp"

#include <cstring>

#include "models/tlm/time.hpp"

namespace mho::soc {
namespace {

constexpr unsigned kDeviceShift = 56, kCommandShift = 48;
constexpr std::uint64_t kPayloadMask = (1ull << kCommandShift) - 1;
constexpr std::uint64_t kDeviceSystem = 0, kDeviceConsole = 1, kCommandPut = 1;

ExitRequest exit_of(std::uint64_t payload, std::uint64_t time_ps) {
  return {.cause = ExitCause::kHtif,
          .code = static_cast<std::uint32_t>(payload >> 1),
          .time_ps = time_ps,
          .message = {}};
}

}  // namespace

Htif::Htif(sc_core::sc_module_name name, Ram& ram, std::uint64_t tohost,
           std::optional<std::uint64_t> fromhost, std::function<void(std::uint8_t)> put,
           ExitHandler request_exit)
    : sc_module(name),
      ram_(ram),
      tohost_(tohost),
      fromhost_(fromhost),
      put_(std::move(put)),
      request_exit_(std::move(request_exit)) {
  ram_.watch(tohost_, kTohostBytes, [this](std::uint64_t offset, std::uint64_t bytes, std::uint64_t time_ps) {
    on_store(offset, bytes, time_ps);
  });
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&grace_over_);
  sc_core::sc_spawn([this] { on_grace_over(); }, "grace", &options);
}

std::uint64_t Htif::load(std::uint64_t offset) const {
  std::uint64_t value = 0;
  std::memcpy(&value, ram_.bytes().data() + offset, sizeof value);
  return value;
}

void Htif::store(std::uint64_t offset, std::uint64_t value) {
  std::memcpy(ram_.bytes().data() + offset, &value, sizeof value);
}

void Htif::on_store(std::uint64_t offset, std::uint64_t bytes, std::uint64_t time_ps) {
  const std::uint64_t request = load(tohost_);
  const bool has_written_upper = offset + bytes > tohost_ + 4;
  if (has_written_upper) {
    waiting_.reset();
    grace_over_.cancel();
    handle(request, time_ps);
    return;
  }
  if ((request & 1) == 0 || waiting_.has_value()) return;
  waiting_ = exit_of(request, time_ps);
  grace_over_.notify(tlm_base::from_ps(time_ps + kGracePs) - sc_core::sc_time_stamp());
}

void Htif::on_grace_over() {
  if (waiting_.has_value()) request_exit_(*waiting_);
}

void Htif::handle(std::uint64_t request, std::uint64_t time_ps) {
  if (request == 0) return;
  const std::uint64_t device = request >> kDeviceShift;
  const std::uint64_t command = (request >> kCommandShift) & 0xff;
  const std::uint64_t payload = request & kPayloadMask;
  if (device == kDeviceSystem && command == 0) {
    ExitRequest exit = exit_of(payload, time_ps);
    if ((payload & 1) == 0) {
      exit.code = 1;
      exit.message = "the guest asked for a proxied system call through tohost, which is not supported";
    }
    request_exit_(exit);
    return;
  }
  store(tohost_, 0);
  if (device == kDeviceConsole && command == kCommandPut) {
    put_(static_cast<std::uint8_t>(payload));
    if (fromhost_.has_value()) store(*fromhost_, (device << kDeviceShift) | (command << kCommandShift));
  }
}

}  // namespace mho::soc
