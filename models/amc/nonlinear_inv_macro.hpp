// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// INV operations of a macro whose cells are not ohmic: by the one-pole circuit (nonlinear_inv.hpp) where that
// is all, else, and where its outputs would leave the rails or none are found, by the whole one
// (nonlinear_inv_loop.hpp), which knows saturation.
#pragma once

#include <Eigen/Core>

#include <optional>
#include <vector>

#include "models/amc/macro_params.hpp"
#include "models/circuit/nonlinear/nonlinear_inv.hpp"
#include "models/circuit/nonlinear/nonlinear_inv_loop.hpp"

namespace mho::amc {

/// One operation, by either circuit.
struct [[nodiscard]] NonlinearRead {
  circuit::InvResult inv;
  std::optional<circuit::NonlinearInvResult> one_pole;
  std::optional<circuit::NonlinearLoopResult> loop;
};

class NonlinearInvMacro {
 public:
  /// @param params        outlives the macro
  /// @param slices        the cells, upper slice first
  /// @param offsets_volt  [amplifiers in use]
  NonlinearInvMacro(const MacroParams& params, std::vector<circuit::InvSlice> slices,
                    Eigen::VectorXd offsets_volt);

  NonlinearRead solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere);

  // Of a read of this macro.
  /// As inv_noise_factor().
  Eigen::MatrixXd noise_factor(const NonlinearRead& read);
  /// As NonlinearInvLoop::settle(), to the inputs of the read.
  Eigen::MatrixXd settle(const NonlinearRead& read, const circuit::LoopStep& step,
                         const Eigen::VectorXd& times_s);

 private:
  circuit::NonlinearInvLoop& loop();

  const MacroParams& params_;
  std::vector<circuit::InvSlice> slices_;
  Eigen::VectorXd offsets_volt_;
  std::optional<circuit::NonlinearInv> one_pole_;  ///< without effects of the loop
  std::optional<circuit::NonlinearInvLoop> loop_;  ///< made when first needed
};

}  // namespace mho::amc
