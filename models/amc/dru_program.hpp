// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Command PROGRAM of the refinement unit: fetches a tile's description and elements, turns them into cell
// levels, writes them into the macros' level windows and has all macros of the tile programmed at the same
// time.
//
//     MVM, HP   driven line = matrix column, output = matrix row: LEVELS[j · size + i] = level(i, j)
//     INV       circuit row r, op-amp c: LEVELS[r · size + c] = sign_r · level(order_r, c)
//
//     GINV      row r, column c of A: LEVELS[r · size + c] = level(r, c)
//
//     HP with a checksum     LEVELS[j · size + rows + d] = base-8 digit d of Σ_i level(i, j)
//     (numeric/checksum.hpp)
//
// Cells outside the tile are programmed to level 0.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"
#include "models/cost/ledger.hpp"

namespace mho::amc {

class DruProgrammer {
 public:
  DruProgrammer(const DruCapabilities& capabilities, DruStorage& storage, DruPort& port, DruMonitor& monitor,
                cost::Ledger& ledger)
      : capabilities_(capabilities), storage_(storage), port_(port), monitor_(monitor), ledger_(ledger) {}

  Outcome program(const DruCommand& command);

 private:
  Outcome program_tile(const DruCommand& command);
  bool is_valid(const DruTile& description) const;
  unsigned most_slices(TileKind kind, TileFormat format) const;
  bool are_macros_valid(const Tile& tile) const;
  Outcome fetch_order(std::uint32_t index, Tile& tile);
  Outcome fetch_elements(std::uint32_t index, const Tile& tile);
  Outcome append_checksum(const Tile& tile);
  Outcome write_macros(std::uint32_t index, const Tile& tile);
  void take_ranges(std::uint32_t index, Tile& tile);
  bool to_level(std::span<const std::uint8_t> row, std::size_t column, const DruTile& description,
                unsigned slice, bool is_diagonal, std::int8_t& level) const;
  std::size_t size_of(TileKind kind) const { return amc::size_of(capabilities_, macro_kind_of(kind)); }
  std::size_t most_rows(TileKind kind) const {
    return kind == TileKind::kHp ? capabilities_.hp_rows : size_of(kind);
  }

  const DruCapabilities& capabilities_;
  DruStorage& storage_;
  DruPort& port_;
  DruMonitor& monitor_;
  cost::Ledger& ledger_;
  Tile tile_;
  std::vector<std::uint8_t> row_;
  std::vector<std::int8_t> levels_;  ///< of all macros, one after the other
};

}  // namespace mho::amc
