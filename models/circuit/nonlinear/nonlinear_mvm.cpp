// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"

#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kMaxSteps = 60;
constexpr double kStep = 1e-10;

VectorXd padded(const VectorXd& used, Index size) {
  VectorXd all = VectorXd::Zero(size);
  all.head(used.size()) = used;
  return all;
}

}  // namespace

NonlinearMvm::NonlinearMvm(CellModel cell, device::DifferentialPair bare, const LineParams& lines,
                           const OpampParams& opamp, VectorXd offsets_volt, double output_ohm)
    : cell_(std::move(cell)),
      bare_(std::move(bare)),
      lines_(lines),
      opamp_(opamp),
      offsets_volt_(std::move(offsets_volt)),
      output_ohm_(output_ohm) {
  validate(cell_);
  validate(opamp_);
  validate(lines_);
  require(output_ohm >= 0.0, "non-linear MVM: output resistance is {} ohm; it must not be negative",
          output_ohm);
  const Index m = offsets_volt_.size();
  require(bare_.rows() > 0 && bare_.negative.rows() == bare_.rows() &&
              bare_.negative.cols() == bare_.cols() && m >= 1 && m <= bare_.cols(),
          "non-linear MVM: arrays of {}x{} and {}x{} with {} amplifiers", bare_.rows(), bare_.cols(),
          bare_.negative.rows(), bare_.negative.cols(), m);
  const VectorXd rows = VectorXd::Zero(bare_.rows()), columns = padded(offsets_volt_, bare_.cols());
  self_siemens_ = (linearize(cell_, bare_.positive, lines_, rows, columns).column_by_column +
                   linearize(cell_, bare_.negative, lines_, rows, columns).column_by_column)
                      .topLeftCorner(m, m);
}

MvmResult NonlinearMvm::evaluate(const Eigen::Ref<const MatrixXd>& v_rows, double g_feedback_siemens,
                                 bool& has_converged) const {
  require(v_rows.rows() >= 1 && v_rows.rows() <= bare_.rows(), "non-linear MVM: {} row voltages for {} rows",
          v_rows.rows(), bare_.rows());
  require(g_feedback_siemens > 0.0, "non-linear MVM: feedback conductance is {} S; it must be positive",
          g_feedback_siemens);
  const Index m = offsets_volt_.size();
  const double g_f = g_feedback_siemens, rail = opamp_.v_sat_volt;
  const auto [gain, offset_gain] = loaded_amplifier(opamp_, output_ohm_, g_f);
  MatrixXd loop = self_siemens_ / gain;
  loop.diagonal().array() += g_f + g_f / gain;
  const Eigen::PartialPivLU<MatrixXd> loop_lu(loop);

  has_converged = true;
  MvmResult result;
  result.v_out.resize(m, v_rows.cols());
  double sum_abs_out = 0.0;
  for (Index read = 0; read < v_rows.cols(); ++read) {
    const VectorXd u = padded(v_rows.col(read), bare_.rows());
    VectorXd v = VectorXd::Zero(m);
    PortCurrents positive, negative;
    bool is_found = false;
    for (int k = 0; k < kMaxSteps && !is_found; ++k) {
      const VectorXd s = offset_gain * offsets_volt_ - v / gain, columns = padded(s, bare_.cols());
      positive = port_currents(cell_, bare_.positive, lines_, u, columns);
      negative = port_currents(cell_, bare_.negative, lines_, -u, columns);
      const VectorXd residual = g_f * (v - s) - (positive.column + negative.column).head(m);
      const VectorXd step = loop_lu.solve(residual);
      v -= step;
      is_found = step.cwiseAbs().maxCoeff() <= kStep * v.cwiseAbs().maxCoeff() + 1e-15;
    }
    has_converged = has_converged && is_found && positive.has_converged && negative.has_converged;
    result.n_saturated += static_cast<std::uint64_t>((v.array().abs() > rail).count());
    result.v_out.col(read) = v.cwiseMax(-rail).cwiseMin(rail);
    sum_abs_out += result.v_out.col(read).cwiseAbs().sum();
    result.power_sum.cells_watt += u.dot(positive.row - negative.row);
  }
  result.power_sum.bias_watt = static_cast<double>(v_rows.cols() * m) * bias_power_watt(opamp_);
  result.power_sum.load_watt = opamp_.supply_volt * g_f * sum_abs_out;
  return result;
}

}  // namespace mho::circuit
