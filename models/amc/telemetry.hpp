// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The ledger as registers: time, energy, phases. A reading brings the ledger up to the moment of the access,
// which changes no sum. A phase that does not exist is not entered.
#pragma once

#include <cstdint>
#include <functional>

#include "models/amc/amc_params.hpp"
#include "models/amc/block_cost.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::amc {

class Telemetry final : public tlm_base::RegisterTarget {
 public:
  Telemetry(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context);

  /// Called with the new value of register CPU_JOB at every write.
  void on_cpu_job(std::function<void(std::uint32_t)> listener) { cpu_job_listener_ = std::move(listener); }

  /// Registers as after reset, phase BOOT; time and energies go on.
  void reset(std::uint64_t time_ps);

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  void enter_phase(std::uint32_t phase, std::uint64_t time_ps);
  bool read_counter(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access);

  cost::Ledger& ledger_;
  BlockCost cost_;
  std::function<void(std::uint32_t)> cpu_job_listener_;
  std::uint32_t component_select_, job_select_, cpu_job_;
  std::uint32_t time_hi_ = 0, energy_hi_ = 0, component_hi_ = 0, job_hi_ = 0;  ///< latched high halves
};

}  // namespace mho::amc
