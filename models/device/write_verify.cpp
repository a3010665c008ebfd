// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/write_verify.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

using Words = std::array<std::uint32_t, 4>;

/// Bounded standard variate of one random word: the sum of its four bytes, centred and scaled.
double bounded_variate(std::uint32_t word) {
  // Four independent bytes, each uniform in 0 … 255: mean 127.5, variance (256² − 1)/12.
  constexpr double kMean = 510.0;
  constexpr double kInverseSigma = 1.0 / 147.80053;
  const std::uint32_t pairs = (word & 0x00FF00FFU) + ((word >> 8) & 0x00FF00FFU);
  const std::uint32_t sum = (pairs & 0xFFFFU) + (pairs >> 16);
  return (static_cast<double>(sum) - kMean) * kInverseSigma;
}

struct Cell {
  double g;
  double target;
  double error;  // (target − read) / full scale
  std::uint16_t row;
  std::uint16_t column;
  Words pulse_words;
  Words verify_words;
};

class ArrayWriter {
 public:
  ArrayWriter(const CellParams& cell, const WriteVerifyParams& write, const Random& random,
              std::uint32_t unit, std::uint32_t write_counter)
      : write_(write),
        random_(random),
        unit_(unit),
        counter_base_(write_counter << 8),
        full_scale_(full_scale_siemens(cell)),
        accept_(write.tolerance - write.verify_sigma * kDrawBound) {}

  /// Programs the cells of one row together and leaves their conductances in them.
  void program_row(std::vector<Cell>& cells, ProgramResult& result) {
    active_.clear();
    for (Cell& cell : cells) active_.push_back(&cell);
    verify_active(0, result);
    result.time_s += write_.verify_time_s;
    unsigned pulses = 0;
    for (; !active_.empty() && pulses < write_.pulse_limit; ++pulses) {
      const double widest_s = pulse_active(pulses, result);
      verify_active(pulses + 1, result);
      result.time_s += widest_s + write_.verify_time_s + write_.round_overhead_s;
    }
    result.failed_cells += active_.size();
    result.max_pulses_per_cell = std::max(result.max_pulses_per_cell, pulses);
  }

 private:
  RandomCoordinates at(const Cell& cell) const {
    return {.unit = unit_, .row = cell.row, .column = cell.column};
  }

  /// One pulse on every active cell; returns the widest pulse.
  double pulse_active(unsigned n, ProgramResult& result) {
    double widest_s = 0.0;
    for (Cell* cell : active_) {
      if (n % 4 == 0) cell->pulse_words = random_.words(RandomPurpose::kCellPulse, at(*cell), counter(n));
      const PulseParams& pulse =
          std::abs(cell->error) > write_.coarse_threshold ? write_.coarse : write_.fine;
      const double step = std::clamp(write_.aim * cell->error, -pulse.max_step, pulse.max_step);
      const double effect = 1.0 + write_.pulse_sigma * bounded_variate(cell->pulse_words[n % 4]);
      const double before = cell->g;
      cell->g = std::max(before + full_scale_ * step * effect, 0.0);
      result.energy_J += pulse.voltage_volt * pulse.voltage_volt * 0.5 * (before + cell->g) * pulse.width_s;
      widest_s = std::max(widest_s, pulse.width_s);
    }
    result.pulses += active_.size();
    return widest_s;
  }

  /// Reads every active cell and keeps those outside the tolerance.
  void verify_active(unsigned n, ProgramResult& result) {
    const double read_factor = write_.verify_voltage_volt * write_.verify_voltage_volt * write_.verify_time_s;
    std::size_t kept = 0;
    result.verify_reads += active_.size();
    for (Cell* cell : active_) {
      if (n % 4 == 0) cell->verify_words = random_.words(RandomPurpose::kCellVerify, at(*cell), counter(n));
      const double noise = write_.verify_sigma * bounded_variate(cell->verify_words[n % 4]);
      cell->error = (cell->target - cell->g) / full_scale_ - noise;
      result.energy_J += read_factor * cell->g + write_.verify_conversion_energy_J;
      if (std::abs(cell->error) > accept_) active_[kept++] = cell;
    }
    active_.resize(kept);
  }

  /// Four events share one generator call; at most 1001 reads a cell leave 8 bits for the block.
  std::uint32_t counter(unsigned n) const { return counter_base_ | (n / 4); }

  const WriteVerifyParams& write_;
  const Random& random_;
  std::uint32_t unit_;
  std::uint32_t counter_base_;
  double full_scale_;
  double accept_;
  std::vector<Cell*> active_;
};

void check_conductances(const Eigen::Ref<const Eigen::MatrixXd>& g, const char* what) {
  require(g.rows() <= 65535 && g.cols() <= 65535, "write-verify: {} has {}x{} cells; at most 65535 each way",
          what, g.rows(), g.cols());
  require(g.allFinite() && (g.size() == 0 || g.minCoeff() >= 0.0),
          "write-verify: a {} conductance is negative or not finite", what);
}

/// What remains after the loop is a Gaussian: on top of the loop's error, or instead of it.
void add_final_error(Eigen::MatrixXd& g, const Eigen::Ref<const Eigen::MatrixXd>& target,
                     const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                     std::uint32_t unit, std::uint32_t write_counter) {
  if (!write.bounded) g = target;
  if (write.write_sigma == 0.0) return;
  const double sigma = write.write_sigma * full_scale_siemens(cell);
  for (Eigen::Index col = 0; col < g.cols(); ++col) {
    for (Eigen::Index row = 0; row < g.rows(); ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      const double draw = random.normal(RandomPurpose::kCellFinal, at, write_counter);
      g(row, col) = std::max(g(row, col) + sigma * draw, 0.0);
    }
  }
}

void require_positive(double value, const char* name) {
  require(value > 0.0 && std::isfinite(value), "write-verify: {} is {}; it must be positive", name, value);
}

void require_not_negative(double value, const char* name) {
  require(value >= 0.0 && std::isfinite(value), "write-verify: {} is {}; it must not be negative", name,
          value);
}

}  // namespace

void validate(const WriteVerifyParams& write) {
  const double guard = write.verify_sigma * kDrawBound;
  require_not_negative(write.write_sigma, "write_sigma");
  require_not_negative(write.pulse_sigma, "pulse_sigma");
  require_not_negative(write.coarse_threshold, "coarse_threshold");
  require_not_negative(write.verify_sigma, "verify_sigma");
  require_not_negative(write.verify_conversion_energy_J, "verify_conversion_energy_J");
  require_not_negative(write.round_overhead_s, "round_overhead_s");
  require(write.tolerance > guard && write.tolerance <= 1.0,
          "write-verify: tolerance is {}; choose a value above {} (the verify noise bound) and up to 1",
          write.tolerance, guard);
  require(write.aim > 0.0 && write.aim <= 1.0, "write-verify: aim is {}; choose a value in (0, 1]",
          write.aim);
  require(write.pulse_limit >= 1 && write.pulse_limit <= kMaxPulseLimit,
          "write-verify: pulse_limit is {}; choose 1 ... {}", write.pulse_limit, kMaxPulseLimit);
  for (const PulseParams* pulse : {&write.coarse, &write.fine}) {
    require_positive(pulse->voltage_volt, "pulse voltage");
    require_positive(pulse->width_s, "pulse width");
    require_positive(pulse->max_step, "pulse max_step");
  }
  require_positive(write.verify_voltage_volt, "verify_voltage_volt");
  require_positive(write.verify_time_s, "verify_time_s");
}

ProgramResult program_array_from(const Eigen::Ref<const Eigen::MatrixXd>& start_siemens,
                                 const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                 const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                                 std::uint32_t unit, std::uint32_t write_counter) {
  validate(cell);
  validate(write);
  check_conductances(target_siemens, "target");
  check_conductances(start_siemens, "start");
  require(start_siemens.rows() == target_siemens.rows() && start_siemens.cols() == target_siemens.cols(),
          "write-verify: start has {}x{} cells, target {}x{}", start_siemens.rows(), start_siemens.cols(),
          target_siemens.rows(), target_siemens.cols());
  require(write_counter < (1U << 24), "write-verify: write counter {} is not below 2^24", write_counter);

  ProgramResult result;
  result.g_siemens.resize(target_siemens.rows(), target_siemens.cols());
  ArrayWriter writer(cell, write, random, unit, write_counter);
  std::vector<Cell> cells(static_cast<std::size_t>(target_siemens.cols()));
  for (Eigen::Index row = 0; row < target_siemens.rows(); ++row) {
    for (Eigen::Index col = 0; col < target_siemens.cols(); ++col) {
      Cell& c = cells[static_cast<std::size_t>(col)];
      c.g = start_siemens(row, col);
      c.target = target_siemens(row, col);
      c.row = static_cast<std::uint16_t>(row);
      c.column = static_cast<std::uint16_t>(col);
    }
    if (!cells.empty()) writer.program_row(cells, result);
    for (const Cell& c : cells) result.g_siemens(row, c.column) = c.g;
  }
  add_final_error(result.g_siemens, target_siemens, cell, write, random, unit, write_counter);
  return result;
}

ProgramResult program_array(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens, const CellParams& cell,
                            const WriteVerifyParams& write, const Random& random, std::uint32_t unit,
                            std::uint32_t write_counter) {
  validate(cell);
  check_conductances(target_siemens, "target");
  Eigen::MatrixXd start(target_siemens.rows(), target_siemens.cols());
  for (Eigen::Index col = 0; col < start.cols(); ++col) {
    for (Eigen::Index row = 0; row < start.rows(); ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      start(row, col) =
          cell.g_min_siemens +
          full_scale_siemens(cell) * random.uniform(RandomPurpose::kCellInitial, at, write_counter);
    }
  }
  return program_array_from(start, target_siemens, cell, write, random, unit, write_counter);
}

}  // namespace mho::device
