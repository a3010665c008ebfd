// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The one table of component figures: energy, power, time and area of everything the platform charges for,
// each with the node, the source and how far it is to be trusted. Nothing was published for the chip itself,
// so whatever rests on this table is an assumption of the project, and rows without any source say so.
//
// Two profiles. "survey": surveys and published parts. "aggressive": the low end of what tools and papers
// claim. A key without an aggressive row has one figure for both. A key without any row is an InternalError,
// raised where a block is built and not in the middle of a run.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "models/base/energy.hpp"

namespace mho::cost {

enum class Profile { kSurvey, kAggressive };
std::string_view to_string(Profile profile);
/// Throws InputError unless `name` is "survey" or "aggressive".
Profile profile_from_string(std::string_view name);

enum class Unit { kJoule, kWatt, kSecond, kSquareMetre };
std::string_view to_string(Unit unit);

/// One figure. Trust letters as in the facts page: P the paper itself, S a secondary summary of it,
/// D derived (method in `source`), C cited: a published part or survey of other hardware, A our assumption.
struct ComponentRow {
  std::string_view key;  ///< block.part.event
  double value;          ///< SI, in `unit`
  Unit unit;
  unsigned node_nm;  ///< node of `value`: 40 unless the part is not scaled
  std::string_view source;
  char trust;
  Profile profile;
};

/// All rows, sorted by key, survey before aggressive.
std::span<const ComponentRow> component_rows();

/// The figures of one profile.
class ComponentTable {
 public:
  explicit ComponentTable(Profile profile = Profile::kSurvey) : profile_(profile) {}

  Profile profile() const { return profile_; }

  /// The row of a key: the profile's own, else the survey row. Throws InternalError if there is none.
  const ComponentRow& row(std::string_view key) const;

  /// The figure of a key. Throw InternalError if there is none or its unit is another.
  Energy energy(std::string_view key) const;
  double joules(std::string_view key) const;
  double watts(std::string_view key) const;
  double seconds(std::string_view key) const;
  double square_metres(std::string_view key) const;

  /// Energy of one ADC conversion [joule] at `bits` in 1 … 12: the rows adc.04b … adc.12b, geometric between
  /// them and below. Throws InputError outside.
  double adc_conversion_joules(unsigned bits) const;

 private:
  double value(std::string_view key, Unit unit) const;
  Profile profile_;
};

/// The whole table as Markdown, for the generated reference page.
std::string to_markdown();

}  // namespace mho::cost
