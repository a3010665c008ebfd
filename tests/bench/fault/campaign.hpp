// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Solves in which something goes wrong, each in a process of its own, so that a crash or a hang of one is
// that of one.
#pragma once

#include <Eigen/Core>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/base/random.hpp"
#include "platform/config/chip_config.hpp"
#include "platform/solve/solve_run.hpp"

namespace mho::bench {

/// Consecutive draws of one run.
class Draws {
 public:
  Draws(std::uint64_t seed, std::uint32_t run) : random_(seed), run_(run) {}
  double uniform() { return random_.uniform(RandomPurpose::kWorkload, {.unit = run_, .row = 1}, counter_++); }
  std::uint32_t below(std::uint32_t end) {
    const auto value = static_cast<std::uint32_t>(uniform() * end);
    return value < end ? value : end - 1;
  }
  std::uint32_t between(std::uint32_t first, std::uint32_t last) { return first + below(last - first + 1); }

 private:
  Random random_;
  std::uint32_t run_;
  std::uint32_t counter_ = 0;
};

/// A program that copies by DMA, and where its arrays lie.
struct CopyProgram {
  soc::ElfImage image;
  std::uint32_t source, destination, bytes;
  double end_s = 0;  ///< simulated time without a fault
};

/// A system, the chip for it, and where its job lies.
struct Subject {
  numeric::SparseMatrix a;
  std::vector<double> b;
  Eigen::Matrix<long double, Eigen::Dynamic, 1> x;  ///< by elimination in long double
  double condition = 0;                             ///< κ₂ of A
  platform::ChipConfig chip;
  soc::ElfImage firmware;
  platform::JobPlace place;
  registers::job::JobBlock block;
  double end_s = 0;                           ///< simulated time of the solve without a fault
  double device_from_s = 0, device_to_s = 0;  ///< the part of it in which macros are programmed and lists run
  CopyProgram copies;
};

/// The program, before its time is known.
CopyProgram load_copy_program();

/// A random system of 4 to 12 unknowns with a diagonal that dominates, and a chip of 4 INV and 32 MVM macros.
/// @throws InternalError  the solve without a fault fails
Subject make_subject(std::uint64_t seed, std::uint32_t index);

/// In what the faults of a family strike.
enum class Workload : std::uint8_t { kSolve, kCopies };

/// A family of faults.
struct Kind {
  const char* name;
  bool is_protected;  ///< on the path where nothing may be hung, wrong or dead
  std::string (*draw)(Draws& draws, const Subject& subject);  ///< texts of --fault, spaces between them
  Workload workload = Workload::kSolve;
};
std::span<const Kind> kinds();

enum class Verdict : std::uint8_t {
  kHarmless,   ///< the right answer, and the driver noticed nothing
  kRecovered,  ///< the right answer, after a reset of the DRU or without the interrupt
  kReported,   ///< an error, and which
  kHang,       ///< the guest or the host did not come to an end by itself
  kCrash,      ///< mho ended by a signal or an internal error
  kSilent,     ///< called good, and wrong
};
inline constexpr std::size_t kVerdicts = 6;

/// Trivially copyable, because it comes through a pipe.
struct RunOutcome {
  Verdict verdict = Verdict::kCrash;
  bool has_struck = false;
  double error = 0;               ///< ‖x − x_exact‖₂ / ‖x_exact‖₂ of what was called good
  std::array<char, 32> status{};  ///< of kReported
};

/// What an answer may be off: A and b are rounded to 24 bits and x to the tolerance 2^-24, each of which
/// costs κ₂ times as much; the factor is that of a sum over rows and columns.
double error_limit(const Subject& subject);

/// How a run of the copies ended, and when.
struct CopyOutcome {
  RunOutcome outcome;
  double end_s = 0;
};
CopyOutcome run_copies(const CopyProgram& program, const std::vector<fault::Fault>& faults);

/// Works with the fault `text` in a child process that is ended after `timeout_s` on the wall.
RunOutcome run_with(const Subject& subject, Workload workload, const std::string& text, unsigned timeout_s);

}  // namespace mho::bench
