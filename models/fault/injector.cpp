// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/fault/injector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mho::fault {
namespace {

bool is_place(std::uint32_t wanted, std::size_t given) {
  return wanted == kAny || wanted == given;
}

bool is_hit(const Fault& fault, const Transfer& transfer) {
  const bool is_range = fault.bytes == 0 || (transfer.address < fault.address + fault.bytes &&
                                             fault.address < transfer.address + transfer.bytes);
  return is_range && (fault.initiator.empty() || fault.initiator == transfer.initiator);
}

}  // namespace

Injector::Injector(std::vector<Fault> faults, std::uint64_t seed, trace::TraceSink& trace)
    : faults_(std::move(faults)),
      records_(faults_.size()),
      occasions_(faults_.size()),
      places_(faults_.size()),
      random_(~seed),  // a stream of its own: no draw of the chip is one of these
      trace_(trace),
      count_signal_(trace.declare_bits("soc.faults.count", 32)),
      index_signal_(trace.declare_bits("soc.faults.index", 16)) {}

bool Injector::has(Kind kind) const {
  return std::ranges::any_of(faults_, [&](const Fault& fault) { return fault.kind == kind; });
}

bool Injector::strikes(std::size_t index, std::uint64_t time_ps) {
  const Fault& fault = faults_[index];
  if (time_ps < fault.from_ps || time_ps >= fault.until_ps || records_[index].count >= fault.count)
    return false;
  if (fault.probability >= 1.0) return true;
  const RandomCoordinates at{.unit = static_cast<std::uint32_t>(index), .row = 0, .column = 0};
  return random_.uniform(RandomPurpose::kWorkload, at, occasions_[index]++) < fault.probability;
}

std::uint32_t Injector::draw_below(std::size_t index, std::uint32_t end) {
  const RandomCoordinates at{.unit = static_cast<std::uint32_t>(index), .row = 1, .column = 0};
  const double draw = random_.uniform(RandomPurpose::kWorkload, at, places_[index]++);
  return std::min(static_cast<std::uint32_t>(draw * end), end - 1);
}

void Injector::record(std::size_t index, std::uint64_t time_ps, std::string effect) {
  Record& record = records_[index];
  ++record.count;
  if (record.injections.size() < kMostInjections)
    record.injections.push_back({.time_ps = time_ps, .effect = std::move(effect)});
  trace_.change(count_signal_, time_ps, ++count_);
  trace_.change(index_signal_, time_ps, index);
}

template <typename Fits>
std::optional<std::size_t> Injector::first(Kind kind, std::uint64_t time_ps, const Fits& fits) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    if (faults_[i].kind == kind && fits(faults_[i]) && strikes(i, time_ps)) return i;
  }
  return std::nullopt;
}

bool Injector::refuses(const Transfer& transfer, std::uint64_t time_ps) {
  const auto fault =
      first(Kind::kTransferError, time_ps, [&](const Fault& f) { return is_hit(f, transfer); });
  if (!fault) return false;
  record(*fault, time_ps,
         fmt::format("{} B at {:#010x} by {}", transfer.bytes, transfer.address, transfer.initiator));
  return true;
}

bool Injector::loses_interrupt(std::string_view line, std::uint64_t time_ps) {
  const auto fault = first(Kind::kInterruptLost, time_ps, [&](const Fault& f) { return f.name == line; });
  if (!fault) return false;
  record(*fault, time_ps, fmt::format("interrupt {}", line));
  return true;
}

std::uint64_t Injector::hangs_ps(std::string_view macro_kind, std::uint32_t index, std::uint64_t time_ps) {
  const auto fault = first(Kind::kMacroHung, time_ps,
                           [&](const Fault& f) { return f.name == macro_kind && is_place(f.index, index); });
  if (!fault) return 0;
  record(*fault, time_ps, fmt::format("macro {}{}", macro_kind, index));
  return faults_[*fault].duration_ps != 0 ? faults_[*fault].duration_ps : kForGood_ps;
}

std::vector<CellFault> Injector::stuck_cells(std::string_view macro_kind, std::uint32_t index,
                                             std::uint64_t time_ps) {
  return cells(Kind::kCellStuck, macro_kind, index, time_ps);
}

std::vector<CellFault> Injector::disturbed_cells(std::string_view macro_kind, std::uint32_t index,
                                                 std::uint64_t time_ps) {
  return cells(Kind::kCellDisturbed, macro_kind, index, time_ps);
}

std::vector<CellFault> Injector::cells(Kind kind, std::string_view macro_kind, std::uint32_t index,
                                       std::uint64_t time_ps) {
  std::vector<CellFault> cells;
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    if (fault.kind != kind || fault.name != macro_kind || !is_place(fault.index, index) ||
        !strikes(i, time_ps)) {
      continue;
    }
    cells.push_back(
        {.row = fault.row, .column = fault.column, .is_negative = fault.is_negative, .levels = fault.value});
    record(i, time_ps,
           fmt::format("macro {}{}, {} array, row {}, column {}", macro_kind, index,
                       fault.is_negative ? "negative" : "positive", fault.row, fault.column));
  }
  return cells;
}

void Injector::change_adc_codes(std::uint32_t lane, std::span<std::int16_t> codes, std::size_t channels,
                                int limit, std::uint64_t time_ps) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    const bool is_dead = fault.kind == Kind::kAdcDead;
    if ((!is_dead && fault.kind != Kind::kAdcCodeError) || !is_place(fault.index, lane)) continue;
    for (std::size_t c = 0; c < codes.size(); ++c) {
      if (!is_place(fault.channel, c % channels) || !strikes(i, time_ps)) continue;
      const int before = codes[c];
      codes[c] = static_cast<std::int16_t>(is_dead ? 0 : std::clamp(before + fault.value, -limit, limit));
      record(i, time_ps,
             fmt::format("lane {}, channel {}: code {} became {}", lane, c % channels, before, codes[c]));
    }
  }
}

void Injector::change_dac_codes(std::uint32_t bank, std::span<std::int16_t> codes, std::size_t channels,
                                int limit, std::uint64_t time_ps) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const Fault& fault = faults_[i];
    if (fault.kind != Kind::kDacStuck || !is_place(fault.index, bank)) continue;
    for (std::size_t c = 0; c < codes.size(); ++c) {
      if (!is_place(fault.channel, c % channels) || !strikes(i, time_ps)) continue;
      const int before = codes[c];
      codes[c] = static_cast<std::int16_t>(std::clamp(fault.value, -limit, limit));
      record(i, time_ps,
             fmt::format("bank {}, channel {}: code {} became {}", bank, c % channels, before, codes[c]));
    }
  }
}

}  // namespace mho::fault
