// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The registers of a context: what each one reads, and what a write of it does.
#include <algorithm>
#include <array>
#include <utility>

#include "models/amc/dru.hpp"
#include "models/amc/trim.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

namespace reg = registers::dru;

namespace {

/// A register that reads a number of `T`: its offset, and which number.
template <typename T>
using Place = std::pair<std::uint32_t, std::uint32_t T::*>;

constexpr std::array<Place<DruCounters>, 10> kCounters{{
    {reg::kCountInvOffset, &DruCounters::inv},
    {reg::kCountMvmOffset, &DruCounters::mvm},
    {reg::kCountHpReadsOffset, &DruCounters::hp_reads},
    {reg::kCountProgramOffset, &DruCounters::program},
    {reg::kCountRetriesOffset, &DruCounters::retries},
    {reg::kCountClipsOffset, &DruCounters::clips},
    {reg::kMaxWritesPerCellOffset, &DruCounters::max_writes_per_cell},
    {reg::kCountChecksumMismatchesOffset, &DruCounters::checksum_mismatches},
    {reg::kCountGinvOffset, &DruCounters::ginv},
    {reg::kCountRepeatedReadsOffset, &DruCounters::repeated_reads},
}};

constexpr std::array<Place<DruCapabilities>, 23> kCapabilities{{
    {reg::kCapInvCountOffset, &DruCapabilities::inv_count},
    {reg::kCapInvSizeOffset, &DruCapabilities::inv_size},
    {reg::kCapMvmCountOffset, &DruCapabilities::mvm_count},
    {reg::kCapMvmSizeOffset, &DruCapabilities::mvm_size},
    {reg::kCapGinvCountOffset, &DruCapabilities::ginv_count},
    {reg::kCapGinvSizeOffset, &DruCapabilities::ginv_size},
    {reg::kCapRowsPerReadOffset, &DruCapabilities::rows_per_read},
    {reg::kCapLevelsOffset, &DruCapabilities::levels},
    {reg::kCapSramWordsOffset, &DruCapabilities::sram_words},
    {reg::kCapGMinPsOffset, &DruCapabilities::g_min_ps},
    {reg::kCapGStepPsOffset, &DruCapabilities::g_step_ps},
    {reg::kCapGInPsOffset, &DruCapabilities::g_in_ps},
    {reg::kCapInvUnitOffset, &DruCapabilities::inv_unit},
    {reg::kCapMvmUnitOffset, &DruCapabilities::mvm_unit},
    {reg::kCapMaxRetriesOffset, &DruCapabilities::max_retries},
    {reg::kCapInvLevelsOffset, &DruCapabilities::inv_levels},
    {reg::kCapInvSlicesOffset, &DruCapabilities::inv_slices},
    {reg::kCapHpRowsOffset, &DruCapabilities::hp_rows},
    {reg::kCapContextsOffset, &DruCapabilities::contexts},
    {reg::kCapDacBanksOffset, &DruCapabilities::dac_banks},
    {reg::kCapDigitBitsOffset, &DruCapabilities::digit_bits},
    {reg::kCapInputBitsOffset, &DruCapabilities::input_bits},
    {reg::kCapInvDiagonalCellsOffset, &DruCapabilities::inv_diagonal_cells},
}};

/// False: no register of `table` is at `offset`.
template <typename T, std::size_t N>
bool read_from(const std::array<Place<T>, N>& table, const T& values, std::uint32_t offset,
               std::uint32_t& value) {
  const auto found = std::ranges::find(table, offset, &Place<T>::first);
  if (found == table.end()) return false;
  value = values.*found->second;
  return true;
}

}  // namespace

bool Dru::read_counter(std::uint32_t offset, std::uint32_t& value, bool is_debug) {
  const DruCounters& counters = shared_.counters;
  switch (offset) {
    case reg::kCountDigitalLoOffset:
      value = static_cast<std::uint32_t>(counters.digital);
      if (!is_debug) registers_.digital_hi = static_cast<std::uint32_t>(counters.digital >> 32);
      return true;
    case reg::kCountDigitalHiOffset:
      value = registers_.digital_hi;
      return true;
    default:
      return read_from(kCounters, counters, offset, value);
  }
}

bool Dru::read_capability(std::uint32_t offset, std::uint32_t& value) const {
  if (offset == reg::kCapInvIsUnevenOffset) {
    value = shared_.capabilities.inv_is_uneven ? 1 : 0;
    return true;
  }
  return read_from(kCapabilities, shared_.capabilities, offset, value) || read_level_value(offset, value);
}

bool Dru::read_level_value(std::uint32_t offset, std::uint32_t& value) const {
  const std::uint32_t level = register_index(offset, reg::kCapInvLevelValueOffset,
                                             reg::kCapInvLevelValueCount, reg::kCapInvLevelValueStride);
  if (level == reg::kCapInvLevelValueCount) return false;
  value = shared_.capabilities.inv_level_values[level];
  return true;
}

// What drivers poll. The unit changes all of it at the kernel's time.
bool Dru::is_repeatable(std::uint32_t offset) const {
  constexpr std::array kPolled{reg::kStatusOffset,   reg::kHeadOffset,       reg::kDoorbellOffset,
                               reg::kIrqStateOffset, reg::kLastStatusOffset, reg::kLastJobOffset,
                               reg::kIterationOffset};
  return std::ranges::find(kPolled, offset) != kPolled.end();
}

bool Dru::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  switch (offset) {
    case reg::kIdOffset:
      value = reg::kIdValue;
      break;
    case reg::kCtrlOffset:
      value = registers_.is_enabled ? reg::kCtrlEnableMask : 0;
      break;
    case reg::kStatusOffset:
      value = static_cast<std::uint32_t>(monitor_.state()) << reg::kStatusStateShift |
              std::uint32_t{monitor_.opcode()} << reg::kStatusOpcodeShift;
      break;
    case reg::kRingBaseOffset:
      value = registers_.ring_base;
      break;
    case reg::kRingEntriesOffset:
      value = registers_.ring_entries;
      break;
    case reg::kHeadOffset:
      value = registers_.head;
      break;
    case reg::kDoorbellOffset:
      value = registers_.doorbell;
      break;
    case reg::kIrqStateOffset:
      value = registers_.irq_state;
      break;
    case reg::kIrqEnableOffset:
      value = registers_.irq_enable;
      break;
    case reg::kWatchdogUsOffset:
      value = registers_.watchdog_us;
      break;
    case reg::kLastStatusOffset:
      value = registers_.last_status;
      break;
    case reg::kLastJobOffset:
      value = registers_.last_job;
      break;
    case reg::kFaultCommandOffset:
      value = registers_.fault_command;
      break;
    case reg::kFaultDetailOffset:
      value = registers_.fault_detail;
      break;
    case reg::kIterationOffset:
      value = monitor_.iteration();
      break;
    case reg::kSignalValueOffset:
      value = registers_.signal_value;
      break;
    default:
      if (!read_counter(offset, value, access.is_debug) && !read_capability(offset, value)) return false;
  }
  shared_.cost.book_register(access);
  return true;
}

bool Dru::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  const std::uint64_t now = tlm_base::now_ps(access.delay);
  switch (offset) {
    case reg::kCtrlOffset:
      write_control(value, access);
      break;
    case reg::kRingBaseOffset:
      // The ring in use stays as it is.
      if (!registers_.is_enabled) {
        registers_.ring_base = value;
        registers_.head = registers_.doorbell = 0;
      }
      break;
    case reg::kRingEntriesOffset:
      if (!registers_.is_enabled) registers_.ring_entries = value;
      break;
    case reg::kDoorbellOffset:
      ring_doorbell(value, access);
      break;
    case reg::kIrqStateOffset:
      registers_.irq_state &= ~value;
      update_irq(now);
      break;
    case reg::kIrqEnableOffset:
      registers_.irq_enable = value & reg::kIrqEnableWriteMask;
      update_irq(now);
      break;
    case reg::kIrqTestOffset:
      raise(value & reg::kIrqTestWriteMask, now);
      break;
    case reg::kWatchdogUsOffset:
      registers_.watchdog_us = value;
      break;
    default:
      return false;
  }
  shared_.cost.book_register(access);
  return true;
}

}  // namespace mho::amc
