// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What of the description a RegisterCoverage has touched, and what not.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/register_coverage/register_use.hpp"

namespace mho::platform::register_coverage {

struct Share {
  std::uint64_t touched = 0, all = 0;

  friend bool operator==(const Share&, const Share&) = default;
};

/// Of a line of the memory map. "Touched" is by the CPU but for `units`.
struct PlaceSummary {
  Share registers;  ///< read or written; data windows count as registers
  Share fields;     ///< is_touched()
  Share bits;       ///< read or written as 0 and as 1
  Share units;      ///< registers that DRU or DMA have read or written
};

/// What was not touched, as "block.REGISTER", "block.REGISTER.FIELD", "block.REGISTER.FIELD = VALUE" or a
/// name alone. Nothing is in two lists of registers and fields: fields of an untouched register are left out.
struct Untouched {
  std::vector<std::string> registers, fields;
  std::vector<std::string> flags;       ///< fields of one bit, touched but only seen as 0 or only as 1
  std::vector<std::string> values;      ///< of enumerations
  std::vector<std::string> interrupts;  ///< never taken
  std::vector<std::string> dru_status, job_status;
};

struct CoverageReport {
  std::vector<PlaceSummary> places;  ///< as register_coverage::places()
  Untouched untouched;
};

CoverageReport report_of(const RegisterCoverage& coverage);

/// Tables and lists for people.
std::string to_text(const CoverageReport& report, const RegisterCoverage& coverage);

/// The file of the coverage with the members "summary" and "untouched".
nlohmann::ordered_json to_json(const CoverageReport& report, const RegisterCoverage& coverage);

}  // namespace mho::platform::register_coverage
