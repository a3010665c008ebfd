// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Commands of macro operations, on tiles that tests of several operations have.
#pragma once

#include <cstdint>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {

inline constexpr std::uint32_t kInv0 = 0, kInv1 = 1, kMvm0 = 2, kMvm1 = 3, kHp = 4, kOtherHp = 5;
inline constexpr std::uint32_t kAdds = dru_reg::kFlagAccumulate, kSubtracts = dru_reg::kFlagSubtract;

inline dru_reg::DruCommand inv(std::uint32_t dst, std::uint32_t a, std::uint32_t tile) {
  return command(DruOpcode::kInv, {.dst = dst, .a = a, .b = tile});
}
inline dru_reg::DruCommand mvm(std::uint32_t dst, std::uint32_t a, std::uint32_t tile,
                               std::uint32_t flags = 0) {
  return command(DruOpcode::kMvm, {.dst = dst, .a = a, .b = tile, .flags = flags}, {0});
}
inline dru_reg::DruCommand hp_mvm(std::uint32_t a, std::uint32_t tile) {
  return command(DruOpcode::kHpMvm, {.a = a, .b = tile}, {0, 0, 0});
}

}  // namespace mho::amc::test
