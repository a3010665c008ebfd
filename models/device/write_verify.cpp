// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/write_verify.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "models/device/write_statistics.hpp"

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
  double low, high;
  double response;
  double strength;
  double commanded;  // of the last pulse, fraction of full scale
  double energy_J;
  std::uint16_t row;
  std::uint16_t column;
  std::uint16_t pulses;
  std::uint16_t coarse_pulses;
  std::uint16_t stalled;
  bool has_failed;
  Words pulse_words;
  Words verify_words;
};

constexpr double kMaxStrength = 8.0;

class ArrayWriter {
 public:
  ArrayWriter(const CellParams& cell, const WriteVerifyParams& write, const Random& random,
              std::uint32_t unit, std::uint32_t write_counter)
      : write_(write),
        random_(random),
        unit_(unit),
        counter_base_(write_counter << 8),
        g_min_(cell.g_min_siemens),
        full_scale_(full_scale_siemens(cell)),
        accept_(write.tolerance - write.verify_sigma * kDrawBound),
        stall_distance_(2.0 * write.verify_sigma * kDrawBound),
        watches_movement_(write.adapt > 0.0 || write.stall_limit > 0),
        direction_{write.reset_response, write.set_response} {
    for (const bool is_coarse : {false, true}) {
      const PulseParams& pulse = is_coarse ? write.coarse : write.fine;
      const double reset_volt = pulse.voltage_volt * write.reset_voltage_factor;
      kinds_[is_coarse] = {
          .max_step = pulse.max_step,
          .width_s = pulse.width_s,
          .half_v2 = {reset_volt * reset_volt * 0.5, pulse.voltage_volt * pulse.voltage_volt * 0.5}};
    }
  }

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
    for (Cell* cell : active_) cell->has_failed = true;
    result.max_pulses_per_cell = std::max(result.max_pulses_per_cell, pulses);
  }

 private:
  /// Coarse or fine; direction-dependent figures are indexed by "is SET".
  struct PulseKind {
    double max_step;
    double width_s;
    std::array<double, 2> half_v2;
  };

  RandomCoordinates at(const Cell& cell) const {
    return {.unit = unit_, .row = cell.row, .column = cell.column};
  }

  /// Effect of a pulse relative to its command, by direction and state.
  double response(const Cell& cell, bool is_set) const {
    const double plain = cell.response * direction_[is_set];
    if (write_.saturation == 0.0) return plain;
    const double position = std::clamp((cell.g - g_min_) / full_scale_, 0.0, 1.0);
    return plain * (1.0 - write_.saturation * (is_set ? position : 1.0 - position));
  }

  /// One pulse on every active cell; returns the widest pulse.
  double pulse_active(unsigned n, ProgramResult& result) {
    double widest_s = 0.0;
    for (Cell* cell : active_) {
      if (n % 4 == 0) cell->pulse_words = random_.words(RandomPurpose::kCellPulse, at(*cell), counter(n));
      const bool is_coarse = std::abs(cell->error) > write_.coarse_threshold;
      const PulseKind& pulse = kinds_[is_coarse];
      const double step =
          std::clamp(write_.aim * cell->error, -pulse.max_step, pulse.max_step) * cell->strength;
      const bool is_set = step > 0.0;
      const double effect = 1.0 + write_.pulse_sigma * bounded_variate(cell->pulse_words[n % 4]);
      const double before = cell->g;
      const double moved = full_scale_ * step * effect * response(*cell, is_set);
      cell->g = std::clamp(before + moved, cell->low, cell->high);
      cell->commanded = step;
      const double energy_J = pulse.half_v2[is_set] * (before + cell->g) * pulse.width_s;
      result.energy_J += energy_J;
      cell->energy_J += energy_J;
      ++cell->pulses;
      cell->coarse_pulses += is_coarse ? 1 : 0;
      widest_s = std::max(widest_s, pulse.width_s);
    }
    result.pulses += active_.size();
    return widest_s;
  }

  /// Reads every active cell and keeps those that need another pulse.
  void verify_active(unsigned n, ProgramResult& result) {
    const double read_factor = write_.verify_voltage_volt * write_.verify_voltage_volt * write_.verify_time_s;
    std::size_t kept = 0;
    result.verify_reads += active_.size();
    for (Cell* cell : active_) {
      if (n % 4 == 0) cell->verify_words = random_.words(RandomPurpose::kCellVerify, at(*cell), counter(n));
      const double noise = write_.verify_sigma * bounded_variate(cell->verify_words[n % 4]);
      const double before = cell->error;
      cell->error = (cell->target - cell->g) / full_scale_ - noise;
      const double energy_J = read_factor * cell->g + write_.verify_conversion_energy_J;
      result.energy_J += energy_J;
      cell->energy_J += energy_J;
      if (std::abs(cell->error) <= accept_) continue;
      if (watches_movement_ && n > 0 && gives_up(*cell, before)) {
        cell->has_failed = true;
        ++result.failed_cells;
        continue;
      }
      active_[kept++] = cell;
    }
    active_.resize(kept);
  }

  /// Adjusts the controller's strength to what the last pulse did; true if the cell does not move any more.
  bool gives_up(Cell& cell, double error_before) const {
    const double moved = error_before - cell.error;
    cell.stalled = static_cast<std::uint16_t>(std::abs(moved) <= stall_distance_ ? cell.stalled + 1 : 0);
    const bool has_overshot = cell.error * error_before < 0.0;
    const bool fell_short = moved * (cell.commanded > 0.0 ? 1.0 : -1.0) < 0.5 * std::abs(cell.commanded);
    if (has_overshot) {
      cell.strength = std::max(cell.strength * (1.0 - write_.adapt), 1.0 / kMaxStrength);
    } else if (fell_short) {
      cell.strength = std::min(cell.strength / (1.0 - write_.adapt), kMaxStrength);
    }
    return write_.stall_limit > 0 && cell.stalled >= write_.stall_limit;
  }

  /// Four events share one generator call; at most 1001 reads a cell leave 8 bits for the block.
  std::uint32_t counter(unsigned n) const { return counter_base_ | (n / 4); }

  const WriteVerifyParams& write_;
  const Random& random_;
  std::uint32_t unit_;
  std::uint32_t counter_base_;
  double g_min_;
  double full_scale_;
  double accept_;
  double stall_distance_;
  bool watches_movement_;
  std::array<double, 2> direction_;
  std::array<PulseKind, 2> kinds_{};
  std::vector<Cell*> active_;
};

void check_conductances(const Eigen::Ref<const Eigen::MatrixXd>& g, const char* what) {
  require(g.rows() <= 65535 && g.cols() <= 65535, "write-verify: {} has {}x{} cells; at most 65535 each way",
          what, g.rows(), g.cols());
  require(g.allFinite() && (g.size() == 0 || g.minCoeff() >= 0.0),
          "write-verify: a {} conductance is negative or not finite", what);
}

void check_limits(const CellLimits& limits, Eigen::Index rows, Eigen::Index cols) {
  for (const Eigen::MatrixXd* side : {&limits.low_siemens, &limits.high_siemens}) {
    require(side->rows() == rows && side->cols() == cols, "write-verify: limits of {}x{} cells for {}x{}",
            side->rows(), side->cols(), rows, cols);
  }
  const auto low = limits.low_siemens.array(), high = limits.high_siemens.array();
  require((low >= 0.0).all() && (low <= high).all() && low.isFinite().all(),
          "write-verify: the limits of a cell are not in the order 0 <= low <= high");
}

Eigen::MatrixXd unknown_start(Eigen::Index rows, Eigen::Index cols, const CellParams& cell,
                              const Random& random, std::uint32_t unit, std::uint32_t write_counter) {
  Eigen::MatrixXd start(rows, cols);
  for (Eigen::Index col = 0; col < cols; ++col) {
    for (Eigen::Index row = 0; row < rows; ++row) {
      const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      start(row, col) =
          cell.g_min_siemens +
          full_scale_siemens(cell) * random.uniform(RandomPurpose::kCellInitial, at, write_counter);
    }
  }
  return start;
}

void store(const std::vector<Cell>& cells, Eigen::Index row, CellRecords& records) {
  for (const Cell& c : cells) {
    records.pulses(row, c.column) = c.pulses;
    records.coarse_pulses(row, c.column) = c.coarse_pulses;
    records.energy_J(row, c.column) = c.energy_J;
    records.has_failed(row, c.column) = c.has_failed;
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
  for (const double response : {write.set_response, write.reset_response}) {
    require(response >= 0.05 && response <= 20.0,
            "write-verify: a SET or RESET response is {}; choose a value in 0.05 ... 20", response);
  }
  require(write.saturation >= 0.0 && write.saturation <= 0.99,
          "write-verify: saturation is {}; choose a value in 0 ... 0.99", write.saturation);
  require(write.device_sigma >= 0.0 && write.device_sigma <= 1.0,
          "write-verify: device_sigma is {}; choose a value in 0 ... 1", write.device_sigma);
  require(write.adapt >= 0.0 && write.adapt <= 0.9, "write-verify: adapt is {}; choose a value in 0 ... 0.9",
          write.adapt);
  require(write.stall_limit <= kMaxPulseLimit, "write-verify: stall_limit is {}; choose 0 ... {}",
          write.stall_limit, kMaxPulseLimit);
  require_positive(write.reset_voltage_factor, "reset_voltage_factor");
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

std::array<double, 4> response_variates(const Random& random, RandomCoordinates block) {
  const Words words = random.words(RandomPurpose::kCellResponse, block, 0);
  return {bounded_variate(words[0]), bounded_variate(words[1]), bounded_variate(words[2]),
          bounded_variate(words[3])};
}

void add_final_error(Eigen::MatrixXd& g, const Eigen::Ref<const Eigen::MatrixXd>& target,
                     const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                     std::uint32_t unit, std::uint32_t write_counter, const CellLimits* limits) {
  if (!write.bounded) g = target;
  const double sigma = write.write_sigma * full_scale_siemens(cell);
  if (sigma > 0.0) {
    for (Eigen::Index col = 0; col < g.cols(); ++col) {
      for (Eigen::Index row = 0; row < g.rows(); ++row) {
        const RandomCoordinates at{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
        const double draw = random.normal(RandomPurpose::kCellFinal, at, write_counter);
        g(row, col) = std::max(g(row, col) + sigma * draw, 0.0);
      }
    }
  }
  if (limits != nullptr) g = g.cwiseMax(limits->low_siemens).cwiseMin(limits->high_siemens);
}

ProgramResult program_array(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens, const CellParams& cell,
                            const WriteVerifyParams& write, const Random& random, std::uint32_t unit,
                            std::uint32_t write_counter, const ProgramContext& context) {
  validate(cell);
  validate(write);
  check_conductances(target_siemens, "target");
  const Eigen::Index rows = target_siemens.rows(), cols = target_siemens.cols();
  if (context.start_siemens != nullptr) {
    check_conductances(*context.start_siemens, "start");
    require(context.start_siemens->rows() == rows && context.start_siemens->cols() == cols,
            "write-verify: start has {}x{} cells, target {}x{}", context.start_siemens->rows(),
            context.start_siemens->cols(), rows, cols);
  }
  if (context.limits != nullptr) check_limits(*context.limits, rows, cols);
  require(write_counter < (1U << 24), "write-verify: write counter {} is not below 2^24", write_counter);
  if (context.records != nullptr) {
    for (Eigen::MatrixXi* counts : {&context.records->pulses, &context.records->coarse_pulses}) {
      counts->resize(rows, cols);
    }
    context.records->energy_J.resize(rows, cols);
    context.records->has_failed.resize(rows, cols);
  }
  if (write.mode == WriteMode::kStatistical && context.start_siemens == nullptr) {
    return WriteStatistics::of(cell, write)->program(target_siemens, random, unit, write_counter, context);
  }

  const Eigen::MatrixXd start = context.start_siemens != nullptr
                                    ? *context.start_siemens
                                    : unknown_start(rows, cols, cell, random, unit, write_counter);
  ProgramResult result;
  result.g_siemens.resize(rows, cols);
  ArrayWriter writer(cell, write, random, unit, write_counter);
  std::vector<Cell> cells(static_cast<std::size_t>(cols));
  std::array<double, 4> variates{};
  for (Eigen::Index row = 0; row < rows; ++row) {
    for (Eigen::Index col = 0; col < cols; ++col) {
      Cell& c = cells[static_cast<std::size_t>(col)];
      c.row = static_cast<std::uint16_t>(row);
      c.column = static_cast<std::uint16_t>(col);
      c.low = context.limits != nullptr ? context.limits->low_siemens(row, col) : 0.0;
      c.high = context.limits != nullptr ? context.limits->high_siemens(row, col)
                                         : std::numeric_limits<double>::infinity();
      c.g = std::clamp(start(row, col), c.low, c.high);
      c.target = target_siemens(row, col);
      if (write.device_sigma > 0.0 && col % 4 == 0) {
        variates = response_variates(random, {unit, c.row, c.column});
      }
      c.response = write.device_sigma == 0.0
                       ? 1.0
                       : std::exp(write.device_sigma * variates[static_cast<std::size_t>(col % 4)]);
      c.strength = 1.0;
      c.energy_J = 0.0;
      c.pulses = c.coarse_pulses = c.stalled = 0;
      c.has_failed = false;
    }
    if (!cells.empty()) writer.program_row(cells, result);
    for (const Cell& c : cells) result.g_siemens(row, c.column) = c.g;
    if (context.records != nullptr) store(cells, row, *context.records);
  }
  add_final_error(result.g_siemens, target_siemens, cell, write, random, unit, write_counter, context.limits);
  return result;
}

ProgramResult program_array_from(const Eigen::Ref<const Eigen::MatrixXd>& start_siemens,
                                 const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                 const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                                 std::uint32_t unit, std::uint32_t write_counter) {
  const Eigen::MatrixXd start = start_siemens;
  return program_array(target_siemens, cell, write, random, unit, write_counter, {.start_siemens = &start});
}

}  // namespace mho::device
