// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Writes the netlist of a `mho circuit` problem, cell by cell and segment by segment: an independent reading
// of the interface page that shares nothing with the models.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace mho::spice {

struct Netlist {
  std::string text;
  std::vector<std::string> answers;  ///< vectors of o, or of I_out
  std::vector<std::string> summing;  ///< vectors of s, empty if there are none
  /// Vectors of the poles of the row amplifiers, of the amplifiers behind the answers if those are others,
  /// and of the inverters if there are any.
  std::vector<std::string> drives, output_drives, inverter_drives;
};

/// @param problem  with every optional key of the op-amp that the kind needs; gain must be given
Netlist netlist_of(const nlohmann::json& problem);

}  // namespace mho::spice
