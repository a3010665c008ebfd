// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/crc32.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/crc.hpp>
#include <vector>

namespace mho::platform {
namespace {

TEST(Crc32, IsThatOfIeee802) {
  constexpr std::array<std::uint8_t, 9> kText{'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  EXPECT_EQ(crc32(kCrcStart, kText), 0xcbf43926u);
}

TEST(Crc32, AgreesWithAnotherImplementationWhereverItIsParted) {
  std::vector<std::uint8_t> data;
  for (unsigned i = 0; i < 300; ++i) data.push_back(static_cast<std::uint8_t>(i * i * 29 + (i >> 2)));
  boost::crc_32_type expected;
  expected.process_bytes(data.data(), data.size());
  for (std::size_t at = 0; at <= data.size(); ++at) {
    const std::span<const std::uint8_t> all(data);
    EXPECT_EQ(crc32(crc32(kCrcStart, all.first(at)), all.subspan(at)), expected.checksum()) << at;
  }
}

}  // namespace
}  // namespace mho::platform
