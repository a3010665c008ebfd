// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/register_use_json.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <limits>

#include "models/base/error.hpp"
#include "registers/block_table.hpp"  // generated

namespace mho::platform::register_coverage {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "mho register coverage 1";

Json to_json(const Accesses& cpu, const Accesses& units) {
  return {{"reads", cpu.reads},
          {"writes", cpu.writes},
          {"unit_reads", units.reads},
          {"unit_writes", units.writes}};
}

Json to_json(const registers::DescribedRegister& reg, const RegisterUse& use) {
  Json json = to_json(use.cpu, use.units);
  json["read_ones"] = use.read_ones;
  json["read_zeros"] = use.read_zeros;
  json["written_ones"] = use.written_ones;
  json["written_zeros"] = use.written_zeros;
  for (std::size_t f = 0; f < use.values.size(); ++f) {
    if (!use.values[f].empty()) json["values"][std::string(reg.fields[f].name)] = use.values[f];
  }
  return json;
}

Json to_json(const Place& place, const PlaceUse& use) {
  Json json = Json::object();
  for (std::size_t r = 0; r < use.registers.size(); ++r) {
    const registers::DescribedRegister& reg = place.block->registers[r];
    const RegisterUse& one = use.registers[r];
    if (one.cpu.any() || one.units.any()) json["registers"][std::string(reg.info->name)] = to_json(reg, one);
  }
  for (std::size_t w = 0; w < use.windows.size(); ++w) {
    const WindowUse& one = use.windows[w];
    if (!one.cpu.any() && !one.units.any()) continue;
    json["windows"][std::string(place.block->windows[w].name)] = to_json(one.cpu, one.units);
  }
  return json;
}

std::uint64_t number(const Json& json, const char* key) {
  return json.at(key).get<std::uint64_t>();
}

void read_accesses(const Json& json, Accesses& cpu, Accesses& units) {
  cpu = {.reads = number(json, "reads"), .writes = number(json, "writes")};
  units = {.reads = number(json, "unit_reads"), .writes = number(json, "unit_writes")};
}

/// Calls `use(index, json)` for each member of an object, with the index of its name among `names`.
template <typename Items, typename Name, typename Use>
void for_each_named(const Json& json, const char* key, const Items& items, Name name, Use use) {
  if (!json.contains(key)) return;
  for (const auto& [wanted, value] : json.at(key).items()) {
    const auto found = std::ranges::find_if(items, [&](const auto& item) { return name(item) == wanted; });
    require(found != items.end(), "{} '{}' is unknown", key, wanted);
    use(static_cast<std::size_t>(found - items.begin()), value);
  }
}

/// Whether value_name() gives this name to one of the values up to `most`.
bool is_value_name(const registers::EnumInfo& values, std::uint64_t most, std::string_view name) {
  const auto named = std::ranges::find(values.values, name, &registers::ValueInfo::name);
  if (named != values.values.end()) return true;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc() && end == name.data() + name.size() && number <= most &&
         value_name(&values, number) == name;
}

ValueCounts read_values(const Json& json, const registers::EnumInfo* values, std::uint64_t most,
                        const std::string& where) {
  require(values != nullptr, "{} is no enumeration, and has values", where);
  const auto counts = json.get<ValueCounts>();
  for (const auto& [name, count] : counts) {
    require(is_value_name(*values, most, name), "value '{}' of {} is unknown", name, where);
  }
  return counts;
}

void read_register(const Json& json, const std::string& where, const registers::DescribedRegister& reg,
                   RegisterUse& use) {
  read_accesses(json, use.cpu, use.units);
  use.read_ones = number(json, "read_ones");
  use.read_zeros = number(json, "read_zeros");
  use.written_ones = number(json, "written_ones");
  use.written_zeros = number(json, "written_zeros");
  for_each_named(
      json, "values", reg.fields, [](const auto& field) { return field.name; },
      [&](std::size_t f, const Json& values) {
        const registers::FieldInfo& field = reg.fields[f];
        const std::uint64_t most = field.mask >> std::countr_zero(field.mask);
        const std::string path = field.name.empty() ? where : fmt::format("{}.{}", where, field.name);
        use.values[f] = read_values(values, field.values, most, path);
      });
}

void read_place(const Json& json, const Place& place, PlaceUse& use) {
  for_each_named(
      json, "registers", place.block->registers, [](const auto& reg) { return reg.info->name; },
      [&](std::size_t r, const Json& value) {
        const registers::DescribedRegister& reg = place.block->registers[r];
        read_register(value, fmt::format("{}.{}", place.instance->name, reg.info->name), reg,
                      use.registers[r]);
      });
  for_each_named(
      json, "windows", place.block->windows, [](const auto& window) { return window.name; },
      [&](std::size_t w, const Json& value) {
        read_accesses(value, use.windows[w].cpu, use.windows[w].units);
      });
}

RegisterCoverage from_json(const Json& json) {
  require(json.is_object() && json.value("format", "") == kFormat, "is not of the format '{}'", kFormat);
  RegisterCoverage coverage;
  for_each_named(
      json, "blocks", places(), [](const Place& place) { return place.instance->name; },
      [&](std::size_t p, const Json& value) { read_place(value, places()[p], coverage.places[p]); });
  for (const auto& [line, use] : json.at("interrupts").items()) {
    require(coverage.interrupts.contains(line), "interrupts '{}' is unknown", line);
    coverage.interrupts[line] = {.raised = number(use, "raised"), .taken = number(use, "taken")};
  }
  constexpr std::uint64_t kMostStatus = std::numeric_limits<std::uint32_t>::max();
  coverage.dru_status =
      read_values(json.at("dru_status"), &registers::kDruStatusEnum, kMostStatus, "dru_status");
  coverage.job_status =
      read_values(json.at("job_status"), &registers::kJobStatusEnum, kMostStatus, "job_status");
  return coverage;
}

}  // namespace

Json to_json(const RegisterCoverage& coverage) {
  Json json{{"format", kFormat}, {"blocks", Json::object()}, {"interrupts", Json::object()}};
  for (std::size_t p = 0; p < coverage.places.size(); ++p) {
    Json place = to_json(places()[p], coverage.places[p]);
    if (!place.empty()) json["blocks"][std::string(places()[p].instance->name)] = std::move(place);
  }
  for (const auto& [line, use] : coverage.interrupts) {
    json["interrupts"][line] = {{"raised", use.raised}, {"taken", use.taken}};
  }
  json["dru_status"] = coverage.dru_status;
  json["job_status"] = coverage.job_status;
  return json;
}

RegisterCoverage read_coverage(const std::string& file) {
  std::error_code error_code;
  require(!std::filesystem::is_directory(file, error_code), "{}: is a directory; give a JSON file", file);
  std::ifstream stream(file);
  require(stream.good(), "{}: cannot be read", file);
  constexpr const char* kRemedy = "write it with `mho run --register-coverage`";
  const Json json = Json::parse(stream, nullptr, false);
  require(!json.is_discarded(), "{}: is no register coverage, since it is no JSON; {}", file, kRemedy);
  try {
    return from_json(json);
  } catch (const Json::exception&) {
    throw InputError(
        fmt::format("{}: a figure of the register coverage is missing or damaged; {}", file, kRemedy));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace mho::platform::register_coverage
