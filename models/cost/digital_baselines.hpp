// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Published digital hardware beside which a solve is set: what it takes to solve the same system by dense LU
// at its published rate and power. The rate is taken for every n, as if a small system filled the machine;
// that favours the comparator.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mho::cost {

struct DigitalBaseline {
  std::string_view key;
  std::string_view name;
  std::string_view part;     ///< what the device has `parts` of, each with its share of rate and power
  unsigned parts;            ///< >= 1
  double operations_per_s;   ///< of the device; a multiplication or an addition is one
  double watts;              ///< of the device at that rate
  std::string_view numbers;  ///< what it computes with
  std::string_view source;   ///< of rate and power, and how they follow
};

/// All of them: a CPU, a GPU, a fixed-point ASIC, arithmetic units in the node of this chip.
std::span<const DigitalBaseline> digital_baselines();

/// Operations of LU with both triangular solutions, dense: 2/3 n³ + 2 n² (Golub & Van Loan, §3).
double lu_operations(std::uint32_t n);

struct BaselineCost {
  double part_s;    ///< one core, alone
  double device_s;  ///< all of them
  double energy_J;  ///< of either: a part has its share of the power
};

BaselineCost cost_of_lu(const DigitalBaseline& baseline, std::uint32_t n);

/// The table as Markdown, with a heading of the second level.
std::string baselines_to_markdown();

}  // namespace mho::cost
