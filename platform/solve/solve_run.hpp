// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One matrix with one or more right-hand sides on one chip: job block in, firmware run, answer out, and
// everything that is known about the run.
//
//     SolveRun run(request, {.console = std::cerr});
//     const SolveReport report = run.run();
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/amc/dru_state.hpp"
#include "models/cost/ledger.hpp"
#include "models/numeric/sparse_matrix.hpp"
#include "models/soc/elf_loader.hpp"
#include "platform/chip.hpp"
#include "platform/solve/assessment.hpp"
#include "platform/solve/job_answer.hpp"
#include "platform/solve/job_image.hpp"

namespace mho::platform {

struct SolveRequest {
  const numeric::SparseMatrix& a;
  std::span<const double> b;  ///< [m · k], one right-hand side behind the other
  const ChipConfig& chip;
  const soc::ElfImage& firmware;
  MachineOptions options;
  const ComplexMatrix* complex = nullptr;  ///< what a is the embedding of, b likewise; null: they are real
};

/// What one phase took. The phases of a run add up to it.
struct PhaseReport {
  std::uint64_t time_ps = 0;
  Energy energy;
};

/// How one right-hand side ended.
struct Solution {
  std::string status = "not_run";  ///< as in the JSON of `mho solve`; the firmware's own is answer.status
  std::string message;             ///< one line about a failure; empty when converged
  bool has_converged = false;
  JobAnswer answer;
  Assessment assessment;
};

/// The members of Solution are those of the worst right-hand side: the first that did not converge, otherwise
/// the one with the largest relative error.
struct [[nodiscard]] SolveReport : Solution {
  std::vector<Solution> solutions;  ///< of all right-hand sides, if there is more than one
  std::uint32_t m = 0;              ///< rows as given
  std::uint32_t n = 0;              ///< unknowns as given
  std::size_t nonzeros = 0;         ///< likewise
  bool is_complex = false;          ///< x then has n real parts, then n imaginary ones
  SolverParams solver;
  std::uint64_t seed = 0;
  std::string config_hash;
  RunResult run;
  std::array<PhaseReport, cost::kPhases> phases{};
  /// Why the energy was spent; the three add up to run.energy (see Ledger).
  Energy for_transactions, for_execution, in_background;
  amc::DruCounters counters;
  /// For how long each context of the DRU has run solve lists; one that ran none is left out.
  std::vector<std::uint64_t> solving_ps;
  unsigned inv_macros_used = 0;  ///< programmed at least once
  unsigned ginv_macros_used = 0;
  unsigned mvm_macros_used = 0;
  unsigned rows_per_read = 0;  ///< driven at once by a high-precision read
  unsigned input_bits = 0;     ///< of the digits that drive them

  /// −log₂ of the last relative residual per iteration; 0 without a history.
  double bits_per_iteration() const;
};

class SolveRun {
 public:
  /// Builds the chip and puts job and firmware into its memory.
  /// @throws InputError  the system or the firmware does not fit the memory
  SolveRun(const SolveRequest& request, const Observers& observers);

  Chip& chip() { return chip_; }
  /// Of the job block in the chip's memory.
  std::uint32_t job_address() const { return place_.job_address; }
  /// Once.
  SolveReport run();

 private:
  Solution solution(std::uint32_t rhs);
  /// why_reads_err() of this run.
  const std::string& read_errors();

  const SolveRequest request_;
  Chip chip_;
  JobPlace place_;
  std::optional<std::string> read_errors_;
  double simulated_s_ = 0;
};

}  // namespace mho::platform
