// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/trace/signal_filter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mho::trace {
namespace {

using testing::ElementsAre;

TEST(Glob, MatchesWholePaths) {
  EXPECT_TRUE(matches_glob("soc.cpu.pc", "soc.cpu.pc"));
  EXPECT_FALSE(matches_glob("soc.cpu", "soc.cpu.pc"));
  EXPECT_FALSE(matches_glob("cpu.pc", "soc.cpu.pc"));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_TRUE(matches_glob("", ""));
}

TEST(Glob, StarStandsForAnyCharactersAndQuestionMarkForOne) {
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("*", "soc.cpu.pc"));
  EXPECT_TRUE(matches_glob("soc.*", "soc.cpu.pc"));
  EXPECT_TRUE(matches_glob("*.pc", "soc.cpu.pc"));
  EXPECT_TRUE(matches_glob("amc.*.code*", "amc.dac.lane3.code12"));
  EXPECT_TRUE(matches_glob("**a**", "bab"));
  EXPECT_TRUE(matches_glob("amc.inv?.mode", "amc.inv7.mode"));
  EXPECT_FALSE(matches_glob("amc.inv?.mode", "amc.inv12.mode"));
  EXPECT_FALSE(matches_glob("*.pc", "soc.cpu.pcx"));
  // Needs a star to take back what it took too early.
  EXPECT_TRUE(matches_glob("*ab*abc", "xabyababc"));
}

TEST(SignalFilter, DefaultSignalsNeedNoPatternAndDetailsNeedOne) {
  SignalFilter filter;
  EXPECT_TRUE(filter.selects("soc.bus.address", Detail::kDefault));
  EXPECT_FALSE(filter.selects("soc.cpu.pc_every", Detail::kDetail));
  SignalFilter wanted({"soc.cpu.*"});
  EXPECT_TRUE(wanted.selects("soc.bus.address", Detail::kDefault));
  EXPECT_TRUE(wanted.selects("soc.cpu.pc_every", Detail::kDetail));
  EXPECT_FALSE(wanted.selects("amc.dac.code0", Detail::kDetail));
}

TEST(SignalFilter, ExclamationMarkRemovesInAnyOrder) {
  for (const auto& patterns : {std::vector<std::string>{"!soc.*", "soc.cpu.*"}, {"soc.cpu.*", "!soc.*"}}) {
    SignalFilter filter(patterns);
    EXPECT_FALSE(filter.selects("soc.cpu.pc", Detail::kDetail));
    EXPECT_FALSE(filter.selects("soc.bus.address", Detail::kDefault));
    EXPECT_TRUE(filter.selects("amc.dru.state", Detail::kDefault));
  }
}

TEST(SignalFilter, TellsPatternsThatNothingMatched) {
  SignalFilter filter({"soc.*", "typo.*", "!also.typo"});
  filter.selects("soc.cpu.pc", Detail::kDefault);
  EXPECT_THAT(filter.unused_patterns(), ElementsAre("typo.*", "!also.typo"));
}

}  // namespace
}  // namespace mho::trace
