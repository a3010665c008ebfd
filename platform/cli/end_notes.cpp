// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/end_notes.hpp"

#include <fmt/format.h>

#include "platform/post_mortem/access_fault.hpp"
#include "platform/post_mortem/waiting_interrupts.hpp"

namespace mho::platform::cli {

std::string place_of_end(const RunResult& result, const PlaceOf& place_of) {
  if (is_guests_own(result.exit_cause)) return {};
  const std::string place = place_of(result.pc);
  if (result.exit_cause == soc::ExitCause::kHang) return place.empty() ? place : "; in " + place;
  return fmt::format("; at pc {:#010x}{}{}", result.pc, place.empty() ? "" : " in ", place);
}

std::vector<std::string> fatal_access(const RunResult& result, Machine& machine, const PlaceOf& place_of) {
  if (is_guests_own(result.exit_cause) && result.exit_code == 0) return {};
  const auto fault = post_mortem::find_access_fault(machine.cpu());
  if (!fault) return {};
  const std::string place = place_of(fault->pc);
  return {fmt::format("access fault at pc {:#010x}{}{}: {}", fault->pc, place.empty() ? "" : " in ", place,
                      fault->text)};
}

std::vector<std::string> left_interrupts(const RunResult& result, Machine& machine) {
  if (is_guests_own(result.exit_cause)) return {};
  return post_mortem::waiting_interrupts(machine.cpu(), machine.plic());
}

}  // namespace mho::platform::cli
