// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// No acceleration and no observation changes the answer: the same guest, with devices that notify events,
// raise interrupts and write into memory, must give the same figures for every quantum, with and without DMI,
// block cache and observers.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <tuple>

#include "models/soc/cpu/guard.hpp"
#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kTimer = kDevices, kEngine = kDevices + 0x1000, kStatus = kDevices + 0x2000;
constexpr std::uint32_t kShared = kRam + 0x8000;  ///< written by the engine
constexpr std::uint32_t kCode = kRam + 0xa000;    ///< code that the engine replaces

/// What executes: decoded anew each time, decoded blocks, host code from the first entry of a block on.
enum class Engine { kAnew, kBlocks, kNative };

struct Mode {
  std::uint64_t quantum_ps;
  bool use_dmi;
  Engine engine;
  bool is_observed = false;
  bool is_debugged = false;
};

struct Outcome {
  soc::CpuCounters counters;
  std::uint64_t end_ps = 0;
  std::uint32_t exit_code = 0;
  int128_t energy = 0;
  std::vector<std::uint8_t> ram;
  /// Time, energy and number of each transaction with a device that is not repeatable.
  std::vector<std::tuple<std::uint64_t, int128_t, std::uint64_t>> seen;

  std::uint64_t status_transactions = 0;  ///< what may differ

  bool operator==(const Outcome& o) const {
    return counters.instructions == o.counters.instructions && counters.cycles == o.counters.cycles &&
           counters.sleep_cycles == o.counters.sleep_cycles && counters.exceptions == o.counters.exceptions &&
           counters.interrupts == o.counters.interrupts &&
           counters.device_accesses == o.counters.device_accesses && end_ps == o.end_ps &&
           exit_code == o.exit_code && energy == o.energy && ram == o.ram && seen == o.seen;
  }
};

/// Statuses that a guest polls, and that bus and target charge for each time; one of them is not repeatable.
constexpr std::uint32_t kRounds = 0, kTwice = 4, kReads = 8;

/// A timer that raises the timer line a while after it was set, and an engine that a while after it was
/// started writes into memory, replaces code, and raises the external line; and its status, to be polled.
class Devices {
 public:
  Devices(CpuBench& bench, Outcome& outcome) : bench_(bench), outcome_(outcome) {
    bench_.target.devices[kTimer] = [this](const TestTarget::Access& access) { return timer(access); };
    bench_.target.devices[kStatus] = [this](const TestTarget::Access& access) { return status(access); };
    bench_.target.devices[kEngine] = [this](const TestTarget::Access& access) { return engine(access); };
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&timer_event_);
    sc_core::sc_spawn([this] { bench_.cpu.set_timer_interrupt(true, now()); }, "timer", &options);
    sc_core::sc_spawn([this] { run_engine(); }, "engine");
  }

 private:
  static std::uint64_t now() { return tlm_base::to_ps(sc_core::sc_time_stamp()); }
  void log(const TestTarget::Access& access) {
    auto& ledger = bench_.bench.ledger;
    ledger.settle(tlm_base::now_ps(access.delay));
    outcome_.seen.emplace_back(tlm_base::now_ps(access.delay), ledger.total().in_attojoules(),
                               access.tag->purpose.transaction);
  }
  static std::uint32_t value(const TestTarget::Access& access) {
    std::uint32_t result = 0;
    std::memcpy(&result, access.data.data(), std::min<std::size_t>(4, access.data.size()));
    return result;
  }

  bool timer(const TestTarget::Access& access) {
    log(access);
    if (access.is_write) {
      bench_.cpu.set_timer_interrupt(false);
      timer_event_.cancel();
      if (value(access) != 0) timer_event_.notify(access.delay + tlm_base::from_ps(value(access) * 777ull));
    }
    access.delay += tlm_base::from_ps(3'100);
    return true;
  }

  bool engine(const TestTarget::Access& access) {
    log(access);
    if (access.is_write && value(access) == 0) {
      bench_.cpu.set_external_interrupt(false);
    } else if (access.is_write) {
      pause_ps_ = value(access) * 991ull;
      start_.notify(access.delay);
    } else {
      std::ranges::fill(access.data, static_cast<std::uint8_t>(rounds_));
    }
    access.delay += tlm_base::from_ps(12'345);
    return true;
  }

  bool status(const TestTarget::Access& access) {
    const std::uint32_t offset = access.address - kStatus;
    ++outcome_.status_transactions;
    reads_ += access.tag->count;
    const std::uint32_t value = offset == kRounds ? rounds_ : offset == kTwice ? 2 * rounds_ : reads_;
    std::memcpy(access.data.data(), &value, sizeof value);
    bench_.bench.ledger.book(status_cost_, cost::EnergyKind::kDynamic,
                             Energy::femtojoules(17 + offset) * access.tag->count, access.tag->purpose);
    access.tag->is_repeatable = offset != kReads;
    if (offset == kReads) log(access);
    access.delay += tlm_base::from_ps(2'345 + offset * 1'000);
    return true;
  }

  void run_engine() {
    for (;;) {
      wait(start_);
      for (std::uint32_t burst = 0; burst < 8; ++burst) {
        wait(tlm_base::from_ps(pause_ps_ + burst * 13));
        write(kShared + 4 * (rounds_ * 8 + burst) % 0x1000, rounds_ * 1000 + burst);
        // The engine runs on for a delta cycle at the same time, in which the core must not yet go on.
        wait(sc_core::SC_ZERO_TIME);
        write(kCode, encode::i(0x13, 0, s9, s9, static_cast<std::int32_t>(rounds_ * 8 + burst) & 0x7ff));
      }
      ++rounds_;
      write(kShared + 0x1000, rounds_);
      bench_.cpu.set_external_interrupt(true, now());
    }
  }

  void write(std::uint32_t address, std::uint32_t word) {
    std::memcpy(bench_.target.memory_at(address, 4).data(), &word, 4);
    bench_.cpu.foreign_write(address, 4);
  }

  CpuBench& bench_;
  Outcome& outcome_;
  sc_core::sc_event timer_event_, start_;
  std::uint64_t pause_ps_ = 0;
  std::uint32_t rounds_ = 0;
  std::uint32_t reads_ = 0;
  cost::ComponentId status_cost_ = bench_.bench.ledger.add_component("status");
};

/// Halts at instructions and data that the guest uses all the time, steps now and then, and moves its guards.
class Meddler final : public soc::Debugger {
 public:
  explicit Meddler(CpuBench& bench) : bench_(bench) { bench.cpu.set_debugger(this); }

  bool wants_halt() override { return ++questions_ % 97 == 0; }
  soc::Resumption halted(const soc::Halt& halt) override {
    ++halts_[halt.cause];
    soc::riscv::Guards guards;
    const auto guard = [&](std::uint32_t at, std::uint64_t bytes, bool on_execute) {
      guards.add({.start = at,
                  .end = at + bytes,
                  .on_execute = on_execute,
                  .on_load = !on_execute,
                  .on_store = !on_execute && random_() % 2 == 0});
    };
    for (int i = 0; i < 3; ++i) {
      guard(kCode + 4 * static_cast<std::uint32_t>(random_() % 2), 1, true);
      guard(kRam + 2 * static_cast<std::uint32_t>(random_() % 500), 1, true);
      guard(kShared + static_cast<std::uint32_t>(random_() % 0x800), 1 + random_() % 8, false);
    }
    guard(kEngine, 4, false);
    guard(kStatus + (random_() % 2 == 0 ? kRounds : kTwice), 4, false);
    bench_.cpu.set_guards(guards);
    return random_() % 4 == 0 ? soc::Resumption::kStep : soc::Resumption::kContinue;
  }
  void stalled(const std::string& why) override { FAIL() << why; }

  std::uint64_t halts(soc::HaltCause cause) { return halts_[cause]; }

 private:
  CpuBench& bench_;
  std::mt19937_64 random_{1};
  std::uint64_t questions_ = 0;
  std::map<soc::HaltCause, std::uint64_t> halts_;
};

/// Reads the statuses in turn for a while, and among them one whose reading acts, and memory.
void emit_polls(Assembler& code, int round) {
  code.li(t1, kStatus);
  code.addi(t2, zero, 5 + 4 * round);
  const auto poll = code.here_label();
  code.lw(s9, t1, kRounds);
  code.lw(s6, t1, kTwice);
  code.add(s7, s7, s6);
  code.lw(s6, t1, kRounds);
  code.sw(s7, s2, 0x404);
  code.addi(t2, t2, -1);
  code.bne(t2, zero, poll);
  code.lw(s6, t1, kReads);
  code.xor_(s9, s9, s6);
}

/// The guest: computes, calls the code that the engine replaces, polls memory and devices, waits for
/// interrupts, in an order drawn from `seed`.
void emit_guest(Assembler& code, std::uint64_t seed, bool sleeps) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  const auto handler = code.label(), start = code.label(), not_timer = code.label(), leave = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.j(start);
  code.align(4);
  code.bind(handler);
  code.csrr(t3, csr::mcause);
  code.csrr(t4, csr::mcycle);
  code.csrr(t5, csr::mepc);
  // A hash of when and where interrupts strike.
  code.slli(s10, s10, 1);
  code.add(s10, s10, t4);
  code.xor_(s10, s10, t5);
  code.andi(t3, t3, 15);
  code.addi(t3, t3, -7);
  code.bne(t3, zero, not_timer);
  code.li(t5, kTimer);
  code.addi(t4, zero, static_cast<std::int32_t>(100 + below(900)));
  code.sw(t4, t5, 0);
  code.j(leave);
  code.bind(not_timer);
  code.li(t5, kEngine);
  code.sw(zero, t5, 0);
  code.addi(s8, s8, 1);
  code.bind(leave);
  code.mret();
  code.bind(start);
  code.li(s2, kShared);
  code.li(s3, kEngine);
  code.li(s4, kTimer);
  code.li(t0, 0x880);
  code.csrw(csr::mie, t0);
  code.csrrsi(zero, csr::mstatus, 8);
  code.addi(t0, zero, 300);
  code.sw(t0, s4, 0);
  for (int round = 0; round < 12; ++round) {
    code.addi(t0, zero, static_cast<std::int32_t>(1 + below(2000)));
    code.sw(t0, s3, 0);  // start the engine
    code.li(a1, 20 + below(400));
    const auto loop = code.here_label();
    for (std::uint32_t n = 2 + below(6); n > 0; --n) {
      switch (below(8)) {
        case 0:
          code.mul(s9, s9, a1);
          break;
        case 1:
          code.div(s7, s9, a1);
          break;
        case 2:
          code.lw(s6, s2, static_cast<std::int32_t>(4 * below(256)));
          break;
        case 3:
          code.sw(s9, s2, static_cast<std::int32_t>(0x400 + 4 * below(200)));
          break;
        case 4:
          code.amo(0x00, s6, s2, a1);
          break;
        case 5:
          code.csrr(s6, csr::minstret);
          break;
        case 6:
          code.add(s9, s9, s6);
          break;
        default:
          code.xor_(s9, s9, s7);
          break;
      }
    }
    code.li(t0, kCode);
    code.jalr(ra, t0, 0);
    code.addi(a1, a1, -1);
    code.bne(a1, zero, loop);
    // Wait until the engine has finished this round: by interrupt, by polling memory, or by polling the
    // device.
    const auto again = code.here_label(), done = code.label();
    code.li(t1, kShared + 0x1000);
    code.lw(t2, t1, 0);
    code.addi(t2, t2, -(round + 1));
    code.beq(t2, zero, done);
    if (sleeps && round % 3 == 0) code.wfi();
    if (round % 3 == 1) code.lw(t2, s3, 0);
    if (round % 3 == 2) emit_polls(code, round);
    code.j(again);
    code.bind(done);
  }
  code.xor_(a0, s9, s10);
  code.li(t0, kRam + 0xb000);
  code.sw(a0, t0, 0);
  code.sw(s8, t0, 4);
  emit_exit(code);
}

Outcome run(const Mode& mode, std::uint64_t seed, bool sleeps) {
  Outcome outcome;
  CpuBench bench({.quantum_ps = mode.quantum_ps,
                  .use_dmi = mode.use_dmi,
                  .use_block_cache = mode.engine != Engine::kAnew,
                  .native_after = mode.engine == Engine::kNative ? 1u : 0u,
                  .max_instructions = 3'000'000});
  const Devices devices(bench, outcome);
  Assembler routine(kCode), code(kRam);
  routine.nop();
  routine.ret();
  bench.load(routine);
  emit_guest(code, seed, sleeps);
  bench.load(code);
  std::uint64_t observed = 0;
  if (mode.is_observed) {
    bench.cpu.set_instruction_listener([&](const soc::InstructionRecord&) { ++observed; });
    bench.cpu.set_boundary_hook([] {});
  }
  std::unique_ptr<Meddler> debugger;
  if (mode.is_debugged) debugger = std::make_unique<Meddler>(bench);
  bench.run();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit) << bench.stop.text;
  auto& ledger = bench.bench.ledger;
  ledger.settle(bench.stop.time_ps);
  EXPECT_TRUE(ledger.audit());
  outcome.counters = bench.cpu.counters();
  outcome.end_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
  outcome.exit_code = bench.cpu.x(a0);
  outcome.energy = ledger.total().in_attojoules();
  outcome.ram = bench.target.ram;
  if (debugger != nullptr) {
    for (const auto cause : {soc::HaltCause::kStepped, soc::HaltCause::kInterrupt,
                             soc::HaltCause::kBreakpoint, soc::HaltCause::kLoad, soc::HaltCause::kStore}) {
      EXPECT_GT(debugger->halts(cause), 10u);
    }
  }
  if (mode.is_observed) {
    EXPECT_EQ(observed, outcome.counters.instructions + outcome.counters.exceptions);
  }
  return outcome;
}

class Neutrality : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(PollingAndSleeping, Neutrality, testing::Bool());

TEST_P(Neutrality, HoldsForEveryQuantumDmiCacheAndObserver) {
  for (const std::uint64_t seed : {1ull, 2ull, 3ull, 4ull, 5ull, 6ull}) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Outcome reference =
        run({.quantum_ps = 10'000'000, .use_dmi = true, .engine = Engine::kBlocks}, seed, GetParam());
    // The test is worth something only when all of it happens.
    EXPECT_GT(reference.counters.interrupts, 15u);
    EXPECT_EQ(reference.counters.sleep_cycles > 0, GetParam());
    EXPECT_EQ(reference.counters.cycles * 1000, reference.end_ps);
    EXPECT_LT(reference.status_transactions * 5, reference.counters.device_accesses);
    for (const std::uint64_t quantum_ps : {1ull, 100'000ull, 10'000'000ull, 10'000'000'000ull}) {
      for (const bool use_dmi : {true, false}) {
        for (const Engine engine : {Engine::kNative, Engine::kBlocks, Engine::kAnew}) {
          for (const bool is_observed : {false, true}) {
            if (quantum_ps == 1 && !use_dmi) continue;  // slow, and covered by the others
            SCOPED_TRACE(testing::Message()
                         << "quantum " << quantum_ps << " ps, dmi " << use_dmi << ", engine "
                         << static_cast<int>(engine) << ", observed " << is_observed);
            EXPECT_TRUE(run({quantum_ps, use_dmi, engine, is_observed}, seed, GetParam()) == reference);
          }
        }
      }
    }
  }
}

TEST_P(Neutrality, HoldsUnderADebugger) {
  for (const std::uint64_t seed : {1ull, 2ull, 3ull}) {
    const Outcome reference =
        run({.quantum_ps = 10'000'000, .use_dmi = true, .engine = Engine::kBlocks}, seed, GetParam());
    for (const std::uint64_t quantum_ps : {100'000ull, 10'000'000'000ull}) {
      for (const bool use_dmi : {true, false}) {
        for (const Engine engine : {Engine::kNative, Engine::kBlocks, Engine::kAnew}) {
          for (const bool is_observed : {true, false}) {
            SCOPED_TRACE(testing::Message()
                         << "seed " << seed << ", quantum " << quantum_ps << " ps, dmi " << use_dmi
                         << ", engine " << static_cast<int>(engine) << ", observed " << is_observed);
            EXPECT_TRUE(run({quantum_ps, use_dmi, engine, is_observed, true}, seed, GetParam()) == reference);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace mho::test
