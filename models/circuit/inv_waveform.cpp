// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/inv_waveform.hpp"

#include <Eigen/LU>

#include <cmath>
#include <numbers>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

constexpr double kStepRadians = 0.1;

}  // namespace

InvWaveform::InvWaveform(const InvNetwork& network, const OpampParams& opamp,
                         const Eigen::VectorXd& offsets_volt)
    : opamp_(opamp), offsets_volt_(offsets_volt) {
  validate(opamp);
  const Eigen::Index n = network.transfer_siemens.rows();
  require(n > 0 && network.transfer_siemens.cols() == n && network.self_siemens.rows() == n &&
              network.self_siemens.cols() == n,
          "INV waveform: network of {}x{} (transfer) and {}x{} (self); sizes must agree",
          network.transfer_siemens.rows(), network.transfer_siemens.cols(), network.self_siemens.rows(),
          network.self_siemens.cols());
  require(offsets_volt.size() == 0 || offsets_volt.size() == n, "INV waveform: {} offsets for {} amplifiers",
          offsets_volt.size(), n);
  if (offsets_volt.size() == 0) offsets_volt_ = Eigen::VectorXd::Zero(n);
  input_gain_ = network.self_siemens.partialPivLu().inverse();
  feedback_ = input_gain_ * network.transfer_siemens;
  feedback_.diagonal().array() += 1.0 / opamp.gain;
}

Eigen::MatrixXd InvWaveform::settle(const Eigen::Ref<const Eigen::VectorXd>& v_start_volt,
                                    const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                                    const Eigen::Ref<const Eigen::VectorXd>& times_s) const {
  const Eigen::Index n = feedback_.rows(), samples = times_s.size();
  require(v_start_volt.size() == n && input_ampere.size() == n,
          "INV waveform: {} start voltages and {} input currents for {} amplifiers", v_start_volt.size(),
          input_ampere.size(), n);
  const double unity_gain = 2.0 * std::numbers::pi * opamp_.gbw_hz;
  const double slew = opamp_.slew_rate_volt_per_s, rail = opamp_.v_sat_volt;
  const Eigen::VectorXd drive = offsets_volt_ - input_gain_ * input_ampere;
  const auto slope = [&](const Eigen::VectorXd& v) -> Eigen::VectorXd {
    return (unity_gain * (drive - feedback_ * v)).cwiseMax(-slew).cwiseMin(slew);
  };
  Eigen::MatrixXd waveform(n, samples);
  Eigen::VectorXd v = v_start_volt;
  double now_s = 0.0;
  for (Eigen::Index sample = 0; sample < samples; ++sample) {
    const double interval_s = times_s[sample] - now_s;
    require(interval_s > 0 && std::isfinite(interval_s),
            "INV waveform: sample {} at {} s follows {} s; times must ascend from 0", sample, times_s[sample],
            now_s);
    now_s = times_s[sample];
    const double steps = std::ceil(interval_s * unity_gain / kStepRadians);
    const double h = interval_s / steps;
    for (double step = 0; step < steps; ++step) {
      const Eigen::VectorXd k1 = slope(v);
      const Eigen::VectorXd k2 = slope(v + 0.5 * h * k1);
      const Eigen::VectorXd k3 = slope(v + 0.5 * h * k2);
      const Eigen::VectorXd k4 = slope(v + h * k3);
      v = (v + h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)).cwiseMax(-rail).cwiseMin(rail);
    }
    waveform.col(sample) = v;
  }
  return waveform;
}

}  // namespace mho::circuit
