// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/nonlinear_inv_macro.hpp"

#include <utility>

#include "models/circuit/amplifier_noise.hpp"

namespace mho::amc {

NonlinearInvMacro::NonlinearInvMacro(const MacroParams& params, std::vector<circuit::InvSlice> slices,
                                     Eigen::VectorXd offsets_volt)
    : params_(params), slices_(std::move(slices)), offsets_volt_(std::move(offsets_volt)) {
  if (circuit::is_on(params.loop)) return;
  one_pole_.emplace(params.cell_model, slices_, params.lines, params.opamp, params.g_in_siemens,
                    offsets_volt_);
}

circuit::NonlinearInvLoop& NonlinearInvMacro::loop() {
  if (!loop_) {
    loop_.emplace(params_.cell_model, slices_, params_.lines, params_.opamp, params_.loop,
                  params_.g_in_siemens, offsets_volt_);
  }
  return *loop_;
}

NonlinearRead NonlinearInvMacro::solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere) {
  const double epsilon = params_.timing.settle_epsilon;
  NonlinearRead read;
  if (one_pole_) {
    read.one_pole = one_pole_->solve(input_ampere, epsilon);
    read.inv = read.one_pole->inv;
    if (read.inv.status == circuit::InvStatus::kOk) return read;
    read.one_pole.reset();
  }
  read.loop = loop().solve(input_ampere, epsilon);
  read.inv = read.loop->inv;
  return read;
}

Eigen::MatrixXd NonlinearInvMacro::noise_factor(const NonlinearRead& read) {
  return read.one_pole ? circuit::inv_noise_factor(read.one_pole->network, params_.opamp)
                       : loop().noise_factor(*read.loop);
}

Eigen::MatrixXd NonlinearInvMacro::settle(const NonlinearRead& read, const circuit::LoopStep& step,
                                          const Eigen::VectorXd& times_s) {
  const circuit::NonlinearLoopResult result =
      read.loop ? *read.loop : loop().solve(step.after_ampere, params_.timing.settle_epsilon);
  return loop().settle(result, step, times_s);
}

}  // namespace mho::amc
