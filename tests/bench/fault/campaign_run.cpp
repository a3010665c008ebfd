// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <signal.h>
#include <sys/wait.h>

#include <Eigen/Dense>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <sstream>

#include "models/base/error.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/cli/fault_spec.hpp"
#include "platform/solve/builtin_firmware.hpp"
#include "tests/bench/fault/campaign.hpp"
#include "tests/bench/fault/in_child.hpp"

namespace mho::bench {
namespace {

using platform::SolveReport;
using platform::SolveRun;
using LongMatrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

/// Several times what the slowest of these solves takes with two time-outs of its lists.
constexpr std::uint64_t kMostSimulated_ps = 200'000'000'000;

numeric::SparseMatrix dense(const Eigen::MatrixXd& a) {
  numeric::SparseMatrix out;
  out.rows = out.columns = static_cast<std::uint32_t>(a.rows());
  out.row_start = {0};
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      out.column.push_back(static_cast<std::uint32_t>(j));
      out.value.push_back(a(i, j));
    }
    out.row_start.push_back(static_cast<std::uint32_t>(out.value.size()));
  }
  return out;
}

/// Where the host puts job and data is the same in every run.
void locate(Subject& subject) {
  const std::size_t bytes = subject.chip.machine.ram.bytes;
  // calloc maps pages when they are touched; a vector would touch all.
  const std::unique_ptr<void, decltype(&std::free)> memory(std::calloc(bytes, 1), &std::free);
  const std::span ram(static_cast<std::uint8_t*>(memory.get()), bytes);
  subject.place = platform::place_job(subject.a, subject.b, subject.chip.solver, ram);
  std::memcpy(&subject.block, ram.data() + (subject.place.job_address - soc::kRamBase), sizeof subject.block);
}

SolveReport solve(const Subject& subject, const platform::ChipConfig& chip, bool& has_struck) {
  std::ostringstream console;
  SolveRun run({.a = subject.a,
                .b = subject.b,
                .chip = chip,
                .firmware = subject.firmware,
                .options = {.max_time_ps = kMostSimulated_ps, .command_line = "solve"}},
               {.console = console});
  SolveReport report = run.run();
  if (const auto* faults = run.chip().machine().faults()) has_struck = faults->records().front().count > 0;
  return report;
}

double error_of(const Subject& subject, const SolveReport& report) {
  if (report.assessment.x.size() != static_cast<std::size_t>(subject.x.size())) return HUGE_VAL;
  long double square = 0;
  for (Eigen::Index j = 0; j < subject.x.size(); ++j) {
    const auto difference =
        static_cast<long double>(report.assessment.x[static_cast<std::size_t>(j)]) - subject.x[j];
    square += difference * difference;
  }
  return static_cast<double>(std::sqrt(square) / subject.x.norm());
}

/// Of a solve without a fault [s].
struct Moments {
  double end_s, device_from_s, device_to_s;
};

/// These jobs boot, plan, program, solve and verify once, in this order.
Moments moments_of(const SolveReport& report) {
  const auto until_s = [&](cost::Phase last) {
    double sum_s = 0;
    for (std::size_t phase = 0; phase <= static_cast<std::size_t>(last); ++phase)
      sum_s += static_cast<double>(report.phases[phase].time_ps) * 1e-12;
    return sum_s;
  };
  return {.end_s = static_cast<double>(report.run.simulated_time_ps) * 1e-12,
          .device_from_s = until_s(cost::Phase::kPlan),
          .device_to_s = until_s(cost::Phase::kSolve)};
}

bool is_hang(soc::ExitCause cause) {
  return cause == soc::ExitCause::kHang || cause == soc::ExitCause::kMaxTime ||
         cause == soc::ExitCause::kMaxInstructions;
}

RunOutcome judge(const Subject& subject, const SolveReport& report, bool has_struck, bool lost_interrupts) {
  RunOutcome outcome{.verdict = Verdict::kReported, .has_struck = has_struck, .error = 0, .status = {}};
  std::strncpy(outcome.status.data(), report.status.c_str(), outcome.status.size() - 1);
  if (is_hang(report.run.exit_cause)) {
    outcome.verdict = Verdict::kHang;
  } else if (report.answer.is_valid && report.answer.status == registers::job::JobStatus::kConverged) {
    // The driver's own word: mho, which knows the solution, may contradict it.
    outcome.error = error_of(subject, report);
    const bool is_right = outcome.error <= error_limit(subject);
    const bool has_recovered = report.answer.block.recoveries > 0 || (has_struck && lost_interrupts);
    outcome.verdict = !is_right ? Verdict::kSilent : has_recovered ? Verdict::kRecovered : Verdict::kHarmless;
  }
  return outcome;
}

}  // namespace

double error_limit(const Subject& subject) {
  return subject.condition * std::ldexp(4.0, -24) * std::sqrt(static_cast<double>(subject.x.size()));
}

Subject make_subject(std::uint64_t seed, std::uint32_t index) {
  Draws draws(seed, 0x80000000u + index);
  const auto n = static_cast<Eigen::Index>(draws.between(4, 12));
  Eigen::MatrixXd a = Eigen::MatrixXd::NullaryExpr(n, n, [&] { return 2.0 * draws.uniform() - 1.0; });
  a.diagonal().array() += 1.5 * std::sqrt(static_cast<double>(n));
  const Eigen::VectorXd b = Eigen::VectorXd::NullaryExpr(n, [&] { return 2.0 * draws.uniform() - 1.0; });
  platform::Settings settings;
  for (const char* key : {"inv.count=4", "mvm.count=32", "solver.watchdog_s=0.02"}) settings.assign(key);
  settings.assign(fmt::format("seed={}", index + 1));
  Subject subject{.a = dense(a),
                  .b = {b.begin(), b.end()},
                  .x = a.cast<long double>().fullPivLu().solve(b.cast<long double>()),
                  .condition = 0,
                  .chip = platform::chip_config(settings),
                  .firmware = platform::builtin_firmware(),
                  .place = {},
                  .block = {},
                  .end_s = 0,
                  .device_from_s = 0,
                  .device_to_s = 0,
                  .copies = load_copy_program()};
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(a);
  subject.condition = svd.singularValues()[0] / svd.singularValues()[n - 1];
  locate(subject);
  constexpr unsigned kPatience_s = 600;
  const auto moments = in_child<Moments>(kPatience_s, [&] {
    bool has_struck = false;
    const SolveReport report = solve(subject, subject.chip, has_struck);
    ensure(report.has_converged && error_of(subject, report) <= error_limit(subject),
           "campaign: system {} is not solved without a fault: {}", index, report.message);
    return moments_of(report);
  });
  ensure(moments.result.has_value(), "campaign: no solve without a fault");
  subject.end_s = moments.result->end_s;
  subject.device_from_s = moments.result->device_from_s;
  subject.device_to_s = moments.result->device_to_s;
  const auto copies = in_child<CopyOutcome>(kPatience_s, [&] { return run_copies(subject.copies, {}); });
  ensure(copies.result && copies.result->outcome.verdict == Verdict::kHarmless,
         "campaign: copies fail without a fault");
  subject.copies.end_s = copies.result->end_s;
  return subject;
}

RunOutcome run_with(const Subject& subject, Workload workload, const std::string& text, unsigned timeout_s) {
  const auto outcome = in_child<RunOutcome>(timeout_s, [&] {
    platform::ChipConfig chip = subject.chip;
    std::vector<fault::Fault>& faults = chip.machine.faults;
    std::istringstream words(text);
    for (std::string word; words >> word;)
      faults.push_back(platform::cli::parse_fault(word, "campaign", chip));
    if (workload == Workload::kCopies) return run_copies(subject.copies, faults).outcome;
    bool has_struck = false;
    const SolveReport report = solve(subject, chip, has_struck);
    const bool loses_completions =
        faults.front().kind == fault::Kind::kInterruptLost && faults.front().name == "dru";
    return judge(subject, report, has_struck, loses_completions);
  });
  if (outcome.result) return *outcome.result;
  const bool is_late = WIFSIGNALED(outcome.status) && WTERMSIG(outcome.status) == SIGALRM;
  return {
      .verdict = is_late ? Verdict::kHang : Verdict::kCrash, .has_struck = true, .error = 0, .status = {}};
}

}  // namespace mho::bench
