// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/cost/component_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "models/base/error.hpp"

namespace mho::cost {
namespace {

constexpr std::array kAdcBits{4U, 6U, 8U, 10U, 12U};

struct Scale {
  double factor;
  std::string_view symbol;
};

/// A figure in the unit people read it in.
std::string readable(const ComponentRow& row) {
  static constexpr std::array<Scale, 4> kJoules{{{1e-15, "fJ"}, {1e-12, "pJ"}, {1e-9, "nJ"}, {1e-6, "µJ"}}};
  static constexpr std::array<Scale, 3> kWatts{{{1e-9, "nW"}, {1e-6, "µW"}, {1e-3, "mW"}}};
  static constexpr std::array<Scale, 3> kSeconds{{{1e-12, "ps"}, {1e-9, "ns"}, {1e-6, "µs"}}};
  static constexpr std::array<Scale, 1> kSquareMetres{{{1e-12, "µm²"}}};
  std::span<const Scale> scales;
  switch (row.unit) {
    case Unit::kJoule:
      scales = kJoules;
      break;
    case Unit::kWatt:
      scales = kWatts;
      break;
    case Unit::kSecond:
      scales = kSeconds;
      break;
    case Unit::kSquareMetre:
      scales = kSquareMetres;
      break;
  }
  Scale chosen = scales.front();
  for (const Scale& scale : scales) {
    if (row.value >= 0.9999 * scale.factor) chosen = scale;
  }
  return fmt::format("{:.4g} {}", row.value / chosen.factor, chosen.symbol);
}

std::string_view describe(char trust) {
  switch (trust) {
    case 'P':
      return "P, paper";
    case 'S':
      return "S, summary of the paper";
    case 'C':
      return "C, cited";
    case 'D':
      return "D, derived";
    case 'A':
      return "A, our assumption";
    default:
      break;
  }
  throw InternalError(fmt::format("component table: trust letter '{}' is not one of P, S, C, D, A", trust));
}

}  // namespace

std::string_view to_string(Profile profile) {
  return profile == Profile::kSurvey ? "survey" : "aggressive";
}

Profile profile_from_string(std::string_view name) {
  if (name == "survey") return Profile::kSurvey;
  require(name == "aggressive", "cost profile '{}' is unknown; choose survey or aggressive", name);
  return Profile::kAggressive;
}

std::string_view to_string(Unit unit) {
  constexpr std::array<std::string_view, 4> kSymbols{"J", "W", "s", "m2"};
  return kSymbols.at(static_cast<std::size_t>(unit));
}

const ComponentRow& ComponentTable::row(std::string_view key) const {
  const ComponentRow* survey = nullptr;
  for (const ComponentRow& candidate : component_rows()) {
    if (candidate.key != key) continue;
    if (candidate.profile == profile_) return candidate;
    if (candidate.profile == Profile::kSurvey) survey = &candidate;
  }
  ensure(survey != nullptr, "component table: no row '{}'", key);
  return *survey;
}

double ComponentTable::value(std::string_view key, Unit unit) const {
  const ComponentRow& found = row(key);
  ensure(found.unit == unit, "component table: '{}' is in {}, not in {}", key, to_string(found.unit),
         to_string(unit));
  return found.value;
}

Energy ComponentTable::energy(std::string_view key) const {
  return Energy::joules(joules(key));
}
double ComponentTable::joules(std::string_view key) const {
  return value(key, Unit::kJoule);
}
double ComponentTable::watts(std::string_view key) const {
  return value(key, Unit::kWatt);
}
double ComponentTable::seconds(std::string_view key) const {
  return value(key, Unit::kSecond);
}
double ComponentTable::square_metres(std::string_view key) const {
  return value(key, Unit::kSquareMetre);
}

double ComponentTable::adc_conversion_joules(unsigned bits) const {
  require(bits >= 1 && bits <= kAdcBits.back(), "ADC of {} bits has no figure; choose 1 ... {}", bits,
          kAdcBits.back());
  const auto figure = [this](unsigned b) { return joules(fmt::format("adc.{:02}b.conversion", b)); };
  // The segment that holds `bits`; the first one is continued downwards.
  std::size_t upper = 1;
  while (kAdcBits[upper] < bits) ++upper;
  const unsigned low = kAdcBits[upper - 1], high = kAdcBits[upper];
  const double share = (static_cast<double>(bits) - low) / (high - low);
  return figure(low) * std::pow(figure(high) / figure(low), share);
}

std::string to_markdown() {
  std::string page =
      "# Component figures\n\n"
      "No power, energy or area was published for the chip that is modelled. Every figure below is therefore "
      "an\n"
      "assumption of this project about that chip, taken from other hardware (C), derived from such figures "
      "(D),\n"
      "or without any source (A). Only the two response times go back to the paper (S). A key without an\n"
      "aggressive row uses its survey row in both profiles.\n\n"
      "| key | profile | value | node | trust | source |\n|---|---|---|---|---|---|\n";
  for (const ComponentRow& row : component_rows()) {
    page += fmt::format("| `{}` | {} | {} | {} nm | {} | {} |\n", row.key, to_string(row.profile),
                        readable(row), row.node_nm, describe(row.trust), row.source);
  }
  return page;
}

}  // namespace mho::cost
