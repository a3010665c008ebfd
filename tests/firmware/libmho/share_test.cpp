// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/share.h"

#include <gtest/gtest.h>

#include "registers/dru.h"

namespace mho::test {
namespace {

TEST(MacroSet, HoldsWhatWasAddedAndNothingElse) {
  mho_macro_set_t set{};
  ASSERT_EQ(mho_macro_set_add(&set, MHO_MACRO_INV, 31, 2), MHO_OK);
  ASSERT_EQ(mho_macro_set_add(&set, MHO_MACRO_MVM, MHO_MOST_MVM - 1, 1), MHO_OK);
  ASSERT_EQ(mho_macro_set_add(&set, MHO_MACRO_GINV, 5, 0), MHO_OK);
  for (std::uint32_t i = 0; i < MHO_MOST_MVM; ++i) {
    EXPECT_EQ(mho_macro_set_has(&set, MHO_MACRO_INV, i), i == 31 || i == 32) << i;
    EXPECT_EQ(mho_macro_set_has(&set, MHO_MACRO_MVM, i), i == MHO_MOST_MVM - 1) << i;
    EXPECT_FALSE(mho_macro_set_has(&set, MHO_MACRO_GINV, i)) << i;
  }
}

TEST(MacroSet, RefusesMacrosThatNoChipHas) {
  mho_macro_set_t set{};
  EXPECT_EQ(mho_macro_set_add(&set, MHO_MACRO_INV, MHO_MOST_INV, 1), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_add(&set, MHO_MACRO_GINV, 1, MHO_MOST_GINV), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_macro_set_add(&set, MHO_MACRO_MVM, 0xffffffffU, 0xffffffffU), MHO_BAD_ARGUMENT);
  EXPECT_FALSE(mho_macro_set_has(&set, MHO_MACRO_INV, MHO_MOST_INV));
  for (std::uint32_t i = 0; i < MHO_MOST_GINV; ++i) EXPECT_FALSE(mho_macro_set_has(&set, MHO_MACRO_GINV, i));
}

TEST(MacroSet, UnitesMembersOfAllKinds) {
  mho_macro_set_t set{}, other{};
  ASSERT_EQ(mho_macro_set_add(&set, MHO_MACRO_INV, 1, 1), MHO_OK);
  ASSERT_EQ(mho_macro_set_add(&other, MHO_MACRO_INV, 2, 1), MHO_OK);
  ASSERT_EQ(mho_macro_set_add(&other, MHO_MACRO_MVM, 70, 1), MHO_OK);
  ASSERT_EQ(mho_macro_set_add(&other, MHO_MACRO_GINV, 3, 1), MHO_OK);
  mho_macro_set_unite(&set, &other);
  EXPECT_TRUE(mho_macro_set_has(&set, MHO_MACRO_INV, 1));
  EXPECT_TRUE(mho_macro_set_has(&set, MHO_MACRO_INV, 2));
  EXPECT_TRUE(mho_macro_set_has(&set, MHO_MACRO_MVM, 70));
  EXPECT_TRUE(mho_macro_set_has(&set, MHO_MACRO_GINV, 3));
  EXPECT_FALSE(mho_macro_set_has(&other, MHO_MACRO_INV, 1));
}

TEST(Share, CountsTheMacrosThatAreLeft) {
  mho_macro_set_t set{};
  mho_share_t share{};
  EXPECT_EQ(mho_share_macros(&share, MHO_MACRO_MVM, 100), 100U);
  ASSERT_EQ(mho_macro_set_add(&set, MHO_MACRO_MVM, 90, 20), MHO_OK);
  share.avoided = &set;
  EXPECT_EQ(mho_share_macros(&share, MHO_MACRO_MVM, 100), 90U);
  EXPECT_EQ(mho_share_macros(&share, MHO_MACRO_INV, 100), 100U);
  EXPECT_TRUE(mho_share_avoids(&share, MHO_MACRO_MVM, 90));
  EXPECT_FALSE(mho_share_avoids(&share, MHO_MACRO_MVM, 89));
}

TEST(Share, HasAllTilesBehindItsFirstUnlessToldHowMany) {
  mho_share_t share{};
  EXPECT_EQ(mho_share_tiles(&share), std::uint32_t{MHO_DRU_TILES});
  share.first_tile = MHO_DRU_TILES - 3;
  EXPECT_EQ(mho_share_tiles(&share), 3u);
  share.tiles = 2;
  EXPECT_EQ(mho_share_tiles(&share), 2u);
}

}  // namespace
}  // namespace mho::test
