// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/residency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "registers/dru.h"
#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

using Contents = std::vector<std::uint32_t>;  // tile on each macro

/// Tiles that are used in a given order, a chip, and what its macros hold according to what the residency
/// says it has put where.
class Chip {
 public:
  Chip(std::vector<mho_tile_t> tiles, std::vector<std::uint32_t> uses, std::uint32_t inv, std::uint32_t mvm)
      : uses_(std::move(uses)),
        workspace_(1 << 20),
        tiles_(std::move(tiles)),
        inv_(inv, MHO_NONE),
        mvm_(mvm, MHO_NONE) {
    plan_.tiles = tiles_.data();
    plan_.tile_count = static_cast<std::uint32_t>(tiles_.size());
    EXPECT_EQ(mho_residency_init(&r, &plan_, {inv, mvm, 0}, static_cast<std::uint32_t>(uses_.size()),
                                 &workspace_.arena),
              MHO_OK);
    for (const std::uint32_t tile : uses_) mho_residency_record(&r, tile);
    mho_residency_start(&r);
    for (std::uint32_t t = 0; t < tiles_.size(); ++t) {
      if (r.is_resident[t]) put(t);
    }
    record_.clear();
  }

  const Contents& pool(std::uint32_t tile) const {
    return tiles_[tile].kind == MHO_TILE_KIND_INV ? inv_ : mvm_;
  }
  bool holds(std::uint32_t tile) const {
    const Contents& macros = pool(tile);
    return std::count(macros.begin(), macros.end(), tile) == tiles_[tile].macros;
  }
  /// Position of the next use after `position`, counted on into the next iteration.
  std::size_t next_use(std::uint32_t tile, std::size_t position) const {
    for (std::size_t p = position + 1; p < 2 * uses_.size(); ++p) {
      if (uses_[p % uses_.size()] == tile) return p;
    }
    return std::numeric_limits<std::size_t>::max();
  }
  /// Tiles of the same pool that the residency counts on.
  std::set<std::uint32_t> resident(std::uint32_t like) const {
    std::set<std::uint32_t> found;
    for (std::uint32_t t = 0; t < tiles_.size(); ++t) {
      if (r.is_resident[t] && &pool(t) == &pool(like)) found.insert(t);
    }
    return found;
  }

  /// Goes through one iteration with all checks and puts it on record; returns how many tiles had to be put.
  int iterate() {
    const Contents inv = inv_, mvm = mvm_;
    int put_count = 0;
    for (std::size_t p = 0; p < uses_.size(); ++p) {
      const std::uint32_t tile = uses_[p];
      const auto before = resident(tile);
      if (mho_residency_use(&r, tile)) {
        ++put_count;
        put(tile);
        expect_farthest_left(before, resident(tile), tile, p);
      }
      EXPECT_TRUE(r.is_resident[tile]);
      for (const std::uint32_t t : resident(tile)) EXPECT_TRUE(holds(t)) << "use " << p << ", tile " << t;
      record_.push_back({.tile = tile, .macros = {}});
    }
    for (std::uint32_t tile; (tile = mho_residency_restore(&r)) != MHO_NONE;) {
      put(tile);
      if (record_.size() > 1000) {
        ADD_FAILURE() << "restores without end";
        break;
      }
    }
    expect_restored(inv, inv_);
    expect_restored(mvm, mvm_);
    return put_count;
  }

  /// The recorded commands once more, as the sequencer does: every use must find its tile.
  void replay() {
    for (const Command& c : record_) {
      if (c.macros.empty()) {
        EXPECT_TRUE(holds(c.tile));
      } else {
        write(c);
      }
    }
  }

  mho_residency_t r{};

 private:
  /// PROGRAM of a tile, or its use when there are no macros.
  struct Command {
    std::uint32_t tile;
    std::set<std::uint16_t> macros;
  };

  void put(std::uint32_t tile) {
    Command c{.tile = tile, .macros = {}};
    for (std::uint32_t s = 0; s < tiles_[tile].macros; ++s) {
      ASSERT_LT(r.macros[tile][s], pool(tile).size()) << "a macro that does not exist";
      c.macros.insert(r.macros[tile][s]);
    }
    EXPECT_EQ(c.macros.size(), tiles_[tile].macros) << "a macro twice";
    write(c);
    record_.push_back(c);
  }
  void write(const Command& c) {
    Contents& macros = tiles_[c.tile].kind == MHO_TILE_KIND_INV ? inv_ : mvm_;
    std::replace(macros.begin(), macros.end(), c.tile, std::uint32_t{MHO_NONE});
    for (const std::uint16_t m : c.macros) macros[m] = c.tile;
  }
  void expect_farthest_left(const std::set<std::uint32_t>& before, const std::set<std::uint32_t>& after,
                            std::uint32_t tile, std::size_t position) const {
    for (const std::uint32_t gone : before) {
      if (after.contains(gone)) continue;
      for (const std::uint32_t kept : after) {
        if (kept == tile) continue;
        EXPECT_GE(next_use(gone, position), next_use(kept, position));
      }
    }
  }
  /// Macros that held something at the beginning hold it again; others may hold remains nobody refers to.
  static void expect_restored(const Contents& first, const Contents& now) {
    for (std::size_t m = 0; m < first.size(); ++m) {
      if (first[m] == MHO_NONE) continue;
      EXPECT_EQ(now[m], first[m]) << "macro " << m;
    }
  }

  std::vector<std::uint32_t> uses_;
  Workspace workspace_;
  std::vector<mho_tile_t> tiles_;
  mho_plan_t plan_{};
  Contents inv_, mvm_;
  std::vector<Command> record_;
};

mho_tile_t tile(std::uint8_t kind, std::uint8_t macros) {
  mho_tile_t t{};
  t.kind = kind;
  t.macros = macros;
  return t;
}

std::vector<mho_tile_t> random_tiles(Draws& draws, std::uint32_t count, int max_macros) {
  std::vector<mho_tile_t> tiles;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i < count / 3) {
      tiles.push_back(tile(MHO_TILE_KIND_INV, 1));
    } else if (draws.uniform() < 0.5) {
      tiles.push_back(tile(MHO_TILE_KIND_MVM, 1));
    } else {
      tiles.push_back(tile(MHO_TILE_KIND_HP, static_cast<std::uint8_t>(draws.integer(1, max_macros))));
    }
  }
  return tiles;
}

/// Every tile at least once, then more at random, as in a recursion.
std::vector<std::uint32_t> random_uses(Draws& draws, std::uint32_t tiles, std::size_t count) {
  std::vector<std::uint32_t> uses;
  for (std::uint32_t t = 0; t < tiles; ++t) uses.push_back(t);
  while (uses.size() < count) uses.push_back(static_cast<std::uint32_t>(draws.integer(0, tiles - 1)));
  for (std::size_t i = uses.size(); i-- > 1;) std::swap(uses[i], uses[draws.word64() % (i + 1)]);
  return uses;
}

/// Fewest tiles that have to be put for the uses from `position` on, by trying every victim.
int fewest(const std::vector<std::uint32_t>& uses, std::size_t position, std::set<std::uint32_t> held,
           std::size_t macros, std::map<std::pair<std::size_t, std::set<std::uint32_t>>, int>& known) {
  while (position < uses.size() && held.contains(uses[position])) ++position;
  if (position == uses.size()) return 0;
  const auto key = std::pair(position, held);
  if (const auto found = known.find(key); found != known.end()) return found->second;
  int best = std::numeric_limits<int>::max();
  if (held.size() < macros) {
    auto more = held;
    more.insert(uses[position]);
    best = fewest(uses, position + 1, more, macros, known);
  } else {
    for (const std::uint32_t victim : held) {
      auto other = held;
      other.erase(victim);
      other.insert(uses[position]);
      best = std::min(best, fewest(uses, position + 1, other, macros, known));
    }
  }
  return known[key] = best + 1;
}

TEST(Residency, PutsNothingLaterWhenEverythingFits) {
  Chip chip({tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_MVM, 1),
             tile(MHO_TILE_KIND_HP, 8)},
            {0, 2, 1, 0, 3, 2}, 2, 9);
  for (std::uint32_t t = 0; t < 4; ++t) EXPECT_TRUE(chip.holds(t));
  EXPECT_EQ(chip.iterate(), 0);
  chip.replay();
}

TEST(Residency, StartsWithTheTilesUsedFirst) {
  Chip chip({tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_INV, 1)},
            {2, 0, 1, 2}, 2, 1);
  EXPECT_TRUE(chip.holds(2));
  EXPECT_TRUE(chip.holds(0));
  EXPECT_FALSE(chip.holds(1));
}

TEST(Residency, SharesOneMacroBetweenAllTiles) {
  Chip chip({tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_INV, 1)},
            {0, 1, 2, 1}, 1, 1);
  EXPECT_EQ(chip.iterate(), 3);
  EXPECT_TRUE(chip.holds(0));
}

TEST(Residency, KeepsInvAndMvmMacrosApart) {
  Chip chip({tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_MVM, 1), tile(MHO_TILE_KIND_HP, 1)}, {0, 1, 2}, 1,
            2);
  EXPECT_EQ(chip.iterate(), 0);
}

TEST(Residency, ServesEveryUseAndRestoresTheBeginningForRandomTilesAndChips) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const auto mvm = static_cast<std::uint32_t>(draws.integer(1, 12));
    const auto tiles = random_tiles(draws, static_cast<std::uint32_t>(draws.integer(3, 15)),
                                    static_cast<int>(std::min(mvm, 8u)));
    const auto uses = random_uses(draws, static_cast<std::uint32_t>(tiles.size()), 3 * tiles.size());
    Chip chip(tiles, uses, static_cast<std::uint32_t>(draws.integer(1, 4)), mvm);
    chip.iterate();
    chip.replay();
    chip.replay();
  }
}

TEST(Residency, PutsAsFewTilesAsPossible) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    const auto count = static_cast<std::uint32_t>(draws.integer(2, 6));
    const auto macros = static_cast<std::uint32_t>(draws.integer(1, 4));
    std::vector<mho_tile_t> tiles;
    for (std::uint32_t t = 0; t < count; ++t) tiles.push_back(tile(MHO_TILE_KIND_MVM, 1));
    const auto uses = random_uses(draws, count, 14);
    Chip chip(tiles, uses, 1, macros);
    std::map<std::pair<std::size_t, std::set<std::uint32_t>>, int> known;
    const int least = fewest(uses, 0, chip.resident(0), macros, known);
    EXPECT_EQ(chip.iterate(), least);
  }
}

/// A plan of an INV tile and a high-precision one that takes three macros.
class TwoTiles {
 public:
  TwoTiles() {
    plan_.tiles = tiles_;
    plan_.tile_count = 2;
  }
  TwoTiles(const TwoTiles&) = delete;
  TwoTiles& operator=(const TwoTiles&) = delete;

  mho_result_t init(mho_macro_counts_t macros, std::uint32_t uses, Workspace& workspace) {
    mho_residency_t r{};
    return mho_residency_init(&r, &plan_, macros, uses, &workspace.arena);
  }
  void avoid(const mho_macro_set_t& macros) {
    share_.avoided = &macros;
    plan_.share = &share_;
  }

 private:
  mho_tile_t tiles_[2] = {tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_HP, 3)};
  mho_share_t share_{};
  mho_plan_t plan_{};
};

TEST(Residency, RefusesAChipOnWhichATileDoesNotFit) {
  Workspace workspace(4096);
  TwoTiles tiles;
  EXPECT_EQ(tiles.init({0, 4, 0}, 4, workspace), MHO_BAD_ARGUMENT);
  EXPECT_EQ(tiles.init({4, 0, 0}, 4, workspace), MHO_BAD_ARGUMENT);
  EXPECT_EQ(tiles.init({4, 2, 0}, 4, workspace), MHO_BAD_ARGUMENT);
  EXPECT_EQ(tiles.init({4, 3, 0}, 4, workspace), MHO_OK);
}

TEST(Residency, PutsNothingOnMacrosToBeAvoided) {
  mho_tile_t tiles[] = {tile(MHO_TILE_KIND_INV, 1), tile(MHO_TILE_KIND_HP, 2), tile(MHO_TILE_KIND_HP, 2),
                        tile(MHO_TILE_KIND_HP, 2)};
  mho_macro_set_t avoided{};
  ASSERT_EQ(mho_macro_set_add(&avoided, MHO_MACRO_INV, 0, 1), MHO_OK);
  ASSERT_EQ(mho_macro_set_add(&avoided, MHO_MACRO_MVM, 1, 2), MHO_OK);
  mho_share_t share{};
  share.avoided = &avoided;
  mho_plan_t plan{};
  plan.share = &share;
  plan.tiles = tiles;
  plan.tile_count = 4;
  Workspace workspace(8192);
  mho_residency_t r{};
  // Room for two of the three high-precision tiles, on macros 0, 3, 4 and 5.
  ASSERT_EQ(mho_residency_init(&r, &plan, {2, 6, 0}, 4, &workspace.arena), MHO_OK);
  for (std::uint32_t t = 0; t < 4; ++t) mho_residency_record(&r, t);
  mho_residency_start(&r);
  const auto expect_kept_away = [&] {
    for (std::uint32_t t = 0; t < 4; ++t) {
      for (unsigned s = 0; r.is_resident[t] && s < tiles[t].macros; ++s) {
        EXPECT_FALSE(mho_macro_set_has(&avoided, t == 0 ? MHO_MACRO_INV : MHO_MACRO_MVM, r.macros[t][s]));
      }
    }
  };
  expect_kept_away();
  int replaced = 0;
  for (unsigned use = 0; use < 4; ++use) {
    replaced += mho_residency_use(&r, use);
    EXPECT_TRUE(r.is_resident[use]);
    expect_kept_away();
  }
  EXPECT_GT(replaced, 0);
  while (mho_residency_restore(&r) != MHO_NONE) expect_kept_away();
  mho_residency_seek(&r, 2, 2);
  expect_kept_away();
}

TEST(Residency, SaysWhenMacrosToBeAvoidedLeaveTooFew) {
  mho_macro_set_t avoided{};
  ASSERT_EQ(mho_macro_set_add(&avoided, MHO_MACRO_MVM, 1, 2), MHO_OK);
  Workspace workspace(4096);
  TwoTiles tiles;
  tiles.avoid(avoided);
  EXPECT_EQ(tiles.init({4, 4, 0}, 4, workspace), MHO_TOO_FEW_MACROS);
  EXPECT_EQ(tiles.init({4, 2, 0}, 4, workspace), MHO_BAD_ARGUMENT);
  EXPECT_EQ(tiles.init({4, 5, 0}, 4, workspace), MHO_OK);
}

TEST(Residency, StaysInsideAnyMemoryItIsGiven) {
  TwoTiles tiles;
  for (std::uint32_t bytes = 0; bytes < 1024; bytes += 32) {
    Workspace workspace(bytes);
    const mho_result_t result = tiles.init({20, 30, 0}, 40, workspace);
    EXPECT_TRUE(result == MHO_OK || result == MHO_NO_MEMORY);
    EXPECT_TRUE(workspace.is_intact());
  }
}

}  // namespace
}  // namespace mho::test
