// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/coverage_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <iterator>

#include "platform/register_coverage/register_use_json.hpp"
#include "registers/block_table.hpp"  // generated

namespace mho::platform::register_coverage {
namespace {

using Json = nlohmann::ordered_json;

void count(Share& share, bool is_touched) {
  ++share.all;
  if (is_touched) ++share.touched;
}

void add_missing_values(const std::string& path, const registers::EnumInfo& values, const ValueCounts& seen,
                        std::vector<std::string>& missing) {
  for (const registers::ValueInfo& value : values.values) {
    const std::string name(value.name);
    if (!seen.contains(name)) missing.push_back(path.empty() ? name : fmt::format("{} = {}", path, name));
  }
}

/// One register: what it adds to the summary of its place and to the lists.
void add_register(const std::string& path, const registers::DescribedRegister& reg, const RegisterUse& use,
                  PlaceSummary& summary, Untouched& untouched) {
  count(summary.registers, use.cpu.any());
  count(summary.units, use.units.any());
  if (!use.cpu.any()) untouched.registers.push_back(path);
  for (std::size_t f = 0; f < reg.fields.size(); ++f) {
    const registers::FieldInfo& field = reg.fields[f];
    const std::uint64_t seen = both_ways(field, use);
    const bool is_used = is_touched(reg, field, use);
    count(summary.fields, is_used);
    summary.bits.touched += static_cast<std::uint64_t>(std::popcount(seen));
    summary.bits.all += static_cast<std::uint64_t>(std::popcount(field.mask));
    if (!use.cpu.any()) continue;
    const std::string name = field.name.empty() ? path : fmt::format("{}.{}", path, field.name);
    if (!is_used) untouched.fields.push_back(name);
    if (is_used && std::has_single_bit(field.mask) && seen == 0) untouched.flags.push_back(name);
    if (is_used && field.values != nullptr)
      add_missing_values(name, *field.values, use.values[f], untouched.values);
  }
}

PlaceSummary add_place(const Place& place, const PlaceUse& use, Untouched& untouched) {
  PlaceSummary summary;
  const auto path = [&](std::string_view name) { return fmt::format("{}.{}", place.instance->name, name); };
  for (std::size_t r = 0; r < use.registers.size(); ++r) {
    const registers::DescribedRegister& reg = place.block->registers[r];
    add_register(path(reg.info->name), reg, use.registers[r], summary, untouched);
  }
  for (std::size_t w = 0; w < use.windows.size(); ++w) {
    count(summary.registers, use.windows[w].cpu.any());
    count(summary.units, use.windows[w].units.any());
    if (!use.windows[w].cpu.any()) untouched.registers.push_back(path(place.block->windows[w].name));
  }
  return summary;
}

void print_row(std::string& text, std::string_view name, const PlaceSummary& s) {
  const auto share = [](const Share& value) { return fmt::format("{} / {}", value.touched, value.all); };
  fmt::format_to(std::back_inserter(text), "{:<13}{:>13}{:>13}{:>15}{:>15}\n", name, share(s.registers),
                 share(s.fields), share(s.bits), share(s.units));
}

void add(Share& sum, const Share& other) {
  sum.touched += other.touched;
  sum.all += other.all;
}

/// Names of a place on lines of their own, wrapped.
void print_list(std::string& text, std::string_view title, const std::vector<std::string>& names) {
  constexpr std::size_t kColumns = 110;
  const std::string count = names.empty() ? "none" : fmt::format("{}", names.size());
  fmt::format_to(std::back_inserter(text), "\n{}: {}\n", title, count);
  std::string line, place;
  const auto flush = [&] {
    if (!line.empty()) text += line + '\n';
    line.clear();
  };
  for (const std::string& name : names) {
    const std::size_t dot = name.find('.');
    const std::string own = dot == std::string::npos ? "" : name.substr(0, dot);
    if (own != place || line.size() + 1 + name.size() > kColumns) flush();
    place = own;
    line += (line.empty() ? "  " : ", ") + name;
  }
  flush();
}

void print_counts(std::string& text, std::string_view title, const registers::EnumInfo& values,
                  const ValueCounts& counts) {
  fmt::format_to(std::back_inserter(text), "\n{}{}\n", title, counts.empty() ? " nothing" : "");
  for (const registers::ValueInfo& value : values.values) {
    const auto found = counts.find(std::string(value.name));
    if (found != counts.end())
      fmt::format_to(std::back_inserter(text), "  {:<18}{:>10}\n", found->first, found->second);
  }
}

std::string table(const CoverageReport& report) {
  std::string text = fmt::format("{:<13}{:>13}{:>13}{:>15}{:>15}\n", "block", "registers", "fields",
                                 "bits 0 and 1", "by DRU, DMA");
  PlaceSummary total;
  for (std::size_t p = 0; p < report.places.size(); ++p) {
    const PlaceSummary& summary = report.places[p];
    print_row(text, places()[p].instance->name, summary);
    add(total.registers, summary.registers);
    add(total.fields, summary.fields);
    add(total.bits, summary.bits);
    add(total.units, summary.units);
  }
  print_row(text, "total", total);
  return text;
}

Json to_json(const Share& share) {
  return {{"touched", share.touched}, {"all", share.all}};
}

}  // namespace

CoverageReport report_of(const RegisterCoverage& coverage) {
  CoverageReport report;
  Untouched& untouched = report.untouched;
  for (std::size_t p = 0; p < coverage.places.size(); ++p) {
    report.places.push_back(add_place(places()[p], coverage.places[p], untouched));
  }
  for (const auto& [line, use] : coverage.interrupts) {
    if (use.taken == 0) untouched.interrupts.push_back(line);
  }
  add_missing_values("", registers::kDruStatusEnum, coverage.dru_status, untouched.dru_status);
  add_missing_values("", registers::kJobStatusEnum, coverage.job_status, untouched.job_status);
  return report;
}

std::string to_text(const CoverageReport& report, const RegisterCoverage& coverage) {
  std::string text = table(report);
  fmt::format_to(std::back_inserter(text), "\n{:<13}{:>13}{:>13}\n", "interrupt", "raised", "taken");
  for (const auto& [line, use] : coverage.interrupts) {
    fmt::format_to(std::back_inserter(text), "{:<13}{:>13}{:>13}\n", line, use.raised, use.taken);
  }
  print_counts(text, "command lists ended with", registers::kDruStatusEnum, coverage.dru_status);
  print_counts(text, "jobs ended with", registers::kJobStatusEnum, coverage.job_status);
  const Untouched& none = report.untouched;
  print_list(text, "registers neither read nor written", none.registers);
  print_list(text, "fields never given another value than after reset, or never read", none.fields);
  print_list(text, "flags seen one way only", none.flags);
  print_list(text, "values never seen", none.values);
  print_list(text, "interrupts never taken", none.interrupts);
  print_list(text, "statuses that no command list ended with", none.dru_status);
  print_list(text, "statuses that no job ended with", none.job_status);
  return text;
}

Json to_json(const CoverageReport& report, const RegisterCoverage& coverage) {
  Json json = to_json(coverage);
  for (std::size_t p = 0; p < report.places.size(); ++p) {
    const PlaceSummary& s = report.places[p];
    json["summary"][std::string(places()[p].instance->name)] = {{"registers", to_json(s.registers)},
                                                                {"fields", to_json(s.fields)},
                                                                {"bits", to_json(s.bits)},
                                                                {"unit_registers", to_json(s.units)}};
  }
  const Untouched& none = report.untouched;
  json["untouched"] = {{"registers", none.registers},   {"fields", none.fields},
                       {"flags", none.flags},           {"values", none.values},
                       {"interrupts", none.interrupts}, {"dru_status", none.dru_status},
                       {"job_status", none.job_status}};
  return json;
}

}  // namespace mho::platform::register_coverage
