// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The steps of solve(): what they hand to each other. Rest point and verdict are in solver.cpp, the transient
// in transient.cpp.
#pragma once

#include <Eigen/Core>

#include <optional>
#include <string>

#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/nodal/waveform.hpp"
#include "models/circuit/topology/nonohmic_circuit.hpp"
#include "models/circuit/topology/topology.hpp"
#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"

namespace mho::platform {

class Solver {
 public:
  explicit Solver(const CircuitProblem& problem);
  CircuitSolution run();

 private:
  /// Values at the samples and their time derivatives [times x answers].
  struct Traces {
    Eigen::MatrixXd values, slopes;
  };

  bool fail(CircuitStatus status, std::string message);
  /// The circuit, near the last point if cells are not ohmic, and its inputs.
  circuit::Tangent at_present() const;

  /// stability(), its time counted.
  circuit::Stability judged(const circuit::AmplifierCircuit& circuit, const Eigen::VectorXd& z,
                            const Eigen::VectorXd& q);
  bool judge_loop();
  void prepare_start(const circuit::AmplifierCircuit& linear);
  void find_rest();
  bool report_rest();
  Eigen::VectorXd answer(const Eigen::VectorXd& node_volt) const;
  void count_saturated();
  void measure_noise();

  double substeps_wanted() const;
  double substeps_affordable() const;
  void find_settling(const Eigen::VectorXd& times_s, const Traces& traces);
  void trace();
  circuit::Waveform integrated(const circuit::Stimulus& stimulus, const Eigen::VectorXd& times_s);
  Traces traces_of(const circuit::Stimulus& stimulus, const circuit::Waveform& waveform);
  Traces ohmic_traces(const circuit::Stimulus& stimulus, const circuit::Waveform& waveform) const;
  Traces output_traces(const circuit::Waveform& waveform) const;
  Traces nonohmic_traces(const circuit::Stimulus& stimulus, const circuit::Waveform& waveform);
  std::optional<Eigen::VectorXd> egv_start();
  void note_resolution();

  const CircuitProblem& problem_;
  circuit::CrossbarArray positive_;
  std::optional<circuit::CrossbarArray> negative_;
  circuit::Topology topology_;                        // with ohmic cells
  std::optional<circuit::NonohmicCircuit> nonohmic_;  // if cells are not
  Eigen::VectorXd input_;                             // of topology_.circuit
  CircuitSolution solution_;
  circuit::Stability loop_;
  Eigen::VectorXd continuation_start_;
  circuit::RestPoint rest_;
};

}  // namespace mho::platform
