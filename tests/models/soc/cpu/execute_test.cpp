// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What each instruction computes. Expected values are written out from the instruction set manual.
#include <gtest/gtest.h>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

/// Runs `body` and returns what it left in a0.
template <typename Body>
std::uint32_t result_of(Body body) {
  CpuBench bench;
  Assembler code(kRam);
  body(code);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit) << bench.stop.text;
  return bench.cpu.x(a0);
}

using Ternary = void (Assembler::*)(Reg, Reg, Reg);
struct Binary {
  const char* name;
  Ternary emit;
  std::uint32_t a, b, expected;
};

const Binary kBinary[] = {
    {"add", &Assembler::add, 0xffff'ffff, 2, 1},
    {"sub", &Assembler::sub, 1, 2, 0xffff'ffff},
    {"sll", &Assembler::sll, 1, 63, 0x8000'0000},
    {"slt", &Assembler::slt, 0x8000'0000, 0, 1},
    {"slt", &Assembler::slt, 0, 0x8000'0000, 0},
    {"sltu", &Assembler::sltu, 0x8000'0000, 0, 0},
    {"sltu", &Assembler::sltu, 0, 1, 1},
    {"xor", &Assembler::xor_, 0xff00'ff00, 0x0ff0'0ff0, 0xf0f0'f0f0},
    {"srl", &Assembler::srl, 0x8000'0000, 31, 1},
    {"srl", &Assembler::srl, 0x8000'0000, 33, 0x4000'0000},
    {"sra", &Assembler::sra, 0x8000'0000, 31, 0xffff'ffff},
    {"or", &Assembler::or_, 0xf0, 0x0f, 0xff},
    {"and", &Assembler::and_, 0xfc, 0x3f, 0x3c},
    {"mul", &Assembler::mul, 0xffff'ffff, 0xffff'ffff, 1},
    {"mul", &Assembler::mul, 0x1'0001, 0x1'0001, 0x2'0001},
    {"mulh", &Assembler::mulh, 0xffff'ffff, 0xffff'ffff, 0},
    {"mulh", &Assembler::mulh, 0x8000'0000, 0x8000'0000, 0x4000'0000},
    {"mulh", &Assembler::mulh, 0x8000'0000, 0x7fff'ffff, 0xc000'0000},
    {"mulhsu", &Assembler::mulhsu, 0xffff'ffff, 0xffff'ffff, 0xffff'ffff},
    {"mulhsu", &Assembler::mulhsu, 0x7fff'ffff, 0xffff'ffff, 0x7fff'fffe},
    {"mulhu", &Assembler::mulhu, 0xffff'ffff, 0xffff'ffff, 0xffff'fffe},
    {"div", &Assembler::div, static_cast<std::uint32_t>(-7), 2, static_cast<std::uint32_t>(-3)},
    {"div by 0", &Assembler::div, 7, 0, 0xffff'ffff},
    {"div overflow", &Assembler::div, 0x8000'0000, 0xffff'ffff, 0x8000'0000},
    {"divu", &Assembler::divu, 0xffff'fffe, 2, 0x7fff'ffff},
    {"divu by 0", &Assembler::divu, 7, 0, 0xffff'ffff},
    {"rem", &Assembler::rem, static_cast<std::uint32_t>(-7), 2, 0xffff'ffff},
    {"rem by 0", &Assembler::rem, 7, 0, 7},
    {"rem overflow", &Assembler::rem, 0x8000'0000, 0xffff'ffff, 0},
    {"remu", &Assembler::remu, 0xffff'ffff, 10, 5},
    {"remu by 0", &Assembler::remu, 0x8000'0000, 0, 0x8000'0000},
};

TEST(Execute, RegisterOperations) {
  for (const Binary& c : kBinary) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(result_of([&](Assembler& code) {
                code.li(a1, c.a);
                code.li(a2, c.b);
                (code.*c.emit)(a0, a1, a2);
              }),
              c.expected);
    // Source and destination may be the same register.
    EXPECT_EQ(result_of([&](Assembler& code) {
                code.li(a0, c.a);
                code.li(a2, c.b);
                (code.*c.emit)(a0, a0, a2);
              }),
              c.expected);
  }
}

TEST(Execute, ImmediateOperations) {
  const auto immediate = [](auto emit, std::uint32_t a, auto b) {
    return result_of([&](Assembler& code) {
      code.li(a1, a);
      (code.*emit)(a0, a1, b);
    });
  };
  EXPECT_EQ(immediate(&Assembler::addi, 5, -6), 0xffff'ffffu);
  EXPECT_EQ(immediate(&Assembler::slti, 0xffff'fffe, -1), 1u);
  EXPECT_EQ(immediate(&Assembler::sltiu, 5, -1), 1u);
  EXPECT_EQ(immediate(&Assembler::sltiu, 0xffff'ffff, -1), 0u);
  EXPECT_EQ(immediate(&Assembler::xori, 0x0f, -1), 0xffff'fff0u);
  EXPECT_EQ(immediate(&Assembler::ori, 0x0f, 0xf0), 0xffu);
  EXPECT_EQ(immediate(&Assembler::andi, 0xffff, -16), 0xfff0u);
  EXPECT_EQ(immediate(&Assembler::slli, 3, 31u), 0x8000'0000u);
  EXPECT_EQ(immediate(&Assembler::srli, 0x8000'0000, 4u), 0x0800'0000u);
  EXPECT_EQ(immediate(&Assembler::srai, 0x8000'0000, 4u), 0xf800'0000u);
}

TEST(Execute, UpperImmediates) {
  EXPECT_EQ(result_of([](Assembler& code) { code.lui(a0, 0x8765'4000); }), 0x8765'4000u);
  EXPECT_EQ(result_of([](Assembler& code) {
              code.nop();
              code.auipc(a0, 0xfffff000);
            }),
            kRam + 4 - 0x1000);
}

TEST(Execute, RegisterZeroStaysZero) {
  EXPECT_EQ(result_of([](Assembler& code) {
              code.li(t0, kRam);
              code.addi(zero, zero, 5);
              code.lui(zero, 0x1000);
              code.lw(zero, t0, 0);
              code.mul(zero, t0, t0);
              code.csrr(zero, csr::misa);
              const auto next = code.label();
              code.jal(zero, next);
              code.bind(next);
              code.amo(0x00, zero, t0, zero);
              code.add(a0, zero, zero);
            }),
            0u);
}

TEST(Execute, LoadsExtendAndStoresTruncate) {
  constexpr std::uint32_t kData = kRam + 0x2000;
  CpuBench bench;
  Assembler code(kRam);
  code.li(t0, kData);
  code.li(t1, 0x1234'8687);
  code.sw(t1, t0, 0);
  code.lb(s2, t0, 0);
  code.lbu(s3, t0, 1);
  code.lh(s4, t0, 0);
  code.lhu(s5, t0, 0);
  code.lw(s6, t0, 0);
  code.sb(t1, t0, 8);
  code.sh(t1, t0, 12);
  code.sw(t1, t0, -4);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(s2), 0xffff'ff87u);
  EXPECT_EQ(bench.cpu.x(s3), 0x86u);
  EXPECT_EQ(bench.cpu.x(s4), 0xffff'8687u);
  EXPECT_EQ(bench.cpu.x(s5), 0x8687u);
  EXPECT_EQ(bench.cpu.x(s6), 0x1234'8687u);
  EXPECT_EQ(bench.word(kData + 8), 0x87u);
  EXPECT_EQ(bench.word(kData + 12), 0x8687u);
  EXPECT_EQ(bench.word(kData - 4), 0x1234'8687u);
}

TEST(Execute, BranchesCompareAsTheirNamesSay) {
  struct Case {
    void (Assembler::*emit)(Reg, Reg, Assembler::Label);
    std::uint32_t a, b;
    bool is_taken;
  };
  const Case cases[] = {
      {&Assembler::beq, 1, 1, true},
      {&Assembler::beq, 1, 2, false},
      {&Assembler::bne, 1, 2, true},
      {&Assembler::bne, 1, 1, false},
      {&Assembler::blt, 0xffff'ffff, 0, true},
      {&Assembler::blt, 0, 0, false},
      {&Assembler::bge, 0, 0, true},
      {&Assembler::bge, 0x8000'0000, 0, false},
      {&Assembler::bltu, 0, 0xffff'ffff, true},
      {&Assembler::bltu, 0xffff'ffff, 0, false},
      {&Assembler::bgeu, 0xffff'ffff, 0, true},
      {&Assembler::bgeu, 0, 1, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(result_of([&](Assembler& code) {
                const auto there = code.label();
                code.li(a1, c.a);
                code.li(a2, c.b);
                code.addi(a0, zero, 1);
                (code.*c.emit)(a1, a2, there);
                code.addi(a0, zero, 0);
                code.bind(there);
              }),
              c.is_taken ? 1u : 0u);
  }
}

TEST(Execute, JumpsLinkAndIndirectTargetsDropTheLowestBit) {
  CpuBench bench;
  Assembler code(kRam);
  const auto function = code.label(), end = code.label();
  code.la(t0, function);
  code.addi(t0, t0, 1);
  code.jalr(t0, t0, 0);  // link register and base are the same
  code.jal(ra, function);
  code.j(end);
  code.bind(function);
  code.addi(a0, a0, 1);
  const auto by_ra = code.label();
  code.bne(ra, zero, by_ra);
  code.jalr(zero, t0, 0);
  code.bind(by_ra);
  code.ret();
  code.bind(end);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.exit_code, 2);
  EXPECT_EQ(bench.cpu.x(t0), kRam + 16);
  EXPECT_EQ(bench.cpu.x(ra), kRam + 20);
}

TEST(Execute, AtomicsReturnTheOldValueAndStoreTheNew) {
  struct Case {
    std::uint32_t funct5, memory, operand, expected;
  };
  const Case cases[] = {
      {0x01, 5, 9, 9},
      {0x00, 0xffff'ffff, 2, 1},
      {0x04, 0xff, 0x0f, 0xf0},
      {0x0c, 0xff, 0x0f, 0x0f},
      {0x08, 0xf0, 0x0f, 0xff},
      {0x10, 0x8000'0000, 1, 0x8000'0000},
      {0x10, 1, 0x8000'0000, 0x8000'0000},
      {0x14, 0x8000'0000, 1, 1},
      {0x18, 0x8000'0000, 1, 1},
      {0x1c, 0x8000'0000, 1, 0x8000'0000},
  };
  for (const bool use_dmi : {true, false}) {
    for (const Case& c : cases) {
      SCOPED_TRACE(testing::Message() << std::hex << "funct5 " << c.funct5);
      CpuBench bench({.use_dmi = use_dmi});
      Assembler code(kRam);
      code.li(t0, kRam + 0x2000);
      code.li(a1, c.memory);
      code.sw(a1, t0, 0);
      code.li(a2, c.operand);
      code.amo(c.funct5, a2, t0, a2);  // destination and operand are the same
      emit_exit(code);
      bench.load(code);
      bench.run();
      EXPECT_EQ(bench.cpu.x(a2), c.memory);
      EXPECT_EQ(bench.word(kRam + 0x2000), c.expected);
    }
  }
}

/// Emits lr, `between`, sc; returns the result of sc: 0 for success.
template <typename Between>
std::uint32_t store_conditional(Between between) {
  return result_of([&](Assembler& code) {
    code.li(t0, kRam + 0x2000);
    code.li(t1, 77);
    code.sw(t1, t0, 0);
    code.lr(t2, t0);
    between(code);
    code.sc(a0, t0, zero);
  });
}

TEST(Execute, StoreConditionalSucceedsOnlyWithItsReservation) {
  EXPECT_EQ(store_conditional([](Assembler&) {}), 0u);
  EXPECT_EQ(store_conditional([](Assembler& code) { code.addi(t1, t1, 1); }), 0u);
  // A store of another value to the word breaks it, one beside the word does not.
  EXPECT_EQ(store_conditional([](Assembler& code) { code.sb(zero, t0, 0); }), 1u);
  EXPECT_EQ(store_conditional([](Assembler& code) { code.sw(zero, t0, 4); }), 0u);
  // Another reservation replaces it; a store-conditional uses it up.
  EXPECT_EQ(store_conditional([](Assembler& code) {
              code.addi(t3, t0, 4);
              code.lr(t4, t3);
            }),
            1u);
  EXPECT_EQ(store_conditional([](Assembler& code) { code.sc(t4, t0, t1); }), 1u);
}

TEST(Execute, FailedStoreConditionalDoesNotStore) {
  CpuBench bench;
  Assembler code(kRam);
  code.li(t0, kRam + 0x2000);
  code.li(t1, 77);
  code.sw(t1, t0, 0);
  code.sc(a0, t0, zero);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(a0), 1u);
  EXPECT_EQ(bench.word(kRam + 0x2000), 77u);
}

TEST(Execute, InstructionsMayCrossAPage) {
  CpuBench bench;
  Assembler code(kRam + 0xff8);
  code.half(0x0001);  // c.nop moves what follows to 2 mod 4
  code.addi(a0, zero, 40);
  code.addi(a0, a0, 2);  // the last two bytes lie in the next page
  emit_exit(code);
  bench.load(code);
  bench.cpu.reset(kRam + 0xff8);
  bench.run();
  EXPECT_EQ(bench.stop.exit_code, 42);
}

TEST(Execute, ArgumentsArriveInRegisters) {
  CpuBench bench;
  Assembler code(kRam);
  code.add(a0, a0, a1);
  emit_exit(code);
  bench.load(code);
  bench.cpu.reset(kRam, 30, 7);
  bench.run();
  EXPECT_EQ(bench.stop.exit_code, 37);
}

}  // namespace
}  // namespace mho::test
