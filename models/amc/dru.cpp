// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru.hpp"

#include <cstddef>
#include <utility>

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

}  // namespace mho::amc
