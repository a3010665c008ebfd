// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The circuit of an INV or GINV macro: a loop of amplifiers around the arrays (INV: of one pair, or of two,
// circuit/slices.hpp; GINV: of those of A and of −Aᵀ, circuit/ginv_network.hpp), as it settles, is
// interrupted, and is disturbed by noise.
#pragma once

#include <Eigen/Core>

#include <memory>
#include <optional>
#include <vector>

#include "models/amc/macro_circuit.hpp"
#include "models/amc/nonlinear_inv_macro.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/inv_loop.hpp"
#include "models/circuit/loop_waveform.hpp"

namespace mho::amc {

class InvMacroCircuit final : public MacroCircuit {
 public:
  explicit InvMacroCircuit(const MacroParts& parts)
      : params_(parts.params), array_(parts.array), mirrored_(parts.mirrored), draws_(parts) {}

  void build(const MacroLines& lines, const Eigen::VectorXd& offset_volt, double time_s) override;
  OperateOutcome operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                         const OperateSettings& settings) override;

 private:
  /// A read with the cells as they were then: noise moves them from one read to the next.
  struct NonlinearOperation {
    std::shared_ptr<NonlinearInvMacro> macro;
    NonlinearRead read;
  };

  bool is_nonlinear() const { return !params_.cell_model.is_ohmic(); }
  bool has_loop() const { return circuit::is_on(params_.loop); }
  /// Amplifiers in the loop.
  Eigen::Index order() const;
  circuit::CrossbarArray loop_array(bool is_positive) const;
  circuit::InvNetwork network() const;
  circuit::InvLoop loop(const Eigen::MatrixXd& noise_siemens) const;
  /// What the noise of one read adds to the transfer matrix of the loop.
  Eigen::MatrixXd read_noise(double time_s);
  void build_nonlinear(double time_s);
  Eigen::MatrixXd noise_factor(Eigen::Index read);
  circuit::InvResult solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                           const OperateSettings& settings);
  /// Outputs when the operation ends, in the place of those at rest.
  void interrupt(const Eigen::MatrixXd& input_ampere, OperateOutcome& outcome);
  /// What noise of the cells has added to outputs at rest: waveforms are those of the cells without it, but
  /// for cells that are not ohmic, which each read has of its own.
  Eigen::VectorXd noise_of_rest(const Eigen::VectorXd& input_ampere, const Eigen::VectorXd& rest_volt) const;
  double attenuators_watt() const;
  void trace(const Eigen::MatrixXd& input_ampere, double duration_s, int samples, OperateOutcome& outcome);
  Eigen::MatrixXd transient(const Eigen::MatrixXd& input_ampere, Eigen::Index read,
                            const Eigen::MatrixXd& volts, const Eigen::VectorXd& times_s);

  const MacroParams& params_;
  MacroArray& array_;
  MacroArray* mirrored_;  ///< GINV: −Aᵀ
  AmplifierDraws draws_;
  MacroLines lines_;
  Eigen::VectorXd offset_volt_;
  std::optional<circuit::InvCircuit> circuit_;
  std::optional<circuit::InvLoop> loop_;         ///< in its place where the effects of the loop are on
  std::optional<circuit::Topology> topology_;    ///< of circuit_, made when first asked for
  std::optional<Eigen::MatrixXd> noise_factor_;  ///< of circuit_'s outputs, likewise
  std::shared_ptr<NonlinearInvMacro> nonlinear_;
  std::vector<NonlinearOperation> nonlinear_reads_;  ///< of the last operation
  std::vector<bool> saturated_reads_;                ///< of the last operation
};

}  // namespace mho::amc
