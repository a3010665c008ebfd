// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/spice/mna_oracle.hpp"

#include <Eigen/SparseLU>

#include <sstream>
#include <stdexcept>
#include <vector>

namespace mho::spice {
namespace {

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
        return;
      case 'R':
        fields >> value;
        stamp(from, from, 1.0 / value);
        stamp(to, to, 1.0 / value);
        stamp(from, to, -1.0 / value);
        stamp(to, from, -1.0 / value);
        return;
      case 'I':
        fields >> value;
        source(from, -value);
        source(to, value);
        return;
      case 'V': {
        fields >> value;
        const int row = branch(from, to);
        source(row, value);
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
    Eigen::SparseMatrix<double> matrix(count_, count_);
    matrix.setFromTriplets(stamps_.begin(), stamps_.end());
    Eigen::VectorXd right = Eigen::VectorXd::Zero(count_);
    for (const auto& [row, value] : sources_) right[row] += value;
    Eigen::SparseLU<Eigen::SparseMatrix<double>> lu(matrix);
    if (lu.info() != Eigen::Success) throw std::runtime_error("oracle: singular circuit");
    Eigen::VectorXd x = lu.solve(right);
    x += lu.solve(right - matrix * x);
    std::map<std::string, double> result;
    for (const auto& [name, index] : nodes_) result[name] = x[index];
    return result;
  }

 private:
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
  void source(int row, double value) {
    if (row >= 0) sources_.emplace_back(row, value);
  }

  std::map<std::string, int> nodes_;
  std::vector<Eigen::Triplet<double>> stamps_;
  std::vector<std::pair<int, double>> sources_;
  int count_ = 0;
};

}  // namespace

std::map<std::string, double> rest_voltages(const std::string& netlist) {
  Equations equations;
  std::istringstream lines(netlist);
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) equations.add(line);
  return equations.solve();
}

}  // namespace mho::spice
