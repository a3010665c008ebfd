// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The test finisher (sifive_test) of QEMU's `virt`: one 32-bit register at offset 0 through which the guest
// ends the simulation. Low half 0x5555: pass, code 0. 0x3333: fail, the code is the high half (0 counts as 1,
// so that a failure is never a success). 0x7777 asks for a reset, which this machine does not have: it ends
// the run with code 0 and a message that says so. Other values do nothing. Reads give 0.
#pragma once

#include "models/soc/device_cost.hpp"
#include "models/soc/exit_request.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::soc {

class Finisher final : public tlm_base::RegisterTarget {
 public:
  Finisher(sc_core::sc_module_name name, const DeviceCostParams& cost, const tlm_base::Context& context,
           ExitHandler request_exit);

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;

  DeviceCost cost_;
  ExitHandler request_exit_;
};

}  // namespace mho::soc
