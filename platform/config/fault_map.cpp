// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/fault_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <tuple>

#include "models/base/error.hpp"
#include "platform/input/csv_file.hpp"

namespace mho::platform {
namespace {

using amc::MacroKind;

class Parser {
 public:
  Parser(const std::filesystem::path& file, const amc::AmcParams& amc) : file_(file.string()), amc_(amc) {}

  void add(const CsvRow& row) {
    try {
      insert(row);
    } catch (const InputError& error) {
      errors_.push_back(fmt::format("{}:{}: {}", file_, row.line, error.what()));
    }
  }

  amc::FaultList finish() && {
    if (!errors_.empty()) throw InputError(fmt::format("{}", fmt::join(errors_, "\n")));
    return std::move(faults_);
  }

 private:
  using Place = std::tuple<std::uint32_t, bool, std::uint16_t, std::uint16_t>;

  /// A whole number below `end`.
  static std::uint32_t number(const std::string& text, const char* name, std::uint32_t end,
                              const std::string& of) {
    std::uint32_t value = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    require(error == std::errc{} && stop == text.data() + text.size() && value < end,
            "{} = '{}' is not a number from 0 to {}, {}", name, text, end - 1, of);
    return value;
  }

  static MacroKind kind_of(const std::string& text) {
    const auto found = std::ranges::find(amc::kMacroKinds, text, &amc::MacroKindInfo::name);
    require(found != amc::kMacroKinds.end(), "macro = '{}' is none of inv, mvm, ginv", text);
    return found->kind;
  }

  /// One of the arrays of a macro.
  struct Array {
    bool is_mirrored, is_negative;  ///< of the pair of −Aᵀ; the array behind the inverting drivers
  };

  static Array array_of(const std::string& text, MacroKind kind) {
    constexpr std::string_view kMirrored = "mirrored_";
    std::string_view sign = text;
    const bool is_mirrored = kind == MacroKind::kGinv && sign.starts_with(kMirrored);
    if (is_mirrored) sign.remove_prefix(kMirrored.size());
    require(sign == "positive" || sign == "negative", "array = '{}' is neither positive nor negative{}", text,
            kind == MacroKind::kGinv ? ", alone or behind mirrored_" : "");
    return {.is_mirrored = is_mirrored, .is_negative = sign == "negative"};
  }

  device::Fault fault_of(const std::vector<std::string>& fields, MacroKind kind) const {
    const std::uint32_t size = size_of(amc_, kind);
    const std::string of = fmt::format("the array is {}x{}", size, size);
    device::Fault fault{.row = static_cast<std::uint16_t>(number(fields[3], "row", size, of)),
                        .column = static_cast<std::uint16_t>(number(fields[4], "column", size, of)),
                        .kind = device::FaultKind::kStuckAtLevel};
    if (fields[5] == "on") {
      fault.kind = device::FaultKind::kStuckOn;
    } else if (fields[5] == "off") {
      fault.kind = device::FaultKind::kStuckOff;
    } else {
      fault.level = static_cast<std::uint8_t>(number(fields[5], "state", cell_params(amc_, kind).levels,
                                                     "the level at which the cell is stuck, or on or off"));
    }
    return fault;
  }

  void insert(const CsvRow& row) {
    const auto& fields = row.fields;
    require(fields.size() == 6, "{} fields; expected macro,index,array,row,column,state", fields.size());
    const MacroKind kind = kind_of(fields[0]);
    const std::uint32_t count = count_of(amc_, kind);
    require(count > 0, "the chip has no {} macros", fields[0]);
    const std::uint32_t index =
        number(fields[1], "index", count, fmt::format("the chip has {} of these macros", count));
    const Array array = array_of(fields[2], kind);
    const device::Fault fault = fault_of(fields, kind);
    const std::uint32_t pair = amc::chip_number(kind, index) + (array.is_mirrored ? 1 : 0);
    const auto [first, is_new] =
        lines_.emplace(Place{pair, array.is_negative, fault.row, fault.column}, row.line);
    require(is_new, "this cell is in line {} already", first->second);
    amc::PairFaults& faults = faults_[pair];
    (array.is_negative ? faults.negative : faults.positive).push_back(fault);
  }

  std::string file_;
  const amc::AmcParams& amc_;
  amc::FaultList faults_;
  std::map<Place, std::size_t> lines_;
  std::vector<std::string> errors_;
};

}  // namespace

amc::FaultList load_fault_map(const std::filesystem::path& file, const amc::AmcParams& amc) {
  Parser parser(file, amc);
  bool is_first = true;
  for (const CsvRow& row : read_csv(file)) {
    const bool is_heading = is_first && row.fields.front() == "macro";
    if (!is_heading) parser.add(row);
    is_first = false;
  }
  return std::move(parser).finish();
}

}  // namespace mho::platform
