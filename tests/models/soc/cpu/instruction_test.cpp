// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/instruction.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/models/soc/cpu/assembler.hpp"

namespace mho::test {
namespace {

using soc::riscv::decode;
using soc::riscv::Instruction;
using soc::riscv::Operation;

struct Case {
  std::uint16_t bits;
  Operation operation;
  std::uint32_t rd, rs1, rs2;
  std::int32_t immediate;
};

/// Encodings made with GNU as 2.40; expansions read off the instruction set manual.
const Case kCompressed[] = {
    {0x1fe8, Operation::kAddi, a0, sp, 0, 1020},
    {0x0040, Operation::kAddi, s0, sp, 0, 4},
    {0x5cfc, Operation::kLw, a5, s1, 0, 124},
    {0x4120, Operation::kLw, s0, a0, 0, 64},
    {0xc0dc, Operation::kSw, 0, s1, a5, 4},
    {0x0001, Operation::kAddi, 0, 0, 0, 0},
    {0x1f81, Operation::kAddi, t6, t6, 0, -32},
    {0x00fd, Operation::kAddi, ra, ra, 0, 31},
    {0x2ffd, Operation::kJal, ra, 0, 0, 2046},
    {0x5dfd, Operation::kAddi, s11, 0, 0, -1},
    {0x457d, Operation::kAddi, a0, 0, 0, 31},
    {0x7101, Operation::kAddi, sp, sp, 0, -512},
    {0x617d, Operation::kAddi, sp, sp, 0, 496},
    {0x7281, Operation::kLui, t0, 0, 0, static_cast<std::int32_t>(0xfffe'0000)},
    {0x65fd, Operation::kLui, a1, 0, 0, 0x1f000},
    {0x82fd, Operation::kSrli, a3, a3, 0, 31},
    {0x8405, Operation::kSrai, s0, s0, 0, 1},
    {0x9a01, Operation::kAndi, a2, a2, 0, -32},
    {0x8c1d, Operation::kSub, s0, s0, a5, 0},
    {0x8d2d, Operation::kXor, a0, a0, a1, 0},
    {0x8cd9, Operation::kOr, s1, s1, a4, 0},
    {0x8fe1, Operation::kAnd, a5, a5, s0, 0},
    {0xb001, Operation::kJal, 0, 0, 0, -2048},
    {0xab99, Operation::kJal, 0, 0, 0, 1366},
    {0xd101, Operation::kBeq, 0, a0, 0, -256},
    {0xecfd, Operation::kBne, 0, s1, 0, 254},
    {0x0ffe, Operation::kSlli, t6, t6, 0, 31},
    {0x50fe, Operation::kLw, ra, sp, 0, 252},
    {0x4e12, Operation::kLw, t3, sp, 0, 4},
    {0x8082, Operation::kJalr, 0, ra, 0, 0},
    {0x857e, Operation::kAdd, a0, 0, t6, 0},
    {0x9002, Operation::kEbreak, 0, 0, 0, 0},
    {0x9282, Operation::kJalr, ra, t0, 0, 0},
    {0x9d92, Operation::kAdd, s11, s11, tp, 0},
    {0xdffe, Operation::kSw, 0, sp, t6, 252},
    {0xc002, Operation::kSw, 0, sp, 0, 0},
    {0x7cfc, Operation::kFlw, 32 + 15, s1, 0, 124},
    {0xe0dc, Operation::kFsw, 0, s1, 32 + 15, 4},
    {0x70fe, Operation::kFlw, 32 + 1, sp, 0, 252},
    {0x6012, Operation::kFlw, 32 + 0, sp, 0, 4},
    {0xfffe, Operation::kFsw, 0, sp, 32 + 31, 252},
};

TEST(Decode, CompressedInstructionsExpand) {
  for (const Case& c : kCompressed) {
    SCOPED_TRACE(testing::Message() << std::hex << "0x" << c.bits);
    // The half-word that follows must not matter.
    const Instruction instruction = decode(0xdead'0000 | c.bits);
    EXPECT_EQ(instruction.operation, c.operation);
    EXPECT_EQ(instruction.rd, c.rd);
    EXPECT_EQ(instruction.rs1, c.rs1);
    EXPECT_EQ(instruction.rs2, c.rs2);
    EXPECT_EQ(instruction.immediate, c.immediate);
    EXPECT_EQ(instruction.length, 2);
    EXPECT_EQ(instruction.bits, c.bits);
  }
}

TEST(Decode, ReservedCompressedEncodingsAreIllegal) {
  // Zero; c.addi4spn and c.addi16sp of 0; c.lui of 0; c.lwsp to x0; c.jr x0; shifts by 32 and more; c.subw;
  // loads and stores of doubles.
  for (const std::uint16_t bits : {0x0000, 0x0004, 0x6101, 0x6501, 0x4012, 0x8002, 0x1502, 0x9101, 0x9501,
                                   0x9d0d, 0x2000, 0xa000, 0x2002, 0xa002}) {
    EXPECT_EQ(decode(bits).operation, Operation::kIllegal) << std::hex << bits;
  }
}

TEST(Decode, ImmediatesOfEveryFormatComeBack) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    const auto twelve = static_cast<std::int32_t>(random()) >> 20;
    const std::int32_t thirteen = static_cast<std::int32_t>(random()) >> 19 & ~1;
    const std::int32_t twenty_one = static_cast<std::int32_t>(random()) >> 11 & ~1;
    EXPECT_EQ(decode(encode::i(0x13, 0, 1, 2, twelve)).immediate, twelve);
    EXPECT_EQ(decode(encode::s(0x23, 2, 1, 2, twelve)).immediate, twelve);
    EXPECT_EQ(decode(encode::b(1, 1, 2, thirteen)).immediate, thirteen);
    EXPECT_EQ(decode(encode::j(1, twenty_one)).immediate, twenty_one);
  }
}

TEST(Decode, UnsupportedExtensionsAreIllegal) {
  // fld, fsd, fadd.d, fmadd.d, fcvt.l.s, fcvt.s.d, fadd.s and fmadd.s with the reserved modes 5 and 6,
  // fsqrt.s with rs2, fclass.s with rs2, fsgnj.s 3, ld, addw, lr.d, sret, uret, sfence.vma, dret, andn,
  // amocas.w, lr with rs2, shift by 32.
  for (const std::uint32_t bits :
       {0x0000'3007u, 0x0000'3027u, 0x0200'0053u, 0x0200'0043u, 0xc020'0053u, 0x4010'0053u,
        0x0000'5053u, 0x0000'6043u, 0x5810'0053u, 0xe010'1053u, 0x2000'3053u, 0x0000'3003u,
        0x0000'003bu, 0x1000'302fu, 0x1020'0073u, 0x0020'0073u, 0x1200'0073u, 0x7b20'0073u,
        0x4000'7033u, 0x2800'202fu, 0x1010'202fu, 0x0200'1013u, 0xffff'ffffu}) {
    EXPECT_EQ(decode(bits).operation, Operation::kIllegal) << std::hex << bits;
  }
}

}  // namespace
}  // namespace mho::test
