// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "models/amc/trim.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

namespace reg = registers::dru;

namespace {

constexpr std::uint32_t kMaxRingEntries = 4096;
constexpr std::uint32_t kMaxListCommands = 1U << 20;
constexpr std::size_t kCompletionOffset = offsetof(reg::DruDescriptor, status);

bool is_ring(std::uint32_t base, std::uint32_t entries) {
  return entries >= 1 && entries <= kMaxRingEntries && base % reg::kDescriptorBytes == 0;
}

bool is_valid(const reg::DruDescriptor& descriptor) {
  const std::uint64_t end =
      descriptor.list_address + std::uint64_t{descriptor.list_commands} * reg::kCommandBytes;
  return descriptor.list_address % reg::kCommandBytes == 0 && descriptor.list_commands >= 1 &&
         descriptor.list_commands <= kMaxListCommands && end <= (1ULL << 32) && descriptor.job_id != 0 &&
         descriptor.guard_bits <= reg::kMaxGuardBits;
}

}  // namespace

Dru::Registers::Registers()
    : ring_base(reg::kRingBaseReset),
      ring_entries(reg::kRingEntriesReset),
      head(reg::kHeadReset),
      doorbell(reg::kDoorbellReset),
      irq_state(reg::kIrqStateReset),
      irq_enable(reg::kIrqEnableReset),
      watchdog_us(reg::kWatchdogUsReset),
      last_status(reg::kLastStatusReset),
      last_job(reg::kLastJobReset),
      fault_command(reg::kFaultCommandReset),
      fault_detail(reg::kFaultDetailReset),
      signal_value(reg::kSignalValueReset),
      digital_hi(reg::kCountDigitalHiReset) {}

Dru::Dru(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
         DruShared& shared, unsigned index, std::function<void(const tlm_base::Access&)> reset_all)
    : RegisterTarget(name),
      context_(context),
      shared_(shared),
      index_(index),
      reset_all_(std::move(reset_all)),
      storage_(shared.memory, shared.tiles, shared.counters),
      monitor_(context, index),
      port_(shared, sequencer_of(index), params),
      executor_(params, shared, index, storage_, port_, monitor_, context.ledger,
                [this](std::uint32_t value) {
                  registers_.signal_value = value;
                  raise(reg::kIrqStateSignalMask, DruPort::now_ps());
                }) {
  sc_core::sc_spawn_options options;
  options.set_stack_size(kThreadStackBytes);
  sc_core::sc_spawn([this] { run(); }, "sequencer", &options);
}

void Dru::update_irq(std::uint64_t time_ps) {
  const bool level = (registers_.irq_state & registers_.irq_enable) != 0;
  if (level != irq.level()) monitor_.show_irq(level, time_ps);
  irq.set(level, time_ps);
}

void Dru::raise(std::uint32_t cause, std::uint64_t time_ps) {
  registers_.irq_state |= cause;
  update_irq(time_ps);
}

void Dru::run() {
  for (;;) {
    const bool is_ready = registers_.is_enabled && registers_.head != registers_.doorbell;
    if (!is_ready) {
      port_.sleep();
      continue;
    }
    is_running_ = true;
    is_solving_ = context_.ledger.phase() == cost::Phase::kSolve;
    running_since_ps_ = DruPort::now_ps();
    process_one();
    is_running_ = false;
    if (is_solving_) solving_ps_ += DruPort::now_ps() - running_since_ps_;
    storage_.memory.drop_reservations();
    if (port_.is_dropped()) {
      forget();
    }
    monitor_.set_opcode(0);
    monitor_.set_state(DruState::kIdle);
  }
}

void Dru::process_one() {
  const std::uint64_t start_ps = DruPort::now_ps();
  port_.begin(0);
  executor_.begin();
  descriptor_ = {};
  ListResult result;
  // The ring may have been changed for the worse since the doorbell was rung.
  if (is_ring(registers_.ring_base, registers_.ring_entries)) {
    const std::uint32_t place = registers_.head % registers_.ring_entries;
    result = process_descriptor(registers_.ring_base + place * reg::kDescriptorBytes, start_ps);
  } else {
    result.status = DruStatus::kBadDescriptor;
  }
  if (result.status != DruStatus::kNotRun) complete(result);
}

ListResult Dru::process_descriptor(std::uint32_t address, std::uint64_t start_ps) {
  monitor_.set_state(DruState::kFetch);
  if (const Outcome o = port_.read(address, bytes_of(descriptor_)); !o.ok()) {
    descriptor_ = {};
    return {.status = o.status, .fault_detail = o.detail};
  }
  ListResult result = execute_list(start_ps);
  port_.unlimit();
  if (result.status == DruStatus::kNotRun) return result;
  descriptor_.status = static_cast<std::uint32_t>(result.status);
  descriptor_.end_code = result.end_code;
  descriptor_.fault_command = result.fault_command;
  descriptor_.fault_detail = result.fault_detail;
  descriptor_.iterations = result.iterations;
  descriptor_.flags_out = result.flags_out;
  descriptor_.duration_ns = (DruPort::now_ps() - start_ps) / 1000;
  const Outcome written = write_completion(address);
  // The list's own failure is worth more than the failure to write it down.
  if (written.status == DruStatus::kNotRun || (!written.ok() && result.status == DruStatus::kOk)) {
    result.status = written.status;
    result.fault_detail = written.detail;
  }
  return result;
}

ListResult Dru::execute_list(std::uint64_t start_ps) {
  if (!is_valid(descriptor_)) return {.status = DruStatus::kBadDescriptor};
  const std::uint64_t limit_us =
      descriptor_.watchdog_us != 0 ? descriptor_.watchdog_us : registers_.watchdog_us;
  const std::uint64_t deadline_ps = start_ps + limit_us * 1'000'000;
  port_.begin(descriptor_.job_id);
  port_.limit(deadline_ps);
  return executor_.run({.address = descriptor_.list_address,
                        .commands = descriptor_.list_commands,
                        .deadline_ps = deadline_ps,
                        .is_resumed = (descriptor_.flags & reg::kDescriptorFlagResume) != 0,
                        .data_offset = descriptor_.data_offset,
                        .guard_bits = descriptor_.guard_bits});
}

/// The status word is written last and on its own: who sees it sees the rest.
Outcome Dru::write_completion(std::uint32_t address) {
  monitor_.set_state(DruState::kComplete);
  const auto upper = bytes_of(descriptor_).subspan(kCompletionOffset);
  const std::uint32_t status_address = address + static_cast<std::uint32_t>(kCompletionOffset);
  if (const Outcome o = port_.write(status_address + 4, upper.subspan(4)); !o.ok()) return o;
  return port_.write(status_address, upper.first(4));
}

void Dru::complete(const ListResult& result) {
  registers_.last_status = static_cast<std::uint32_t>(result.status);
  registers_.last_job = descriptor_.job_id;
  ++registers_.head;
  monitor_.show_energy(DruPort::now_ps());
  const std::uint64_t now = DruPort::now_ps();
  if (result.status != DruStatus::kOk) {
    registers_.fault_command = result.fault_command;
    registers_.fault_detail = result.fault_detail;
    raise(reg::kIrqStateJobErrorMask, now);
  } else if ((descriptor_.flags & reg::kDescriptorFlagIrq) != 0) {
    raise(reg::kIrqStateJobDoneMask, now);
  }
}

void Dru::write_control(std::uint32_t value, const tlm_base::Access& access) {
  if ((value & reg::kCtrlResetMask) != 0) {
    index_ == 0 ? reset_all_(access) : reset(access);
    return;
  }
  registers_.is_enabled = (value & reg::kCtrlEnableMask) != 0;
  if ((value & reg::kCtrlAbortMask) != 0) executor_.abort();
  port_.wake(access.delay);
}

void Dru::reset(const tlm_base::Access& access) {
  registers_ = {};
  update_irq(tlm_base::now_ps(access.delay));
  if (is_running_) {
    // The thread clears the rest when it has let go of it.
    port_.drop(access.delay);
    executor_.drop(access.delay);
  } else {
    forget();
  }
}

/// What a reset leaves nothing of, beside the registers and what is shared.
void Dru::forget() {
  storage_.clear();
  executor_.reset();
  monitor_.set_iteration(0);
}

void Dru::ring_doorbell(std::uint32_t value, const tlm_base::Access& access) {
  const bool is_empty = value == registers_.head;
  const bool fits = is_ring(registers_.ring_base, registers_.ring_entries) &&
                    value - registers_.head <= registers_.ring_entries;
  if (!is_empty && !fits) {
    registers_.last_status = static_cast<std::uint32_t>(DruStatus::kBadDescriptor);
    raise(reg::kIrqStateJobErrorMask, tlm_base::now_ps(access.delay));
    return;
  }
  registers_.doorbell = value;
  port_.wake(access.delay);
}

bool Dru::read_counter(std::uint32_t offset, std::uint32_t& value, bool is_debug) {
  const DruCounters& counters = shared_.counters;
  switch (offset) {
    case reg::kCountInvOffset:
      value = counters.inv;
      break;
    case reg::kCountMvmOffset:
      value = counters.mvm;
      break;
    case reg::kCountHpReadsOffset:
      value = counters.hp_reads;
      break;
    case reg::kCountProgramOffset:
      value = counters.program;
      break;
    case reg::kCountRetriesOffset:
      value = counters.retries;
      break;
    case reg::kCountClipsOffset:
      value = counters.clips;
      break;
    case reg::kCountDigitalLoOffset:
      value = static_cast<std::uint32_t>(counters.digital);
      if (!is_debug) registers_.digital_hi = static_cast<std::uint32_t>(counters.digital >> 32);
      break;
    case reg::kCountDigitalHiOffset:
      value = registers_.digital_hi;
      break;
    case reg::kMaxWritesPerCellOffset:
      value = counters.max_writes_per_cell;
      break;
    case reg::kCountChecksumMismatchesOffset:
      value = counters.checksum_mismatches;
      break;
    case reg::kCountGinvOffset:
      value = counters.ginv;
      break;
    case reg::kCountRepeatedReadsOffset:
      value = counters.repeated_reads;
      break;
    default:
      return false;
  }
  return true;
}

bool Dru::read_capability(std::uint32_t offset, std::uint32_t& value) const {
  const DruCapabilities& capabilities = shared_.capabilities;
  switch (offset) {
    case reg::kCapInvCountOffset:
      value = capabilities.inv_count;
      break;
    case reg::kCapInvSizeOffset:
      value = capabilities.inv_size;
      break;
    case reg::kCapMvmCountOffset:
      value = capabilities.mvm_count;
      break;
    case reg::kCapMvmSizeOffset:
      value = capabilities.mvm_size;
      break;
    case reg::kCapGinvCountOffset:
      value = capabilities.ginv_count;
      break;
    case reg::kCapGinvSizeOffset:
      value = capabilities.ginv_size;
      break;
    case reg::kCapRowsPerReadOffset:
      value = capabilities.rows_per_read;
      break;
    case reg::kCapLevelsOffset:
      value = capabilities.levels;
      break;
    case reg::kCapSramWordsOffset:
      value = capabilities.sram_words;
      break;
    case reg::kCapGMinPsOffset:
      value = capabilities.g_min_ps;
      break;
    case reg::kCapGStepPsOffset:
      value = capabilities.g_step_ps;
      break;
    case reg::kCapGInPsOffset:
      value = capabilities.g_in_ps;
      break;
    case reg::kCapInvUnitOffset:
      value = capabilities.inv_unit;
      break;
    case reg::kCapMvmUnitOffset:
      value = capabilities.mvm_unit;
      break;
    case reg::kCapMaxRetriesOffset:
      value = capabilities.max_retries;
      break;
    case reg::kCapInvLevelsOffset:
      value = capabilities.inv_levels;
      break;
    case reg::kCapInvSlicesOffset:
      value = capabilities.inv_slices;
      break;
    case reg::kCapHpRowsOffset:
      value = capabilities.hp_rows;
      break;
    case reg::kCapContextsOffset:
      value = capabilities.contexts;
      break;
    case reg::kCapDacBanksOffset:
      value = capabilities.dac_banks;
      break;
    case reg::kCapDigitBitsOffset:
      value = capabilities.digit_bits;
      break;
    case reg::kCapInputBitsOffset:
      value = capabilities.input_bits;
      break;
    case reg::kCapInvDiagonalCellsOffset:
      value = capabilities.inv_diagonal_cells;
      break;
    case reg::kCapInvIsUnevenOffset:
      value = capabilities.inv_is_uneven ? 1 : 0;
      break;
    default:
      return read_level_value(offset, value);
  }
  return true;
}

bool Dru::read_level_value(std::uint32_t offset, std::uint32_t& value) const {
  const std::uint32_t level = register_index(offset, reg::kCapInvLevelValueOffset,
                                             reg::kCapInvLevelValueCount, reg::kCapInvLevelValueStride);
  if (level == reg::kCapInvLevelValueCount) return false;
  value = shared_.capabilities.inv_level_values[level];
  return true;
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
