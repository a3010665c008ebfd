// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Command RANK_UPDATE of the refinement unit, a digital matrix product in memory:
//     C_ij −= ⌊Σ_k A_ik · W_kj · 2^−shift + 1/2⌋
// The free part of the vector memory holds a panel of W, a row of A and a row of C; W is read once, A once
// per panel, C read and written once.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"

namespace mho::amc {

class DruRankUpdater {
 public:
  DruRankUpdater(DruStorage& storage, DruPort& port) : storage_(storage), port_(port) {}

  Outcome update(const DruCommand& command);

 private:
  Outcome update_panel(std::uint32_t first_column, std::uint32_t columns);
  Outcome update_row(std::uint32_t c_address);

  DruStorage& storage_;
  DruPort& port_;
  registers::dru::DruRankUpdate job_;
  std::vector<std::int32_t> w_, a_, c_;
  std::vector<std::int64_t> sums_;
  std::uint64_t largest_w_ = 0;
};

}  // namespace mho::amc
