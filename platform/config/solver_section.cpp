// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

#include <string>

#include "models/base/error.hpp"

namespace mho::platform {

namespace job = registers::job;

namespace {

// Our assumption: a refinement that gains less than a quarter of a bit a step is not worth going on with.
constexpr std::uint32_t kMostRefinements = 100;
// Our assumption: random systems of 128 unknowns with a condition number of 1000 take 160 steps.
constexpr std::uint32_t kMostKrylovSteps = 500;

}  // namespace

std::string_view to_string(job::JobUnit unit) {
  switch (unit) {
    case job::JobUnit::kCpu:
      return "cpu";
    case job::JobUnit::kDru:
      return "dru";
    case job::JobUnit::kAnalogue:
      return "analogue";
  }
  return "unknown";
}

void read_solver(SettingReader& reader, SolverParams& solver) {
  solver.method = reader.is("solver.method", "refine")  ? job::JobMethod::kRefine
                  : reader.is("solver.method", "gmres") ? job::JobMethod::kGmres
                                                        : job::JobMethod::kAuto;
  reader.read("solver.inv_slices", solver.inv_slices);
  reader.read("solver.restart", solver.restart);
  reader.read("solver.split_leaves", solver.splits_leaves);
  reader.read("solver.reorder_rows", solver.reorders_rows);
  reader.read("solver.tolerance_bits", solver.tolerance_bits);
  reader.read("solver.bits", solver.bits);
  if (solver.bits == 0) {
    solver.bits =
        solver.tolerance_bits > job::kMaxNarrowToleranceBits ? solver.tolerance_bits : job::kMaxNarrowBits;
  }
  reader.read("solver.max_iterations", solver.max_iterations);
  if (solver.max_iterations == 0)
    solver.max_iterations = solver.method == job::JobMethod::kRefine ? kMostRefinements : kMostKrylovSteps;
  for (const auto unit : {job::JobUnit::kCpu, job::JobUnit::kDru, job::JobUnit::kAnalogue}) {
    if (reader.is("solver.schur_unit", to_string(unit))) solver.schur_unit = unit;
  }
  solver.least_squares =
      reader.is("solver.least_squares", "ginv") ? job::JobLeastSquares::kGinv : job::JobLeastSquares::kInv;
  solver.wait = reader.is("solver.wait", "poll") ? job::JobWait::kPoll : job::JobWait::kInterrupt;
  solver.calibrates = reader.is("solver.calibrate", "on");
  solver.verifies = reader.is("solver.verify", "digital");
  reader.read("solver.leaf_size", solver.leaf_size);
  reader.read("solver.stability_margin", solver.stability_margin);
  reader.read("solver.watchdog_s", solver.watchdog_s);
}

void expect_possible_precision(const Settings& settings, const SolverParams& solver, unsigned digit_bits) {
  const std::string& head = settings.place_to_mend({"solver.bits", "solver.tolerance_bits"});
  if (solver.bits > job::kMaxNarrowBits) return;
  require(solver.bits >= 3 && solver.bits % digit_bits == 0,
          "{}: solver.bits = {}: up to {} bits of a matrix come in slices of {}", head, solver.bits,
          job::kMaxNarrowBits, digit_bits);
  require(solver.tolerance_bits <= job::kMaxNarrowToleranceBits,
          "{}: solver.tolerance_bits = {} is more than the {} that a matrix of {} bits is solved to; leave "
          "solver.bits at 0 or make it more than {}",
          head, solver.tolerance_bits, job::kMaxNarrowToleranceBits, solver.bits, job::kMaxNarrowBits);
}

}  // namespace mho::platform
