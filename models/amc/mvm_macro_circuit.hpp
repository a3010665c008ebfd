// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The circuit of an MVM macro: transimpedance amplifiers on the columns of one pair of arrays.
#pragma once

#include <Eigen/Core>

#include <map>
#include <optional>

#include "models/amc/macro_circuit.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/mvm_loop.hpp"
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"

namespace mho::amc {

class MvmMacroCircuit final : public MacroCircuit {
 public:
  explicit MvmMacroCircuit(const MacroParts& parts)
      : params_(parts.params), array_(parts.array), draws_(parts) {}

  void build(const MacroLines& lines, const Eigen::VectorXd& offset_volt, double time_s) override;
  OperateOutcome operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                         const OperateSettings& settings) override;

 private:
  struct GainFeedback {
    int output_gain;
    circuit::MvmCircuit::Feedback feedback;
  };

  bool is_nonlinear() const { return !params_.cell_model.is_ohmic(); }
  circuit::MvmNetwork network() const;
  void build_nonlinear(double time_s);
  double g_feedback_siemens(int output_gain) const;
  const circuit::MvmLoop& loop_of(int output_gain);
  const circuit::MvmCircuit::Feedback& feedback_of(int output_gain);
  Eigen::MatrixXd noise_factor(int output_gain);
  circuit::MvmResult evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                              const OperateSettings& settings, OperateOutcome& outcome);
  circuit::MvmResult evaluate_nonlinear(const Eigen::Ref<const Eigen::MatrixXd>& v_driven,
                                        const OperateSettings& settings, OperateOutcome& outcome);
  double settling_s(const OperateSettings& settings, double step_volt, OperateOutcome& outcome);
  /// [columns in use]
  Eigen::VectorXd time_constants_s(int output_gain);

  const MacroParams& params_;
  MacroArray& array_;
  AmplifierDraws draws_;
  MacroLines lines_;
  Eigen::VectorXd offset_volt_;
  std::optional<circuit::MvmCircuit> circuit_;
  std::optional<GainFeedback> feedback_;          ///< for the latest gain: a tile is read with one
  std::map<int, circuit::MvmLoop> loops_;         ///< by output gain, where effects are on
  std::map<int, Eigen::MatrixXd> noise_factors_;  ///< likewise, where they are off
  std::optional<circuit::NonlinearMvm> nonlinear_;
};

}  // namespace mho::amc
