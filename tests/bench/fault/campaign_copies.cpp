// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The workload of the DMA engine: tests/firmware/programs/copies.c.
#include <algorithm>
#include <cstring>
#include <sstream>

#include "models/base/error.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/machine.hpp"
#include "tests/bench/fault/campaign.hpp"

namespace mho::bench {
namespace {

using platform::Machine;

/// Many times what the program takes with a time-out for each block.
constexpr std::uint64_t kMostSimulated_ps = 100'000'000'000;
/// Blocks times bytes of a block, as in the program.
constexpr std::uint32_t kCopiedBytes = 16 * 512;

std::span<const std::uint8_t> array(Machine& machine, const CopyProgram& program, std::uint32_t address) {
  return machine.ram().bytes().subspan(address - soc::kRamBase, program.bytes);
}

/// Of the source as the program fills it: it must not have been lost either.
bool is_right(Machine& machine, const CopyProgram& program) {
  const auto source = array(machine, program, program.source);
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != static_cast<std::uint8_t>(i * 7 + (i >> 8) + 1)) return false;
  }
  return std::ranges::equal(source, array(machine, program, program.destination));
}

RunOutcome judge(Machine& machine, const CopyProgram& program, const platform::RunResult& result,
                 const std::string& printed) {
  RunOutcome outcome{.verdict = Verdict::kHang, .has_struck = false, .error = 0, .status = {}};
  if (const auto* faults = machine.faults()) outcome.has_struck = faults->records().front().count > 0;
  if (!platform::is_guests_own(result.exit_cause)) return outcome;
  if (result.exit_code != 0) {
    outcome.verdict = Verdict::kReported;
    std::strncpy(outcome.status.data(), "copy_failed", outcome.status.size() - 1);
    return outcome;
  }
  const bool is_undisturbed = printed.find("copied, 0 repeated, 0 interrupts missed") != std::string::npos;
  outcome.verdict = !is_right(machine, program) ? Verdict::kSilent
                    : is_undisturbed            ? Verdict::kHarmless
                                                : Verdict::kRecovered;
  return outcome;
}

}  // namespace

CopyProgram load_copy_program() {
  CopyProgram program{
      .image = soc::load_elf(MHO_COPIES_ELF), .source = 0, .destination = 0, .bytes = 0, .end_s = 0};
  const auto source = program.image.symbol("copies_source");
  const auto destination = program.image.symbol("copies_destination");
  ensure(source && destination, "campaign: {} lacks its arrays", MHO_COPIES_ELF);
  program.source = *source;
  program.destination = *destination;
  program.bytes = kCopiedBytes;
  return program;
}

CopyOutcome run_copies(const CopyProgram& program, const std::vector<fault::Fault>& faults) {
  platform::MachineParams params;
  params.faults = faults;
  std::ostringstream console;
  Machine machine(params, {.max_time_ps = kMostSimulated_ps}, {.console = console});
  machine.load(program.image);
  const platform::RunResult result = machine.run();
  return {.outcome = judge(machine, program, result, console.str()),
          .end_s = static_cast<double>(result.simulated_time_ps) * 1e-12};
}

}  // namespace mho::bench
