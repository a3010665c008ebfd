// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Floating point instructions: which operation each one is, its operands, its flags, and the state of the
// unit.
#include <gtest/gtest.h>

#include <functional>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kData = kRam + 0x2000;
constexpr std::uint32_t kHalf = 0x3f00'0000, kOne = 0x3f80'0000, kTwo = 0x4000'0000, kThree = 0x4040'0000,
                        kFive = 0x40a0'0000, kSix = 0x40c0'0000, kSeven = 0x40e0'0000, kNine = 0x4110'0000,
                        kThird = 0x3eaa'aaab, kMinus = 0x8000'0000, kNan = 0x7fc0'0000;
constexpr std::uint32_t kOff = 0, kInitial = 1, kClean = 2, kDirty = 3;

void emit_status(Assembler& code, std::uint32_t status) {
  code.li(t0, 3u << 13);
  code.csrrc(zero, csr::mstatus, t0);
  code.li(t0, status << 13);
  code.csrrs(zero, csr::mstatus, t0);
}

std::uint32_t status_of(CpuBench& bench) {
  return bench.cpu.csr(csr::mstatus).value() >> 13 & 3;
}

/// A bench on which `body` has run with the unit clean, f1, f2, f3 and a1 set, and t1 pointing to memory.
struct FloatRun {
  explicit FloatRun(const std::function<void(Assembler&)>& body, std::uint32_t one = 0, std::uint32_t two = 0,
                    std::uint32_t three = 0, std::uint32_t status = kClean) {
    Assembler code(kRam);
    code.li(t1, kData);
    emit_status(code, status);
    body(code);
    emit_exit(code);
    bench.load(code);
    bench.cpu.set_f(1, one);
    bench.cpu.set_f(2, two);
    bench.cpu.set_f(3, three);
    bench.cpu.set_x(a1, one);
    bench.run();
    EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit) << bench.stop.text;
  }
  std::uint32_t flags() { return bench.cpu.csr(csr::fflags).value(); }

  CpuBench bench;
};

struct Case {
  const char* name;
  std::function<void(Assembler&)> emit;  ///< result in f4 or a0
  std::uint32_t one, two, three, expected, flags;
};

const Case kToFloat[] = {
    {"fadd", [](Assembler& c) { c.fadd(f4, f1, f2); }, kOne, kTwo, 0, kThree, 0},
    {"fsub", [](Assembler& c) { c.fsub(f4, f1, f2); }, kFive, kTwo, 0, kThree, 0},
    {"fsub of equals down", [](Assembler& c) { c.fsub(f4, f1, f2, rm::rdn); }, kFive, kFive, 0, kMinus, 0},
    {"fmul", [](Assembler& c) { c.fmul(f4, f1, f2); }, kTwo, kThree, 0, kSix, 0},
    {"fdiv", [](Assembler& c) { c.fdiv(f4, f1, f2); }, kOne, kThree, 0, kThird, 1},
    {"fdiv down", [](Assembler& c) { c.fdiv(f4, f1, f2, rm::rdn); }, kOne, kThree, 0, kThird - 1, 1},
    {"fdiv up", [](Assembler& c) { c.fdiv(f4, f1, f2, rm::rup); }, kOne, kThree, 0, kThird, 1},
    {"fdiv to zero", [](Assembler& c) { c.fdiv(f4, f1, f2, rm::rtz); }, kMinus | kOne, kThree, 0,
     kMinus | (kThird - 1), 1},
    {"fdiv by zero", [](Assembler& c) { c.fdiv(f4, f1, f2); }, kOne, kMinus, 0, 0xff80'0000, 8},
    {"fsqrt", [](Assembler& c) { c.fsqrt(f4, f1); }, kNine, 0, 0, kThree, 0},
    {"fsqrt of a negative", [](Assembler& c) { c.fsqrt(f4, f1); }, kMinus | kNine, 0, 0, kNan, 16},
    {"fmadd", [](Assembler& c) { c.fmadd(f4, f1, f2, f3); }, kTwo, kThree, kOne, kSeven, 0},
    {"fmsub", [](Assembler& c) { c.fmsub(f4, f1, f2, f3); }, kTwo, kThree, kOne, kFive, 0},
    {"fnmsub", [](Assembler& c) { c.fnmsub(f4, f1, f2, f3); }, kTwo, kThree, kOne, kMinus | kFive, 0},
    {"fnmadd", [](Assembler& c) { c.fnmadd(f4, f1, f2, f3); }, kTwo, kThree, kOne, kMinus | kSeven, 0},
    // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24, which rounding the product first would lose.
    {"fmsub rounds once", [](Assembler& c) { c.fmsub(f4, f1, f2, f3); }, 0x3f80'0800, 0x3f80'0800,
     0x3f80'1000, 0x3380'0000, 0},
    {"fsgnj", [](Assembler& c) { c.fsgnj(f4, f1, f2); }, kOne, kMinus, 0, kMinus | kOne, 0},
    {"fsgnjn", [](Assembler& c) { c.fsgnjn(f4, f1, f2); }, kOne, kTwo, 0, kMinus | kOne, 0},
    {"fsgnjx", [](Assembler& c) { c.fsgnjx(f4, f1, f2); }, kMinus | kOne, kMinus | kTwo, 0, kOne, 0},
    {"fsgnj keeps a NaN", [](Assembler& c) { c.fsgnj(f4, f1, f2); }, 0x7f80'0005, kMinus, 0, 0xff80'0005, 0},
    {"fmin", [](Assembler& c) { c.fmin(f4, f1, f2); }, kTwo, kOne, 0, kOne, 0},
    {"fmax", [](Assembler& c) { c.fmax(f4, f1, f2); }, kTwo, kOne, 0, kTwo, 0},
    {"fcvt.s.w", [](Assembler& c) { c.fcvt_s_w(f4, a1); }, static_cast<std::uint32_t>(-3), 0, 0,
     kMinus | kThree, 0},
    {"fcvt.s.wu", [](Assembler& c) { c.fcvt_s_wu(f4, a1); }, 0xffff'ffff, 0, 0, 0x4f80'0000, 1},
    {"fcvt.s.wu to zero", [](Assembler& c) { c.fcvt_s_wu(f4, a1, rm::rtz); }, 0xffff'ffff, 0, 0, 0x4f7f'ffff,
     1},
    {"fmv.w.x", [](Assembler& c) { c.fmv_w_x(f4, a1); }, 0x7f80'0001, 0, 0, 0x7f80'0001, 0},
    {"overflow", [](Assembler& c) { c.fmul(f4, f1, f2); }, 0x7f7f'ffff, kTwo, 0, 0x7f80'0000, 5},
    {"underflow", [](Assembler& c) { c.fmul(f4, f1, f2); }, 0x0080'0001, kHalf, 0, 0x0040'0000, 3},
    {"a NaN becomes canonical", [](Assembler& c) { c.fadd(f4, f1, f2); }, 0xffc1'2345, kOne, 0, kNan, 0},
    {"a signaling NaN is invalid", [](Assembler& c) { c.fadd(f4, f1, f2); }, 0x7f80'0001, kOne, 0, kNan, 16},
};

const Case kToInteger[] = {
    {"fcvt.w.s", [](Assembler& c) { c.fcvt_w_s(a0, f1, rm::rtz); }, 0xc020'0000, 0, 0,
     static_cast<std::uint32_t>(-2), 1},
    {"fcvt.w.s to even", [](Assembler& c) { c.fcvt_w_s(a0, f1, rm::rne); }, 0x4020'0000, 0, 0, 2, 1},
    {"fcvt.w.s away", [](Assembler& c) { c.fcvt_w_s(a0, f1, rm::rmm); }, 0x4020'0000, 0, 0, 3, 1},
    {"fcvt.w.s of a NaN", [](Assembler& c) { c.fcvt_w_s(a0, f1); }, 0xffc0'0000, 0, 0, 0x7fff'ffff, 16},
    {"fcvt.w.s too small", [](Assembler& c) { c.fcvt_w_s(a0, f1); }, 0xff80'0000, 0, 0, 0x8000'0000, 16},
    {"fcvt.wu.s", [](Assembler& c) { c.fcvt_wu_s(a0, f1); }, 0x4f7f'ffff, 0, 0, 0xffff'ff00, 0},
    {"fcvt.wu.s of -1", [](Assembler& c) { c.fcvt_wu_s(a0, f1); }, kMinus | kOne, 0, 0, 0, 16},
    {"fcvt.wu.s of -0.5", [](Assembler& c) { c.fcvt_wu_s(a0, f1, rm::rtz); }, kMinus | kHalf, 0, 0, 0, 1},
    {"fmv.x.w", [](Assembler& c) { c.fmv_x_w(a0, f1); }, 0xff80'0001, 0, 0, 0xff80'0001, 0},
    {"feq", [](Assembler& c) { c.feq(a0, f1, f2); }, 0, kMinus, 0, 1, 0},
    {"feq of a quiet NaN", [](Assembler& c) { c.feq(a0, f1, f2); }, kNan, kNan, 0, 0, 0},
    {"flt", [](Assembler& c) { c.flt(a0, f1, f2); }, kOne, kTwo, 0, 1, 0},
    {"flt of equals", [](Assembler& c) { c.flt(a0, f1, f2); }, kOne, kOne, 0, 0, 0},
    {"flt of a quiet NaN", [](Assembler& c) { c.flt(a0, f1, f2); }, kNan, kOne, 0, 0, 16},
    {"fle", [](Assembler& c) { c.fle(a0, f1, f2); }, kOne, kOne, 0, 1, 0},
    {"fle of negatives", [](Assembler& c) { c.fle(a0, f1, f2); }, kMinus | kOne, kMinus | kTwo, 0, 0, 0},
    {"fclass", [](Assembler& c) { c.fclass(a0, f1); }, 0xff80'0000, 0, 0, 1, 0},
};

TEST(Float, OperationsWithFloatingPointResults) {
  for (const Case& c : kToFloat) {
    SCOPED_TRACE(c.name);
    FloatRun run(c.emit, c.one, c.two, c.three);
    EXPECT_EQ(run.bench.cpu.f(4), c.expected);
    EXPECT_EQ(run.flags(), c.flags);
    EXPECT_EQ(status_of(run.bench), kDirty);
  }
}

TEST(Float, OperationsWithIntegerResultsDirtyTheUnitOnlyByTheirFlags) {
  for (const Case& c : kToInteger) {
    SCOPED_TRACE(c.name);
    FloatRun run(c.emit, c.one, c.two, c.three);
    EXPECT_EQ(run.bench.cpu.x(a0), c.expected);
    EXPECT_EQ(run.flags(), c.flags);
    EXPECT_EQ(status_of(run.bench), c.flags != 0 ? kDirty : kClean);
  }
}

TEST(Float, LoadsAndStoresMoveBits) {
  for (const std::uint32_t status : {kInitial, kDirty}) {
    FloatRun run(
        [](Assembler& code) {
          code.fsw(f1, t1, 4);
          code.flw(f5, t1, 4);
          code.fsw(f5, t1, -8);
        },
        0x7f80'0001, 0, 0, status);
    EXPECT_EQ(run.bench.word(kData + 4), 0x7f80'0001u);
    EXPECT_EQ(run.bench.cpu.f(5), 0x7f80'0001u);
    EXPECT_EQ(run.bench.word(kData - 8), 0x7f80'0001u);
    EXPECT_EQ(status_of(run.bench), kDirty);
  }
}

TEST(Float, CompressedLoadsAndStoresMoveBits) {
  FloatRun run(
      [](Assembler& code) {
        code.mv(s0, t1);
        code.mv(sp, t1);
        code.fsw(f1, t1, 8);
        code.half(0x6400);  // c.flw f8, 8(x8)
        code.half(0xe440);  // c.fsw f8, 12(x8)
        code.half(0x64b2);  // c.flwsp f9, 12(sp)
        code.half(0xe826);  // c.fswsp f9, 16(sp)
      },
      kThird);
  EXPECT_EQ(run.bench.cpu.f(8), kThird);
  EXPECT_EQ(run.bench.cpu.f(9), kThird);
  EXPECT_EQ(run.bench.word(kData + 16), kThird);
}

TEST(Float, StoresLeaveTheUnitClean) {
  FloatRun run([](Assembler& code) { code.fsw(f1, t1, 0); }, kOne);
  EXPECT_EQ(run.bench.word(kData), kOne);
  EXPECT_EQ(status_of(run.bench), kClean);
}

TEST(Float, DynamicModeIsThatOfFrm) {
  for (const std::uint32_t mode : {rm::rne, rm::rtz, rm::rdn, rm::rup, rm::rmm}) {
    FloatRun run(
        [&](Assembler& code) {
          code.csrrwi(zero, csr::frm, mode);
          code.fdiv(f4, f1, f2);
        },
        kOne, kThree);
    EXPECT_EQ(run.bench.cpu.f(4), mode == rm::rtz || mode == rm::rdn ? kThird - 1 : kThird) << mode;
  }
}

TEST(Float, FlagsAccumulateAndTheRegistersOverlap) {
  FloatRun run(
      [](Assembler& code) {
        code.csrrwi(zero, csr::frm, rm::rup);
        code.fdiv(f4, f1, f3);  // by zero
        code.fdiv(f4, f1, f2);  // inexact
        code.csrr(s2, csr::fcsr);
        code.csrrwi(s3, csr::fflags, 0x10);
        code.csrr(s4, csr::fcsr);
        code.li(t2, 0xffff'ffff);
        code.csrrw(zero, csr::fcsr, t2);
        code.csrr(s5, csr::fcsr);
        code.csrr(s6, csr::frm);
      },
      kOne, kThree, 0);
  EXPECT_EQ(run.bench.cpu.x(s2), 0x69u);
  EXPECT_EQ(run.bench.cpu.x(s3), 0x09u);
  EXPECT_EQ(run.bench.cpu.x(s4), 0x70u);
  EXPECT_EQ(run.bench.cpu.x(s5), 0xffu);
  EXPECT_EQ(run.bench.cpu.x(s6), 0x07u);
}

TEST(Float, WritingItsRegistersDirtiesTheUnitAndReadingDoesNot) {
  FloatRun reading([](Assembler& code) { code.csrr(a0, csr::fcsr); });
  EXPECT_EQ(status_of(reading.bench), kClean);
  FloatRun writing([](Assembler& code) { code.csrrwi(zero, csr::fflags, 0); });
  EXPECT_EQ(status_of(writing.bench), kDirty);
  EXPECT_EQ(writing.bench.cpu.csr(csr::mstatus).value() >> 31, 1u);
}

/// mcause and mtval of the trap that the only instruction of `emit` meets.
std::pair<std::uint32_t, std::uint32_t> trap_of(std::uint32_t status,
                                                const std::function<void(Assembler&)>& emit,
                                                std::uint32_t frm = 0) {
  CpuBench bench;
  Assembler code(kRam);
  const auto handler = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.li(t1, kData);
  emit_status(code, kInitial);
  code.csrrwi(zero, csr::frm, frm);
  emit_status(code, status);
  emit(code);
  code.align(4);
  code.bind(handler);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.counters().exceptions, 1u);
  EXPECT_EQ(status_of(bench), status);
  return {bench.cpu.csr(csr::mcause).value(), bench.cpu.csr(csr::mtval).value()};
}

TEST(Float, EverythingIsIllegalWhileTheUnitIsOff) {
  const std::function<void(Assembler&)> instructions[] = {
      [](Assembler& c) { c.fadd(f4, f1, f2); },
      [](Assembler& c) { c.fmadd(f4, f1, f2, f3); },
      [](Assembler& c) { c.fsgnj(f4, f1, f2); },
      [](Assembler& c) { c.feq(a0, f1, f2); },
      [](Assembler& c) { c.fmv_x_w(a0, f1); },
      [](Assembler& c) { c.fmv_w_x(f1, a0); },
      [](Assembler& c) { c.fcvt_s_w(f1, a0); },
      [](Assembler& c) { c.flw(f1, t1, 0); },
      [](Assembler& c) { c.fsw(f1, t1, 0); },
      [](Assembler& c) { c.csrr(a0, csr::fflags); },
      [](Assembler& c) { c.csrrwi(zero, csr::frm, 0); },
      [](Assembler& c) { c.csrr(a0, csr::fcsr); },
  };
  for (const auto& emit : instructions) {
    Assembler code(0);
    emit(code);
    const auto bytes = code.finish();
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof word);
    EXPECT_EQ(trap_of(kOff, emit), std::pair(2u, word));
  }
}

TEST(Float, ReservedDynamicModesAreIllegalWhereTheModeMatters) {
  for (const std::uint32_t mode : {5u, 6u, 7u}) {
    EXPECT_EQ(trap_of(
                  kClean, [](Assembler& c) { c.fadd(f4, f1, f2); }, mode)
                  .first,
              2u);
    EXPECT_EQ(trap_of(
                  kClean, [](Assembler& c) { c.fcvt_s_w(f4, a0); }, mode)
                  .first,
              2u);
    FloatRun run(
        [&](Assembler& code) {
          code.csrrwi(zero, csr::frm, mode);
          code.fadd(f4, f1, f2, rm::rne);
          code.fmin(f5, f1, f2);
        },
        kOne, kTwo);
    EXPECT_EQ(run.bench.cpu.f(4), kThree);
    EXPECT_EQ(run.bench.cpu.f(5), kOne);
  }
}

TEST(Float, AFaultingLoadLeavesTheUnitClean) {
  EXPECT_EQ(trap_of(kClean,
                    [](Assembler& code) {
                      code.li(t1, 0x3000'0000);
                      code.flw(f1, t1, 0);
                    }),
            std::pair(5u, 0x3000'0000u));
}

TEST(Float, RegisterZeroOfTheUnitIsARegisterAndXZeroIsNot) {
  FloatRun run(
      [](Assembler& code) {
        code.fmv_w_x(f0, a1);
        code.fmv_x_w(zero, f0);
        code.add(a0, zero, zero);
      },
      kTwo);
  EXPECT_EQ(run.bench.cpu.f(0), kTwo);
  EXPECT_EQ(run.bench.cpu.x(a0), 0u);
}

TEST(Float, ARecordNamesTheRegisterWritten) {
  CpuBench bench;
  Assembler code(kRam);
  emit_status(code, kClean);
  code.li(a1, kTwo);
  code.fmv_w_x(f7, a1);
  emit_exit(code);
  bench.load(code);
  std::vector<soc::InstructionRecord> records;
  bench.cpu.set_instruction_listener([&](const soc::InstructionRecord& r) {
    if (r.rd >= 32) records.push_back(r);
  });
  bench.run();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].rd, 32u + 7u);
  EXPECT_EQ(records[0].value, kTwo);
}

}  // namespace
}  // namespace mho::test
