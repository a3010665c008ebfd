// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The core against qemu-system-riscv32: random programs must leave the same memory behind, traps included.
// MHO_ISA_PROGRAMS sets how many programs run, MHO_ISA_SEED the first seed, MHO_ISA_ITEMS their length.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/isa/qemu.hpp"
#include "tests/isa/random_program.hpp"
#include "tests/models/soc/cpu/cpu_bench.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::test {
namespace {

constexpr unsigned kQemuSeconds = 60;
constexpr unsigned long kPrograms = 30, kItems = 12'000;

unsigned long setting(const char* name, unsigned long otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::strtoul(text, nullptr, 0) : otherwise;
}

/// The core with the devices of QEMU's machine that the programs use.
class IsaBench {
 public:
  IsaBench(const RandomProgram& program, soc::CpuOptions options) : bench_(options) {
    bench_.load(kRam, program.image);
    bench_.target.devices[kFinisher] = [this](const TestTarget::Access&) {
      bench_.cpu.request_stop(soc::StopCause::kGuestExit, 0, "finisher");
      return true;
    };
    bench_.target.devices[kClintMsip] = [this](const TestTarget::Access& access) {
      if (access.is_write) bench_.cpu.set_software_interrupt((access.data[0] & 1) != 0);
      return true;
    };
  }

  CpuBench& bench() { return bench_; }
  const std::vector<std::uint8_t>& run() {
    bench_.run();
    return bench_.target.ram;
  }

 private:
  CpuBench bench_;
};

std::uint32_t word_at(const std::vector<std::uint8_t>& memory, std::uint32_t address) {
  std::uint32_t value = 0;
  std::memcpy(&value, &memory.at(address - kQemuRam), sizeof value);
  return value;
}

std::string hex(std::uint32_t value) {
  std::ostringstream text;
  text << std::hex << "0x" << value;
  return text.str();
}

/// Of x0 … x31, f0 … f31 and fcsr, numbered from 0.
std::string register_name(std::uint32_t number) {
  if (number >= 64) return "fcsr";
  return (number < 32 ? 'x' : 'f') + std::to_string(number % 32);
}

/// Where two memories differ, in the order in which it helps: traps, registers, data.
std::string describe_difference(const RandomProgram& program, const std::vector<std::uint8_t>& ours,
                                const std::vector<std::uint8_t>& theirs) {
  std::ostringstream text;
  for (std::uint32_t at = program.log_start; at < kQemuRam + ours.size(); at += 16) {
    const auto same = [&](std::uint32_t offset) {
      return word_at(ours, at + offset) == word_at(theirs, at + offset);
    };
    if (same(0) && same(4) && same(8) && same(12)) continue;
    text << "trap " << (at - program.log_start) / 16 << " (mcause, mepc, mtval, mstatus): core";
    for (std::uint32_t o = 0; o < 16; o += 4) text << ' ' << hex(word_at(ours, at + o));
    text << ", qemu";
    for (std::uint32_t o = 0; o < 16; o += 4) text << ' ' << hex(word_at(theirs, at + o));
    text << '\n';
    break;
  }
  for (std::uint32_t reg = 1; reg < 65; ++reg) {
    const std::uint32_t at = program.registers + 4 * reg;
    if (word_at(ours, at) == word_at(theirs, at)) continue;
    text << register_name(reg) << ": core " << hex(word_at(ours, at)) << ", qemu " << hex(word_at(theirs, at))
         << '\n';
  }
  for (std::uint32_t at = kQemuRam; at < program.log_start; at += 4) {
    if (word_at(ours, at) == word_at(theirs, at)) continue;
    text << "first different word at " << hex(at) << ": core " << hex(word_at(ours, at)) << ", qemu "
         << hex(word_at(theirs, at)) << '\n';
    break;
  }
  return text.str();
}

/// An instruction that QEMU executed, and the registers before it.
struct QemuStep {
  std::uint32_t pc = 0;
  std::array<std::uint32_t, 64> x{};  ///< and f
};

/// QEMU's log, one instruction at a time.
class QemuLog {
 public:
  explicit QemuLog(const std::string& path) : log_(path) { advance(); }

  const QemuStep& step() const { return step_; }
  /// To the next instruction. False: there is none.
  bool advance() {
    step_ = {.pc = next_pc_};
    const bool has_step = has_next_;
    has_next_ = false;
    for (std::string line; !has_next_ && std::getline(log_, line);) take(line);
    return has_step;
  }

 private:
  void take(const std::string& line) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name == "pc") {
      words >> std::hex >> next_pc_;
      has_next_ = true;
    }
    if (name.empty() || (name[0] != 'x' && name[0] != 'f') || name.find('/') == std::string::npos) return;
    do {
      std::uint64_t value = 0;
      words >> std::hex >> value;
      const auto number = std::strtoul(name.c_str() + 1, nullptr, 10);
      step_.x.at(name[0] == 'x' ? number : 32 + number) = static_cast<std::uint32_t>(value);
    } while (words >> name);
  }

  std::ifstream log_;
  QemuStep step_;
  std::uint32_t next_pc_ = 0;
  bool has_next_ = false;
};

/// Runs both instruction by instruction and names the first at which they part.
std::string find_divergence(const std::string& qemu, const RandomProgram& program) {
  const std::string log = testing::TempDir() + "mho-isa-" + std::to_string(::getpid()) + ".log";
  run_in_qemu(qemu, program.image, kQemuSeconds, log);
  QemuLog steps(log);
  bool has_step = steps.advance();
  while (has_step && steps.step().pc != kQemuRam) has_step = steps.advance();
  IsaBench isa(program, {});
  std::string found;
  std::uint32_t previous = 0;
  auto& cpu = isa.bench().cpu;
  // A fetch that faults is a step in the core's eyes only.
  isa.bench().cpu.set_instruction_listener([&](const soc::InstructionRecord& record) {
    if (!found.empty() || record.length == 0 || !has_step) return;
    if (steps.step().pc != record.pc) {
      found = "after the instruction at " + hex(previous) + ": core at " + hex(record.pc) + ", qemu at " +
              hex(steps.step().pc);
    }
    previous = record.pc;
    has_step = steps.advance();
    if (!has_step || record.is_trapped) return;
    // The programs mask what differs by design in these two.
    const std::uint32_t number = (record.bits & 0x7f) == 0x73 ? record.bits >> 20 : 0;
    const bool is_masked = number == csr::mip || number == csr::mstatus;
    if (record.rd != 0 && !is_masked && steps.step().x.at(record.rd) != record.value) {
      found = "instruction " + hex(record.bits) + " at " + hex(record.pc) + ": " + register_name(record.rd) +
              " core " + hex(record.value) + ", qemu " + hex(steps.step().x[record.rd]);
    }
    if (!found.empty()) cpu.request_stop(soc::StopCause::kHostRequest, 0, "");
  });
  isa.run();
  std::remove(log.c_str());
  return found.empty() ? "no divergence found step by step" : found;
}

class AgainstQemu : public testing::Test {
 protected:
  void SetUp() override {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    qemu_ = find_qemu();
    MHO_REQUIRE_TOOL(!qemu_.empty(), "qemu-system-misc");
  }

  void compare(const RandomProgram& program) {
    const QemuResult theirs = run_in_qemu(qemu_, program.image, kQemuSeconds);
    ASSERT_EQ(theirs.failure, "");
    // Decoded anew each time, from blocks, and by host code from the first entry of a block on.
    for (const auto& [use_cache, native_after] :
         {std::pair(true, 1u), std::pair(true, 0u), std::pair(false, 0u)}) {
      for (const bool use_dmi : {true, false}) {
        SCOPED_TRACE(std::string("cache ") + (use_cache ? "on" : "off") + ", host code " +
                     (native_after != 0 ? "on" : "off") + ", dmi " + (use_dmi ? "on" : "off"));
        IsaBench isa(program, {.use_dmi = use_dmi,
                               .use_block_cache = use_cache,
                               .native_after = native_after,
                               .max_instructions = 50'000'000});
        const auto& ours = isa.run();
        if (native_after != 0 && use_dmi) instructions_ += isa.bench().cpu.counters().instructions;
        EXPECT_EQ(isa.bench().stop.cause, soc::StopCause::kGuestExit) << isa.bench().stop.text;
        if (ours == theirs.memory) continue;
        ADD_FAILURE() << describe_difference(program, ours, theirs.memory) << find_divergence(qemu_, program);
        return;
      }
    }
  }

  std::string qemu_;
  std::uint64_t instructions_ = 0;  ///< compared
};

TEST_F(AgainstQemu, RandomProgramsLeaveTheSameMemory) {
  const auto programs = setting("MHO_ISA_PROGRAMS", kPrograms);
  const auto first_seed = setting("MHO_ISA_SEED", 1);
  const auto items = static_cast<unsigned>(setting("MHO_ISA_ITEMS", kItems));
  for (unsigned long seed = first_seed; seed < first_seed + programs && !HasFailure(); ++seed) {
    SCOPED_TRACE("MHO_ISA_SEED=" + std::to_string(seed) + " MHO_ISA_ITEMS=" + std::to_string(items));
    compare(make_random_program(seed, items));
  }
  RecordProperty("instructions", std::to_string(instructions_));
  if (programs * items >= kPrograms * kItems) {
    EXPECT_GE(instructions_, 1'000'000u);
  }
}

TEST_F(AgainstQemu, IllegalEncodingsTrapOnBoth) {
  const auto seed = setting("MHO_ISA_SEED", 1);
  for (unsigned part = 0; part < 4 && !HasFailure(); ++part) {
    SCOPED_TRACE("MHO_ISA_SEED=" + std::to_string(seed) + " part " + std::to_string(part));
    compare(make_illegal_program(seed, part, 2'000));
  }
}

}  // namespace
}  // namespace mho::test
