// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/spice/mna_oracle.hpp"

#include <Eigen/LU>
#include <Eigen/SparseLU>
#include <unsupported/Eigen/MatrixFunctions>

#include <sstream>
#include <stdexcept>
#include <vector>

namespace mho::spice {
namespace {

/// dv/dt of the capacitors and the outputs, by v, 1 and the position of the ramp.
struct StateSpace {
  Eigen::MatrixXd rates, outputs;
  double rise_s;
};

class Equations {
 public:
  void add(const std::string& line) {
    std::istringstream fields(line);
    std::string name, a, b, c, d;
    double value = 0.0;
    fields >> name >> a >> b;
    const int from = node(a), to = node(b);
    switch (name.front()) {
      case 'C':
        fields >> value;
        capacitors_.push_back({.from = from, .to = to, .farad = value});
        return;
      case 'R':
        fields >> value;
        stamp(from, from, 1.0 / value);
        stamp(to, to, 1.0 / value);
        stamp(from, to, -1.0 / value);
        stamp(to, from, -1.0 / value);
        return;
      case 'I': {
        const bool is_ramp = read_source(fields, value);
        source(from, -value, is_ramp);
        source(to, value, is_ramp);
        return;
      }
      case 'V': {
        const bool is_ramp = read_source(fields, value);
        source(branch(from, to), value, is_ramp);
        return;
      }
      case 'G':
      case 'E': {
        fields >> c >> d >> value;
        const int plus = node(c), minus = node(d);
        if (name.front() == 'E') {
          const int row = branch(from, to);
          stamp(row, plus, -value);
          stamp(row, minus, value);
          return;
        }
        stamp(from, plus, value);
        stamp(from, minus, -value);
        stamp(to, plus, -value);
        stamp(to, minus, value);
        return;
      }
      default:
        throw std::runtime_error("oracle does not know: " + line);
    }
  }

  std::map<std::string, double> solve() const {
    Eigen::MatrixXd right = Eigen::MatrixXd::Zero(count_, 1);
    for (const Source& s : sources_) right(s.row, 0) += s.value;
    const Eigen::MatrixXd x = solve(right);
    std::map<std::string, double> result;
    for (const auto& [name, index] : nodes_) result[name] = x(index, 0);
    return result;
  }

  StateSpace state_space(const std::vector<std::string>& outputs) {
    const auto n = static_cast<Eigen::Index>(capacitors_.size());
    std::vector<int> rows;
    for (const Capacitor& c : capacitors_) rows.push_back(branch(c.from, c.to));
    Eigen::MatrixXd right = Eigen::MatrixXd::Zero(count_, n + 2);
    for (Eigen::Index k = 0; k < n; ++k) right(rows[static_cast<std::size_t>(k)], k) = 1.0;
    for (const Source& s : sources_) right(s.row, s.is_ramp ? n + 1 : n) += s.value;
    const Eigen::MatrixXd x = solve(right);
    StateSpace result{.rates = Eigen::MatrixXd(n, n + 2),
                      .outputs = Eigen::MatrixXd(static_cast<Eigen::Index>(outputs.size()), n + 2),
                      .rise_s = rise_s_};
    for (Eigen::Index k = 0; k < n; ++k) {
      const auto at = static_cast<std::size_t>(k);
      result.rates.row(k) = x.row(rows[at]) / capacitors_[at].farad;
    }
    for (std::size_t i = 0; i < outputs.size(); ++i)
      result.outputs.row(static_cast<Eigen::Index>(i)) = x.row(nodes_.at(outputs[i]));
    return result;
  }

 private:
  struct Capacitor {
    int from, to;
    double farad;
  };
  struct Source {
    int row;
    double value;
    bool is_ramp;
  };

  Eigen::MatrixXd solve(const Eigen::MatrixXd& right) const {
    Eigen::SparseMatrix<double> matrix(count_, count_);
    matrix.setFromTriplets(stamps_.begin(), stamps_.end());
    Eigen::SparseLU<Eigen::SparseMatrix<double>> lu(matrix);
    if (lu.info() != Eigen::Success) throw std::runtime_error("oracle: singular circuit");
    Eigen::MatrixXd x = lu.solve(right);
    x += lu.solve(right - matrix * x);
    return x;
  }

  /// A number, or PWL(0 0 rise value).
  bool read_source(std::istringstream& fields, double& value) {
    std::string first, zero, rise, last;
    fields >> first;
    if (first != "PWL(0") {
      value = std::stod(first);
      return false;
    }
    fields >> zero >> rise >> last;
    rise_s_ = std::stod(rise);
    value = std::stod(last);
    return true;
  }

  /// Ground is −1.
  int node(const std::string& name) {
    if (name == "0") return -1;
    const auto [at, is_new] = nodes_.try_emplace(name, count_);
    if (is_new) ++count_;
    return at->second;
  }
  /// A current from a to b through a source, and its equation v_a − v_b = …
  int branch(int a, int b) {
    const int row = count_++;
    stamp(a, row, 1.0);
    stamp(b, row, -1.0);
    stamp(row, a, 1.0);
    stamp(row, b, -1.0);
    return row;
  }
  void stamp(int row, int column, double value) {
    if (row >= 0 && column >= 0) stamps_.emplace_back(row, column, value);
  }
  void source(int row, double value, bool is_ramp) {
    if (row >= 0) sources_.push_back({.row = row, .value = value, .is_ramp = is_ramp});
  }

  std::map<std::string, int> nodes_;
  std::vector<Eigen::Triplet<double>> stamps_;
  std::vector<Source> sources_;
  std::vector<Capacitor> capacitors_;
  double rise_s_ = 0.0;
  int count_ = 0;
};

Equations equations_of(const std::string& netlist) {
  Equations equations;
  std::istringstream lines(netlist);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) equations.add(line);
  return equations;
}

}  // namespace

std::map<std::string, double> rest_voltages(const std::string& netlist) {
  return equations_of(netlist).solve();
}

Eigen::MatrixXd exact_transient(const std::string& netlist, const std::vector<std::string>& nodes,
                                const Eigen::VectorXd& times_s) {
  const StateSpace space = equations_of(netlist).state_space(nodes);
  const Eigen::Index n = space.rates.rows();
  // With 1 and the position of the ramp as further states the motion is linear.
  Eigen::MatrixXd after = Eigen::MatrixXd::Zero(n + 2, n + 2);
  after.topRows(n) = space.rates;
  Eigen::MatrixXd during = after;
  during(n + 1, n) = 1.0 / space.rise_s;
  Eigen::VectorXd start(n + 2);
  start << -space.rates.leftCols(n).partialPivLu().solve(space.rates.col(n)), 1.0, 0.0;
  Eigen::VectorXd risen = (space.rise_s * during).exp() * start;
  risen[n + 1] = 1.0;
  Eigen::MatrixXd values(times_s.size(), space.outputs.rows());
  for (Eigen::Index i = 0; i < times_s.size(); ++i) {
    const double t = times_s[i];
    const Eigen::VectorXd state = t < space.rise_s ? ((t * during).exp() * start).eval()
                                                   : (((t - space.rise_s) * after).exp() * risen).eval();
    values.row(i) = (space.outputs * state).transpose();
  }
  return values;
}

}  // namespace mho::spice
