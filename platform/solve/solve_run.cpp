// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/solve_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/base/error.hpp"
#include "models/numeric/least_squares.hpp"
#include "platform/post_mortem/access_fault.hpp"
#include "platform/solve/analogue_causes.hpp"
#include "platform/solve/claim.hpp"
#include "registers/dru.hpp"  // generated

namespace mho::platform {
namespace {

using registers::dru::DruStatus;
using registers::job::JobStatus;

/// Of the real square system that is solved.
std::uint32_t rows_on_chip(const numeric::SparseMatrix& a) {
  return numeric::augmented_place(a.rows, a.columns).size;
}

std::string block_of(const registers::job::JobResult& block) {
  if (block.fault_block_size == 0) return "a block";
  if (block.fault_block_size == 1) return fmt::format("row {}", std::uint64_t{block.fault_block_start} + 1);
  return fmt::format("the block of rows {} to {}", std::uint64_t{block.fault_block_start} + 1,
                     std::uint64_t{block.fault_block_start} + block.fault_block_size);
}

std::string_view name_of(std::uint32_t dru_status) {
  switch (static_cast<DruStatus>(dru_status)) {
    case DruStatus::kNotRun:
      return "nothing: a command list did not end in time";
    case DruStatus::kOk:
      return "ok";
    case DruStatus::kStopped:
      return "stopped";
    case DruStatus::kBadDescriptor:
      return "bad descriptor";
    case DruStatus::kBadCommand:
      return "bad command";
    case DruStatus::kBadOperand:
      return "bad operand";
    case DruStatus::kOutOfSram:
      return "out of vector memory (dru.sram_words)";
    case DruStatus::kBusError:
      return "bus error";
    case DruStatus::kWatchdog:
      return "watchdog (solver.watchdog_s)";
    case DruStatus::kAborted:
      return "aborted";
    case DruStatus::kUnstable:
      return "unstable";
    case DruStatus::kSaturated:
      return "saturated";
    case DruStatus::kOverflow:
      return "overflow";
    case DruStatus::kProgramFailed:
      return "cells that cannot be programmed";
    case DruStatus::kWrongRead:
      return "reads that contradict their checksum";
  }
  return "unknown status";
}

/// The elimination may let entries grow; the integers of the Schur complements leave them six bits for it.
std::string message_of_overflow(const JobAnswer& answer, const std::optional<double>& leading_condition) {
  const auto& block = answer.block;
  if (block.fault_block_size == 0) {
    return fmt::format("a vector leaves its integer range after {} iterations", block.iterations);
  }
  std::string text =
      fmt::format("once {} is eliminated, the rest of the matrix leaves its integer range", block_of(block));
  if (leading_condition) {
    const std::uint64_t rows = std::uint64_t{block.fault_block_start} + block.fault_block_size;
    text += fmt::format(
        ": the leading {} rows and columns have a condition number of {:.2g} beside the whole matrix{}; "
        "another order of rows or columns may have a better one",
        rows, *leading_condition, block.reordered_rows != 0 ? " in the driver's order of rows" : "");
  }
  return text;
}

/// What an HP tile holds of the matrix.
std::string part_of(const registers::job::JobResult& block) {
  if (block.fault_block_columns == 0) return block_of(block);
  return fmt::format("the part of rows {} to {}, columns {} to {}",
                     std::uint64_t{block.fault_block_start} + 1,
                     std::uint64_t{block.fault_block_start} + block.fault_block_size,
                     std::uint64_t{block.fault_block_column} + 1,
                     std::uint64_t{block.fault_block_column} + block.fault_block_columns);
}

bool has_status(const registers::job::JobResult& block, DruStatus status) {
  return static_cast<DruStatus>(block.dru_status) == status;
}

std::string why_not_converged(const Assessment& assessment, const registers::job::JobResult& block,
                              std::uint32_t max_iterations) {
  if (assessment.relative_error_estimated) {
    return fmt::format("the residual is small, but leaves an error of {:.1e} in x by the driver's estimate",
                       *assessment.relative_error_estimated);
  }
  if (assessment.relative_residual_true == 0.0) {
    return "the residual is 0, but x is so small that its rounding errors are no small part of it";
  }
  if (block.iterations == max_iterations) return "residual or error estimate still exceed the tolerance";
  return block.gmres_from != 0 ? "a cycle of GMRES did not halve the residual: no progress"
                               : "the residual grows: the iteration diverges";
}

/// The job ended for something that wrong high-precision reads may have caused.
bool depends_on_reads(const JobAnswer& answer) {
  switch (answer.status) {
    case JobStatus::kNotConverged:
    case JobStatus::kWrongResidual:
    case JobStatus::kWrongRead:
      return true;
    case JobStatus::kOverflow:
      return answer.block.fault_block_size == 0;
    default:
      return false;
  }
}

std::string message_of_unsettled(const registers::job::JobResult& block) {
  if (has_status(block, DruStatus::kUnstable) && block.fault_block_size == 0) {
    return "the amplifiers of an MVM macro do not settle (opamp.second_pole_hz, opamp.input_farad)";
  }
  if (block.ginv_macros_used != 0) {
    return fmt::format(
        "the loop of the GINV macro does not settle, nor does it with a damping of {} levels; choose "
        "solver.least_squares = inv",
        block.ginv_damping);
  }
  return fmt::format(
      "{} does not settle on an INV macro in any row order found (cells and amplifiers as "
      "configured)",
      block_of(block));
}

std::string message_of(const JobAnswer& answer, const Assessment& assessment, const SolveRequest& request) {
  const auto& block = answer.block;
  const amc::AmcParams& amc = request.chip.amc;
  const bool has_saturated = (block.flags & registers::job::kResultSaturated) != 0;
  switch (answer.status) {
    case JobStatus::kConverged:
      return "";
    case JobStatus::kNotRun:
      return "the firmware computed nothing";
    case JobStatus::kNotConverged:
      return fmt::format("{} after {} iterations",
                         why_not_converged(assessment, block, request.chip.solver.max_iterations),
                         block.iterations);
    case JobStatus::kUnstable:
      return message_of_unsettled(block);
    case JobStatus::kSaturated:
      // The other way to saturate is a high-precision read, whose range is fixed.
      return has_status(block, DruStatus::kSaturated)
                 ? fmt::format("{} saturates in every range of its macro", block_of(block))
                 : "the residual is wrong: " + why_reads_saturate(amc, rows_on_chip(request.a));
    case JobStatus::kSingular:
      if (request.a.rows != request.a.columns)
        return "the matrix does not have full rank in the chip's arithmetic";
      return fmt::format("{} is singular in the chip's arithmetic", block_of(block));
    case JobStatus::kWrongResidual:
      return fmt::format(
          "the residual that the chip measured is not that of its answer: high-precision reads were wrong{}",
          has_saturated ? "; " + why_reads_saturate(amc, rows_on_chip(request.a)) : "");
    case JobStatus::kBadJob:
      return "the firmware finds the job block malformed";
    case JobStatus::kTooLarge:
      return "the system does not fit the memory or the macros of the chip";
    case JobStatus::kDeviceError:
      return fmt::format("the refinement unit reported: {}", has_status(block, DruStatus::kProgramFailed)
                                                                 ? why_cells_fail(amc)
                                                                 : name_of(block.dru_status));
    case JobStatus::kOverflow:
      return message_of_overflow(answer, assessment.leading_condition);
    case JobStatus::kWrongRead:
      return fmt::format(
          "{} is read wrongly: its high-precision reads contradict their checksum, also when repeated "
          "(dru.max_retries)",
          part_of(block));
    case JobStatus::kCorrupt:
      return "the matrix or a right-hand side contradicts its CRC: memory has changed since the job was "
             "handed over";
    case JobStatus::kCancelled:
      return "the firmware cancelled the job";
    case JobStatus::kTooFewMacros:
      return "the firmware avoids macros, and those that are left are too few for the job";
  }
  return "";
}

std::string message_of_failed_firmware(const JobAnswer& answer, const RunResult& run, soc::Cpu& cpu) {
  std::string text =
      fmt::format("{} (ended by {}, code {})", answer.defect, to_string(run.exit_cause), run.exit_code);
  if (!run.message.empty()) text += ": " + run.message;
  const auto fault = post_mortem::find_access_fault(cpu);
  if (fault) text += fmt::format("; access fault at pc {:#010x}: {}", fault->pc, fault->text);
  if (run.exit_code == registers::job::kExitCorrupt)
    text += ": it found that the job block contradicts its CRC, memory has changed since it was handed over";
  return text;
}

void check_claim(Solution& solution, const SolverParams& solver) {
  if (!solution.has_converged) return;
  const auto wrong = wrong_claim(solution.assessment, solver.tolerance_bits);
  if (!wrong) return;
  solution.has_converged = false;
  solution.status = to_string(wrong->status);
  solution.message = wrong->message;
}

/// Rounding A and b to integers costs κ·2^(1−B) of the norm of all unknowns at most, unless rows or columns
/// of very different scale leave some entries of b or x with few bits.
void remark_on_rounding(Solution& solution, const SolverParams& solver) {
  auto& a = solution.assessment;
  if (!solution.has_converged || !a.remark.empty() || !a.relative_error_given || !a.condition) return;
  const double expected = std::ldexp(*a.condition, 1 - static_cast<int>(solver.bits)) * a.unknowns_over_x;
  // What the chip's own system is off by is no rounding.
  if (*a.relative_error_given <= expected + a.relative_error.value_or(0)) return;
  a.remark = fmt::format(
      "rounding to {} bits costs more than the {:.1e} expected: rows or columns differ much in scale",
      solver.bits, expected);
}

/// A job that ends before there is a plan says so in its first result block only.
void take_common_end(Solution& solution, const Solution& first) {
  if (!first.answer.is_valid || first.has_converged) return;
  solution.status = first.status;
  solution.message = first.message;
}

/// Whether `a` is the worse end.
bool is_worse(const Solution& a, const Solution& b) {
  if (a.has_converged != b.has_converged) return b.has_converged;
  return a.has_converged && a.assessment.relative_error > b.assessment.relative_error;
}

}  // namespace

double SolveReport::bits_per_iteration() const {
  if (answer.residuals.empty() || !(answer.residuals.back() > 0)) return 0;
  return -std::log2(answer.residuals.back()) / static_cast<double>(answer.residuals.size());
}

SolveRun::SolveRun(const SolveRequest& request, const Observers& observers)
    : request_(request), chip_(request.chip, request.options, observers) {
  place_ =
      place_job(request.a, request.b, request.chip.solver, chip_.machine().ram().bytes(), request.complex);
  require(request.firmware.end_address() <= place_.job_address,
          "{}: the program reaches up to {:#010x}; it must stay below the job block at {:#010x}",
          request.firmware.file, request.firmware.end_address(), place_.job_address);
  chip_.machine().load(request.firmware, place_.job_address);
}

SolveReport SolveRun::run() {
  SolveReport report;
  const numeric::SparseMatrix& given = request_.complex == nullptr ? request_.a : request_.complex->real;
  report.m = given.rows;
  report.n = given.columns;
  report.nonzeros = given.nonzeros();
  report.is_complex = request_.complex != nullptr;
  report.solver = request_.chip.solver;
  report.seed = request_.chip.seed;
  report.rows_per_read = request_.chip.amc.rows_per_read;
  report.input_bits = request_.chip.amc.input_bits;
  report.config_hash = request_.chip.hash;
  report.run = chip_.machine().run();
  simulated_s_ = static_cast<double>(report.run.simulated_time_ps) * 1e-12;
  const cost::Ledger& ledger = chip_.machine().ledger();
  for (std::size_t i = 0; i < cost::kPhases; ++i) {
    const auto phase = static_cast<cost::Phase>(i);
    report.phases[i] = {ledger.time_of_phase_ps(phase), ledger.of_phase(phase)};
  }
  ensure(ledger.audit(), "the energies of components, phases and transactions do not add up");
  report.for_transactions = ledger.of_transactions();
  report.for_execution = ledger.of_execution();
  report.in_background = ledger.of_background();
  report.counters = chip_.amc().dru().counters();
  for (unsigned c = 0; c < request_.chip.amc.dru.contexts; ++c) {
    const std::uint64_t solving_ps = chip_.amc().dru(c).solving_ps();
    if (solving_ps != 0) report.solving_ps.push_back(solving_ps);
  }
  report.inv_macros_used = chip_.amc().programmed_macros(amc::MacroKind::kInv);
  report.ginv_macros_used = chip_.amc().programmed_macros(amc::MacroKind::kGinv);
  report.mvm_macros_used = chip_.amc().programmed_macros(amc::MacroKind::kMvm);
  for (std::uint32_t k = 0; k < place_.rhs_count; ++k) report.solutions.push_back(solution(k));
  std::size_t worst = 0;
  for (std::size_t k = 1; k < report.solutions.size(); ++k) {
    if (!report.solutions[k].answer.is_valid) take_common_end(report.solutions[k], report.solutions.front());
    if (is_worse(report.solutions[k], report.solutions[worst])) worst = k;
  }
  static_cast<Solution&>(report) = report.solutions[worst];
  // The driver counts on from one right-hand side to the next.
  report.answer.block.digital_ops =
      std::max(report.answer.block.digital_ops, report.solutions.back().answer.block.digital_ops);
  if (!report.answer.is_valid) {
    report.message = message_of_failed_firmware(report.answer, report.run, chip_.machine().cpu());
  }
  if (report.solutions.size() == 1) report.solutions.clear();
  return report;
}

Solution SolveRun::solution(std::uint32_t rhs) {
  const std::uint32_t m = request_.a.rows;
  Solution s;
  s.answer = read_answer(chip_.machine().ram().bytes(), place_, rows_on_chip(request_.a), rhs);
  if (!s.answer.is_valid) {
    s.status = "firmware_failed";
    s.message = s.answer.defect;
    return s;
  }
  const SolverParams& solver = request_.chip.solver;
  s.status = to_string(s.answer.status);
  s.has_converged = s.answer.status == JobStatus::kConverged;
  s.assessment = assess(s.answer, request_.a, request_.b.subspan(std::size_t{rhs} * m, m));
  s.message = message_of(s.answer, s.assessment, request_);
  const bool is_told = s.message.find(read_errors()) != std::string::npos;
  if (depends_on_reads(s.answer) && !is_told) s.message += "; " + read_errors();
  check_claim(s, solver);
  remark_on_rounding(s, solver);
  return s;
}

const std::string& SolveRun::read_errors() {
  if (!read_errors_) {
    read_errors_ = why_reads_err(request_.chip.amc, rows_on_chip(request_.a), simulated_s_);
  }
  return *read_errors_;
}

}  // namespace mho::platform
