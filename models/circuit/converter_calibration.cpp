// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/converter_calibration.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

constexpr unsigned kMaxPoints = 1U << 20;

/// One line per channel through the points (x, y), y [channels x points].
ConverterCalibration fit(const Eigen::RowVectorXd& x, const Eigen::MatrixXd& y) {
  ConverterCalibration out;
  const Eigen::RowVectorXd centred = x.array() - x.mean();
  const Eigen::VectorXd mean = y.rowwise().mean();
  out.gain = ((y.colwise() - mean) * centred.transpose()) / centred.squaredNorm();
  out.offset_lsb = mean - out.gain * x.mean();
  out.residual_lsb = ((y - out.gain * x).colwise() - out.offset_lsb).cwiseAbs().rowwise().maxCoeff();
  out.conversions = static_cast<std::uint64_t>(x.size());
  return out;
}

Eigen::RowVectorXd spread(unsigned points, int max_code) {
  require(points >= 2 && points <= kMaxPoints, "converter calibration: {} points; choose 2 ... {}", points,
          kMaxPoints);
  const double end = kCalibratedShare * max_code;
  return Eigen::RowVectorXd::LinSpaced(static_cast<Eigen::Index>(points), -end, end);
}

}  // namespace

Eigen::MatrixXd ConverterCalibration::corrected(const Eigen::Ref<const CodeMatrix>& codes) const {
  require(codes.rows() == gain.size(), "converter calibration: {} lines for {} channels", codes.rows(),
          gain.size());
  return ((codes.cast<double>().colwise() - offset_lsb).array().colwise() / gain.array()).matrix();
}

int ConverterCalibration::code_for(Eigen::Index channel, double wanted, int max_code) const {
  require(channel >= 0 && channel < gain.size(), "converter calibration: channel {} of {}", channel,
          gain.size());
  require(std::isfinite(wanted), "converter calibration: an output of {} steps; it must be finite", wanted);
  const double code = (wanted - offset_lsb[channel]) / gain[channel];
  return static_cast<int>(std::nearbyint(std::clamp(code, -1.0 * max_code, 1.0 * max_code)));
}

ConverterCalibration calibrate(const Adc& adc, unsigned points, double v_full_scale_volt,
                               std::uint64_t first_conversion) {
  const Eigen::RowVectorXd x = spread(points, adc.max_code());
  const Eigen::MatrixXd v = Eigen::VectorXd::Ones(adc.channels()) * (x * adc.step_volt(v_full_scale_volt));
  return fit(x, adc.convert(v, v_full_scale_volt, first_conversion).codes.cast<double>());
}

ConverterCalibration calibrate(const Dac& dac, unsigned points, unsigned attenuation_log2,
                               std::uint64_t first_conversion) {
  const Eigen::RowVectorXd x = spread(points, dac.max_code()).unaryExpr([](double code) {
    const double whole = std::nearbyint(code);
    return whole == 0.0 ? std::copysign(1.0, code) : whole;
  });
  const CodeMatrix codes = (Eigen::VectorXd::Ones(dac.channels()) * x).cast<std::int16_t>();
  return fit(x, dac.convert(codes, attenuation_log2, first_conversion) / dac.step_volt(attenuation_log2));
}

}  // namespace mho::circuit
