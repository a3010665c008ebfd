// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/crc32.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace mho::platform {
namespace {

std::span<const std::uint8_t> bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::uint32_t word_of(std::string_view text) {
  Crc32 crc;
  crc.add(bytes(text));
  return crc.word();
}

TEST(Crc32, IsThatOfIeee802) {
  EXPECT_EQ(word_of("123456789"), 0xcbf43926u);
}

TEST(Crc32, IsTheSameWhereverTheBytesAreParted) {
  constexpr std::string_view kText = "conductance";
  for (std::size_t at = 0; at <= kText.size(); ++at) {
    Crc32 crc;
    crc.add(bytes(kText.substr(0, at)));
    crc.add(bytes(kText.substr(at)));
    EXPECT_EQ(crc.word(), word_of(kText)) << at;
  }
}

TEST(Crc32, OfZeroIsWrittenAsOnesBecauseZeroMeansNone) {
  EXPECT_EQ(Crc32().word(), 0xffffffffu);  // nothing added
}

}  // namespace
}  // namespace mho::platform
