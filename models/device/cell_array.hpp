// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One array of cells over its life: what was programmed, what faults and wear made of it, what it conducts at
// a given time and temperature. All effects of models/device come together here and nowhere else.
//
//     program    limits (wear, then faults) → write-verify → programmed conductance, at the reference
//     temperature conductance(t, T)   programmed → drift since then → faults back in place → temperature
//     noisy(t, T, read)   the same → telegraph noise → thermal noise
// With every effect off, both return what was programmed, bit by bit.
//
// The I-V curve is not applied: a programmed conductance is what the verify read saw at its voltage; circuits
// with non-linear cells take small_signal_siemens() of it.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>

#include "models/base/random.hpp"
#include "models/device/differential_pair.hpp"
#include "models/device/endurance.hpp"
#include "models/device/faults.hpp"
#include "models/device/iv_curve.hpp"
#include "models/device/read_noise.hpp"
#include "models/device/retention.hpp"
#include "models/device/telegraph_noise.hpp"
#include "models/device/temperature.hpp"
#include "models/device/write_verify.hpp"

namespace mho::device {

/// Everything that cells do beside holding what the write left. All off by default.
struct CellEffects {
  FaultParams faults{};
  EnduranceParams endurance{};
  RetentionParams retention{};
  TemperatureParams temperature{};
  TelegraphParams telegraph{};
  ThermalNoiseParams thermal{};
  IvParams iv{};
};

/// Throws InputError if a field is out of its range.
void validate(const CellEffects& effects);

/// Under which an array is read. The temperature is taken to be the same since programming; for one that
/// changed, see CellArray::set_age_s().
struct ReadConditions {
  double time_s = 0.0;    ///< of the platform, >= the time of programming
  double kelvin = 300.0;  ///< 200 … 500
};

/// Where a write begins.
enum class ProgramStart : std::uint8_t {
  kUnknown,  ///< states spread evenly over the window, as if the array had been erased in disorder
  kHeld,  ///< what the cells conduct at that moment; saves pulses where targets change little. Runs the loop.
};

/// One array of cells.
class CellArray {
 public:
  /// Draws faults and traps. The array holds nothing until it is programmed.
  /// @param unit  number of the array, for its draws
  /// @param map   faults beside those drawn by rate; where both have one, the map holds
  /// @throws InputError  a parameter out of range, a map that does not fit
  CellArray(const CellParams& cell, const CellEffects& effects, Eigen::Index rows, Eigen::Index cols,
            const Random& random, std::uint32_t unit, const FaultMap& map = {});

  Eigen::Index rows() const { return rows_; }
  Eigen::Index cols() const { return cols_; }
  const CellParams& cell() const { return cell_; }
  const CellEffects& effects() const { return effects_; }
  const FaultMap& faults() const { return faults_; }
  const TelegraphNoise& telegraph() const { return telegraph_; }
  std::uint32_t writes() const { return writes_; }
  bool is_programmed() const { return programmed_.size() == rows_ * cols_ && writes_ > 0; }
  /// What the last write left [rows x cols, siemens].
  const Eigen::MatrixXd& programmed_siemens() const { return programmed_; }

  /// Programs the array at `time_s`. Faults and wear lead to failed cells.
  /// @throws InputError  as program_array(), after 2^24 writes, kHeld of an array that was never programmed
  ProgramResult program(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                        const WriteVerifyParams& write, double time_s = 0.0,
                        ProgramStart start = ProgramStart::kUnknown);

  /// Cells that are stuck beside faults() from the next write on, in the place of what this said before;
  /// where both have one, these hold.
  /// @throws InputError  they do not fit the array
  void stick(FaultMap cells);

  /// Moves a cell that was verified, as an upset does: what it conducts changes by `change_siemens`, not
  /// below 0, until the next write.
  /// @throws InputError  not programmed, no such cell
  void disturb(Eigen::Index row, Eigen::Index col, double change_siemens);

  /// Overrides the age of the cells at the next reads [second at the reference temperature, >= 0], for
  /// histories of changing temperature (sums of equivalent_age_s()); until the next write.
  void set_age_s(double age_s);

  /// Conductances without noise [rows x cols, siemens, >= 0].
  /// @throws InputError  not programmed, a time before programming, a temperature out of range
  Eigen::MatrixXd conductance(const ReadConditions& at) const;

  /// Conductances as a read at v_read sees them: with telegraph noise of that moment and the thermal noise of
  /// read number `read`. A cell may come out slightly negative. Fastest for times that ascend; the order of
  /// the calls changes no result. Not for several threads at once.
  Eigen::MatrixXd noisy(const ReadConditions& at, std::uint32_t read);

  /// Largest change of a cell without noise since other conditions [siemens]: tells when what was derived
  /// from the conductances must be derived anew.
  double largest_change_siemens(const ReadConditions& before, const ReadConditions& now) const;

 private:
  double age_s(const ReadConditions& at) const;

  CellParams cell_;
  CellEffects effects_;
  Eigen::Index rows_, cols_;
  Random random_;
  std::uint32_t unit_;
  FaultMap faults_;
  FaultMap passing_faults_;  ///< those of stick()
  TelegraphNoise telegraph_;
  TelegraphTracker tracker_;
  Eigen::MatrixXd programmed_;
  double programmed_at_s_ = 0.0;
  std::optional<double> age_s_;
  std::uint32_t writes_ = 0;
};

/// The two arrays of a macro, with the numbers and draws of program_pair().
class PairArray {
 public:
  /// @param macro  below 2^31; the arrays are 2·macro and 2·macro + 1
  PairArray(const CellParams& cell, const CellEffects& effects, Eigen::Index rows, Eigen::Index cols,
            const Random& random, std::uint32_t macro, const FaultMap& positive_map = {},
            const FaultMap& negative_map = {});

  CellArray& positive() { return positive_; }
  const CellArray& positive() const { return positive_; }
  CellArray& negative() { return negative_; }
  const CellArray& negative() const { return negative_; }

  PairProgramResult program(const DifferentialPair& target, const WriteVerifyParams& write,
                            double time_s = 0.0, ProgramStart start = ProgramStart::kUnknown);
  DifferentialPair conductance(const ReadConditions& at) const;
  DifferentialPair noisy(const ReadConditions& at, std::uint32_t read);
  double largest_change_siemens(const ReadConditions& before, const ReadConditions& now) const;

 private:
  CellArray positive_, negative_;
};

}  // namespace mho::device
