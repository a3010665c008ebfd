// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the refinement unit knows: capabilities, vectors, scalars, tiles, counters. No behaviour beyond
// keeping them consistent.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/numeric/accumulator.hpp"
#include "models/numeric/vector_unit.hpp"
#include "registers/array_macro.hpp"
#include "registers/dru.hpp"

namespace mho::amc {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruState;
using registers::dru::DruStatus;
using registers::dru::DruTile;
using registers::dru::TileFormat;
using registers::dru::TileKind;

/// How a command or a part of one ended. kNotRun: the unit was reset meanwhile and everything is to be left
/// alone.
struct [[nodiscard]] Outcome {
  DruStatus status = DruStatus::kOk;
  std::uint32_t detail = 0;
  bool ok() const { return status == DruStatus::kOk; }
};

/// Registers CAP_*.
struct DruCapabilities {
  explicit DruCapabilities(const AmcParams& params);

  std::uint32_t inv_count, inv_size, mvm_count, mvm_size, ginv_count, ginv_size, rows_per_read, levels,
      sram_words;
  std::uint32_t g_min_ps, g_step_ps, g_in_ps, inv_unit, mvm_unit, max_retries, inv_levels, inv_slices;
  std::uint32_t hp_rows, digit_bits, input_bits, inv_diagonal_cells, contexts, dac_banks;
  bool inv_is_uneven;
  std::array<std::uint32_t, registers::dru::kCapInvLevelValueCount> inv_level_values{};
  int dac_max_code, adc_max_code;

  /// Outputs behind the rows of an HP tile that hold its checksum; 0: none.
  unsigned checksum_lines() const { return mvm_size - hp_rows; }
};

/// Registers COUNT_* and MAX_WRITES_PER_CELL.
struct DruCounters {
  std::uint32_t inv = 0, mvm = 0, ginv = 0, hp_reads = 0, program = 0, retries = 0, clips = 0,
                max_writes_per_cell = 0, checksum_mismatches = 0, repeated_reads = 0;
  std::uint64_t digital = 0;
};

/// What a slot holds: a vector of 32-bit words, one of 64-bit words, or nothing.
struct VectorSlot {
  numeric::FixedVector narrow;
  numeric::WideVector wide;

  std::size_t length() const { return narrow.words.size() + wide.words.size(); }
  bool is_wide() const { return !wide.words.empty(); }
  /// Words of vector memory for each element.
  unsigned words_each() const { return is_wide() ? 2 : 1; }
  std::size_t memory_words() const { return length() * words_each(); }
  std::int32_t exponent() const { return is_wide() ? wide.exponent : narrow.exponent; }
  bool is_zero() const { return narrow.is_zero() && wide.is_zero(); }
  /// Its vector in 64-bit words.
  numeric::WideVector as_wide() const { return is_wide() ? wide : numeric::widened(narrow); }
};

/// The vector memory of all contexts, as a number of words.
class VectorPool {
 public:
  explicit VectorPool(std::size_t words) : free_(words) {}
  std::size_t free_words() const { return free_; }
  /// Not more than are free.
  void take(std::size_t words) { free_ -= words; }
  void give(std::size_t words) { free_ += words; }

 private:
  std::size_t free_;
};

/// The vector slots of a context. Between check() and what it allows, time may pass in which others take
/// memory: check() reserves what it agrees to, for the slot, until commit() or drop_reservations().
class VectorMemory {
 public:
  explicit VectorMemory(VectorPool& pool) : pool_(pool) {}

  /// A vector of 32-bit words. Null if there is no such slot, or it is empty or wide.
  const numeric::FixedVector* operand(std::uint32_t slot) const {
    const VectorSlot* const found = any(slot);
    return found != nullptr && !found->is_wide() ? &found->narrow : nullptr;
  }
  /// A vector of either kind. Null if there is no such slot or it is empty.
  const VectorSlot* any(std::uint32_t slot) const {
    return slot < slots_.size() && slots_[slot].length() != 0 ? &slots_[slot] : nullptr;
  }

  /// May `slot` take a vector of `length` elements in place of what it holds?
  Outcome check(std::uint32_t slot, std::size_t length, unsigned words_each = 1) {
    namespace reg = registers::dru;
    if (slot >= slots_.size() || length == 0 || length > reg::kMaxVector)
      return {DruStatus::kBadOperand, slot};
    const std::size_t needed = length * words_each, held = slots_[slot].memory_words();
    const bool fits = reserve(slot, needed > held ? needed - held : 0);
    return fits ? Outcome{} : Outcome{DruStatus::kOutOfSram, slot};
  }
  /// Memory for the work of a command, in place of what it had before. False: there is not that much.
  bool reserve(std::size_t words) { return reserve(kOfNoSlot, words); }
  void drop_reservations() {
    for (std::size_t& words : reserved_) pool_.give(std::exchange(words, 0));
  }
  /// Moves `vector` into a slot that check() agreed to; leaves the old storage in `vector` for reuse.
  void commit(std::uint32_t slot, numeric::FixedVector& vector) {
    exchange(slot, vector.words.size());
    std::swap(slots_[slot].narrow, vector);
    slots_[slot].wide = {};
  }
  void commit(std::uint32_t slot, numeric::WideVector& vector) {
    exchange(slot, 2 * vector.words.size());
    std::swap(slots_[slot].wide, vector);
    slots_[slot].narrow = {};
  }
  void release(std::uint32_t slot) {
    pool_.give(slots_[slot].memory_words());
    slots_[slot] = {};
  }
  void clear() {
    drop_reservations();
    for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) release(slot);
  }
  /// That could be reserved.
  std::size_t free_words() const { return pool_.free_words(); }

 private:
  static constexpr std::size_t kOfNoSlot = registers::dru::kSlots;

  /// In place of what was reserved for the same before.
  bool reserve(std::size_t slot, std::size_t words) {
    pool_.give(std::exchange(reserved_[slot], 0));
    if (words > pool_.free_words()) return false;
    pool_.take(words);
    reserved_[slot] = words;
    return true;
  }
  /// The words of a slot make place for others, what they are more having been reserved.
  void exchange(std::uint32_t slot, std::size_t words) {
    pool_.give(std::exchange(reserved_[slot], 0) + slots_[slot].memory_words());
    pool_.take(words);
  }

  VectorPool& pool_;
  std::array<VectorSlot, registers::dru::kSlots> slots_;
  std::array<std::size_t, registers::dru::kSlots + 1> reserved_{};  ///< for each slot, and for no slot
};

/// A tile as it was programmed, with what operating it taught.
struct Tile {
  DruTile description;
  /// INV: matrix row on circuit row i, GINV: element of the operand for summing node i; bit 7 its sign.
  std::array<std::uint8_t, registers::array_macro::kMaxSize> order{};
  int input_range = 0, output_gain = 0;
  unsigned checksum_lines = 0;

  TileKind kind() const { return static_cast<TileKind>(description.kind); }
  unsigned macros() const { return kind() == TileKind::kHp ? description.slices : 1; }
  /// Read from each macro: its rows, then the lines of a checksum.
  unsigned outputs() const {
    return description.rows + (kind() == TileKind::kGinv ? description.columns : checksum_lines);
  }
  /// Operand elements that INV and GINV put in order.
  unsigned ordered() const {
    return kind() == TileKind::kInv ? description.rows : kind() == TileKind::kGinv ? outputs() : 0;
  }
};

/// The tile contexts, and which tile each macro holds.
class TileTable {
 public:
  std::shared_ptr<Tile> find(std::uint32_t index) const {
    return index < tiles_.size() ? tiles_[index] : nullptr;
  }

  /// The tile, if it is known, of this kind, and all its macros still hold it. It outlives its replacement by
  /// another context.
  std::shared_ptr<Tile> usable(std::uint32_t index, TileKind kind) const {
    std::shared_ptr<Tile> tile = find(index);
    const bool is_usable = tile != nullptr && tile->kind() == kind && holds(*tile, index);
    return is_usable ? tile : nullptr;
  }
  /// Is `tile` still what it was as tile `index`?
  bool holds(const Tile& tile, std::uint32_t index) const {
    if (find(index).get() != &tile) return false;
    const auto& holders = holders_[pool_of(tile)];
    for (unsigned s = 0; s < tile.macros(); ++s) {
      const std::uint32_t macro = tile.description.macro[s];
      if (macro >= holders.size() || holders[macro] != index) return false;
    }
    return true;
  }
  /// The macros of `tile` no longer hold what they did.
  void release_macros(const Tile& tile) { set_holders(tile, kNone); }
  void keep(std::uint32_t index, const Tile& tile) {
    if (tiles_.empty()) tiles_.resize(registers::dru::kTiles);
    tiles_[index] = std::make_shared<Tile>(tile);
    set_holders(tile, index);
  }
  void clear() {
    tiles_.clear();
    holders_ = {};
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;

  static std::size_t pool_of(const Tile& tile) {
    return static_cast<std::size_t>(macro_kind_of(tile.kind()));
  }

  void set_holders(const Tile& tile, std::uint32_t value) {
    auto& holders = holders_[pool_of(tile)];
    for (unsigned s = 0; s < tile.macros(); ++s) {
      const std::size_t macro = tile.description.macro[s];
      if (macro >= holders.size()) holders.resize(macro + 1, kNone);
      holders[macro] = value;
    }
  }

  std::vector<std::shared_ptr<Tile>> tiles_;
  /// Tile on each macro, by MacroKind.
  std::array<std::vector<std::uint32_t>, kMacroKinds.size()> holders_;
};

/// The high-precision product under way.
struct HpState {
  std::variant<numeric::AccumulatorBank, numeric::WideAccumulatorBank> accumulators;
  bool is_active = false;
  std::size_t x_length = 0;
  std::int32_t x_exponent = 0;

  std::size_t size() const {
    return std::visit([](const auto& bank) { return bank.size(); }, accumulators);
  }
  /// Additions of 32-bit lanes that one on an accumulator counts as.
  unsigned additions_each() const {
    return std::holds_alternative<numeric::WideAccumulatorBank>(accumulators) ? 2 : 1;
  }
};

/// What a context works on: its own vectors and scalars, the tiles and counters of all.
struct DruStorage {
  DruStorage(VectorPool& pool, TileTable& the_tiles, DruCounters& the_counters)
      : memory(pool), tiles(the_tiles), counters(the_counters) {}

  VectorMemory memory;
  std::array<numeric::FixedScalar, registers::dru::kScalars> scalars{};
  HpState hp;
  /// Since the list began: a conversion of a high-precision read has clipped; an amplifier or a DAC has been
  /// at its limit in one.
  bool has_clipped = false, has_saturated = false;
  TileTable& tiles;
  DruCounters& counters;

  /// Forgets what is its own.
  void clear() {
    memory.clear();
    scalars.fill({});
    hp = {};
  }
};

/// Bus address of a macro.
inline std::uint32_t macro_address(TileKind kind, std::uint32_t index) {
  const MacroKindInfo& macros = info_of(macro_kind_of(kind));
  return macros.base + index * macros.stride;
}
/// What a lane's LANE_SOURCE takes for a macro.
inline std::uint32_t macro_source(TileKind kind, std::uint32_t index) {
  return info_of(macro_kind_of(kind)).adc_source + index;
}

}  // namespace mho::amc
