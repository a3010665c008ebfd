// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/telemetry.hpp"

#include "models/tlm/time.hpp"
#include "registers/telemetry.hpp"

namespace mho::amc {

namespace reg = registers::telemetry;

namespace {

static_assert(static_cast<std::uint32_t>(reg::Phase::kBoot) ==
                      static_cast<std::uint32_t>(cost::Phase::kBoot) &&
                  static_cast<std::uint32_t>(reg::Phase::kVerify) ==
                      static_cast<std::uint32_t>(cost::Phase::kVerify),
              "register PHASE and the ledger number the phases alike");

std::uint64_t picojoules(Energy energy) {
  return static_cast<std::uint64_t>(energy.in_attojoules() / 1'000'000);
}

}  // namespace

Telemetry::Telemetry(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context)
    : RegisterTarget(name),
      ledger_(context.ledger),
      cost_(context.ledger, "amc.telemetry", params.costs.telemetry_leakage_W, params.costs.register_access_J,
            0.0),
      component_select_(reg::kComponentSelectReset),
      job_select_(reg::kJobSelectReset),
      cpu_job_(reg::kCpuJobReset) {}

bool Telemetry::read_counter(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  const std::uint64_t now = tlm_base::now_ps(access.delay);
  const auto latch = [&](std::uint64_t counter, std::uint32_t& high) {
    value = static_cast<std::uint32_t>(counter);
    if (!access.is_debug) high = static_cast<std::uint32_t>(counter >> 32);
    return true;
  };
  const auto settled = [&]() -> const cost::Ledger& {
    ledger_.settle(now);
    return ledger_;
  };
  switch (offset) {
    case reg::kTimeNsLoOffset:
      return latch(now / 1000, time_hi_);
    case reg::kEnergyPjLoOffset:
      return latch(picojoules(settled().total()), energy_hi_);
    case reg::kJobPjLoOffset:
      return latch(picojoules(settled().of_job(job_select_)), job_hi_);
    case reg::kComponentPjLoOffset:
      if (component_select_ >= ledger_.component_count()) return latch(0, component_hi_);
      return latch(picojoules(settled().of_component(static_cast<cost::ComponentId>(component_select_))),
                   component_hi_);
    default:
      return false;
  }
}

bool Telemetry::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  switch (offset) {
    case reg::kIdOffset:
      value = reg::kIdValue;
      break;
    case reg::kPhaseOffset:
      value = static_cast<std::uint32_t>(ledger_.phase());
      break;
    case reg::kTimeNsHiOffset:
      value = time_hi_;
      break;
    case reg::kEnergyPjHiOffset:
      value = energy_hi_;
      break;
    case reg::kComponentCountOffset:
      value = static_cast<std::uint32_t>(ledger_.component_count());
      break;
    case reg::kComponentSelectOffset:
      value = component_select_;
      break;
    case reg::kComponentPjHiOffset:
      value = component_hi_;
      break;
    case reg::kJobSelectOffset:
      value = job_select_;
      break;
    case reg::kJobPjHiOffset:
      value = job_hi_;
      break;
    case reg::kCpuJobOffset:
      value = cpu_job_;
      break;
    default:
      if (!read_counter(offset, value, access)) return false;
  }
  cost_.book_register(access);
  return true;
}

void Telemetry::reset(std::uint64_t time_ps) {
  component_select_ = reg::kComponentSelectReset;
  job_select_ = reg::kJobSelectReset;
  cpu_job_ = reg::kCpuJobReset;
  time_hi_ = energy_hi_ = component_hi_ = job_hi_ = 0;
  if (cpu_job_listener_) cpu_job_listener_(cpu_job_);
  enter_phase(static_cast<std::uint32_t>(reg::Phase::kBoot), time_ps);
}

void Telemetry::enter_phase(std::uint32_t phase, std::uint64_t time_ps) {
  if (phase >= cost::kPhases) return;
  ledger_.enter_phase(static_cast<cost::Phase>(phase), time_ps);
}

bool Telemetry::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  switch (offset) {
    case reg::kPhaseOffset:
      enter_phase(value, tlm_base::now_ps(access.delay));
      break;
    case reg::kComponentSelectOffset:
      component_select_ = value;
      break;
    case reg::kJobSelectOffset:
      job_select_ = value;
      break;
    case reg::kCpuJobOffset:
      cpu_job_ = value;
      if (cpu_job_listener_) cpu_job_listener_(value);
      break;
    default:
      return false;
  }
  cost_.book_register(access);
  return true;
}

}  // namespace mho::amc
