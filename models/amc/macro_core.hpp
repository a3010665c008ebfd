// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One array macro without its bus: a pair of arrays (INV: or two of them, circuit/slices.hpp; GINV: those of
// A, and those of −Aᵀ, circuit/ginv_network.hpp), the circuit around them, what programming and operating it
// give. The formulas are those of models/device and
// models/circuit; here they are only chosen and fed.
//
// Lines in use: the first `rows` are driven and the first `columns` read; other driven lines are held at 0 V
// and still load the amplifiers, amplifiers of other outputs are off (our assumption). The circuit of an INV
// macro closes over the first `rows` nodes and outputs, that of a GINV macro over those of the first `rows`
// row amplifiers and the first `columns` column amplifiers.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/amc/macro_array.hpp"
#include "models/amc/macro_params.hpp"
#include "models/amc/nonlinear_inv_macro.hpp"
#include "models/base/random.hpp"
#include "models/circuit/ginv_network.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/inv_loop.hpp"
#include "models/circuit/loop_waveform.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/mvm_loop.hpp"
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"

namespace mho::amc {

struct OperateSettings {
  unsigned rows = 0, columns = 0;
  int output_gain = 0;
  bool is_integer_read = false;  ///< settles until a read rounds correctly
  double time_s = 0;             ///< of the first read
  int waveform_samples = 0;  ///< INV, GINV: points of each output's transient to compute per read; 0: none
  circuit::GinvFeedback feedback = {};  ///< GINV
};

struct OperateOutcome {
  bool is_unstable = false;  ///< does not settle, or cells that are not ohmic have no operating point
  bool is_saturated = false;
  double settling_s = 0;  ///< of one read, the slowest
  /// Sum over the reads of the power drawn during each: times the duration of one read is the energy of all.
  double power_sum_watt = 0;
  /// [columns x reads, volt] after the output gain; GINV: [rows + columns x reads]
  Eigen::MatrixXd volts;
  /// [outputs x (reads · samples), volt] after the output gain: how each read settles, at waveform_times_s
  /// after the moment when its input has changed. Empty unless asked for.
  Eigen::MatrixXd waveform;
  Eigen::VectorXd waveform_times_s;
};

class MacroCore {
 public:
  /// @param params  outlives the core
  /// @param number  of the macro on the chip, for its random draws
  MacroCore(const MacroParams& params, const Random& random, std::uint32_t number,
            std::shared_ptr<CompensatedTargets> targets = nullptr)
      : params_(params), random_(random), number_(number), array_(params, random, number, targets) {
    if (params.kind == MacroKind::kGinv) mirrored_.emplace(params, random, number + 1, std::move(targets));
  }

  bool is_programmed() const { return array_.is_programmed(); }
  std::uint32_t writes() const { return array_.writes(); }

  /// As MacroArray::program(); GINV: both pairs, at the same time.
  ProgramOutcome program(std::span<const std::int8_t> levels, double time_s, unsigned slices = 0);
  /// Moves cells that were written at `time_s`; GINV: of A, not of −Aᵀ. As MacroArray::disturb().
  void disturb(std::span<const fault::DisturbedCell> cells, double time_s) { array_.disturb(cells, time_s); }
  /// Those of the last program().
  unsigned slices_in_use() const { return array_.slices_in_use(); }

  /// What is added to the input offset of each amplifier from the next operation on [amplifiers, volt].
  void trim_offsets(const Eigen::VectorXd& trim_volt);

  /// @param v_lines  [inputs or more x reads, volt], the first `rows` rows count, GINV: `rows` + `columns`.
  /// Needs is_programmed() and settings in range.
  OperateOutcome operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines, const OperateSettings& settings);

 private:
  /// A read with the cells as they were then: noise moves them from one read to the next.
  struct NonlinearOperation {
    std::shared_ptr<NonlinearInvMacro> macro;
    NonlinearRead read;
  };

  void build(const OperateSettings& settings);
  void build_nonlinear(double time_s);
  const circuit::MvmLoop& mvm_loop(int output_gain);
  const circuit::MvmCircuit::Feedback& mvm_feedback(int output_gain);
  Eigen::MatrixXd inv_noise_factor(Eigen::Index read);
  Eigen::MatrixXd mvm_noise_factor(int output_gain);
  double g_feedback_siemens(int output_gain) const;
  bool has_inv_loop() const { return circuit::is_on(params_.loop); }
  bool is_nonlinear() const { return !params_.cell_model.is_ohmic(); }
  Eigen::VectorXd offsets() const;
  Eigen::Index order() const;
  circuit::CrossbarArray loop_array(bool is_positive) const;
  circuit::InvNetwork inv_network() const;
  circuit::InvLoop inv_loop(const Eigen::MatrixXd& noise_siemens) const;
  Eigen::MatrixXd loop_noise(double time_s);
  circuit::MvmNetwork mvm_network(unsigned rows, unsigned columns) const;
  circuit::InvResult solve_inv(const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                               const OperateSettings& settings);
  circuit::MvmResult evaluate_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                  const OperateSettings& settings, OperateOutcome& outcome);
  circuit::MvmResult evaluate_nonlinear_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_driven,
                                            const OperateSettings& settings, OperateOutcome& outcome);
  double mvm_settling_s(const OperateSettings& settings, double step_volt, OperateOutcome& outcome);
  OperateOutcome operate_inv(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                             const OperateSettings& settings);
  /// Adds the noise of the amplifiers to settled outputs, within the rails. True if these limited one.
  bool disturb(Eigen::Ref<Eigen::VectorXd> volts, const Eigen::MatrixXd& factor);
  double attenuators_watt() const;
  void trace_inv(const Eigen::MatrixXd& input_ampere, double duration_s, int samples,
                 OperateOutcome& outcome);
  Eigen::MatrixXd transient(const Eigen::MatrixXd& input_ampere, Eigen::Index read,
                            const Eigen::MatrixXd& volts, const Eigen::VectorXd& times_s);
  void interrupt_inv(const Eigen::MatrixXd& input_ampere, OperateOutcome& outcome);
  Eigen::VectorXd noise_of_rest(const Eigen::VectorXd& input_ampere, const Eigen::VectorXd& rest_volt) const;
  Eigen::VectorXd mvm_time_constants_s(int output_gain);
  OperateOutcome operate_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                             const OperateSettings& settings);

  const MacroParams& params_;
  Random random_;
  std::uint32_t number_;
  MacroArray array_;
  std::optional<MacroArray> mirrored_;  ///< GINV: −Aᵀ
  std::optional<circuit::InvCircuit> inv_;
  std::optional<circuit::InvLoop> inv_loop_;       ///< in the place of inv_ where its effects are on
  std::optional<circuit::Topology> inv_topology_;  ///< of inv_, made when first asked for
  std::optional<circuit::MvmCircuit> mvm_;
  struct GainFeedback {
    int output_gain;
    circuit::MvmCircuit::Feedback feedback;
  };
  std::optional<GainFeedback> mvm_feedback_;   ///< of mvm_, for the latest gain: a tile is read with one
  std::optional<Eigen::MatrixXd> inv_noise_;   ///< factor of inv_'s outputs, made when first asked for
  std::map<int, circuit::MvmLoop> mvm_loops_;  ///< by output gain, where effects are on
  std::map<int, Eigen::MatrixXd> mvm_noise_;   ///< factors, likewise
  std::shared_ptr<NonlinearInvMacro> nonlinear_inv_;
  std::optional<circuit::NonlinearMvm> nonlinear_mvm_;
  std::vector<NonlinearOperation> nonlinear_reads_;  ///< of the last operation
  std::vector<bool> saturated_reads_;                ///< of the last operation
  std::uint32_t noisy_reads_ = 0;                    ///< draws of amplifier noise so far
  Eigen::VectorXd trim_volt_;                        ///< empty: none
  unsigned rows_ = 0, columns_ = 0;                  ///< of the circuit built last
  circuit::GinvFeedback feedback_;                   ///< likewise
};

}  // namespace mho::amc
