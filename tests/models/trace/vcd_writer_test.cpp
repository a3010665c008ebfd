// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/trace/vcd_writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <limits>

#include "models/base/error.hpp"
#include "models/base/random.hpp"
#include "tests/models/trace/vcd_reader.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::trace {
namespace {

using test::read_text;
using test::VcdChange;
using test::VcdFile;
using test::VcdReader;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string name_of(unsigned index) {
  return fmt::format("s{}", index);
}

class VcdWriterTest : public testing::Test {
 protected:
  ~VcdWriterTest() override { std::filesystem::remove(path_); }
  VcdFile read() const { return VcdReader(read_text(path_)).read(); }

  const std::string path_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".vcd";
};

TEST_F(VcdWriterTest, RefusesFilesThatCannotBeCreatedAndOddTimescales) {
  EXPECT_THROW(VcdWriter("no/such/folder/a.vcd", {}).open(), InputError);
  EXPECT_THROW(VcdWriter(path_, VcdOptions{.filter = {}, .window = {}, .timescale_ps = 0}), InputError);
  EXPECT_THROW(VcdWriter(path_, VcdOptions{.filter = {}, .window = {}, .timescale_ps = 30}), InputError);
}

TEST_F(VcdWriterTest, FullDiskIsAnError) {
  VcdWriter vcd("/dev/full", {});
  vcd.change(vcd.declare_bits("a", 1, Detail::kDefault), 1, 1);
  EXPECT_THROW(vcd.close(10), InputError);
}

TEST_F(VcdWriterTest, AppearsWhenItIsClosedAndNotOtherwise) {
  {
    VcdWriter vcd(path_, {});
    vcd.open();
    vcd.change(vcd.declare_bits("a", 1, Detail::kDefault), 1, 1);
    EXPECT_FALSE(std::filesystem::exists(path_));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".part"));
}

TEST_F(VcdWriterTest, WidthsAndLateDeclarationsAreOurMistake) {
  VcdWriter vcd(path_, {});
  EXPECT_THROW(vcd.declare_bits("a", 0, Detail::kDefault), InternalError);
  EXPECT_THROW(vcd.declare_bits("a", 65, Detail::kDefault), InternalError);
  vcd.declare_bits("a", 64, Detail::kDefault);
  EXPECT_THROW(vcd.declare_bits("a", 1, Detail::kDefault), InternalError);
  vcd.close(0);
  EXPECT_THROW(vcd.declare_bits("b", 1, Detail::kDefault), InternalError);
}

TEST_F(VcdWriterTest, PathsBecomeScopesAndTypes) {
  VcdWriter vcd(path_, {});
  vcd.declare_bits("soc.bus.address", 32, Detail::kDefault);
  vcd.declare_bits("soc.irq", 1, Detail::kDefault);
  vcd.declare_real("amc.inv0.output_volt", Detail::kDefault);
  vcd.declare_bits("soc.bus.command", 2, Detail::kDefault);
  vcd.declare_bits("top", 1, Detail::kDefault);
  vcd.close(0);
  const VcdFile file = read();
  EXPECT_EQ(file.timescale, "1 ps");
  EXPECT_THAT(file.types, UnorderedElementsAre(Pair("soc.bus.address", "wire 32"), Pair("soc.irq", "wire 1"),
                                               Pair("amc.inv0.output_volt", "real 64"),
                                               Pair("soc.bus.command", "wire 2"), Pair("top", "wire 1")));
  EXPECT_THAT(file.initial, UnorderedElementsAre(Pair("soc.bus.address", "x"), Pair("soc.irq", "x"),
                                                 Pair("amc.inv0.output_volt", "0"),
                                                 Pair("soc.bus.command", "x"), Pair("top", "x")));
}

TEST_F(VcdWriterTest, ChangesAreSortedByTimeAndEqualValuesAreNotRepeated) {
  VcdWriter vcd(path_, {});
  const SignalId a = vcd.declare_bits("a", 8, Detail::kDefault);
  const SignalId b = vcd.declare_bits("b", 1, Detail::kDefault);
  vcd.change(a, 300, 3);
  vcd.change(a, 100, 1);
  vcd.change(b, 200, 1);
  vcd.change(a, 200, 1);
  vcd.change(b, 400, 1);
  vcd.change(b, 500, 0);
  vcd.close(900);
  const VcdFile file = read();
  EXPECT_THAT(file.changes, ElementsAre(VcdChange{100, "a", "1"}, VcdChange{200, "b", "1"},
                                        VcdChange{300, "a", "11"}, VcdChange{500, "b", "0"}));
  EXPECT_EQ(file.last_time, 900u);
}

TEST_F(VcdWriterTest, OneValuePerSignalAndMomentTheLast) {
  VcdWriter vcd(path_, {});
  const SignalId a = vcd.declare_bits("a", 4, Detail::kDefault);
  vcd.change(a, 100, 1);
  vcd.change(a, 100, 2);
  vcd.change(a, 200, 5);
  vcd.change(a, 200, 2);
  vcd.close(300);
  EXPECT_THAT(read().changes, ElementsAre(VcdChange{100, "a", "10"}));
}

TEST_F(VcdWriterTest, ChangesAtTimeZeroAreInitialValues) {
  VcdWriter vcd(path_, {});
  const SignalId a = vcd.declare_bits("a", 4, Detail::kDefault);
  vcd.change(a, 0, 9);
  vcd.change(a, 1, 9);
  vcd.close(2);
  const VcdFile file = read();
  EXPECT_THAT(file.initial, ElementsAre(Pair("a", "1001")));
  EXPECT_TRUE(file.changes.empty());
}

TEST_F(VcdWriterTest, ValuesKeepAllTheirBitsAndRealsAllTheirDigits) {
  VcdWriter vcd(path_, {});
  const SignalId wide = vcd.declare_bits("wide", 64, Detail::kDefault);
  const SignalId narrow = vcd.declare_bits("narrow", 3, Detail::kDefault);
  const SignalId real = vcd.declare_real("real", Detail::kDefault);
  vcd.change(wide, 1, ~0ull);
  vcd.change(wide, 2, 0);
  vcd.change(narrow, 3, 0xfe);
  const std::vector<double> values{0.1,    -1.0 / 3.0, 1e300,
                                   5e-324, -0.0,       std::numeric_limits<double>::infinity()};
  for (std::size_t i = 0; i < values.size(); ++i) vcd.change_real(real, 10 + i, values[i]);
  vcd.close(100);
  const VcdFile file = read();
  ASSERT_EQ(file.changes.size(), 3 + values.size());
  EXPECT_EQ(file.changes[0].value, std::string(64, '1'));
  EXPECT_EQ(file.changes[1].value, "0");
  EXPECT_EQ(file.changes[2].value, "110");
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(std::strtod(file.changes[3 + i].value.c_str(), nullptr), values[i])
        << file.changes[3 + i].value;
  }
}

TEST_F(VcdWriterTest, WindowKeepsTheValuesAtItsBeginningAndDropsTheRest) {
  VcdWriter vcd(path_, {.filter = {}, .window = {.from_ps = 100, .to_ps = 200}, .timescale_ps = 1});
  const SignalId a = vcd.declare_bits("a", 8, Detail::kDefault);
  const SignalId b = vcd.declare_bits("b", 8, Detail::kDefault);
  vcd.change(a, 10, 1);
  vcd.change(a, 90, 2);
  vcd.change(b, 100, 3);
  vcd.change(a, 150, 4);
  vcd.change(a, 200, 5);
  vcd.change(a, 201, 6);
  vcd.close(1000);
  const VcdFile file = read();
  EXPECT_EQ(file.first_time, 100u);
  EXPECT_EQ(file.last_time, 200u);
  EXPECT_THAT(file.initial, UnorderedElementsAre(Pair("a", "10"), Pair("b", "11")));
  EXPECT_THAT(file.changes, ElementsAre(VcdChange{150, "a", "100"}, VcdChange{200, "a", "101"}));
}

TEST_F(VcdWriterTest, AGapShowsNothingAndEndsWithTheValuesByThen) {
  VcdWriter vcd(path_, {});
  const SignalId a = vcd.declare_bits("a", 8, Detail::kDefault);
  const SignalId b = vcd.declare_bits("b", 8, Detail::kDefault);
  vcd.change(a, 10, 1);
  vcd.change(b, 10, 1);
  vcd.change(b, 20, 2);
  vcd.pause(30);
  vcd.change(a, 45, 3);
  vcd.change(a, 40, 2);  // reported late
  vcd.pause(50);
  vcd.resume(60);
  vcd.change(b, 70, 4);
  vcd.resume(80);
  vcd.close(100);
  EXPECT_THAT(read().changes,
              ElementsAre(VcdChange{10, "a", "1"}, VcdChange{10, "b", "1"}, VcdChange{20, "b", "10"},
                          VcdChange{60, "a", "11"}, VcdChange{70, "b", "100"}));
}

TEST_F(VcdWriterTest, FilterDecidesWhatIsDeclared) {
  VcdWriter vcd(path_, {.filter = SignalFilter({"d.wanted", "!noise"}), .window = {}, .timescale_ps = 1});
  EXPECT_EQ(vcd.declare_bits("d.other", 1, Detail::kDetail), kUntraced);
  EXPECT_EQ(vcd.declare_bits("noise", 1, Detail::kDefault), kUntraced);
  EXPECT_NE(vcd.declare_bits("d.wanted", 1, Detail::kDetail), kUntraced);
  vcd.change(kUntraced, 5, 1);
  vcd.change_real(kUntraced, 5, 1.0);
  vcd.close(10);
  const VcdFile file = read();
  EXPECT_THAT(file.types, ElementsAre(Pair("d.wanted", "wire 1")));
  EXPECT_TRUE(file.changes.empty());
}

TEST_F(VcdWriterTest, CoarserTimescaleRoundsDown) {
  VcdWriter vcd(path_, {.filter = {}, .window = {}, .timescale_ps = 10'000});
  const SignalId a = vcd.declare_bits("a", 8, Detail::kDefault);
  vcd.change(a, 19'999, 1);
  vcd.change(a, 20'000, 2);
  vcd.change(a, 29'999, 3);
  vcd.close(40'000);
  const VcdFile file = read();
  EXPECT_EQ(file.timescale, "10 ns");
  EXPECT_THAT(file.changes, ElementsAre(VcdChange{1, "a", "1"}, VcdChange{2, "a", "11"}));
}

TEST_F(VcdWriterTest, ManySignalsHaveDistinctIdentifiers) {
  constexpr unsigned kSignals = 94 * 94 + 200;
  VcdWriter vcd(path_, {});
  std::vector<SignalId> ids;
  for (unsigned i = 0; i < kSignals; ++i) {
    ids.push_back(vcd.declare_bits(name_of(i), 32, Detail::kDefault));
  }
  for (unsigned i = 0; i < kSignals; ++i) vcd.change(ids[i], 1 + i, i + 1);
  vcd.close(kSignals);
  const VcdFile file = read();
  ASSERT_EQ(file.changes.size(), kSignals);
  for (unsigned i = 0; i < kSignals; ++i) {
    EXPECT_EQ(file.changes[i].path, name_of(i));
    EXPECT_EQ(std::stoull(file.changes[i].value, nullptr, 2), i + 1);
  }
}

/// Changes far ahead of the kernel, in random order, more than the buffer holds: the file is the same as if
/// they had come sorted, whatever the moments at which the buffer was flushed.
TEST_F(VcdWriterTest, FlushingUpToTheKernelsTimeLosesNoOrder) {
  constexpr std::uint64_t kSeed = 20250101;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  const Random random(kSeed);
  constexpr unsigned kChanges = 300'000, kSignals = 8;
  constexpr std::uint64_t kAhead = 50'000;
  std::uint64_t now = 0;
  VcdWriter vcd(path_, {});
  vcd.set_clock([&] { return now; });
  std::vector<SignalId> ids;
  for (unsigned i = 0; i < kSignals; ++i) {
    ids.push_back(vcd.declare_bits(name_of(i), 32, Detail::kDefault));
  }
  std::map<std::uint64_t, std::map<std::string, std::uint64_t>> expected;
  for (unsigned i = 0; i < kChanges; ++i) {
    const auto words = random.words(RandomPurpose::kTest, {}, i);
    now += words[0] % 3;
    const std::uint64_t time = now + 1 + words[1] % kAhead;
    const unsigned signal = words[2] % kSignals;
    vcd.change(ids[signal], time, words[3] % 4);
    expected[time][name_of(signal)] = words[3] % 4;
  }
  vcd.close(now + kAhead + 1);

  const VcdFile file = read();
  std::map<std::string, std::uint64_t> current;
  auto at = file.changes.begin();
  for (const auto& [time, values] : expected) {
    for (const auto& [path, value] : values) {
      const bool is_change = !current.contains(path) || current[path] != value;
      current[path] = value;
      if (!is_change) continue;
      const auto end =
          std::find_if(at, file.changes.end(), [&](const VcdChange& c) { return c.time != time; });
      EXPECT_EQ(std::count_if(at, end,
                              [&](const VcdChange& c) {
                                return c.path == path && std::stoull(c.value, nullptr, 2) == value;
                              }),
                1)
          << "at " << time << " " << path;
    }
    while (at != file.changes.end() && at->time == time) ++at;
  }
  EXPECT_EQ(at, file.changes.end());
}

TEST_F(VcdWriterTest, OnlyTheDateLineDependsOnTheRun) {
  const auto write = [&] {
    VcdWriter vcd(path_, {});
    const SignalId a = vcd.declare_real("x.a", Detail::kDefault);
    for (unsigned i = 0; i < 100; ++i) vcd.change_real(a, i * 10, i * 0.1);
    vcd.close(2000);
    return read_text(path_);
  };
  const auto without_date = [](const std::string& text) { return text.substr(text.find('\n')); };
  const std::string first = write();
  EXPECT_TRUE(first.starts_with("$date "));
  EXPECT_EQ(without_date(first), without_date(write()));
  EXPECT_EQ(first.find("$date", 1), std::string::npos);
}

TEST_F(VcdWriterTest, GtkwavesConverterReadsTheFile) {
  MHO_REQUIRE_TOOL(std::system("command -v vcd2fst > /dev/null && command -v fst2vcd > /dev/null") == 0,
                   "gtkwave");
  VcdWriter vcd(path_, {});
  const SignalId bits = vcd.declare_bits("soc.bus.address", 32, Detail::kDefault);
  const SignalId wire = vcd.declare_bits("soc.irq", 1, Detail::kDefault);
  const SignalId real = vcd.declare_real("amc.inv0.output_volt", Detail::kDefault);
  vcd.change(bits, 10, 0x80001234);
  vcd.change(wire, 20, 1);
  vcd.change_real(real, 30, -0.125);
  vcd.change(bits, 40, 5);
  vcd.close(100);
  const std::string fst = path_ + ".fst", back = path_ + ".back";
  ASSERT_EQ(std::system(("vcd2fst " + path_ + " " + fst + " > /dev/null 2>&1").c_str()), 0);
  ASSERT_EQ(std::system(("fst2vcd " + fst + " > " + back + " 2> /dev/null").c_str()), 0);
  const std::string text = read_text(back);
  for (const char* part :
       {"$scope module soc $end", "address [31:0]", "b10000000000000000001001000110100", "r-0.125", "#40"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in\n" << text;
  }
  std::filesystem::remove(fst);
  std::filesystem::remove(back);
}

}  // namespace
}  // namespace mho::trace
