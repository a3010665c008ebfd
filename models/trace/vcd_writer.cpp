// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/trace/vcd_writer.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <ctime>
#include <memory>

#include "models/base/error.hpp"

namespace mho::trace {
namespace {

constexpr std::size_t kFlushChanges = 1u << 16;
constexpr std::size_t kDrainBytes = 1u << 20;

/// Short identifiers of printable characters, `!` … `~`.
std::string code_of(std::size_t index) {
  std::string code;
  do {
    code += static_cast<char>('!' + index % 94);
    index /= 94;
  } while (index-- > 0);
  return code;
}

std::string timescale_text(std::uint64_t timescale_ps) {
  constexpr std::array<const char*, 4> kUnits{"ps", "ns", "us", "ms"};
  std::size_t unit = 0;
  for (; timescale_ps >= 1000 && unit + 1 < kUnits.size(); ++unit) timescale_ps /= 1000;
  return fmt::format("{} {}", timescale_ps, kUnits[unit]);
}

bool is_power_of_ten(std::uint64_t value) {
  while (value >= 10 && value % 10 == 0) value /= 10;
  return value == 1;
}

std::string today() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  std::array<char, 64> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &utc);
  return text.data();
}

std::vector<std::string_view> split_path(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    parts.push_back(path.substr(0, dot));
    path.remove_prefix(dot + 1);
  }
  parts.push_back(path);
  return parts;
}

/// Scopes and variables in the order in which they were first declared.
struct Scope {
  std::string name;
  std::vector<std::unique_ptr<Scope>> scopes;
  std::vector<std::string> variables;

  Scope& child(std::string_view child_name) {
    const auto found =
        std::ranges::find_if(scopes, [&](const auto& scope) { return scope->name == child_name; });
    if (found != scopes.end()) return **found;
    scopes.push_back(
        std::make_unique<Scope>(Scope{.name = std::string(child_name), .scopes = {}, .variables = {}}));
    return *scopes.back();
  }
  void write(std::string& out) const {
    for (const auto& variable : variables) out += variable;
    for (const auto& scope : scopes) {
      out += fmt::format("$scope module {} $end\n", scope->name);
      scope->write(out);
      out += "$upscope $end\n";
    }
  }
};

}  // namespace

VcdWriter::VcdWriter(const std::filesystem::path& path, VcdOptions options)
    : path_(path), options_(std::move(options)), flush_at_(kFlushChanges) {
  require(is_power_of_ten(options_.timescale_ps) && options_.timescale_ps <= 1'000'000'000'000,
          "{}: a timescale of {} ps is not a power of ten between 1 ps and 1 s", path.string(),
          options_.timescale_ps);
}

void VcdWriter::open() {
  if (!file_) file_.emplace(path_);
}

SignalId VcdWriter::declare_bits(std::string_view path, unsigned width, Detail detail) {
  ensure(width >= 1 && width <= 64, "vcd: signal '{}' has {} bits, not 1 … 64", path, width);
  return declare(path, width, detail);
}

SignalId VcdWriter::declare_real(std::string_view path, Detail detail) {
  return declare(path, 0, detail);
}

SignalId VcdWriter::declare(std::string_view path, unsigned width, Detail detail) {
  if (!options_.filter.selects(path, detail)) return kUntraced;
  ensure(paths_.emplace(path).second, "vcd: signal '{}' is declared twice", path);
  ensure(!has_header_, "vcd: signal '{}' is declared after the first change", path);
  Signal signal;
  signal.path = std::string(path);
  signal.code = code_of(signals_.size());
  signal.width = width;
  signals_.push_back(std::move(signal));
  return static_cast<SignalId>(signals_.size() - 1);
}

void VcdWriter::change(SignalId signal, std::uint64_t time_ps, std::uint64_t value) {
  if (signal != kUntraced) push(signal, time_ps, value);
}

void VcdWriter::change_real(SignalId signal, std::uint64_t time_ps, double value) {
  if (signal != kUntraced) push(signal, time_ps, std::bit_cast<std::uint64_t>(value));
}

void VcdWriter::push(SignalId signal, std::uint64_t time_ps, std::uint64_t value) {
  if (time_ps > options_.window.to_ps) return;
  if (is_paused_) {
    Change& latest = held_.try_emplace(signal).first->second;
    if (latest.time_ps <= time_ps) latest = {.time_ps = time_ps, .value = value, .signal = signal};
    return;
  }
  pending_.push_back({.time_ps = time_ps, .value = value, .signal = signal});
  if (pending_.size() >= flush_at_ && present_ps_) {
    flush(present_ps_());
    // When the kernel has not moved on, sorting the same changes again would buy nothing.
    flush_at_ = std::max(kFlushChanges, 2 * pending_.size());
  }
}

void VcdWriter::pause(std::uint64_t now_ps) {
  if (!is_paused_) flush(now_ps);
  is_paused_ = true;
}

void VcdWriter::resume(std::uint64_t now_ps) {
  is_paused_ = false;
  for (const auto& [signal, change] : held_) push(signal, std::max(change.time_ps, now_ps), change.value);
  held_.clear();
}

void VcdWriter::flush(std::uint64_t before_ps) {
  write_header();
  std::ranges::stable_sort(pending_, {}, &Change::time_ps);
  const auto end = std::ranges::lower_bound(pending_, before_ps, {}, &Change::time_ps);
  std::for_each(pending_.begin(), end, [this](const Change& c) { apply(c); });
  pending_.erase(pending_.begin(), end);
}

void VcdWriter::apply(const Change& change) {
  // Before the window only the latest value counts: it becomes the initial one.
  const std::uint64_t shown_ps = std::max(change.time_ps, options_.window.from_ps);
  const std::uint64_t moment = std::max(shown_ps / options_.timescale_ps, moment_);
  if (moment != moment_) {
    end_of_moment();
    moment_ = moment;
  }
  Signal& signal = signals_[change.signal];
  signal.next = change.value;
  if (signal.is_touched) return;
  signal.is_touched = true;
  touched_.push_back(change.signal);
}

void VcdWriter::end_of_moment() {
  if (!has_dump_) {
    begin_dump();
    return;
  }
  for (const SignalId id : touched_) {
    Signal& signal = signals_[id];
    signal.is_touched = false;
    if (signal.has_value && signal.next == signal.value) continue;
    signal.has_value = true;
    signal.value = signal.next;
    if (moment_ != written_moment_) write_time(moment_);
    write_value(signal);
  }
  touched_.clear();
  if (text_.size() >= kDrainBytes) drain();
}

void VcdWriter::begin_dump() {
  has_dump_ = true;
  for (const SignalId id : touched_) {
    Signal& signal = signals_[id];
    signal.is_touched = false;
    signal.has_value = true;
    signal.value = signal.next;
  }
  touched_.clear();
  write_time(moment_);
  text_ += "$dumpvars\n";
  for (const auto& signal : signals_) write_value(signal);
  text_ += "$end\n";
}

void VcdWriter::write_header() {
  if (has_header_) return;
  has_header_ = true;
  text_ += fmt::format("$date {} $end\n$version mho $end\n$timescale {} $end\n", today(),
                       timescale_text(options_.timescale_ps));
  Scope root;
  for (const auto& signal : signals_) {
    auto parts = split_path(signal.path);
    const std::string_view name = parts.back();
    parts.pop_back();
    Scope* scope = &root;
    for (const auto part : parts) scope = &scope->child(part);
    if (signal.width == 0) {
      scope->variables.push_back(fmt::format("$var real 64 {} {} $end\n", signal.code, name));
    } else if (signal.width == 1) {
      scope->variables.push_back(fmt::format("$var wire 1 {} {} $end\n", signal.code, name));
    } else {
      scope->variables.push_back(
          fmt::format("$var wire {} {} {} [{}:0] $end\n", signal.width, signal.code, name, signal.width - 1));
    }
  }
  root.write(text_);
  text_ += "$enddefinitions $end\n";
  moment_ = options_.window.from_ps / options_.timescale_ps;
}

void VcdWriter::write_time(std::uint64_t moment) {
  written_moment_ = moment;
  fmt::format_to(std::back_inserter(text_), "#{}\n", moment);
}

void VcdWriter::write_value(const Signal& signal) {
  std::array<char, 80> buffer;
  char* out = buffer.data();
  if (signal.width == 0) {
    *out++ = 'r';
    const double value = signal.has_value ? std::bit_cast<double>(signal.value) : 0.0;
    out = std::to_chars(out, buffer.data() + buffer.size(), value).ptr;
    *out++ = ' ';
  } else if (signal.width == 1) {
    *out++ = !signal.has_value ? 'x' : (signal.value & 1) != 0 ? '1' : '0';
  } else {
    *out++ = 'b';
    if (signal.has_value) {
      const std::uint64_t value = signal.value & (~0ull >> (64 - signal.width));
      for (int bit = std::max(static_cast<int>(std::bit_width(value)), 1) - 1; bit >= 0; --bit) {
        *out++ = static_cast<char>('0' + ((value >> bit) & 1));
      }
    } else {
      *out++ = 'x';
    }
    *out++ = ' ';
  }
  text_.append(buffer.data(), static_cast<std::size_t>(out - buffer.data()));
  text_ += signal.code;
  text_ += '\n';
}

void VcdWriter::drain() {
  open();
  file_->write(text_);
  text_.clear();
}

void VcdWriter::close(std::uint64_t end_ps) {
  if (is_closed_) return;
  is_closed_ = true;
  flush(~0ull);
  end_of_moment();
  const std::uint64_t end = std::min(end_ps, options_.window.to_ps) / options_.timescale_ps;
  if (end > written_moment_) write_time(end);
  drain();
  file_->commit();
}

}  // namespace mho::trace
