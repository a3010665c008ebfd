// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/finisher.hpp"

#include "models/tlm/time.hpp"
#include "registers/finisher.hpp"  // generated

namespace mho::soc {
namespace reg = registers::finisher;

Finisher::Finisher(sc_core::sc_module_name name, const DeviceCostParams& cost,
                   const tlm_base::Context& context, ExitHandler request_exit)
    : RegisterTarget(name),
      cost_(context.ledger, "soc.finisher", cost),
      request_exit_(std::move(request_exit)) {}

bool Finisher::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  if (offset != reg::kExitOffset) return false;
  cost_.book_access(access);
  value = 0;
  return true;
}

bool Finisher::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  if (offset != reg::kExitOffset) return false;
  cost_.book_access(access);
  const auto command = static_cast<reg::FinisherCommand>(
      registers::field_of(value, reg::kExitCommandMask, reg::kExitCommandShift));
  const std::uint32_t code = registers::field_of(value, reg::kExitCodeMask, reg::kExitCodeShift);
  const std::uint64_t time_ps = tlm_base::now_ps(access.delay);
  if (command == reg::FinisherCommand::kPass) {
    request_exit_({.cause = ExitCause::kFinisher, .code = 0, .time_ps = time_ps, .message = {}});
  } else if (command == reg::FinisherCommand::kFail) {
    request_exit_(
        {.cause = ExitCause::kFinisher, .code = code != 0 ? code : 1, .time_ps = time_ps, .message = {}});
  }
  return true;
}

}  // namespace mho::soc
