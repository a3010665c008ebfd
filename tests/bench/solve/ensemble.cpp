// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Random systems by the hundred: how many of a family converge, after how many iterations, in what simulated
// time and with what energy, beside a direct solve in as many bits: elimination with partial pivoting in
// binary32, whose numbers have 24. A row of a Markdown table for each family, size, condition number and
// method; what did not converge goes to stderr, a line each. Matrix, right-hand side and chip have one seed.
//
//     build/release/bench/ensemble --kind general --n 16 --kappa 4 --method refine
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <ostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/random.hpp"
#include "models/numeric/matrix_market.hpp"
#include "models/numeric/sparse_matrix.hpp"
#include "platform/config/chip_config.hpp"
#include "platform/config/settings.hpp"
#include "platform/solve/builtin_firmware.hpp"
#include "platform/solve/solve_run.hpp"
#include "platform/solve/workload.hpp"
#include "tests/bench/solve/random_families.hpp"

namespace mho::bench {
namespace {

struct Options {
  std::vector<std::string> kinds;
  std::vector<int> sizes{4, 8, 16, 32, 64};
  std::vector<double> kappas{4, 10, 30, 100, 300, 1000};
  std::vector<std::string> methods{"refine", "gmres", "auto"};
  std::vector<std::string> assignments;
  int rows = 0;  ///< 0: as many as columns
  int seeds = 100;
  bool has_details = false;
  std::string directory;  ///< where the systems are written to; empty: nowhere
  bool solves = true;
};

struct Outcome {
  bool has_converged = false;
  double iterations = 0, bits_per_iteration = 0, error = 0;
  double plan_s = 0, program_s = 0, solve_s = 0, solve_J = 0, total_s = 0, total_J = 0;
  double direct_error = 0;  ///< of the direct solve; NaN: x is not unique or no solution, or it broke down
};

/// One row of the table.
struct Case {
  Family family;
  Shape shape;
  double kappa;
  const std::string& method;

  std::string name() const {
    const std::string condition = takes_kappa(family) ? fmt::format("{:g}", kappa) : "–";
    const std::string size = shape.rows == shape.columns ? fmt::format("{}", shape.columns)
                                                         : fmt::format("{} × {}", shape.rows, shape.columns);
    return fmt::format("{} | {} | {} | {}", name_of(family), size, condition, method);
  }
};

numeric::SparseMatrix sparse(const Eigen::MatrixXd& a) {
  numeric::SparseMatrix out;
  out.rows = static_cast<std::uint32_t>(a.rows());
  out.columns = static_cast<std::uint32_t>(a.cols());
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      if (a(i, j) == 0) continue;
      out.column.push_back(static_cast<std::uint32_t>(j));
      out.value.push_back(a(i, j));
    }
    out.row_start.push_back(static_cast<std::uint32_t>(out.value.size()));
  }
  return out;
}

/// That of a random x; where there are more rows than unknowns, standard normal values, which no x gives.
std::vector<double> right_hand_side(const numeric::SparseMatrix& a, std::uint64_t seed) {
  if (a.rows <= a.columns) return platform::random_right_hand_side(a, seed);
  const Random random(seed);
  std::vector<double> b(a.rows);
  for (std::uint32_t i = 0; i < a.rows; ++i)
    b[i] = random.normal(RandomPurpose::kWorkload, {.unit = i, .row = 0, .column = 0}, 1);
  return b;
}

/// A.mtx and b.mtx of a system, for a closer look with `mho solve`.
void write_system(const Case& which, std::uint64_t seed, const Eigen::MatrixXd& a,
                  const std::vector<double>& b, const std::string& directory) {
  const std::string stem = fmt::format("{}_{}x{}_{:g}_{}", name_of(which.family), which.shape.rows,
                                       which.shape.columns, which.kappa, seed);
  const auto write = [&](const char* part, std::span<const double> values, Eigen::Index columns) {
    const auto path = std::filesystem::path(directory) / fmt::format("{}_{}.mtx", stem, part);
    std::ofstream file(path);
    file << numeric::format_vectors(values, static_cast<std::uint32_t>(columns), "");
    if (!file.flush()) throw std::runtime_error(fmt::format("{}: cannot be written", path.string()));
  };
  write("A", {a.data(), static_cast<std::size_t>(a.size())}, a.cols());
  write("b", b, 1);
}

platform::SolveReport solve(const Case& which, const numeric::SparseMatrix& a, const std::vector<double>& b,
                            std::uint64_t seed, const Options& options) {
  platform::Settings settings;
  settings.set("seed", std::to_string(seed), "the seed");
  settings.set("solver.method", which.method, "--method");
  for (const std::string& assignment : options.assignments) settings.assign(assignment);
  const platform::ChipConfig chip = platform::chip_config(settings);
  static const soc::ElfImage firmware = platform::builtin_firmware();
  platform::MachineOptions machine;
  machine.command_line = "solve";
  std::ostream silence(nullptr);  // of the guest: without a buffer nothing is written
  platform::SolveRun run({.a = a, .b = b, .chip = chip, .firmware = firmware, .options = machine},
                         {.console = silence});
  return run.run();
}

/// ‖x − x*‖₂/‖x*‖₂ of elimination in binary32, x* being that in binary64.
double direct_error(const Eigen::MatrixXd& a, const std::vector<double>& b) {
  if (a.rows() != a.cols()) return std::nan("");
  const auto rhs = Eigen::Map<const Eigen::VectorXd>(b.data(), static_cast<Eigen::Index>(b.size()));
  const Eigen::VectorXd exact = a.partialPivLu().solve(rhs);
  const Eigen::VectorXf x = a.cast<float>().partialPivLu().solve(rhs.cast<float>());
  return (x.cast<double>() - exact).norm() / exact.norm();
}

Outcome outcome_of(const platform::SolveReport& report) {
  constexpr double kSecondsPerPicosecond = 1e-12;
  const auto phase_s = [&](cost::Phase phase) {
    return static_cast<double>(report.phases[static_cast<std::size_t>(phase)].time_ps) *
           kSecondsPerPicosecond;
  };
  return {.has_converged = report.has_converged,
          .iterations = static_cast<double>(report.answer.block.iterations),
          .bits_per_iteration = report.bits_per_iteration(),
          .error = report.assessment.relative_error.value_or(std::nan("")),
          .plan_s = phase_s(cost::Phase::kPlan),
          .program_s = phase_s(cost::Phase::kProgram),
          .solve_s = phase_s(cost::Phase::kSolve),
          .solve_J = report.phases[static_cast<std::size_t>(cost::Phase::kSolve)].energy.in_joules(),
          .total_s = static_cast<double>(report.run.simulated_time_ps) * kSecondsPerPicosecond,
          .total_J = report.run.energy.in_joules()};
}

double quantile(std::vector<double> values, double share) {
  std::erase_if(values, [](double v) { return std::isnan(v); });
  if (values.empty()) return std::nan("");
  std::ranges::sort(values);
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double above = values[std::min(below + 1, values.size() - 1)];
  return values[below] + (at - static_cast<double>(below)) * (above - values[below]);
}

/// One figure of all outcomes that have it.
template <typename Member>
std::vector<double> column(const std::vector<Outcome>& outcomes, Member member) {
  std::vector<double> values;
  for (const Outcome& o : outcomes) values.push_back(o.*member);
  return values;
}

/// Figures of what converged or, if nothing has, of all; those of the direct solve of all.
void print_row(const Case& which, const std::vector<Outcome>& outcomes) {
  std::vector<Outcome> counted;
  std::ranges::copy_if(outcomes, std::back_inserter(counted), &Outcome::has_converged);
  const std::size_t converged = counted.size();
  if (counted.empty()) counted = outcomes;
  const auto at = [&](auto member, double share) { return quantile(column(counted, member), share); };
  const std::vector<double> direct = column(outcomes, &Outcome::direct_error);
  fmt::print(
      "| {} | {} of {} | {:g} ({:g}) | {:.1e} ({:.1e}) | {:.3g} µs | {:.3g} µJ | {:.3g} ms | {:.3g} ms | "
      "{:.1e} "
      "({:.1e}) |\n",
      which.name(), converged, outcomes.size(), at(&Outcome::iterations, 0.5), at(&Outcome::iterations, 1),
      at(&Outcome::error, 0.5), at(&Outcome::error, 1), 1e6 * at(&Outcome::solve_s, 0.5),
      1e6 * at(&Outcome::solve_J, 0.5), 1e3 * at(&Outcome::plan_s, 0.5), 1e3 * at(&Outcome::program_s, 0.5),
      quantile(direct, 0.5), quantile(direct, 1));
}

void print_details(const Case& which, std::uint64_t seed, const Outcome& o) {
  fmt::print("{},{},{},{:g},{},{},{},{},{:.3g},{:.3g},{:.4g},{:.4g},{:.4g},{:.4g},{:.4g},{:.4g},{:.3g}\n",
             name_of(which.family), which.shape.rows, which.shape.columns, which.kappa, which.method, seed,
             o.has_converged ? 1 : 0, o.iterations, o.error, o.bits_per_iteration, o.plan_s, o.program_s,
             o.solve_s, o.solve_J, o.total_s, o.total_J, o.direct_error);
}

void run(const Case& which, const Options& options) {
  std::vector<Outcome> outcomes;
  for (int k = 1; k <= options.seeds; ++k) {
    const auto seed = static_cast<std::uint64_t>(k);
    const auto matrix = random_matrix(which.family, which.shape, which.kappa, seed);
    if (!matrix) continue;
    const numeric::SparseMatrix a = sparse(*matrix);
    const std::vector<double> b = right_hand_side(a, seed);
    if (!options.directory.empty()) write_system(which, seed, *matrix, b, options.directory);
    if (!options.solves) continue;
    const platform::SolveReport report = solve(which, a, b, seed, options);
    outcomes.push_back(outcome_of(report));
    outcomes.back().direct_error = direct_error(*matrix, b);
    if (options.has_details) print_details(which, seed, outcomes.back());
    if (!report.has_converged)
      fmt::print(stderr, "{} | seed {}: {}; {}\n", which.name(), seed, report.status, report.message);
  }
  if (!outcomes.empty()) print_row(which, outcomes);
  std::fflush(stdout);
}

bool is_wanted(Family family, const Options& options) {
  if (options.kinds.empty() && options.rows != 0) return takes_rows(family);
  if (options.kinds.empty()) return is_of_ensembles(family);
  return std::ranges::find(options.kinds, name_of(family)) != options.kinds.end();
}

/// The first kind asked for that has square matrices only.
std::optional<std::string_view> square_kind(const Options& options) {
  for (const Family family : kFamilies) {
    const bool is_named = std::ranges::find(options.kinds, name_of(family)) != options.kinds.end();
    if (is_named && !takes_rows(family)) return name_of(family);
  }
  return std::nullopt;
}

void print_header(const Options& options) {
  if (!options.solves) return;
  fmt::print(
      "| matrix | n | κ | method | converged | iterations: median (largest) | error | solve | | plan | "
      "program | "
      "24-bit elimination: error |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  if (options.has_details)
    fmt::print(
        "kind,rows,columns,kappa,method,seed,converged,iterations,error,bits_per_iteration,plan_s,program_s,"
        "solve_s,solve_J,total_s,total_J,"
        "direct_error\n");
}

void run_all(const Options& options) {
  print_header(options);
  for (const Family family : kFamilies) {
    if (!is_wanted(family, options)) continue;
    for (const int n : options.sizes) {
      for (std::size_t k = 0; k < (takes_kappa(family) ? options.kappas.size() : 1); ++k) {
        for (const std::string& method : options.methods)
          run({family, {options.rows == 0 ? n : options.rows, n}, options.kappas[k], method}, options);
      }
    }
  }
}

}  // namespace
}  // namespace mho::bench

// libsystemc's own main looks for it.
extern "C" int sc_main(int, char**) {
  return 0;
}

int main(int argc, char** argv) {
  using namespace mho::bench;
  Options options;
  CLI::App app{"Random systems: how many converge, after how many iterations, at what cost"};
  std::vector<std::string> names;
  for (const Family family : kFamilies) names.emplace_back(name_of(family));
  app.option_defaults()->always_capture_default();
  app.add_option("--kind", options.kinds, "families; without it all but dense and sparse")
      ->check(CLI::IsMember(names));
  app.add_option("--n", options.sizes, "unknowns")->check(CLI::Range(2, 4096));
  app.add_option("--rows", options.rows, "rows of rectangular matrices; kinds general and normal only")
      ->check(CLI::Range(2, 4096));
  app.add_option("--kappa", options.kappas, "condition numbers")->check(CLI::Range(1.0, 1e12));
  app.add_option("--method", options.methods, "refine, gmres, auto")
      ->check(CLI::IsMember({"refine", "gmres", "auto"}));
  app.add_option("--set", options.assignments, "key=value of the chip's configuration");
  app.add_option("--seeds", options.seeds, "seeds 1 to SEEDS")->check(CLI::Range(1, 1000000));
  app.add_option("--write", options.directory,
                 "write A and b of every system to this directory, for mho solve");
  app.add_flag("!--no-solve", options.solves, "only write them")->needs("--write");
  app.add_flag("--details", options.has_details, "a line of figures for every system");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto square = square_kind(options); square && options.rows != 0) {
    std::cerr << "--rows: kind " << *square << " has square matrices only; take general or normal\n";
    return 2;
  }
  try {
    if (!options.directory.empty()) std::filesystem::create_directories(options.directory);
    if (!options.solves) options.methods.resize(1);
    run_all(options);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 2;
  }
  return 0;
}
