// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_program.hpp"

#include <algorithm>
#include <bitset>
#include <cstdlib>
#include <cstring>
#include <numeric>

#include "models/amc/range_control.hpp"
#include "models/device/level_slices.hpp"
#include "models/numeric/bit_slices.hpp"

namespace mho::amc {

namespace reg = registers::dru;
namespace macro_reg = registers::array_macro;

namespace {

constexpr unsigned kOrderRow = 0x7f, kOrderSign = 0x80;

bool is_loop(TileKind kind) {
  return macro_kind_of(kind) != MacroKind::kMvm;
}

std::size_t element_bytes(const DruTile& description) {
  return static_cast<TileFormat>(description.format) == TileFormat::kLevels ? 1 : 4;
}

}  // namespace

Outcome DruProgrammer::program(const DruCommand& command) {
  // What is written again while solving is paid for under a phase of its own.
  const bool is_reprogramming = ledger_.phase() == cost::Phase::kSolve;
  if (is_reprogramming) ledger_.enter_phase(cost::Phase::kReprogram, DruPort::now_ps());
  monitor_.set_state(DruState::kProgram);
  const Outcome outcome = program_tile(command);
  if (is_reprogramming && ledger_.phase() == cost::Phase::kReprogram) {
    ledger_.enter_phase(cost::Phase::kSolve, DruPort::now_ps());
  }
  return outcome;
}

Outcome DruProgrammer::program_tile(const DruCommand& command) {
  const std::uint32_t index = command.b;
  if (index >= reg::kTiles) return {DruStatus::kBadOperand, index};
  tile_ = {};
  if (const Outcome o = port_.read(command.arg[0], bytes_of(tile_.description)); !o.ok()) return o;
  if (!is_valid(tile_.description) || !are_macros_valid(tile_)) return {DruStatus::kBadOperand, index};
  if (tile_.kind() == TileKind::kHp) tile_.checksum_lines = capabilities_.checksum_lines();
  monitor_.show_tile(index);
  take_ranges(index, tile_);
  if (const Outcome o = fetch_order(index, tile_); !o.ok()) return o;
  if (const Outcome o = fetch_elements(index, tile_); !o.ok()) return o;
  if (const Outcome o = append_checksum(tile_); !o.ok()) return o;
  return write_macros(index, tile_);
}

bool DruProgrammer::is_valid(const DruTile& description) const {
  if (description.kind > static_cast<unsigned>(TileKind::kGinv) ||
      description.format > static_cast<unsigned>(TileFormat::kDigits)) {
    return false;
  }
  const auto kind = static_cast<TileKind>(description.kind);
  const auto format = static_cast<TileFormat>(description.format);
  const std::size_t size = size_of(kind);
  if (description.rows < 1 || description.rows > most_rows(kind) || description.columns < 1 ||
      description.columns > size) {
    return false;
  }
  if (kind == TileKind::kInv && description.rows != description.columns) return false;
  const unsigned least_feedback = kind == TileKind::kGinv ? 1 : 0;
  const unsigned most_feedback = kind == TileKind::kGinv ? macro_reg::kFeedbackMax : 0;
  if (description.feedback < least_feedback || description.feedback > most_feedback ||
      description.damping > most_feedback) {
    return false;
  }
  if (description.slices < 1 || description.slices > most_slices(kind, format)) return false;
  if (description.first_slice + description.slices >
      numeric::digit_count<std::int32_t>(capabilities_.digit_bits))
    return false;
  const int range = description.input_range, gain = description.output_gain;
  const bool is_kept = range == static_cast<int>(reg::kRangeKeep);
  return is_kept || (range >= 0 && range <= RangeControl::kRangeMax && gain >= RangeControl::kGainMin &&
                     gain <= RangeControl::kGainMax);
}

unsigned DruProgrammer::most_slices(TileKind kind, TileFormat format) const {
  if (is_loop(kind)) return capabilities_.inv_slices;
  return kind == TileKind::kHp && format == TileFormat::kDigits ? reg::kMaxSlices : 1;
}

bool DruProgrammer::are_macros_valid(const Tile& tile) const {
  const std::uint32_t count = count_of(capabilities_, macro_kind_of(tile.kind()));
  const auto macros = std::span(tile.description.macro).first(tile.macros());
  for (std::size_t s = 0; s < macros.size(); ++s) {
    if (macros[s] >= count || std::ranges::count(macros, macros[s]) > 1) return false;
  }
  return true;
}

void DruProgrammer::take_ranges(std::uint32_t index, Tile& tile) {
  if (tile.description.input_range != static_cast<int>(reg::kRangeKeep)) {
    tile.input_range = tile.description.input_range;
    tile.output_gain = tile.description.output_gain;
  } else if (const auto before = storage_.tiles.find(index)) {
    tile.input_range = before->input_range;
    tile.output_gain = before->output_gain;
  }
}

Outcome DruProgrammer::fetch_order(std::uint32_t index, Tile& tile) {
  const std::size_t rows = tile.ordered();
  for (std::size_t r = 0; r < rows; ++r) tile.order[r] = static_cast<std::uint8_t>(r);
  if (rows == 0 || tile.description.order_address == 0) return {};
  const auto order = std::span(tile.order).first(rows);
  if (const Outcome o = port_.read(tile.description.order_address, order); !o.ok()) return o;
  std::bitset<kOrderRow + 1> seen;
  for (const std::uint8_t entry : order) seen.set(entry & kOrderRow);
  for (std::size_t r = 0; r < rows; ++r) {
    if (!seen.test(r)) return {DruStatus::kBadOperand, index};
  }
  return {};
}

bool DruProgrammer::to_level(std::span<const std::uint8_t> row, std::size_t column,
                             const DruTile& description, unsigned slice, bool is_diagonal,
                             std::int8_t& level) const {
  int value = 0;
  if (element_bytes(description) == 1) {
    value = static_cast<std::int8_t>(row[column]);
  } else {
    std::int32_t word = 0;
    std::memcpy(&word, row.data() + 4 * column, sizeof word);
    value = numeric::digit(word, description.first_slice + slice, capabilities_.digit_bits);
  }
  level = static_cast<std::int8_t>(value);
  const auto kind = static_cast<TileKind>(description.kind);
  const unsigned cells = is_diagonal && kind == TileKind::kInv ? 1 + capabilities_.inv_diagonal_cells : 1;
  const unsigned top = is_loop(kind) ? cells * device::top_level(capabilities_.inv_levels, description.slices)
                                     : device::top_level(capabilities_.levels, 1);
  return std::abs(value) <= static_cast<int>(top);
}

Outcome DruProgrammer::fetch_elements(std::uint32_t index, const Tile& tile) {
  const DruTile& description = tile.description;
  const std::size_t size = size_of(tile.kind()), cells = size * size;
  levels_.assign(cells * tile.macros(), 0);
  row_.resize(description.columns * element_bytes(description));
  for (std::size_t r = 0; r < description.rows; ++r) {
    const bool is_inv = tile.kind() == TileKind::kInv;
    const std::size_t matrix_row = is_inv ? tile.order[r] & kOrderRow : r;
    const bool is_turned = is_inv && (tile.order[r] & kOrderSign) != 0;
    const auto address =
        description.source_address + static_cast<std::uint32_t>(matrix_row) * description.row_stride;
    if (const Outcome o = port_.read(address, row_); !o.ok()) return o;
    for (std::size_t c = 0; c < description.columns; ++c) {
      const std::size_t cell = is_loop(tile.kind()) ? r * size + c : c * size + r;
      for (unsigned s = 0; s < tile.macros(); ++s) {
        std::int8_t level = 0;
        if (!to_level(row_, c, description, s, r == c, level)) return {DruStatus::kBadOperand, index};
        levels_[s * cells + cell] = static_cast<std::int8_t>(is_turned ? -level : level);
      }
    }
  }
  const std::uint64_t elements = std::uint64_t{description.rows} * description.columns * tile.macros();
  return port_.work(elements, port_.costs().add_J, 0);
}

/// The digits of the sums over the rows, behind them.
Outcome DruProgrammer::append_checksum(const Tile& tile) {
  if (tile.checksum_lines == 0) return {};
  const std::size_t size = size_of(tile.kind()), rows = tile.description.rows;
  const std::size_t columns = tile.description.columns;
  for (unsigned s = 0; s < tile.macros(); ++s) {
    for (std::size_t c = 0; c < columns; ++c) {
      const auto line = std::span(levels_).subspan(s * size * size + c * size, size);
      const std::int32_t sum =
          std::accumulate(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(rows), 0);
      for (unsigned d = 0; d < tile.checksum_lines; ++d) {
        line[rows + d] = static_cast<std::int8_t>(numeric::digit(sum, d, capabilities_.digit_bits));
      }
    }
  }
  const std::uint64_t operations = std::uint64_t{tile.outputs()} * columns * tile.macros();
  return port_.work(operations, port_.costs().add_J, 0);
}

Outcome DruProgrammer::write_macros(std::uint32_t index, const Tile& tile) {
  const bool has_slices = is_loop(tile.kind()), is_ginv = tile.kind() == TileKind::kGinv;
  const std::size_t size = size_of(tile.kind()), cells = size * size;
  std::array<std::uint32_t, reg::kMaxSlices> sources{};
  for (unsigned s = 0; s < tile.macros(); ++s)
    sources[s] = macro_source(tile.kind(), tile.description.macro[s]);
  const AnalogueScope scope(port_);
  if (const Outcome o = port_.acquire({.macros = std::span(sources).first(tile.macros())}); !o.ok()) return o;
  storage_.tiles.release_macros(tile);
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const std::uint32_t macro = macro_address(tile.kind(), tile.description.macro[s]);
    const auto levels = std::span(levels_).subspan(s * cells, cells);
    port_.post_write(macro + macro_reg::kLevelsOffset, bytes_of(levels));
    port_.post_write32(macro + macro_reg::kRowsOffset,
                       has_slices ? tile.description.rows : tile.description.columns);
    port_.post_write32(macro + macro_reg::kColumnsOffset,
                       is_ginv ? tile.description.columns : tile.outputs());
    if (has_slices) port_.post_write32(macro + macro_reg::kSlicesOffset, tile.description.slices);
    if (is_ginv) {
      port_.post_write32(macro + macro_reg::kFeedbackOffset, tile.description.feedback);
      port_.post_write32(macro + macro_reg::kDampingOffset, tile.description.damping);
    }
    // The sequencer looks after every macro itself: the bus is not held while cells are written.
    port_.post_write32(macro + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
  }
  if (const Outcome o = port_.finish(); !o.ok()) return o;

  std::array<std::uint32_t, reg::kMaxSlices> status{}, writes{};
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const std::uint32_t macro = macro_address(tile.kind(), tile.description.macro[s]);
    port_.post_read32(macro + macro_reg::kStatusOffset, status[s]);
    port_.post_read32(macro + macro_reg::kWritesPerCellOffset, writes[s]);
  }
  if (const Outcome o = port_.finish(); !o.ok()) return o;

  DruCounters& counters = storage_.counters;
  std::uint32_t outcome_bits = 0;
  for (unsigned s = 0; s < tile.macros(); ++s) {
    outcome_bits |= status[s];
    counters.max_writes_per_cell = std::max(counters.max_writes_per_cell, writes[s]);
  }
  counters.program += tile.macros();
  if ((outcome_bits & macro_reg::kStatusRejectedMask) != 0) return {DruStatus::kProgramFailed, index};
  storage_.tiles.keep(index, tile);
  if ((outcome_bits & macro_reg::kStatusFailedCellsMask) != 0) return {DruStatus::kProgramFailed, index};
  return {};
}

}  // namespace mho::amc
