// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Against Boost's CRC-32 and the published check value.
#include "firmware/libmho/crc.h"

#include <gtest/gtest.h>

#include <boost/crc.hpp>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mho::test {
namespace {

TEST(Crc, IsThatOfIeee802) {
  constexpr std::string_view kText = "123456789";
  EXPECT_EQ(mho_crc32(MHO_CRC_START, kText.data(), kText.size()), 0xcbf43926u);
}

TEST(Crc, AgreesWithAnotherImplementationWhereverItIsParted) {
  std::vector<std::uint8_t> data;
  for (unsigned i = 0; i < 300; ++i) data.push_back(static_cast<std::uint8_t>(i * i * 31 + (i >> 3)));
  boost::crc_32_type expected;
  expected.process_bytes(data.data(), data.size());
  for (std::size_t at = 0; at <= data.size(); ++at) {
    const std::uint32_t first = mho_crc32(MHO_CRC_START, data.data(), at);
    EXPECT_EQ(mho_crc32(first, data.data() + at, data.size() - at), expected.checksum()) << at;
  }
}

TEST(Crc, IsNeverZeroInABlock) {
  EXPECT_EQ(mho_crc_word(0), 0xffffffffu);
  EXPECT_EQ(mho_crc_word(5), 5u);
}

}  // namespace
}  // namespace mho::test
