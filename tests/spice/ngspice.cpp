// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/spice/ngspice.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mho::spice {
namespace {

/// A directory of its own that disappears with it.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "mho-spice-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = name;
  }
  ~Scratch() { std::filesystem::remove_all(path_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

std::string text_of(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// An operating point is iterated to the last digit. A transient runs at the longest step allowed, which is
/// short: without a large trtol its error control would shorten it without end.
const char* tolerances(const std::string& analysis) {
  return analysis == "op" ? ".options reltol=1e-9 abstol=1e-18 vntol=1e-11 gmin=1e-18\n"
                          : ".options reltol=1e-7 abstol=1e-12 vntol=1e-9 trtol=1e6\n";
}

}  // namespace

bool has_ngspice() {
  return std::system("ngspice --version > /dev/null 2>&1") == 0;
}

namespace {

/// `log` becomes what ngspice said.
std::optional<Table> attempt(int limit_s, const std::string& netlist, const std::string& analysis,
                             const std::vector<std::string>& vectors, std::string& log) {
  const Scratch scratch;
  std::ofstream(scratch / "circuit.cir")
      << "mho\n"
      << netlist << tolerances(analysis) << ".control\nset numdgt=15\nset wr_singlescale\n"
      << analysis << "\nwrdata " << scratch / "out.data"
      << " " << fmt::format("{}", fmt::join(vectors, " ")) << "\nquit\n.endc\n.end\n";
  const std::string command =
      fmt::format("timeout {} ngspice -b {} > {} 2>&1", limit_s, scratch / "circuit.cir", scratch / "log");
  const int code = std::system(command.c_str());
  log = text_of(scratch / "log");
  std::ifstream file(scratch / "out.data");
  std::vector<std::vector<double>> rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::vector<double> row;
    for (double x = 0.0; fields >> x;) row.push_back(x);
    if (row.size() == vectors.size() + 1) rows.push_back(row);
  }
  if (code != 0 || rows.empty()) return std::nullopt;
  Table table{.scale = Eigen::VectorXd(static_cast<Eigen::Index>(rows.size())),
              .values = Eigen::MatrixXd(static_cast<Eigen::Index>(rows.size()),
                                        static_cast<Eigen::Index>(vectors.size()))};
  for (Eigen::Index i = 0; i < table.values.rows(); ++i) {
    const auto& row = rows[static_cast<std::size_t>(i)];
    table.scale[i] = row[0];
    for (Eigen::Index j = 0; j < table.values.cols(); ++j)
      table.values(i, j) = row[static_cast<std::size_t>(j) + 1];
  }
  return table;
}

}  // namespace

Table run(const std::string& netlist, const std::string& analysis, const std::vector<std::string>& vectors) {
  constexpr int kLimitSeconds = 100;
  std::string log;
  std::optional<Table> table = attempt(kLimitSeconds, netlist, analysis, vectors, log);
  if (!table) ADD_FAILURE() << "ngspice failed:\n" << log;
  return table.value_or(Table{});
}

std::optional<Table> run_within(int limit_s, const std::string& netlist, const std::string& analysis,
                                const std::vector<std::string>& vectors) {
  std::string log;
  return attempt(limit_s, netlist, analysis, vectors, log);
}

Eigen::MatrixXd sampled(const Table& table, const Eigen::VectorXd& times) {
  const Eigen::Index n = table.scale.size();
  Eigen::MatrixXd result(times.size(), table.values.cols());
  if (n < 4) throw std::runtime_error("too few points of ngspice to interpolate");
  for (Eigen::Index i = 0; i < times.size(); ++i) {
    const double* begin = table.scale.data();
    const auto after = static_cast<Eigen::Index>(std::lower_bound(begin, begin + n, times[i]) - begin);
    const Eigen::Index first = std::clamp<Eigen::Index>(after - 2, 0, n - 4);
    result.row(i).setZero();
    for (Eigen::Index a = first; a < first + 4; ++a) {
      double weight = 1.0;
      for (Eigen::Index b = first; b < first + 4; ++b)
        if (b != a) weight *= (times[i] - table.scale[b]) / (table.scale[a] - table.scale[b]);
      result.row(i) += weight * table.values.row(a);
    }
  }
  return result;
}

}  // namespace mho::spice
