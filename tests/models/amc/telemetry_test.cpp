// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/telemetry.hpp"

#include <string>

#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {
namespace {

namespace reg = registers::telemetry;

class TelemetryBench : public AmcBench {
 public:
  using AmcBench::AmcBench;
  std::uint32_t get(std::uint32_t offset) { return host.read32(map::kTelemetryBase + offset); }
  void set(std::uint32_t offset, std::uint32_t value) { host.write32(map::kTelemetryBase + offset, value); }
  std::uint64_t get64(std::uint32_t low) {
    const std::uint64_t value = get(low);
    return value | std::uint64_t{get(low + 4)} << 32;
  }
};

TEST(Telemetry, RegistersStartAtTheirResetValues) {
  TelemetryBench bench;
  bench.run([&] {
    for (const auto& info : reg::kRegisters) {
      if (info.name == "COMPONENT_COUNT" || info.name == "ENERGY_PJ_LO" || info.name == "COMPONENT_PJ_LO" ||
          info.name == "TIME_NS_LO") {
        continue;
      }
      EXPECT_EQ(bench.get(info.offset), info.reset) << info.name;
    }
    EXPECT_EQ(bench.get(reg::kComponentCountOffset), bench.ledger().component_count());
  });
}

TEST(Telemetry, TimeIsSimulatedTime) {
  TelemetryBench bench;
  bench.run([&] {
    sc_core::wait(12, sc_core::SC_SEC);
    EXPECT_EQ(bench.get64(reg::kTimeNsLoOffset), 12'000'000'004U);  // the access reaches the block after 4 ns
  });
}

TEST(Telemetry, TheLowHalfLatchesTheHighHalf) {
  TelemetryBench bench;
  bench.run([&] {
    sc_core::wait(sc_core::sc_time(4294967290.0, sc_core::SC_NS));  // 2^32 ns − 6 ns
    EXPECT_EQ(bench.get(reg::kTimeNsLoOffset), 0xfffffffeU);
    sc_core::wait(1, sc_core::SC_US);
    EXPECT_EQ(bench.get(reg::kTimeNsHiOffset), 0U) << "the half that belongs to the low half read before";
    EXPECT_LT(bench.get(reg::kTimeNsLoOffset), 2000U);
    EXPECT_EQ(bench.get(reg::kTimeNsHiOffset), 1U);
  });
}

TEST(Telemetry, EnergiesAreTheLedgers) {
  TelemetryBench bench;
  bench.run([&] {
    bench.host.job = 3;
    const std::vector<std::int8_t> levels(64, 5);
    bench.host.write_all(map::kInvBase + macro_reg::kLevelsOffset, std::span(levels));
    bench.host.write32(map::kInvBase + macro_reg::kCtrlOffset, macro_reg::kCtrlProgramMask);
    bench.host.job = 0;
    const auto picojoules = [](Energy energy) {
      return static_cast<std::uint64_t>(energy.in_attojoules() / 1'000'000);
    };
    auto& ledger = bench.ledger();
    bench.set(reg::kJobSelectOffset, 3);
    EXPECT_EQ(bench.get64(reg::kJobPjLoOffset), picojoules(ledger.of_job(3)));
    EXPECT_GT(picojoules(ledger.of_job(3)), 1000U);
    bench.set(reg::kJobSelectOffset, 4);
    EXPECT_EQ(bench.get64(reg::kJobPjLoOffset), 0U);
    for (std::uint32_t c = 0; c < ledger.component_count(); ++c) {
      const auto component = static_cast<cost::ComponentId>(c);
      bench.set(reg::kComponentSelectOffset, c);
      const std::uint64_t before = picojoules(ledger.of_component(component));
      const std::uint64_t value = bench.get64(reg::kComponentPjLoOffset);
      EXPECT_GE(value, before) << ledger.component_name(component);
      EXPECT_LE(value, picojoules(ledger.of_component(component))) << ledger.component_name(component);
    }
    bench.set(reg::kComponentSelectOffset, static_cast<std::uint32_t>(ledger.component_count()));
    EXPECT_EQ(bench.get64(reg::kComponentPjLoOffset), 0U) << "no such component";
    const std::uint64_t before = picojoules(ledger.total());
    const std::uint64_t total = bench.get64(reg::kEnergyPjLoOffset);
    EXPECT_GE(total, before);
    EXPECT_LE(total, picojoules(ledger.total()));
  });
}

TEST(Telemetry, PhasesCollectTheirTime) {
  TelemetryBench bench;
  auto& ledger = bench.ledger();
  bench.run([&] {
    sc_core::wait(1, sc_core::SC_US);
    bench.set(reg::kPhaseOffset, static_cast<std::uint32_t>(reg::Phase::kSolve));
    EXPECT_EQ(ledger.phase(), cost::Phase::kSolve);
    EXPECT_EQ(bench.get(reg::kPhaseOffset), static_cast<std::uint32_t>(reg::Phase::kSolve));
    sc_core::wait(2, sc_core::SC_US);
    bench.set(reg::kPhaseOffset, 6);
    EXPECT_EQ(ledger.phase(), cost::Phase::kSolve) << "there is no phase 6";
    bench.set(reg::kPhaseOffset, static_cast<std::uint32_t>(reg::Phase::kVerify));
  });
  EXPECT_EQ(ledger.time_of_phase_ps(cost::Phase::kBoot), 1'004'000U);
  EXPECT_EQ(ledger.time_of_phase_ps(cost::Phase::kSolve), 2'015'000U);  // three accesses of 5 ns
}

TEST(Telemetry, TheCpuJobIsHandedOn) {
  TelemetryBench bench;
  std::vector<std::uint32_t> seen;
  bench.amc.on_cpu_job([&](std::uint32_t job) { seen.push_back(job); });
  bench.run([&] {
    bench.set(reg::kCpuJobOffset, 9);
    EXPECT_EQ(bench.get(reg::kCpuJobOffset), 9U);
    bench.set(reg::kCpuJobOffset, 0);
  });
  EXPECT_EQ(seen, (std::vector<std::uint32_t>{9, 0}));
}

}  // namespace
}  // namespace mho::amc::test
