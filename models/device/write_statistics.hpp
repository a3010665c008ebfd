// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The outcome of the write-verify loop drawn from distributions instead of run pulse by pulse: for chips
// whose many writes matter by their number, not one by one.
//
// Calibration: the loop runs on kSamplesPerTarget cells of unknown start at each of a number of targets:
// every level, and points between them no further apart than 1/16 of full scale; each target when it is first
// needed. What every kThinning-th sample cell ended with (error, pulses, coarse pulses, energy, success) is
// kept, the kept ones spread evenly over pulses, energy and error. If cells differ (device_sigma), the sample
// is twice as large and sorted into kResponseClasses classes of equal probability of a cell's response. A
// cell is drawn by taking a place in that list at random: error = linear between the two neighbours, pulses
// and energy those of the sample cell, so that all of them stay jointly distributed as in the loop. Between
// two calibrated targets one of the two is taken, with the probability that makes the distribution function
// linear. A slow cell stays slow over all its writes, and is the same cell as in the loop.
//
// Time of a row, whose cells are written together: that of its slowest cell,
//     verify + n · (verify + overhead) + n_c · max(w_c, w_f) + (n − n_c) · w_f
// with n, n_c the row's largest numbers of pulses and of coarse pulses: exact if both pulses are equally
// wide. Cells that cannot reach their target (CellLimits) spend all pulses that the controller allows.
//
// Not kept: the correlation of a cell's error with where it started, and anything rarer than about one in
// kSamplesPerTarget. tests/models/device/write_statistics_test.cpp compares the distributions.
#pragma once

#include <Eigen/Core>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "models/device/write_verify.hpp"

namespace mho::device {

inline constexpr unsigned kSamplesPerTarget = 16384;
inline constexpr unsigned kThinning = 4;
inline constexpr unsigned kResponseClasses = 8;

class WriteStatistics {
 public:
  /// Cheap; the calibration of a target costs about 5 ms when it is first needed. What will be drawn is a
  /// pure function of the arguments.
  /// @throws InputError  a parameter out of range
  WriteStatistics(const CellParams& cell, const WriteVerifyParams& write);

  /// The statistics of these parameters. The last 32 sets of parameters are kept. Thread-safe.
  static std::shared_ptr<const WriteStatistics> of(const CellParams& cell, const WriteVerifyParams& write);

  /// As program_array() with an unknown start, which also checks the arguments: call that one. write_sigma
  /// and bounded are those of the parameters given to of(). Cost: about 10 ns per cell. Thread-safe.
  ProgramResult program(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens, const Random& random,
                        std::uint32_t unit, std::uint32_t write_counter, const ProgramContext& context) const;

  /// Targets at which the loop is run [siemens], ascending.
  const std::vector<double>& calibrated_siemens() const { return targets_; }

 private:
  /// One sample cell: 16 bytes, one access to memory per drawn cell.
  struct Outcome {
    float error;  // (g − target)/full scale
    float gap;    // to the next sample cell's error; 0 before failed ones, whose errors are apart
    float energy_J;
    std::uint16_t pulses;
    std::uint16_t coarse_pulses : 15;
    std::uint16_t has_failed : 1;
  };
  /// What is known of one target: the kept cells of each class, sorted by error.
  struct Table {
    std::atomic<bool> is_calibrated{false};
    std::vector<std::vector<Outcome>> by_class;
  };
  /// Of the slowest cells of a row.
  struct RowWork {
    std::uint16_t pulses = 0;
    std::uint16_t coarse_pulses = 0;
  };
  void place_targets();
  void calibrate(std::size_t target_index, Table& table) const;
  static void thin(std::vector<Outcome>& sample);
  const std::vector<Outcome>& outcomes(std::size_t target_index, unsigned response_class) const;
  std::size_t nearby_target(double target_siemens, const Random& random, RandomCoordinates block,
                            unsigned lane, std::uint32_t write_counter) const;
  double read_energy_J(double g_siemens) const;
  std::array<unsigned, 4> response_classes(const Random& random, RandomCoordinates block) const;
  Outcome give_up(double g_siemens, double target_siemens) const;
  Outcome limited(const Outcome& free, double g_siemens, double target_siemens, double low_siemens,
                  double high_siemens) const;
  void program_block(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens, const Random& random,
                     RandomCoordinates block, std::uint32_t write_counter, const ProgramContext& context,
                     ProgramResult& result, RowWork& work) const;

  CellParams cell_;
  WriteVerifyParams write_;
  unsigned classes_;
  std::vector<double> targets_;
  std::array<std::uint16_t, 257> first_target_{};  ///< last target at or below each 1/256 of the window
  double places_per_siemens_ = 0.0;
  mutable std::mutex calibration_;
  std::unique_ptr<Table[]> tables_;  ///< one per target
};

}  // namespace mho::device
