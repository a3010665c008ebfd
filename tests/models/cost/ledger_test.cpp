// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/cost/ledger.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "models/base/error.hpp"

namespace mho::cost {
namespace {

constexpr auto kDynamic = EnergyKind::kDynamic;
constexpr auto kWrite = EnergyKind::kWrite;

TEST(Ledger, RejectsTwoComponentsOfOneName) {
  Ledger ledger;
  ledger.add_component("amc.adc_bank");
  EXPECT_THROW(ledger.add_component("amc.adc_bank"), InternalError);
}

TEST(Ledger, RejectsStaticBookingsAndUnknownComponents) {
  Ledger ledger;
  const auto adc = ledger.add_component("adc");
  EXPECT_THROW(ledger.book(adc, EnergyKind::kStatic, Energy::attojoules(1), {}), InternalError);
  EXPECT_THROW(ledger.book(adc + 1, kDynamic, Energy::attojoules(1), {}), InternalError);
  EXPECT_EQ(ledger.total(), Energy{});
}

TEST(Ledger, TransactionsCountUpFromOne) {
  Ledger ledger;
  EXPECT_EQ(ledger.next_transaction(), 1U);
  EXPECT_EQ(ledger.next_transaction(), 2U);
}

TEST(Ledger, BookingsReachComponentKindJobAndTransactionSums) {
  Ledger ledger;
  const auto adc = ledger.add_component("adc"), macro = ledger.add_component("macro"),
             cpu = ledger.add_component("cpu");
  ledger.book(adc, kDynamic, Energy::attojoules(10), {.transaction = 1, .job = 7});
  ledger.book(macro, kWrite, Energy::attojoules(200), {.transaction = 2, .job = 7});
  ledger.book(macro, kDynamic, Energy::attojoules(3000), {.transaction = 3, .job = 8});
  ledger.book(cpu, kDynamic, Energy::attojoules(40000), {.transaction = 0, .job = 8});
  EXPECT_EQ(ledger.of_component(macro), Energy::attojoules(3200));
  EXPECT_EQ(ledger.of_component(macro, kWrite), Energy::attojoules(200));
  EXPECT_EQ(ledger.of_kind(kDynamic), Energy::attojoules(43010));
  EXPECT_EQ(ledger.of_transactions(), Energy::attojoules(3210));
  EXPECT_EQ(ledger.of_execution(), Energy::attojoules(40000));
  EXPECT_EQ(ledger.of_job(7), Energy::attojoules(210));
  EXPECT_EQ(ledger.of_job(8), Energy::attojoules(43000));
  EXPECT_EQ(ledger.of_job(9), Energy{});
  ledger.book(adc, kDynamic, Energy::attojoules(5), {.transaction = 4, .job = 0});
  EXPECT_EQ(ledger.of_job(0), Energy{});  // no job, not a job of that number
  EXPECT_EQ(ledger.total(), Energy::attojoules(43215));
  EXPECT_TRUE(ledger.audit());
}

TEST(Ledger, StaticPowerIsIntegratedWhereItChanges) {
  Ledger ledger;
  const auto adc = ledger.add_component("adc");
  ledger.set_static_power(adc, Power::microwatts(3), 100);  // nothing before 100 ps
  ledger.set_static_power(adc, Power::microwatts(5), 1100);
  ledger.settle(1200);
  ledger.settle(1150);  // a late caller integrates nothing
  EXPECT_EQ(ledger.of_component(adc, EnergyKind::kStatic), Energy::attojoules(3 * 1000 + 5 * 100));
  EXPECT_EQ(ledger.of_background(), ledger.total());
  EXPECT_TRUE(ledger.audit());
}

TEST(Ledger, PhasesSplitTimeAndEnergy) {
  Ledger ledger;
  const auto adc = ledger.add_component("adc");
  ledger.set_static_power(adc, Power::microwatts(2), 0);
  ledger.enter_phase(Phase::kSolve, 500);
  ledger.book(adc, kDynamic, Energy::attojoules(9), {.transaction = 1});
  ledger.enter_phase(Phase::kVerify, 800);
  ledger.enter_phase(Phase::kSolve, 900);
  ledger.settle(1000);
  EXPECT_EQ(ledger.time_of_phase_ps(Phase::kBoot), 500U);
  EXPECT_EQ(ledger.time_of_phase_ps(Phase::kSolve), 400U);
  EXPECT_EQ(ledger.time_of_phase_ps(Phase::kVerify), 100U);
  EXPECT_EQ(ledger.of_phase(Phase::kSolve), Energy::attojoules(9 + 2 * 400));
  EXPECT_EQ(ledger.phase(), Phase::kSolve);
  EXPECT_TRUE(ledger.audit());
}

TEST(Ledger, SaysWhenAPhaseIsEntered) {
  Ledger ledger;
  std::vector<std::pair<Phase, std::uint64_t>> entered;
  ledger.on_phase([&](Phase phase, std::uint64_t now_ps) {
    EXPECT_EQ(ledger.phase(), phase);
    entered.emplace_back(phase, now_ps);
  });
  ledger.enter_phase(Phase::kPlan, 10);
  ledger.enter_phase(Phase::kSolve, 20);
  EXPECT_EQ(entered, (std::vector<std::pair<Phase, std::uint64_t>>{{Phase::kPlan, 10}, {Phase::kSolve, 20}}));
}

TEST(Ledger, SettlersBookIntoThePhaseThatEnds) {
  Ledger ledger;
  const auto cpu = ledger.add_component("cpu");
  int instructions = 5;
  ledger.add_settler([&] {
    ledger.book(cpu, kDynamic, Energy::attojoules(11) * static_cast<std::uint64_t>(instructions), {});
    instructions = 0;
  });
  ledger.enter_phase(Phase::kPlan, 10);
  EXPECT_EQ(ledger.of_phase(Phase::kBoot), Energy::attojoules(55));
  ledger.settle(20);
  EXPECT_EQ(ledger.total(), Energy::attojoules(55));
}

TEST(Ledger, ListenerHearsTransactionsOnly) {
  Ledger ledger;
  const auto adc = ledger.add_component("adc");
  std::vector<std::uint64_t> heard;
  ledger.on_booking(
      [&](ComponentId, EnergyKind, Energy, Purpose purpose) { heard.push_back(purpose.transaction); });
  ledger.book(adc, kDynamic, Energy::attojoules(1), {.transaction = 4});
  ledger.book(adc, kDynamic, Energy::attojoules(1), {});
  EXPECT_EQ(heard, std::vector<std::uint64_t>{4});
}

TEST(Ledger, SumsAgreeToTheLastAttojouleInAnyOrder) {
  constexpr unsigned kSeed = 77;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  std::mt19937 engine(kSeed);
  Ledger ledger;
  std::vector<ComponentId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(ledger.add_component(fmt::format("c{}", i)));
  std::uint64_t now = 0;
  Energy booked;
  for (int i = 0; i < 5000; ++i) {
    now += engine() % 1000;
    const auto id = ids[engine() % ids.size()];
    switch (engine() % 4) {
      case 0:
        ledger.set_static_power(id, Power::microwatts(engine() % 500), now);
        break;
      case 1:
        ledger.enter_phase(static_cast<Phase>(engine() % kPhases), now);
        break;
      default: {
        const Energy amount = Energy::joules(1e-12 * (engine() % 1000));
        booked += amount;
        ledger.book(id, engine() % 2 == 0 ? kDynamic : kWrite, amount,
                    {.transaction = engine() % 3 == 0 ? 0 : ledger.next_transaction(),
                     .job = static_cast<std::uint32_t>(engine() % 4)});
      }
    }
    if (i % 500 == 0) {
      ASSERT_TRUE(ledger.audit());
    }
  }
  ledger.settle(now);
  EXPECT_TRUE(ledger.audit());
  EXPECT_EQ(booked + ledger.of_background(), ledger.total());
  Energy kinds;
  for (const auto kind : {kDynamic, EnergyKind::kStatic, kWrite}) kinds += ledger.of_kind(kind);
  EXPECT_EQ(kinds, ledger.total());
  std::uint64_t time_ps = 0;
  for (std::size_t p = 0; p < kPhases; ++p) time_ps += ledger.time_of_phase_ps(static_cast<Phase>(p));
  EXPECT_EQ(time_ps, now);
}

}  // namespace
}  // namespace mho::cost
