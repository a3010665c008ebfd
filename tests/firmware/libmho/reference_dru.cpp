// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/libmho/reference_dru.hpp"

#include <utility>

#include "firmware/hal/mmio.h"
#include "registers/array_macro.hpp"
#include "registers/telemetry.hpp"

namespace mho::test {
namespace {

using namespace registers::dru;
using registers::dru::DruCommand;

constexpr std::uint32_t kMaxCommands = 1u << 20;

}  // namespace

ReferenceDru::ReferenceDru(const ReferenceDruOptions& options)
    : ram(options.ram_bytes),
      options_(options),
      random_(options.seed),
      contexts_(options.contexts),
      c_(contexts_.data()) {
  capabilities_[kIdOffset] = kIdValue;
  capabilities_[kCapInvCountOffset] = options.inv_count;
  capabilities_[kCapInvSizeOffset] = options.inv_size;
  capabilities_[kCapGinvCountOffset] = options.ginv_count;
  capabilities_[kCapGinvSizeOffset] = options.ginv_size;
  capabilities_[kCapMvmCountOffset] = options.mvm_count;
  capabilities_[kCapMvmSizeOffset] = options.mvm_size;
  capabilities_[kCapHpRowsOffset] = options.hp_rows == 0 ? options.mvm_size : options.hp_rows;
  capabilities_[kCapLevelsOffset] = options.levels;
  capabilities_[kCapDigitBitsOffset] = options.digit_bits;
  capabilities_[kCapInputBitsOffset] = 1;
  capabilities_[kCapSramWordsOffset] = options.sram_words;
  capabilities_[kCapInvLevelsOffset] = options.levels;
  capabilities_[kCapInvSlicesOffset] = 1;
  capabilities_[kCapGMinPsOffset] = 500'000;
  capabilities_[kCapGStepPsOffset] = 34'500'000 / (options.levels - 1);
  capabilities_[kCapGInPsOffset] = 35'000'000;
  capabilities_[kCapInvIsUnevenOffset] = options.inv_level_values.empty() ? 0 : 1;
  capabilities_[kCapContextsOffset] = options.contexts;
  capabilities_[kCapDacBanksOffset] = 1;
  for (std::uint32_t k = 0; k < options.inv_level_values.size(); ++k) {
    capabilities_[kCapInvLevelValueOffset + k * kCapInvLevelValueStride] = options.inv_level_values[k];
  }
}

/// Context and offset of a register.
static std::pair<std::uint32_t, std::uint32_t> place_of(std::uintptr_t address) {
  if (address < ReferenceDru::kContextsBase)
    return {0, static_cast<std::uint32_t>(address - ReferenceDru::kDruBase)};
  const auto behind = static_cast<std::uint32_t>(address - ReferenceDru::kContextsBase);
  return {1 + behind / ReferenceDru::kContextStride, behind % ReferenceDru::kContextStride};
}

/// Nothing but jobs has an energy.
std::uint32_t ReferenceDru::read_telemetry(std::uint32_t offset) const {
  namespace telemetry = registers::telemetry;
  const auto energy = energy_of_job_pj_.find(selected_job_);
  const std::uint64_t energy_pj = energy == energy_of_job_pj_.end() ? 0 : energy->second;
  switch (offset) {
    case telemetry::kIdOffset:
      return telemetry::kIdValue;
    case telemetry::kPhaseOffset:
      return phase;
    case telemetry::kTimeNsLoOffset:
      return static_cast<std::uint32_t>(time_ns);
    case telemetry::kTimeNsHiOffset:
      return static_cast<std::uint32_t>(time_ns >> 32);
    case telemetry::kJobPjLoOffset:
      return static_cast<std::uint32_t>(energy_pj);
    case telemetry::kJobPjHiOffset:
      return static_cast<std::uint32_t>(energy_pj >> 32);
    default:
      return 0;
  }
}

std::uint32_t ReferenceDru::read(std::uintptr_t address) {
  if (address == kTelemetryBase + registers::telemetry::kTimeNsLoOffset) time_ns += time_per_look_ns;
  if (address >= kTelemetryBase && address < kTelemetryBase + 0x1000)
    return read_telemetry(static_cast<std::uint32_t>(address - kTelemetryBase));
  if (address >= kInvBase) {
    const auto macro = macro_status.find(address - registers::array_macro::kStatusOffset);
    return macro == macro_status.end() ? 0 : macro->second;
  }
  const auto [number, offset] = place_of(address);
  if (offset == kHeadOffset) return contexts_.at(number).head;
  const auto capability = capabilities_.find(offset);
  return capability != capabilities_.end() ? capability->second : contexts_.at(number).registers[offset];
}

void ReferenceDru::write(std::uintptr_t address, std::uint32_t value) {
  if (address == kTelemetryBase + registers::telemetry::kPhaseOffset) {
    phase = value;
    return;
  }
  if (address == kTelemetryBase + registers::telemetry::kJobSelectOffset) {
    selected_job_ = value;
    return;
  }
  const auto [number, offset] = place_of(address);
  Context& context = contexts_.at(number);
  if (offset == kIrqStateOffset) value = context.registers[offset] & ~value;  // write 1 to clear
  context.registers[offset] = value;
  if (offset == kRingBaseOffset) context.head = context.registers[kDoorbellOffset] = 0;
  if (offset == kDoorbellOffset && !options_.is_deferred) {
    while (step()) {
    }
  }
}

bool ReferenceDru::is_ready(std::uint32_t context) {
  return contexts_[context].head != contexts_[context].registers[kDoorbellOffset];
}

bool ReferenceDru::step() {
  auto number = options_.contexts;
  while (number > 0 && !is_ready(number - 1)) --number;
  if (number == 0) return false;
  c_ = &contexts_[--number];
  const std::uint32_t place = c_->head % c_->registers[kRingEntriesOffset];
  auto& descriptor = at<DruDescriptor>(c_->registers[kRingBaseOffset] + place * kDescriptorBytes);
  run(descriptor);
  c_->registers[kIrqStateOffset] |= static_cast<DruStatus>(descriptor.status) == DruStatus::kOk
                                        ? kIrqStateJobDoneMask
                                        : kIrqStateJobErrorMask;
  ++c_->head;
  ++lists;
  ++lists_of_context[number];
  return true;
}

/// The next command, as the descriptor wants it.
DruCommand ReferenceDru::fetch(const DruDescriptor& descriptor) {
  if (c_->next >= descriptor.list_commands) throw Fault{DruStatus::kBadCommand, c_->next};
  DruCommand command = at<DruCommand>(descriptor.list_address + c_->next * kCommandBytes);
  ++c_->next;
  const auto opcode = static_cast<DruOpcode>(command.opcode);
  const bool is_transfer =
      opcode == DruOpcode::kLoad || opcode == DruOpcode::kStore || opcode == DruOpcode::kStoreScalar;
  if (is_transfer && (command.flags & kFlagRelative) != 0) command.arg[0] += descriptor.data_offset;
  if (opcode == DruOpcode::kBranchLe && (command.flags & kFlagTightened) != 0)
    command.arg[1] -= 2 * descriptor.guard_bits;
  return command;
}

void ReferenceDru::run(DruDescriptor& descriptor) {
  DruStatus status = DruStatus::kNotRun;
  try {
    if ((descriptor.flags & kDescriptorFlagResume) == 0) {
      c_->next = 0;
      c_->iteration = 0;
      c_->open_calls.clear();
    } else if (descriptor.list_address != c_->ended_list) {
      throw Fault{DruStatus::kBadDescriptor, descriptor.list_address};
    }
    c_->ended_list = 0;
    if (descriptor.list_address % kCommandBytes != 0 || descriptor.job_id == 0 ||
        descriptor.list_commands == 0 || descriptor.list_commands > kMaxCommands) {
      throw Fault{DruStatus::kBadDescriptor, descriptor.list_address};
    }
    while (status == DruStatus::kNotRun) {
      const DruCommand command = fetch(descriptor);
      ++commands;
      energy_of_job_pj_[descriptor.job_id] += kCommandEnergy_pj;
      const DruStatus injected = inject ? inject(command) : DruStatus::kNotRun;
      if (injected != DruStatus::kNotRun) throw Fault{injected, command.b};
      if (static_cast<DruOpcode>(command.opcode) == DruOpcode::kEnd) {
        descriptor.end_code = command.arg[0];
        c_->ended_list = descriptor.list_address;
        status = command.arg[0] == 0 ? DruStatus::kOk : DruStatus::kStopped;
      } else {
        execute(command);
      }
    }
  } catch (const Fault& fault) {
    status = fault.status;
    descriptor.fault_command = c_->next - 1;
    descriptor.fault_detail = fault.detail;
  }
  descriptor.iterations = c_->iteration;
  descriptor.duration_ns = kListDuration_ns;
  descriptor.status = static_cast<std::uint32_t>(status);
}

}  // namespace mho::test
