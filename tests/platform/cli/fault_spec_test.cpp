// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/fault_spec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "models/base/error.hpp"

namespace mho::platform::cli {
namespace {

using fault::Fault;
using fault::Kind;
using testing::HasSubstr;
using testing::Not;

Fault parse(const std::string& text) {
  static const ChipConfig chip = chip_config(Settings{});
  return parse_fault(text, "--fault", chip);
}

std::string refusal(const std::string& text) {
  try {
    parse(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(FaultSpec, NamesPlaceKindAndConditions) {
  const Fault lost = parse("dru.irq:lost,count=1,time=2us");
  EXPECT_EQ(lost.kind, Kind::kInterruptLost);
  EXPECT_EQ(lost.name, "dru");
  EXPECT_EQ(lost.count, 1u);
  EXPECT_EQ(lost.from_ps, 2'000'000u);
  const Fault dead = parse("adc.lane3.channel5:dead");
  EXPECT_EQ(dead.kind, Kind::kAdcDead);
  EXPECT_EQ(dead.index, 3u);
  EXPECT_EQ(dead.channel, 5u);
  const Fault stuck = parse("dac.channel7:stuck=-3,until=1ms");
  EXPECT_EQ(stuck.kind, Kind::kDacStuck);
  EXPECT_EQ(stuck.index, fault::kAny);
  EXPECT_EQ(stuck.channel, 7u);
  EXPECT_EQ(stuck.value, -3);
  EXPECT_EQ(stuck.until_ps, 1'000'000'000u);
  const Fault error = parse("adc:code_error=+4,probability=1e-3");
  EXPECT_EQ(error.kind, Kind::kAdcCodeError);
  EXPECT_EQ(error.value, 4);
  EXPECT_DOUBLE_EQ(error.probability, 1e-3);
}

TEST(FaultSpec, BusErrorsHaveAnAddressOrAnInitiator) {
  const Fault one = parse("bus:error,address=0x40000010,count=1");
  EXPECT_EQ(one.address, 0x40000010u);
  EXPECT_EQ(one.bytes, 4u);
  EXPECT_TRUE(one.initiator.empty());
  const Fault range = parse("bus:error,initiator=dru,address=0x80000000,bytes=0x100");
  EXPECT_EQ(range.bytes, 256u);
  EXPECT_EQ(range.initiator, "dru");
  EXPECT_EQ(parse("bus:error").bytes, 0u);
  EXPECT_EQ(parse("dma:error").initiator, "dma");
}

TEST(FaultSpec, FlipsHaveAMoment) {
  const Fault ram = parse("ram:flip,address=0x80010000,bit=3,time=1ms");
  EXPECT_EQ(ram.kind, Kind::kMemoryFlip);
  EXPECT_EQ(ram.address, 0x80010000u);
  EXPECT_EQ(ram.bit, 3u);
  const Fault cpu = parse("cpu.x5:flip,bit=7,time=10us");
  EXPECT_EQ(cpu.name, "x");
  EXPECT_EQ(cpu.index, 5u);
  EXPECT_EQ(parse("cpu.pc:flip,bit=2,time=0").name, "pc");
  EXPECT_EQ(parse("macro.inv3:hung,duration=1ms").duration_ps, 1'000'000'000u);
}

TEST(FaultSpec, DisturbedCellsHaveAPlaceInTheArray) {
  const Fault cell = parse("macro.mvm3:disturbed=-2,array=negative,row=63,column=5,count=1");
  EXPECT_EQ(cell.kind, Kind::kCellDisturbed);
  EXPECT_EQ(cell.name, "mvm");
  EXPECT_EQ(cell.index, 3u);
  EXPECT_EQ(cell.value, -2);
  EXPECT_TRUE(cell.is_negative);
  EXPECT_EQ(cell.row, 63u);
  EXPECT_EQ(cell.column, 5u);
  EXPECT_FALSE(parse("macro.inv:disturbed=1,array=positive,row=7,column=7").is_negative);
}

TEST(FaultSpec, StuckCellsHaveALevel) {
  const Fault level = parse("macro.inv3:stuck=5,array=negative,row=7,column=0,time=1ms");
  EXPECT_EQ(level.kind, Kind::kCellStuck);
  EXPECT_EQ(level.value, 5);
  EXPECT_TRUE(level.is_negative);
  EXPECT_EQ(level.from_ps, 1'000'000'000u);
  EXPECT_EQ(parse("macro.mvm:stuck=on,array=positive,row=0,column=0").value, 7);
  EXPECT_EQ(parse("macro.mvm:stuck=off,array=positive,row=0,column=0").value, 0);
}

TEST(FaultSpec, FlipsRepeatAndMayLeaveOpenWhatTheyHit) {
  const Fault rate =
      parse("ram:flip,address=0x80010000,bytes=4096,time=1ms,every=2us,probability=0.01,count=7");
  EXPECT_EQ(rate.bytes, 4096u);
  EXPECT_EQ(rate.bit, fault::kAny);
  EXPECT_EQ(rate.every_ps, 2'000'000u);
  EXPECT_EQ(rate.count, 7u);
  EXPECT_DOUBLE_EQ(rate.probability, 0.01);
  EXPECT_EQ(parse("cpu.x:flip,time=0").index, fault::kAny);
  EXPECT_EQ(parse("cpu.f:flip,time=0,probability=0.5").name, "f");
  EXPECT_EQ(parse("register:flip,address=0x40000010,time=0,every=1ms,until=5ms").until_ps, 5'000'000'000u);
  EXPECT_EQ(parse("timer.irq:spurious,time=1us,every=10us,count=3").every_ps, 10'000'000u);
  EXPECT_EQ(parse("software.irq:lost").name, "software");
}

struct Refused {
  const char *text, *message;
};

TEST(FaultSpec, SaysInOneLineWhatIsWrong) {
  const Refused cases[] = {
      {"dru.irq", "write PLACE:WHAT"},
      {"gpu:dead", "there is no place 'gpu'"},
      {"dru.irq:lots", "'lots' does not happen there; what does: lost, spurious"},
      {"adc.lane8:dead", "lane = '8' is not a whole number from 0 to 7"},
      {"adc.lane1.channel64:dead", "channel = '64'"},
      {"adc.lane1.channel2.x:dead", "there is no place"},
      {"adc:code_error", "needs a value"},
      {"adc:code_error=a", "'a' is not a whole number"},
      {"adc:dead=3", "takes no value"},
      {"macro.inv4096:hung", "inv = '4096'"},
      {"macro.inv0:disturbed=1,array=positive,row=8,column=0", "row = '8' is not a whole number from 0 to 7"},
      {"macro.mvm0:disturbed=1,array=positive,row=0,column=64", "column = '64'"},
      {"macro.mvm0:disturbed=16,array=positive,row=0,column=0", "'16' is not a whole number from -15 to 15"},
      {"macro.mvm0:disturbed=1,array=both,row=0,column=0", "arrays are positive, negative"},
      {"macro.mvm0:disturbed=1,row=0,column=0", "array=… is missing"},
      {"cpu.x0:flip,bit=1,time=0", "x0 is always 0"},
      {"cpu.x32:flip,bit=1,time=0", "x = '32'"},
      {"cpu.pc:flip,bit=0,time=0", "bit 0 of pc"},
      {"ram:flip,address=0x80000000,bit=32,time=0", "bit = '32'"},
      {"ram:flip,address=0x80000001,bit=1,time=0", "a word lies at a multiple of 4"},
      {"macro.mvm0:disturbed=0,array=positive,row=0,column=0", "disturbed = 0 changes nothing"},
      {"ram:flip,address=0x100,bit=1,time=0", "there is no RAM at 0x00000100"},
      {"ram:flip,address=0x80000000,bit=1", "time=… is missing"},
      {"ram:flip,address=0x80000000,bit=1,time=soon", "not a time"},
      {"register:flip,address=0x40000002,bit=1,time=0", "multiple of 4"},
      {"ram:flip,address=0x80000000,time=0,count=2", "count=… needs every=…"},
      {"cpu.x:flip,time=5ns,until=2us", "until=… needs every=…: without it this happens at 5ns only"},
      {"cpu.x:flip,time=0,every=0", "every = '0' is no time above 0"},
      {"ram:flip,address=0x80000000,bytes=6,time=0", "bytes = 6 is no multiple of 4"},
      {"ram:flip,address=0x80000000,bytes=0x80000000,time=0", "there is no RAM at 0xffffffff"},
      {"macro.inv0:stuck=8,array=positive,row=0,column=0", "stuck = '8' is not a whole number from 0 to 7"},
      {"macro.inv0:stuck=-1,array=positive,row=0,column=0",
       "cells are stuck on, off or at a level from 0 to 7"},
      {"macro.inv0:stuck,array=positive,row=0,column=0", "stuck needs a value"},
      {"macro.ginv0:hung", "the chip has no ginv"},
      {"macro.ginv:stuck=on,array=positive,row=0,column=0", "the chip has no ginv"},
      {"dacs:dead", "dac[B][.channelC]"},
      {"bus:error,colour=red", "there is no key 'colour' here; keys are initiator"},
      {"bus:error,count=1,count=2", "given twice"},
      {"bus:error,count", "no KEY=VALUE"},
      {"bus:error,count=0", "count = '0'"},
      {"bus:error,bytes=4", "bytes=… needs address=…"},
      {"bus:error,initiator=gpu", "initiators are cpu, dma, dru"},
      {"bus:error,probability=0", "probability = '0'"},
      {"bus:error,probability=1.5", "probability = '1.5'"},
      {"bus:error,time=2us,until=1us", "ends before it begins"},
      {"", "write PLACE:WHAT"},
      {":", "there is no place ''"},
  };
  for (const Refused& c : cases) {
    const std::string message = refusal(c.text);
    EXPECT_THAT(message, HasSubstr(c.message)) << c.text;
    EXPECT_THAT(message, HasSubstr(c.text));
    EXPECT_THAT(message, Not(HasSubstr("\n")));
  }
}

class FaultFileTest : public testing::Test {
 protected:
  std::string write(const std::string& text) {
    const auto path = std::filesystem::path(testing::TempDir()) / "fault_file_test.yaml";
    std::ofstream(path) << text;
    return path.string();
  }
  const ChipConfig chip_ = chip_config(Settings{});
};

TEST_F(FaultFileTest, IsAListWithOrWithoutAHeading) {
  for (const char* heading : {"", "faults:\n"}) {
    const auto faults =
        load_faults(write(std::string(heading) + "- dru.irq:lost,count=1\n- adc:dead  # all of it\n"), chip_);
    ASSERT_EQ(faults.size(), 2u);
    EXPECT_EQ(faults[0].kind, Kind::kInterruptLost);
    EXPECT_EQ(faults[1].kind, Kind::kAdcDead);
  }
}

TEST_F(FaultFileTest, NamesTheLineOfEveryWrongEntry) {
  try {
    load_faults(write("- dru.irq:lost\n- adc:lost\n- [1]\n"), chip_);
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("yaml:2:"));
    EXPECT_THAT(error.what(), HasSubstr("yaml:3:"));
    EXPECT_THAT(error.what(), Not(HasSubstr("yaml:1:")));
  }
  EXPECT_THROW(load_faults(write("a: b\n"), chip_), InputError);
  EXPECT_THROW(load_faults(write("- [\n"), chip_), InputError);
  EXPECT_THROW(load_faults("no such file", chip_), InputError);
  EXPECT_THROW(load_faults(testing::TempDir(), chip_), InputError);
}

}  // namespace
}  // namespace mho::platform::cli
