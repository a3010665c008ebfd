// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What observers see: the instruction listener, the boundary hook, the waveform.
#include <gtest/gtest.h>

#include <map>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

TEST(InstructionListener, SeesEveryInstructionWithItsTimeAndResult) {
  CpuBench bench;
  std::vector<soc::InstructionRecord> records;
  bench.cpu.set_instruction_listener(
      [&](const soc::InstructionRecord& record) { records.push_back(record); });
  Assembler code(kRam);
  const auto handler = code.label();
  code.la(t0, handler);       // 0, 1 ns
  code.csrw(csr::mtvec, t0);  // 2
  code.half(0x4515);          // 4: c.li a0, 5
  code.half(0x0000);          // 5: illegal
  code.align(4);
  code.bind(handler);
  emit_exit(code);  // 9, 10, 11
  bench.load(code);
  bench.run();
  ASSERT_EQ(records.size(), 8u);
  EXPECT_EQ(records[3].time_ps, 4'000u);
  EXPECT_EQ(records[3].pc, kRam + 12);
  EXPECT_EQ(records[3].bits, 0x4515u);
  EXPECT_EQ(records[3].length, 2u);
  EXPECT_EQ(records[3].rd, 10u);
  EXPECT_EQ(records[3].value, 5u);
  EXPECT_FALSE(records[3].is_trapped);
  EXPECT_EQ(records[4].pc, kRam + 14);
  EXPECT_TRUE(records[4].is_trapped);
  EXPECT_EQ(records[5].time_ps, 9'000u);
  EXPECT_EQ(records[5].pc, kRam + 16);
  EXPECT_EQ(records[7].rd, 0u);
}

TEST(BoundaryHook, SetDuringAnAccessSeesTheVeryNextInstruction) {
  CpuBench bench;
  std::vector<std::uint32_t> visited;
  bench.target.devices[kDevices] = [&](const TestTarget::Access&) {
    bench.cpu.set_boundary_hook([&] { visited.push_back(bench.cpu.pc()); });
    return true;
  };
  Assembler code(kRam);
  code.li(t0, kDevices);
  code.lw(t1, t0, 0);
  const std::uint32_t next = code.here();
  code.addi(a0, zero, 1);
  emit_exit(code);
  bench.load(code);
  bench.run();
  ASSERT_FALSE(visited.empty());
  EXPECT_EQ(visited.front(), next);
}

TEST(BoundaryHook, MayInspectChangeAndEndItself) {
  CpuBench bench;
  std::vector<std::uint32_t> visited;
  bench.cpu.set_boundary_hook([&] {
    visited.push_back(bench.cpu.pc());
    if (visited.size() == 2) {
      bench.cpu.set_x(a0, 20);
      bench.cpu.set_pc(bench.cpu.pc() + 4);
    }
    if (visited.size() == 3) {
      EXPECT_TRUE(bench.cpu.set_csr(csr::mscratch, 99));
      bench.cpu.set_boundary_hook({});
    }
  });
  Assembler code(kRam);
  code.addi(a0, zero, 1);
  code.addi(a0, zero, 2);  // jumped over
  code.addi(a0, a0, 1);
  code.csrr(s2, csr::mscratch);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.exit_code, 21);
  EXPECT_EQ(bench.cpu.x(s2), 99u);
  EXPECT_EQ(visited, (std::vector<std::uint32_t>{kRam, kRam + 4, kRam + 12}));
}

/// Keeps every change, by signal name.
class RecordingTrace final : public trace::TraceSink {
 public:
  trace::SignalId declare_bits(std::string_view path, unsigned, trace::Detail) override {
    names.emplace_back(path);
    return static_cast<trace::SignalId>(names.size() - 1);
  }
  trace::SignalId declare_real(std::string_view path, trace::Detail detail) override {
    return declare_bits(path, 64, detail);
  }
  void change(trace::SignalId signal, std::uint64_t time_ps, std::uint64_t value) override {
    changes[names.at(signal)].emplace_back(time_ps, value);
  }
  void change_real(trace::SignalId, std::uint64_t, double) override {}
  bool enabled() const override { return true; }

  std::vector<std::string> names;
  std::map<std::string, std::vector<std::pair<std::uint64_t, std::uint64_t>>> changes;
};

TEST(Waveform, ShowsProgramCounterTrapsLinesAndSleep) {
  Kernel kernel;
  cost::Ledger ledger;
  RecordingTrace trace;
  const tlm_base::Context context{
      .ledger = ledger, .trace = trace, .transactions = nullptr, .random = Random{1}};
  const std::vector<soc::MemoryRange> memories{{.base = kRam, .size = kRamBytes}};
  TestTarget target("target");
  soc::Cpu cpu("cpu", {}, context, memories);
  cpu.socket.bind(target.socket);
  cpu.reset(kRam);
  Assembler code(kRam);
  const auto handler = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.li(t1, 0x800);
  code.csrw(csr::mie, t1);
  code.wfi();
  code.ecall();
  code.align(4);
  code.bind(handler);
  code.j(code.here_label());
  const auto bytes = code.finish();
  std::ranges::copy(bytes, target.ram.begin());
  sc_core::sc_spawn([&] {
    wait(tlm_base::from_ps(1'000'500));
    cpu.set_external_interrupt(true, 1'000'500);
  });
  sc_core::sc_start();
  using Changes = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(trace.changes["soc.cpu.mei"], (Changes{{1'000'500, 1}}));
  EXPECT_EQ(trace.changes["soc.cpu.wfi"], (Changes{{10'000, 1}, {1'001'000, 0}}));
  EXPECT_EQ(trace.changes["soc.cpu.trap_cause"], (Changes{{1'001'000, 11}}));
  const auto& pc = trace.changes["soc.cpu.pc"];
  EXPECT_NE(std::ranges::find(pc, std::pair<std::uint64_t, std::uint64_t>{1'001'000, kRam + 28}), pc.end());
  EXPECT_NE(std::ranges::find(pc, std::pair<std::uint64_t, std::uint64_t>{1'005'000, kRam + 32}), pc.end());
  // Every instruction, sleep left out: 2 + 1 + 2 + 1 + 1, ecall, j.
  EXPECT_EQ(trace.changes["soc.cpu.pc_every"].size(), 9u);
  EXPECT_EQ(cpu.stop_report().cause, soc::StopCause::kJumpsToItself);
}

}  // namespace
}  // namespace mho::test
