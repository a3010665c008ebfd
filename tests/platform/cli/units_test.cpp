// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/units.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.hpp"

namespace mho::platform::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ParseTime, TakesNumbersWithUnits) {
  EXPECT_EQ(parse_time_ps("10us", "--quantum"), 10'000'000u);
  EXPECT_EQ(parse_time_ps("1.5 ms", "--quantum"), 1'500'000'000u);
  EXPECT_EQ(parse_time_ps("200ns", "--quantum"), 200'000u);
  EXPECT_EQ(parse_time_ps("7ps", "--quantum"), 7u);
  EXPECT_EQ(parse_time_ps("3s", "--quantum"), 3'000'000'000'000u);
  EXPECT_EQ(parse_time_ps("10µs", "--quantum"), 10'000'000u);
  EXPECT_EQ(parse_time_ps("1e-3s", "--quantum"), 1'000'000'000u);
  EXPECT_EQ(parse_time_ps("0", "--quantum"), 0u);
}

TEST(ParseTime, PlainNumbersAreSeconds) {
  EXPECT_EQ(parse_time_ps("2.5", "--max-time"), 2'500'000'000'000u);
}

TEST(ParseTime, RefusesTheRestAndNamesTheOption) {
  for (const char* text : {"", "us", "10 parsecs", "-1us", "1us2", "inf", "nan", "0x10s", "10US"}) {
    EXPECT_THAT([&] { parse_time_ps(text, "--quantum"); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("--quantum"), HasSubstr("10us"))))
        << text;
  }
  EXPECT_THAT([] { parse_time_ps("1e7s", "--max-time"); },
              ThrowsMessage<InputError>(HasSubstr("longer than")));
}

TEST(ParseWindow, EitherEndMayBeLeftOut) {
  EXPECT_EQ(parse_window("1us:2us", "--trace-window").from_ps, 1'000'000u);
  EXPECT_EQ(parse_window("1us:2us", "--trace-window").to_ps, 2'000'000u);
  EXPECT_EQ(parse_window(":2us", "--trace-window").from_ps, 0u);
  EXPECT_EQ(parse_window("1us:", "--trace-window").to_ps, ~0ull);
}

TEST(ParseWindow, RefusesTheRest) {
  EXPECT_THROW(parse_window("1us", "--trace-window"), InputError);
  EXPECT_THROW(parse_window("2us:1us", "--trace-window"), InputError);
  EXPECT_THROW(parse_window("a:b", "--trace-window"), InputError);
}

}  // namespace
}  // namespace mho::platform::cli
