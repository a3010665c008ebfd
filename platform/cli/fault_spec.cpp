// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/fault_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include "models/base/error.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/cli/units.hpp"
#include "registers/adc.hpp"  // generated
#include "registers/dac.hpp"  // generated

namespace mho::platform::cli {
namespace {

using fault::Fault;
using fault::Kind;

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(separator, from);
    parts.emplace_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

/// What can go wrong at a place, and which conditions it takes.
struct Form {
  std::string_view place;  ///< its first word without a number
  std::string_view what;
  Kind kind;
  bool has_value;
  std::string_view required, optional;  ///< keys, parted by spaces
};

/// Steps between the two ends of any cell.
constexpr std::int64_t kMostLevels = 15;

constexpr std::string_view kOccasions = "time until count probability";
constexpr std::string_view kRepeated = "every until count probability";
constexpr std::array kForms{
    Form{"irq", "lost", Kind::kInterruptLost, false, "", kOccasions},
    Form{"irq", "spurious", Kind::kInterruptSpurious, false, "time", kRepeated},
    Form{"adc", "dead", Kind::kAdcDead, false, "", kOccasions},
    Form{"adc", "code_error", Kind::kAdcCodeError, true, "", kOccasions},
    Form{"dac", "dead", Kind::kDacStuck, false, "", kOccasions},
    Form{"dac", "stuck", Kind::kDacStuck, true, "", kOccasions},
    Form{"bus", "error", Kind::kTransferError, false, "",
         "initiator address bytes time until count probability"},
    Form{"dma", "error", Kind::kTransferError, false, "", "address bytes time until count probability"},
    Form{"macro", "hung", Kind::kMacroHung, false, "", "duration time until count probability"},
    Form{"macro", "disturbed", Kind::kCellDisturbed, true, "array row column", kOccasions},
    Form{"macro", "stuck", Kind::kCellStuck, true, "array row column", kOccasions},
    Form{"ram", "flip", Kind::kMemoryFlip, false, "address time", "bytes bit every until count probability"},
    Form{"cpu", "flip", Kind::kCpuFlip, false, "time", "bit every until count probability"},
    Form{"register", "flip", Kind::kRegisterFlip, false, "address time", "bit every until count probability"},
};
constexpr std::string_view kPlaces =
    "dru.irq, uart.irq, dma.irq, timer.irq, software.irq, adc[.laneL][.channelC], dac[B][.channelC], bus, "
    "dma, "
    "macro.inv[K], macro.mvm[K], macro.ginv[K], ram, cpu.x[K], cpu.f[K], cpu.pc, register";

class Parser {
 public:
  Parser(const std::string& text, const std::string& where, const ChipConfig& chip)
      : text_(text), where_(where), chip_(chip) {}

  Fault parse() {
    fault_.text = text_;
    const std::size_t colon = text_.find(':');
    check(colon != std::string::npos, "write PLACE:WHAT, such as dru.irq:lost,count=1");
    const std::vector<std::string> words = split(std::string_view(text_).substr(colon + 1), ',');
    const std::vector<std::string> what = split(words.front(), '=');
    check(what.size() <= 2, "'{}' has two values", words.front());
    const Form& form = take_place(text_.substr(0, colon), what.front());
    fault_.kind = form.kind;
    check((what.size() == 2) == form.has_value, "{}",
          form.has_value ? fmt::format("{} needs a value: {}=VALUE", form.what, form.what)
                         : fmt::format("{} takes no value", form.what));
    if (form.has_value) fault_.value = value_of(what[1], form);
    check(form.kind != Kind::kCellDisturbed || fault_.value != 0, "{} = 0 changes nothing", form.what);
    take_conditions(std::span(words).subspan(1), form);
    check_ranges();
    return fault_;
  }

 private:
  template <typename... Args>
  void check(bool condition, fmt::format_string<Args...> format, Args&&... args) const {
    require(condition, "{} {}: {}", where_, text_, fmt::format(format, std::forward<Args>(args)...));
  }

  std::int32_t value_of(const std::string& word, const Form& form) const {
    constexpr std::int64_t kMostCodes = 32767;
    const std::int64_t most = form.kind == Kind::kCellDisturbed ? kMostLevels : kMostCodes;
    if (form.kind != Kind::kCellStuck) return static_cast<std::int32_t>(number(word, form.what, -most, most));
    const std::int64_t top = cell_params(chip_.amc, macro_kind()).levels - 1;
    if (word == "on") return static_cast<std::int32_t>(top);
    if (word == "off") return 0;
    check(word.find_first_not_of("0123456789") == std::string::npos,
          "stuck = '{}'; cells are stuck on, off or at a level from 0 to {}", word, top);
    return static_cast<std::int32_t>(number(word, form.what, 0, top));
  }

  /// Decimal or 0x…, a sign allowed.
  std::int64_t number(std::string_view digits, std::string_view name, std::int64_t least,
                      std::int64_t most) const {
    const std::string_view given = digits;
    const bool is_negative = digits.starts_with('-');
    if (is_negative || digits.starts_with('+')) digits.remove_prefix(1);
    const bool is_hex = digits.starts_with("0x");
    if (is_hex) digits.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, is_hex ? 16 : 10);
    const bool is_number =
        error == std::errc() && end == digits.data() + digits.size() && value <= (1ull << 62);
    const std::int64_t number =
        is_negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
    check(is_number && number >= least && number <= most, "{} = '{}' is not a whole number from {} to {}",
          name, given, least, most);
    return number;
  }

  /// The number behind `prefix`; empty: the word is another one.
  std::optional<std::uint32_t> numbered(const std::string& word, std::string_view prefix,
                                        std::uint32_t count) const {
    if (!word.starts_with(prefix) || word.size() == prefix.size()) return std::nullopt;
    if (word.find_first_not_of("0123456789", prefix.size()) != std::string::npos) return std::nullopt;
    check(count > 0, "the chip has no {}", prefix);
    return static_cast<std::uint32_t>(
        number(std::string_view(word).substr(prefix.size()), prefix, 0, std::int64_t{count} - 1));
  }

  const Form& take_place(const std::string& place, const std::string& what) {
    const std::vector<std::string> words = split(place, '.');
    const std::optional<std::string_view> name = place_of(words);
    check(name.has_value(), "there is no place '{}'; places are {}", place, kPlaces);
    std::vector<std::string_view> choices;
    for (const Form& form : kForms) {
      if (form.place != *name) continue;
      if (form.what == what) return form;
      choices.push_back(form.what);
    }
    throw InputError(fmt::format("{} {}: '{}' does not happen there; what does: {}", where_, text_, what,
                                 fmt::join(choices, ", ")));
  }

  std::optional<std::string_view> place_of(const std::vector<std::string>& words) {
    const std::string& first = words.front();
    if (words.size() == 1) {
      for (const std::string_view name : {"bus", "dma", "ram", "register", "adc", "dac"}) {
        if (first == name) {
          if (first == "dma") fault_.initiator = "dma";
          return name;
        }
      }
    }
    constexpr std::array<std::string_view, 5> kLines{"dru", "uart", "dma", "timer", "software"};
    if (words.size() == 2 && words[1] == "irq" && std::ranges::find(kLines, first) != kLines.end()) {
      fault_.name = first;
      return "irq";
    }
    if (words.size() == 2 && first == "macro") return macro_place(words[1]);
    if (words.size() == 2 && first == "cpu") return cpu_place(words[1]);
    return converter_place(words);
  }

  std::optional<std::string_view> macro_place(const std::string& word) {
    for (const amc::MacroKindInfo& kind : amc::kMacroKinds) {
      const std::uint32_t count = count_of(chip_.amc, kind.kind);
      const auto index = numbered(word, kind.name, count);
      if (!index && word != kind.name) continue;
      check(count > 0, "the chip has no {}", kind.name);
      fault_.name = kind.name;
      if (index) fault_.index = *index;
      return "macro";
    }
    return std::nullopt;
  }

  std::optional<std::string_view> cpu_place(const std::string& word) {
    constexpr std::uint32_t kRegisters = 32;
    if (word == "pc") {
      fault_.name = word;
      return "cpu";
    }
    for (const std::string_view file : {"x", "f"}) {
      const auto index = numbered(word, file, kRegisters);
      if (!index && word != file) continue;
      check(file != "x" || index != 0u, "x0 is always 0; registers are x1 to x31");
      fault_.name = file;
      if (index) fault_.index = *index;
      return "cpu";
    }
    return std::nullopt;
  }

  std::optional<std::string_view> converter_place(const std::vector<std::string>& words) {
    namespace adc = registers::adc;
    if (words.front() == "adc" && words.size() <= 3) {
      std::size_t next = 1;
      if (const auto lane = numbered(words[next], "lane", adc::kLanes)) {
        fault_.index = *lane;
        ++next;
      }
      if (next < words.size()) {
        const auto channel = numbered(words[next], "channel", adc::kChannels);
        if (!channel) return std::nullopt;
        fault_.channel = *channel;
        ++next;
      }
      return next == words.size() ? std::optional<std::string_view>("adc") : std::nullopt;
    }
    const auto bank = numbered(words.front(), "dac", chip_.amc.dac_banks);
    if ((!bank && words.front() != "dac") || words.size() > 2) return std::nullopt;
    if (bank) fault_.index = *bank;
    if (words.size() == 1) return "dac";
    const auto channel = numbered(words[1], "channel", registers::dac::kChannels);
    if (!channel) return std::nullopt;
    fault_.channel = *channel;
    return "dac";
  }

  void take_conditions(std::span<const std::string> words, const Form& form) {
    std::map<std::string, std::string> given;
    const std::vector<std::string> required = keys_of(form.required);
    std::vector<std::string> legal = required;
    std::ranges::copy(keys_of(form.optional), std::back_inserter(legal));
    for (const std::string& word : words) {
      const std::size_t equals = word.find('=');
      check(equals != std::string::npos, "'{}' is no KEY=VALUE", word);
      const std::string key = word.substr(0, equals);
      check(std::ranges::find(legal, key) != legal.end(), "there is no key '{}' here; keys are {}", key,
            fmt::join(legal, ", "));
      check(given.emplace(key, word.substr(equals + 1)).second, "key '{}' is given twice", key);
    }
    for (const std::string& key : required) check(given.contains(key), "{}=… is missing", key);
    for (const auto& [key, value] : given) take_condition(key, value);
    if (given.contains("address") && !given.contains("bytes")) fault_.bytes = sizeof(std::uint32_t);
    check(!given.contains("bytes") || given.contains("address"), "bytes=… needs address=…");
    for (const char* key : {"count", "until"}) {
      check(!fault::is_scheduled(form.kind) || !given.contains(key) || given.contains("every"),
            "{}=… needs every=…: without it this happens at {} only", key, given["time"]);
    }
  }

  static std::vector<std::string> keys_of(std::string_view keys) {
    return keys.empty() ? std::vector<std::string>{} : split(keys, ' ');
  }

  void take_condition(const std::string& key, const std::string& value) {
    constexpr std::int64_t kAddressEnd = std::int64_t{1} << 32;
    if (key == "time") fault_.from_ps = time(value);
    if (key == "until") fault_.until_ps = time(value);
    if (key == "duration") fault_.duration_ps = time(value);
    if (key == "every") {
      fault_.every_ps = time(value);
      check(fault_.every_ps > 0, "every = '{}' is no time above 0", value);
    }
    if (key == "count")
      fault_.count = static_cast<std::uint64_t>(number(value, key, 1, std::int64_t{1} << 40));
    if (key == "probability") fault_.probability = probability(value);
    if (key == "address") fault_.address = static_cast<std::uint64_t>(number(value, key, 0, kAddressEnd - 1));
    if (key == "bytes") fault_.bytes = static_cast<std::uint64_t>(number(value, key, 1, kAddressEnd));
    if (key == "bit") fault_.bit = static_cast<unsigned>(number(value, key, 0, 31));
    if (key == "row") fault_.row = static_cast<std::uint32_t>(number(value, key, 0, macro_size() - 1));
    if (key == "column") fault_.column = static_cast<std::uint32_t>(number(value, key, 0, macro_size() - 1));
    if (key == "array") {
      check(value == "positive" || value == "negative", "array = '{}'; arrays are positive, negative", value);
      fault_.is_negative = value == "negative";
    }
    if (key == "initiator") {
      check(value == "cpu" || value == "dma" || value == "dru",
            "initiator = '{}'; initiators are cpu, dma, dru", value);
      fault_.initiator = value;
    }
  }

  /// Rows and columns of the macros that the fault names.
  std::int64_t macro_size() const { return size_of(chip_.amc, macro_kind()); }

  amc::MacroKind macro_kind() const {
    return std::ranges::find(amc::kMacroKinds, fault_.name, &amc::MacroKindInfo::name)->kind;
  }

  std::uint64_t time(const std::string& value) const {
    return parse_time_ps(value, where_ + " " + text_ + ":");
  }

  double probability(const std::string& value) const {
    double number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    check(error == std::errc() && end == value.data() + value.size() && number > 0 && number <= 1,
          "probability = '{}' is not a number above 0, up to 1", value);
    return number;
  }

  void check_ranges() const {
    check(fault_.from_ps < fault_.until_ps, "it ends before it begins");
    if (fault_.kind == Kind::kMemoryFlip) {
      const std::uint64_t size = chip_.machine.ram.bytes;
      check(fault_.address >= soc::kRamBase && fault_.address - soc::kRamBase + fault_.bytes <= size,
            "there is no RAM at {:#010x}; it reaches from {:#010x} to {:#010x}",
            fault_.address < soc::kRamBase ? fault_.address : fault_.address + fault_.bytes - 1,
            soc::kRamBase, soc::kRamBase + size - 1);
      check(fault_.bytes % sizeof(std::uint32_t) == 0, "bytes = {} is no multiple of 4: words are hit",
            fault_.bytes);
      check(fault_.address % sizeof(std::uint32_t) == 0, "a word lies at a multiple of 4");
    }
    if (fault_.kind == Kind::kRegisterFlip) {
      check(fault_.address % sizeof(std::uint32_t) == 0 && fault_.address < soc::kRamBase,
            "a device register lies at a multiple of 4 below the RAM");
    }
    check(fault_.name != "pc" || fault_.bit > 0, "bit 0 of pc is always 0");
  }

  const std::string& text_;
  const std::string& where_;
  const ChipConfig& chip_;
  Fault fault_;
};

}  // namespace

Fault parse_fault(const std::string& text, const std::string& where, const ChipConfig& chip) {
  return Parser(text, where, chip).parse();
}

std::vector<Fault> load_faults(const std::string& file, const ChipConfig& chip) {
  std::error_code error_code;
  require(!std::filesystem::is_directory(file, error_code), "{}: is a directory; give a YAML file", file);
  YAML::Node root;
  try {
    root = YAML::LoadFile(file);
  } catch (const YAML::BadFile&) {
    throw InputError(fmt::format("{}: cannot be read", file));
  } catch (const YAML::Exception& error) {
    throw InputError(fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg));
  }
  if (root.IsMap() && root.size() == 1 && root["faults"]) root = YAML::Node(root["faults"]);
  require(root.IsSequence(), "{}: expected a list of faults, such as '- dru.irq:lost,count=1'", file);
  std::vector<Fault> faults;
  std::vector<std::string> errors;
  for (const YAML::Node& entry : root) {
    const std::string where = fmt::format("{}:{}:", file, entry.Mark().line + 1);
    try {
      require(entry.IsScalar(), "{} a fault is one text, in quotes if it contains ': '", where);
      faults.push_back(parse_fault(entry.Scalar(), where, chip));
    } catch (const InputError& error) {
      errors.emplace_back(error.what());
    }
  }
  if (!errors.empty()) throw InputError(fmt::format("{}", fmt::join(errors, "\n")));
  return faults;
}

}  // namespace mho::platform::cli
