// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The high-precision product of the refinement unit: acc −= A·x with A as digits of β bits on several macros
// and x as digits of δ bits at the drivers. Each read drives one digit of one group of lines; every ADC code
// is the integer −Σ d_ij·u_j when it rounds correctly; codes are shifted and added.
//
//     Σ_j A_ij x_j = −Σ_slices 2^(β·slice) Σ_reads 2^(δ·digit) · code
//
// Matrices of more than 24 bits are two, of which one counts 2^weight times as much (argument 2 of HP_MVM),
// and vectors may have 64-bit words: then the accumulators have 160 bits in place of 96. Additions to
// accumulators of 160 bits and to sums over the digits of 64-bit words take a 32-bit lane twice.
//
// All slices of a tile see the same patterns at the same time, each on a lane of the ADC bank of its own. The
// DAC bank is free for others when the macros have seen all patterns, a lane when its codes are here.
//
// Where tiles have a checksum (numeric/checksum.hpp), the codes of every read and slice are held to it before
// they are added. A read that contradicts it in any slice is done again, in all of them, with what else of
// its batch has to be repeated; one that still does after max_retries repetitions ends the list as
// WRONG_READ. Checking a read of R rows and L checksum lines takes R + L additions, the last of which is the
// comparison.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"
#include "models/numeric/bit_slices.hpp"

namespace mho::amc {

class DruHighPrecision {
 public:
  DruHighPrecision(const DruCapabilities& capabilities, DruStorage& storage, DruPort& port,
                   DruMonitor& monitor)
      : capabilities_(capabilities), storage_(storage), port_(port), monitor_(monitor) {}

  Outcome begin(const DruCommand& command);
  Outcome multiply(const DruCommand& command);
  Outcome end(const DruCommand& command);

 private:
  static constexpr std::size_t kLines = registers::array_macro::kMaxSize;
  static constexpr std::size_t kReads = registers::array_macro::kMaxReads;
  static constexpr std::size_t kSlices = registers::dru::kMaxSlices;

  void take_operand(const VectorSlot& slot, std::size_t first, std::size_t count);
  Outcome read_batch(const Tile& tile, std::uint32_t index, std::span<const std::int64_t> x,
                     std::span<const numeric::DigitRead> reads);
  Outcome read_once(const Tile& tile, std::uint32_t index, std::span<const std::int64_t> x,
                    std::span<const numeric::DigitRead> reads);
  bool is_confirmed(const Tile& tile, std::size_t read);
  Outcome operate(const Tile& tile, std::size_t reads);
  Outcome collect(const Tile& tile, std::uint32_t index, std::size_t reads);
  void build_patterns(std::span<const std::int64_t> x, std::span<const numeric::DigitRead> reads);
  void shift_and_add(const Tile& tile, const numeric::DigitRead& read, std::size_t index);

  const DruCapabilities& capabilities_;
  DruStorage& storage_;
  DruPort& port_;
  DruMonitor& monitor_;
  numeric::FixedVector result_;
  std::vector<numeric::DigitRead> reads_;
  std::vector<numeric::DigitRead> pending_, refuted_;
  std::vector<std::int16_t> patterns_, codes_;  ///< [read][channel], codes for each slice
  std::vector<std::int64_t> operand_;           ///< elements of x that the tile takes
  unsigned sum_additions_ = 1;  ///< additions of 32-bit lanes that one on a slice's sum counts as
  std::array<std::array<int128_t, kLines>, kSlices> sums_{};
  std::array<int128_t, kLines> products_{};
};

}  // namespace mho::amc
