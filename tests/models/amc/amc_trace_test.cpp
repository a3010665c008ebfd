// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Waveforms show what happens and change nothing; the same run gives the same everything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/models/amc/tile_bench.hpp"

namespace mho::amc::test {
namespace {

/// Keeps every change of every signal, details too.
class RecordingTrace final : public trace::TraceSink {
 public:
  struct Change {
    std::uint64_t time_ps;
    double value;
    bool operator==(const Change&) const = default;
  };

  trace::SignalId declare_bits(std::string_view path, unsigned, trace::Detail) override {
    return declare(path);
  }
  trace::SignalId declare_real(std::string_view path, trace::Detail) override { return declare(path); }
  void change(trace::SignalId signal, std::uint64_t time_ps, std::uint64_t value) override {
    record(signal, time_ps, static_cast<double>(value));
  }
  void change_real(trace::SignalId signal, std::uint64_t time_ps, double value) override {
    record(signal, time_ps, value);
  }
  bool enabled() const override { return true; }

  const std::vector<Change>& of(const std::string& path) const {
    static const std::vector<Change> kNone;
    const auto found = std::ranges::find(paths_, path);
    if (found == paths_.end()) ADD_FAILURE() << "no signal " << path;
    return found == paths_.end() ? kNone : changes_[static_cast<std::size_t>(found - paths_.begin())];
  }
  double last(const std::string& path) const { return of(path).empty() ? NAN : of(path).back().value; }
  std::vector<double> values(const std::string& path) const {
    std::vector<double> out;
    for (const Change& change : of(path)) {
      if (out.empty() || out.back() != change.value) out.push_back(change.value);
    }
    return out;
  }
  const std::vector<std::vector<Change>>& all() const { return changes_; }

 private:
  trace::SignalId declare(std::string_view path) {
    EXPECT_EQ(std::ranges::count(paths_, path), 0) << path;
    paths_.emplace_back(path);
    changes_.emplace_back();
    return static_cast<trace::SignalId>(paths_.size() - 1);
  }
  void record(trace::SignalId signal, std::uint64_t time_ps, double value) {
    if (signal == trace::kUntraced) return;
    ASSERT_LT(signal, changes_.size());
    EXPECT_GE(time_ps, tlm_base::to_ps(sc_core::sc_time_stamp())) << paths_[signal];
    changes_[signal].push_back({time_ps, value});
  }
  std::vector<std::string> paths_;
  std::vector<std::vector<Change>> changes_;
};

/// What a run leaves behind.
struct Outcome {
  std::vector<std::uint8_t> memory;
  std::uint64_t end_ps = 0;
  Energy total;
  std::vector<Energy> components;
};

/// Two refinement steps on a 4×4 system, and everything else that a list can do in passing.
Outcome run_scenario(trace::TraceSink* trace) {
  TileBench bench(small_params(), trace);
  std::mt19937_64 draw(81);
  const Words a{7 << 21, 1 << 20, -(2 << 19), 12345,      0,       6 << 21, 1 << 20,    3 << 18,
                -77777,  2 << 20, 7 << 21,    -(2 << 18), 2 << 17, 0,       -(3 << 19), 5 << 21};
  auto hp = bench.digit_tile(4, 4, a, 0, 8);
  bench.store(kTileDescription, hp);
  const std::vector<std::int8_t> levels{7, 1, -1, 0, 0, 6, 1, 0, 0, 1, 7, 0, 0, 0, -1, 5};
  auto inv = bench.level_tile(TileKind::kInv, 4, 4, levels, 1);
  inv.source_address = kElements + 0x1000;
  bench.store_all(inv.source_address, levels);
  bench.store_all(kElements, a);
  inv.scale_exponent = -21;
  bench.store(kTileDescription + 64, inv);
  bench.put_vector(kY, -30, {1 << 30, -(1 << 29), 12345678, 1 << 28});
  Commands list{
      DruBench::program_command(0, kTileDescription),
      DruBench::program_command(1, kTileDescription + 64),
      DruBench::load_command(0, kY, 4),
      command(DruOpcode::kClear, {.dst = 1}, {4}),
      command(DruOpcode::kSlice, {.dst = 2, .a = 0}, {0, 4}),
      command(DruOpcode::kNorm2, {.dst = 0, .a = 0, .b = dru_reg::kNoSlot}),
      // 6: the loop
      command(DruOpcode::kInv, {.dst = 3, .a = 2, .b = 1}),
      command(DruOpcode::kAdd, {.dst = 1, .a = 1, .b = 3}),
      command(DruOpcode::kHpBegin, {.a = 0, .b = 1}, {0}),
      command(DruOpcode::kHpMvm, {.a = 1, .b = 0}, {0, 0}),
      command(DruOpcode::kHpEnd, {.dst = 2}),
      command(DruOpcode::kNorm2, {.dst = 1, .a = 2, .b = dru_reg::kNoSlot}),
      command(DruOpcode::kStoreScalar, {.dst = 0, .a = 1, .b = 0}, {kResult + 0x100, 16}),
      command(DruOpcode::kLoop, {}, {6, 6}),
      DruBench::store_command(1, kResult),
  };
  const auto done = bench.execute_ok(list);
  EXPECT_EQ(done.iterations, 6U);
  Outcome outcome;
  outcome.memory.assign(bench.ram.bytes().begin(), bench.ram.bytes().end());
  outcome.end_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
  bench.ledger().settle(outcome.end_ps);
  outcome.total = bench.ledger().total();
  for (cost::ComponentId c = 0; c < bench.ledger().component_count(); ++c) {
    outcome.components.push_back(bench.ledger().of_component(c));
  }
  // The refinement works: six steps gain at least twelve bits.
  const auto first = bench.scalar_at(kResult + 0x100), last = bench.scalar_at(kResult + 0x100 + 5 * 16);
  EXPECT_TRUE(numeric::less_equal(last, first, -20));
  return outcome;
}

void expect_same(const Outcome& a, const Outcome& b) {
  EXPECT_TRUE(a.memory == b.memory);
  EXPECT_EQ(a.end_ps, b.end_ps);
  EXPECT_EQ(a.total, b.total);
  EXPECT_EQ(a.components, b.components);
}

TEST(AmcDeterminism, TwoRunsAreIdentical) {
  expect_same(run_scenario(nullptr), run_scenario(nullptr));
}

TEST(AmcTrace, LookingChangesNothing) {
  RecordingTrace trace;
  expect_same(run_scenario(nullptr), run_scenario(&trace));
  RecordingTrace again;
  run_scenario(&again);
  EXPECT_TRUE(trace.all() == again.all());
}

TEST(AmcTrace, TheSequencerShowsItsWork) {
  RecordingTrace trace;
  run_scenario(&trace);
  EXPECT_EQ(trace.values("amc.dru.iteration"), (std::vector<double>{0, 1, 2, 3, 4, 5, 6}));
  const auto residual = trace.values("amc.dru.residual");
  ASSERT_EQ(residual.size(), 6U);
  EXPECT_LT(residual.back(), residual.front() * std::ldexp(1.0, -10));
  EXPECT_EQ(trace.values("amc.dru.irq"), (std::vector<double>{1}));
  const auto states = trace.values("amc.dru.state");
  for (const double state : {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}) {
    EXPECT_TRUE(std::ranges::count(states, state) > 0) << "state " << state;
  }
  EXPECT_GT(std::ranges::count(trace.values("amc.dru.opcode"), static_cast<double>(DruOpcode::kInv)), 5);
  const auto energy = trace.values("amc.energy_total_joule");
  EXPECT_TRUE(std::ranges::is_sorted(energy));
  EXPECT_GT(energy.size(), 6U);
}

TEST(AmcTrace, InvOutputsMoveFromRestToWhatIsHeld) {
  RecordingTrace trace;
  run_scenario(&trace);
  const auto output = trace.of("amc.inv1.output3_volt");
  constexpr std::size_t kSamples = 16;
  ASSERT_GE(output.size(), kSamples + 2);
  EXPECT_EQ(output[0].value, 0.0) << "amplifiers are off before the operation";
  const double held = output[kSamples + 1].value;
  const auto distance = [&](std::size_t k) { return std::abs(output[k].value - held); };
  EXPECT_GT(distance(1), distance(kSamples));
  EXPECT_LT(distance(kSamples), 5e-7) << "1e-6 of full scale";
  for (std::size_t k = 1; k <= kSamples; ++k) EXPECT_GT(output[k].time_ps, output[k - 1].time_ps);
  EXPECT_GE(output[kSamples + 1].time_ps, output[kSamples].time_ps) << "held from the end of the operation on";
}

TEST(AmcTrace, MacrosAndLanesShowTheirOperations) {
  RecordingTrace trace;
  run_scenario(&trace);
  const auto mode = trace.values("amc.inv1.mode");
  ASSERT_GE(mode.size(), 4U);
  EXPECT_EQ(mode[0], 1) << "programming";
  EXPECT_EQ(mode[2], 2) << "operating";
  EXPECT_GE(trace.of("amc.inv1.output3_volt").size(), 6U);
  EXPECT_TRUE(trace.of("amc.inv0.mode").empty());
  EXPECT_FALSE(trace.of("amc.mvm7.mode").empty());
  // Integer reads have one range.
  EXPECT_THAT(trace.values("amc.mvm7.input_range"), testing::Each(0));
  EXPECT_THAT(trace.values("amc.mvm7.output_gain"), testing::Each(0));
  EXPECT_FALSE(trace.of("amc.mvm7.input_range").empty());
  // Lane 3 reads slice 3 from MVM macro 3.
  EXPECT_EQ(trace.last("amc.adc.lane3.source"), adc_reg::kSourceMvm + 3);
  EXPECT_EQ(trace.last("amc.adc.lane3.clips"), 0);
  EXPECT_GT(trace.last("amc.adc.lane3.reads"), 20);
  // The largest code of the summary occurs among the detailed codes of the operation.
  const auto as_code = [](double value) {
    return static_cast<std::int16_t>(static_cast<std::uint16_t>(value));
  };
  const double largest = as_code(trace.last("amc.adc.lane3.max_code"));
  double found = -1e9;
  const auto reads = static_cast<std::size_t>(trace.last("amc.adc.lane3.reads"));
  for (unsigned c = 0; c < 4; ++c) {
    const auto& codes = trace.of("amc.adc.lane3.code" + std::to_string(c));
    ASSERT_GE(codes.size(), reads);
    for (std::size_t i = codes.size() - reads; i < codes.size(); ++i) {
      found = std::max<double>(found, as_code(codes[i].value));
    }
  }
  EXPECT_EQ(found, largest);
  EXPECT_GT(trace.of("amc.dac.code0").size(), 100U);
}

}  // namespace
}  // namespace mho::amc::test
