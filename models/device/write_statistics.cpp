// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/write_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <mutex>
#include <tuple>

namespace mho::device {
namespace {

constexpr std::uint64_t kCalibrationSeed = 0x6d686f2d63616c69;
constexpr Eigen::Index kSampleColumns = 64;
constexpr double kWidestGap = 1.0 / 16.0;
constexpr double kSamePlace = 1e-9;  // of the distance of two calibrated targets
constexpr std::size_t kKeptSets = 32;
constexpr std::size_t kAlike = 64;  // cells of about equal pulses and energy

/// Class of a cell by its response variate: octiles of its distribution (Irwin–Hall of order four).
unsigned response_class_of(double variate) {
  constexpr std::array<double, kResponseClasses - 1> kOctiles{-1.17660037, -0.69754301, -0.33033775, 0.0,
                                                              0.33033775,  0.69754301,  1.17660037};
  unsigned octile = 0;
  for (const double boundary : kOctiles) octile += variate >= boundary ? 1 : 0;
  return octile;
}

/// The parameters on which the loop's statistics depend.
WriteVerifyParams loop_only(WriteVerifyParams write) {
  write.mode = WriteMode::kLoop;
  write.bounded = true;
  write.write_sigma = 0.0;
  return write;
}

}  // namespace

WriteStatistics::WriteStatistics(const CellParams& cell, const WriteVerifyParams& write)
    : cell_(cell), write_(write), classes_(write.device_sigma > 0.0 ? kResponseClasses : 1) {
  validate(cell);
  validate(write);
  places_per_siemens_ = static_cast<double>(first_target_.size() - 1) / full_scale_siemens(cell);
  place_targets();
  tables_ = std::make_unique<Table[]>(targets_.size());
}

void WriteStatistics::place_targets() {
  const double full_scale = full_scale_siemens(cell_);
  targets_.push_back(cell_.g_min_siemens);
  for (unsigned level = 1; level < cell_.levels; ++level) {
    const double from = targets_.back(), to = level_conductance(cell_, level);
    // The last digits of a gap must not decide on the number of its parts.
    const int parts = std::max(1, static_cast<int>(std::ceil((to - from) / full_scale / kWidestGap - 1e-6)));
    for (int part = 1; part < parts; ++part) targets_.push_back(from + (to - from) * part / parts);
    targets_.push_back(to);
  }
  for (unsigned i = 0; i < first_target_.size(); ++i) {
    const auto above = std::ranges::upper_bound(targets_, cell_.g_min_siemens + i / places_per_siemens_);
    first_target_[i] = static_cast<std::uint16_t>(std::max<std::ptrdiff_t>(above - targets_.begin() - 1, 0));
  }
}

void WriteStatistics::calibrate(std::size_t target_index, Table& table) const {
  const Random random(kCalibrationSeed);
  const auto unit = static_cast<std::uint32_t>(target_index);
  const double target = targets_[target_index];
  const Eigen::Index samples = classes_ > 1 ? 2 * kSamplesPerTarget : kSamplesPerTarget;
  const Eigen::MatrixXd targets = Eigen::MatrixXd::Constant(samples / kSampleColumns, kSampleColumns, target);
  CellRecords records;
  const ProgramResult loop =
      program_array(targets, cell_, loop_only(write_), random, unit, 0, {.records = &records});

  table.by_class.resize(classes_);
  for (Eigen::Index col = 0; col < targets.cols(); ++col) {
    for (Eigen::Index row = 0; row < targets.rows(); ++row) {
      const RandomCoordinates block{unit, static_cast<std::uint16_t>(row),
                                    static_cast<std::uint16_t>(col & ~Eigen::Index{3})};
      const unsigned response_class = response_classes(random, block)[static_cast<std::size_t>(col % 4)];
      Outcome outcome{};
      outcome.error = static_cast<float>((loop.g_siemens(row, col) - target) / full_scale_siemens(cell_));
      outcome.energy_J = static_cast<float>(records.energy_J(row, col));
      outcome.pulses = static_cast<std::uint16_t>(records.pulses(row, col));
      outcome.coarse_pulses = static_cast<std::uint16_t>(records.coarse_pulses(row, col) & 0x7FFF);
      outcome.has_failed = records.has_failed(row, col) ? 1 : 0;
      table.by_class[response_class].push_back(outcome);
    }
  }
  for (std::vector<Outcome>& sample : table.by_class) thin(sample);
}

// Keeps every kThinning-th cell of an order in which neighbours are alike in all respects, so that the kept
// ones have the distributions of all; and leaves them sorted by error.
void WriteStatistics::thin(std::vector<Outcome>& sample) {
  std::ranges::sort(sample, [](const Outcome& a, const Outcome& b) {
    return std::tuple(a.has_failed, a.pulses, a.energy_J, a.error) <
           std::tuple(b.has_failed, b.pulses, b.energy_J, b.error);
  });
  const auto by_error = [](const Outcome& a, const Outcome& b) {
    // Failed cells apart: no error between theirs and that of a good cell exists.
    return std::tuple(a.has_failed, a.error, a.pulses, a.energy_J) <
           std::tuple(b.has_failed, b.error, b.pulses, b.energy_J);
  };
  for (std::size_t first = 0; first < sample.size(); first += kAlike) {
    const auto from = sample.begin() + static_cast<std::ptrdiff_t>(first);
    std::sort(from, from + static_cast<std::ptrdiff_t>(std::min(kAlike, sample.size() - first)), by_error);
  }
  std::size_t kept = 0;
  for (std::size_t group = 0; (group + 1) * kThinning <= sample.size(); ++group) {
    // The two in the middle by turns, from group to group and from block to block: no bias towards either
    // end.
    const std::size_t turn = (group + group * kThinning / kAlike) % 2;
    sample[kept++] = sample[group * kThinning + kThinning / 2 - turn];
  }
  sample.resize(kept);
  std::ranges::sort(sample, by_error);
  for (std::size_t i = 0; i + 1 < kept; ++i) {
    if (sample[i].has_failed == sample[i + 1].has_failed)
      sample[i].gap = sample[i + 1].error - sample[i].error;
  }
}

const std::vector<WriteStatistics::Outcome>& WriteStatistics::outcomes(std::size_t target_index,
                                                                       unsigned response_class) const {
  Table& table = tables_[target_index];
  // Once calibrated, a table never changes.
  if (!table.is_calibrated.load(std::memory_order_acquire)) {
    const std::scoped_lock lock(calibration_);
    if (!table.is_calibrated.load(std::memory_order_relaxed)) calibrate(target_index, table);
    table.is_calibrated.store(true, std::memory_order_release);
  }
  return table.by_class[response_class];
}

std::array<unsigned, 4> WriteStatistics::response_classes(const Random& random,
                                                          RandomCoordinates block) const {
  if (classes_ == 1) return {0, 0, 0, 0};
  const auto z = response_variates(random, block);
  return {response_class_of(z[0]), response_class_of(z[1]), response_class_of(z[2]), response_class_of(z[3])};
}

std::shared_ptr<const WriteStatistics> WriteStatistics::of(const CellParams& cell,
                                                           const WriteVerifyParams& write) {
  static std::mutex mutex;
  static std::deque<std::shared_ptr<const WriteStatistics>> kept;
  const std::scoped_lock lock(mutex);
  for (const auto& statistics : kept) {
    if (statistics->cell_ == cell && statistics->write_ == write) return statistics;
  }
  if (kept.size() == kKeptSets) kept.pop_front();
  kept.push_back(std::make_shared<const WriteStatistics>(cell, write));
  return kept.back();
}

// The calibrated target that stands for `target_siemens`: one of the two beside it.
std::size_t WriteStatistics::nearby_target(double target_siemens, const Random& random,
                                           RandomCoordinates block, unsigned lane,
                                           std::uint32_t write_counter) const {
  const double limited = std::clamp(target_siemens, cell_.g_min_siemens, cell_.g_max_siemens);
  std::size_t i =
      first_target_[static_cast<std::size_t>((limited - cell_.g_min_siemens) * places_per_siemens_)];
  while (i + 1 < targets_.size() && targets_[i + 1] <= limited) ++i;
  if (limited == targets_[i] || i + 1 == targets_.size()) return i;
  const double share = (limited - targets_[i]) / (targets_[i + 1] - targets_[i]);
  if (share > 1.0 - kSamePlace) return i + 1;
  if (share < kSamePlace) return i;
  const auto words = random.words(RandomPurpose::kCellStatistic, block, 2 * write_counter + 1);
  return (words[lane] + 0.5) * 0x1p-32 < share ? i + 1 : i;
}

double WriteStatistics::read_energy_J(double g_siemens) const {
  return write_.verify_voltage_volt * write_.verify_voltage_volt * write_.verify_time_s * g_siemens +
         write_.verify_conversion_energy_J;
}

WriteStatistics::Outcome WriteStatistics::give_up(double g_siemens, double target_siemens) const {
  const bool is_coarse =
      std::abs(target_siemens - g_siemens) > write_.coarse_threshold * full_scale_siemens(cell_);
  const PulseParams& pulse = is_coarse ? write_.coarse : write_.fine;
  const double voltage =
      pulse.voltage_volt * (target_siemens > g_siemens ? 1.0 : write_.reset_voltage_factor);
  Outcome outcome{};
  outcome.pulses = static_cast<std::uint16_t>(
      write_.stall_limit > 0 ? std::min(write_.stall_limit, write_.pulse_limit) : write_.pulse_limit);
  outcome.coarse_pulses = static_cast<std::uint16_t>((is_coarse ? outcome.pulses : 0) & 0x7FFF);
  outcome.energy_J = static_cast<float>(outcome.pulses * (voltage * voltage * g_siemens * pulse.width_s) +
                                        (outcome.pulses + 1) * read_energy_J(g_siemens));
  outcome.has_failed = 1;
  return outcome;
}

WriteStatistics::Outcome WriteStatistics::limited(const Outcome& free, double g_siemens,
                                                  double target_siemens, double low_siemens,
                                                  double high_siemens) const {
  const double reach = write_.tolerance * full_scale_siemens(cell_);
  if (target_siemens < low_siemens - reach || target_siemens > high_siemens + reach) {
    return give_up(g_siemens, target_siemens);
  }
  if (low_siemens < high_siemens) return free;
  Outcome untouched{};
  untouched.energy_J = static_cast<float>(read_energy_J(g_siemens));
  return untouched;
}

// Draws four neighbouring cells of one row, whose first column is a multiple of four: they share their words.
void WriteStatistics::program_block(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                    const Random& random, RandomCoordinates block,
                                    std::uint32_t write_counter, const ProgramContext& context,
                                    ProgramResult& result, RowWork& work) const {
  const Eigen::Index row = block.row;
  const auto words = random.words(RandomPurpose::kCellStatistic, block, 2 * write_counter);
  const auto classes = response_classes(random, block);
  const auto lanes = static_cast<unsigned>(std::min<Eigen::Index>(4, target_siemens.cols() - block.column));
  // All four places first: what is stored there arrives while the next are computed.
  std::array<const Outcome*, 4> drawn{};
  std::array<std::uint32_t, 4> rest{};
  for (unsigned lane = 0; lane < lanes; ++lane) {
    const double target = target_siemens(row, block.column + static_cast<Eigen::Index>(lane));
    const auto& sample = outcomes(nearby_target(target, random, block, lane, write_counter), classes[lane]);
    const std::uint64_t product = std::uint64_t{words[lane]} * sample.size();
    drawn[lane] = &sample[product >> 32];
    rest[lane] = static_cast<std::uint32_t>(product);
  }
  double energy_J = 0.0;
  std::uint32_t pulses = 0, failed = 0;
  for (unsigned lane = 0; lane < lanes; ++lane) {
    const Eigen::Index col = block.column + static_cast<Eigen::Index>(lane);
    const double target = target_siemens(row, col);
    Outcome outcome = *drawn[lane];
    const double error = outcome.error + outcome.gap * (rest[lane] * 0x1p-32);
    double g = std::max(target + full_scale_siemens(cell_) * error, 0.0);
    if (context.limits != nullptr) {
      const double low = context.limits->low_siemens(row, col);
      const double high = context.limits->high_siemens(row, col);
      g = std::clamp(g, low, high);
      outcome = limited(outcome, g, target, low, high);
    }
    result.g_siemens(row, col) = g;
    pulses += outcome.pulses;
    failed += outcome.has_failed;
    energy_J += outcome.energy_J;
    work.pulses = std::max(work.pulses, outcome.pulses);
    work.coarse_pulses = std::max<std::uint16_t>(work.coarse_pulses, outcome.coarse_pulses);
    if (context.records != nullptr) {
      context.records->pulses(row, col) = outcome.pulses;
      context.records->coarse_pulses(row, col) = outcome.coarse_pulses;
      context.records->energy_J(row, col) = outcome.energy_J;
      context.records->has_failed(row, col) = outcome.has_failed != 0;
    }
  }
  result.pulses += pulses;
  result.failed_cells += failed;
  result.energy_J += energy_J;
}

ProgramResult WriteStatistics::program(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                       const Random& random, std::uint32_t unit, std::uint32_t write_counter,
                                       const ProgramContext& context) const {
  const Eigen::Index rows = target_siemens.rows(), cols = target_siemens.cols();
  ProgramResult result;
  result.g_siemens.resize(rows, cols);
  std::vector<RowWork> work(cols > 0 ? static_cast<std::size_t>(rows) : 0);
  for (Eigen::Index col = 0; col < cols; col += 4) {
    for (std::size_t row = 0; row < work.size(); ++row) {
      const RandomCoordinates block{unit, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)};
      program_block(target_siemens, random, block, write_counter, context, result, work[row]);
    }
  }
  result.verify_reads = result.pulses + static_cast<std::uint64_t>(target_siemens.size());
  const double widest_s = std::max(write_.coarse.width_s, write_.fine.width_s);
  for (const RowWork& row : work) {
    result.max_pulses_per_cell = std::max<std::uint32_t>(result.max_pulses_per_cell, row.pulses);
    result.time_s += write_.verify_time_s + row.pulses * (write_.verify_time_s + write_.round_overhead_s) +
                     row.coarse_pulses * widest_s + (row.pulses - row.coarse_pulses) * write_.fine.width_s;
  }
  add_final_error(result.g_siemens, target_siemens, cell_, write_, random, unit, write_counter,
                  context.limits);
  return result;
}

}  // namespace mho::device
