// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An assembler for tests: one function per instruction, labels, and code as bytes at a known address.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace mho::test {

enum Reg : std::uint32_t {
  zero,
  ra,
  sp,
  gp,
  tp,
  t0,
  t1,
  t2,
  s0,
  s1,
  a0,
  a1,
  a2,
  a3,
  a4,
  a5,
  a6,
  a7,
  s2,
  s3,
  s4,
  s5,
  s6,
  s7,
  s8,
  s9,
  s10,
  s11,
  t3,
  t4,
  t5,
  t6
};

// clang-format off
enum Freg : std::uint32_t { f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, f12, f13, f14, f15, 
                            f16, f17, f18, f19, f20, f21, f22, f23, f24, f25, f26, f27, f28, f29, f30, f31 };
// clang-format on

/// Values of the field rm.
namespace rm {
inline constexpr std::uint32_t rne = 0, rtz = 1, rdn = 2, rup = 3, rmm = 4, dyn = 7;
}

namespace csr {
inline constexpr std::uint32_t fflags = 0x001, frm = 0x002, fcsr = 0x003, mstatus = 0x300, misa = 0x301,
                               mie = 0x304, mtvec = 0x305, mcounteren = 0x306, mcountinhibit = 0x320,
                               mscratch = 0x340, mepc = 0x341, mcause = 0x342, mtval = 0x343, mip = 0x344,
                               mcycle = 0xb00, minstret = 0xb02, mcycleh = 0xb80, minstreth = 0xb82,
                               cycle = 0xc00, time = 0xc01, instret = 0xc02, cycleh = 0xc80, timeh = 0xc81,
                               instreth = 0xc82, pmpcfg0 = 0x3a0, pmpaddr0 = 0x3b0, mvendorid = 0xf11,
                               marchid = 0xf12, mimpid = 0xf13, mhartid = 0xf14;
}

/// Encodings of the 32-bit formats.
namespace encode {
constexpr std::uint32_t r(std::uint32_t opcode, std::uint32_t f3, std::uint32_t f7, std::uint32_t rd,
                          std::uint32_t rs1, std::uint32_t rs2) {
  return f7 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t i(std::uint32_t opcode, std::uint32_t f3, std::uint32_t rd, std::uint32_t rs1,
                          std::int32_t immediate) {
  return static_cast<std::uint32_t>(immediate) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t s(std::uint32_t opcode, std::uint32_t f3, std::uint32_t rs1, std::uint32_t rs2,
                          std::int32_t immediate) {
  const auto u = static_cast<std::uint32_t>(immediate);
  return (u >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 | (u & 0x1f) << 7 | opcode;
}
constexpr std::uint32_t b(std::uint32_t f3, std::uint32_t rs1, std::uint32_t rs2, std::int32_t offset) {
  const auto u = static_cast<std::uint32_t>(offset);
  return (u >> 12 & 1) << 31 | (u >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
         (u >> 1 & 0xf) << 8 | (u >> 11 & 1) << 7 | 0x63;
}
constexpr std::uint32_t j(std::uint32_t rd, std::int32_t offset) {
  const auto u = static_cast<std::uint32_t>(offset);
  return (u >> 20 & 1) << 31 | (u >> 1 & 0x3ff) << 21 | (u >> 11 & 1) << 20 | (u >> 12 & 0xff) << 12 |
         rd << 7 | 0x6f;
}
}  // namespace encode

class Assembler {
 public:
  using Label = std::size_t;

  explicit Assembler(std::uint32_t origin) : origin_(origin) {}

  std::uint32_t here() const { return origin_ + static_cast<std::uint32_t>(bytes_.size()); }
  Label label() {
    labels_.push_back(kUnbound);
    return labels_.size() - 1;
  }
  void bind(Label label) { labels_[label] = here(); }
  Label here_label() {
    const Label result = label();
    bind(result);
    return result;
  }
  std::uint32_t address_of(Label label) const { return labels_.at(label); }

  void word(std::uint32_t bits) {
    half(static_cast<std::uint16_t>(bits));
    half(static_cast<std::uint16_t>(bits >> 16));
  }
  void half(std::uint16_t bits) {
    bytes_.push_back(static_cast<std::uint8_t>(bits));
    bytes_.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  void align(std::uint32_t bytes) {
    while (here() % bytes != 0) bytes_.push_back(0);
  }
  void skip_to(std::uint32_t address) {
    while (here() < address) bytes_.push_back(0);
  }

  // RV32I
  void lui(Reg rd, std::uint32_t upper) { word((upper & 0xfffff000) | rd << 7 | 0x37); }
  void auipc(Reg rd, std::uint32_t upper) { word((upper & 0xfffff000) | rd << 7 | 0x17); }
  void addi(Reg rd, Reg rs1, std::int32_t i) { word(encode::i(0x13, 0, rd, rs1, i)); }
  void slti(Reg rd, Reg rs1, std::int32_t i) { word(encode::i(0x13, 2, rd, rs1, i)); }
  void sltiu(Reg rd, Reg rs1, std::int32_t i) { word(encode::i(0x13, 3, rd, rs1, i)); }
  void xori(Reg rd, Reg rs1, std::int32_t i) { word(encode::i(0x13, 4, rd, rs1, i)); }
  void ori(Reg rd, Reg rs1, std::int32_t i) { word(encode::i(0x13, 6, rd, rs1, i)); }
  void andi(Reg rd, Reg rs1, std::int32_t i) { word(encode::i(0x13, 7, rd, rs1, i)); }
  void slli(Reg rd, Reg rs1, unsigned n) { word(encode::r(0x13, 1, 0, rd, rs1, n)); }
  void srli(Reg rd, Reg rs1, unsigned n) { word(encode::r(0x13, 5, 0, rd, rs1, n)); }
  void srai(Reg rd, Reg rs1, unsigned n) { word(encode::r(0x13, 5, 0x20, rd, rs1, n)); }
  void add(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 0, 0, rd, a, b)); }
  void sub(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 0, 0x20, rd, a, b)); }
  void sll(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 1, 0, rd, a, b)); }
  void slt(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 2, 0, rd, a, b)); }
  void sltu(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 3, 0, rd, a, b)); }
  void xor_(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 4, 0, rd, a, b)); }
  void srl(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 5, 0, rd, a, b)); }
  void sra(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 5, 0x20, rd, a, b)); }
  void or_(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 6, 0, rd, a, b)); }
  void and_(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 7, 0, rd, a, b)); }
  void lb(Reg rd, Reg base, std::int32_t i) { word(encode::i(0x03, 0, rd, base, i)); }
  void lh(Reg rd, Reg base, std::int32_t i) { word(encode::i(0x03, 1, rd, base, i)); }
  void lw(Reg rd, Reg base, std::int32_t i) { word(encode::i(0x03, 2, rd, base, i)); }
  void lbu(Reg rd, Reg base, std::int32_t i) { word(encode::i(0x03, 4, rd, base, i)); }
  void lhu(Reg rd, Reg base, std::int32_t i) { word(encode::i(0x03, 5, rd, base, i)); }
  void sb(Reg value, Reg base, std::int32_t i) { word(encode::s(0x23, 0, base, value, i)); }
  void sh(Reg value, Reg base, std::int32_t i) { word(encode::s(0x23, 1, base, value, i)); }
  void sw(Reg value, Reg base, std::int32_t i) { word(encode::s(0x23, 2, base, value, i)); }
  void beq(Reg a, Reg b, Label to) { branch(0, a, b, to); }
  void bne(Reg a, Reg b, Label to) { branch(1, a, b, to); }
  void blt(Reg a, Reg b, Label to) { branch(4, a, b, to); }
  void bge(Reg a, Reg b, Label to) { branch(5, a, b, to); }
  void bltu(Reg a, Reg b, Label to) { branch(6, a, b, to); }
  void bgeu(Reg a, Reg b, Label to) { branch(7, a, b, to); }
  void jal(Reg rd, Label to) {
    fixups_.push_back({.at = here(), .to = to, .is_jump = true});
    word(encode::j(rd, 0));
  }
  void j(Label to) { jal(zero, to); }
  void jalr(Reg rd, Reg base, std::int32_t i) { word(encode::i(0x67, 0, rd, base, i)); }
  void ret() { jalr(zero, ra, 0); }
  void fence() { word(0x0ff0000f); }
  void fence_i() { word(0x0000100f); }
  void ecall() { word(0x00000073); }
  void ebreak() { word(0x00100073); }
  void mret() { word(0x30200073); }
  void wfi() { word(0x10500073); }
  void nop() { addi(zero, zero, 0); }
  void mv(Reg rd, Reg rs) { addi(rd, rs, 0); }

  // RV32M
  void mul(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 0, 1, rd, a, b)); }
  void mulh(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 1, 1, rd, a, b)); }
  void mulhsu(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 2, 1, rd, a, b)); }
  void mulhu(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 3, 1, rd, a, b)); }
  void div(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 4, 1, rd, a, b)); }
  void divu(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 5, 1, rd, a, b)); }
  void rem(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 6, 1, rd, a, b)); }
  void remu(Reg rd, Reg a, Reg b) { word(encode::r(0x33, 7, 1, rd, a, b)); }

  // RV32A; amo() takes funct5
  void lr(Reg rd, Reg address) { amo(0x02, rd, address, zero); }
  void sc(Reg rd, Reg address, Reg value) { amo(0x03, rd, address, value); }
  void amo(std::uint32_t funct5, Reg rd, Reg address, Reg value) {
    word(encode::r(0x2f, 2, funct5 << 2, rd, address, value));
  }

  // RV32F
  void flw(Freg rd, Reg base, std::int32_t i) { word(encode::i(0x07, 2, rd, base, i)); }
  void fsw(Freg rs, Reg base, std::int32_t i) { word(encode::s(0x27, 2, base, rs, i)); }
  void fmadd(Freg rd, Freg a, Freg b, Freg c, std::uint32_t mode = rm::dyn) {
    fused(0x43, rd, a, b, c, mode);
  }
  void fmsub(Freg rd, Freg a, Freg b, Freg c, std::uint32_t mode = rm::dyn) {
    fused(0x47, rd, a, b, c, mode);
  }
  void fnmsub(Freg rd, Freg a, Freg b, Freg c, std::uint32_t mode = rm::dyn) {
    fused(0x4b, rd, a, b, c, mode);
  }
  void fnmadd(Freg rd, Freg a, Freg b, Freg c, std::uint32_t mode = rm::dyn) {
    fused(0x4f, rd, a, b, c, mode);
  }
  void fadd(Freg rd, Freg a, Freg b, std::uint32_t mode = rm::dyn) { op_fp(0x00, mode, rd, a, b); }
  void fsub(Freg rd, Freg a, Freg b, std::uint32_t mode = rm::dyn) { op_fp(0x04, mode, rd, a, b); }
  void fmul(Freg rd, Freg a, Freg b, std::uint32_t mode = rm::dyn) { op_fp(0x08, mode, rd, a, b); }
  void fdiv(Freg rd, Freg a, Freg b, std::uint32_t mode = rm::dyn) { op_fp(0x0c, mode, rd, a, b); }
  void fsqrt(Freg rd, Freg a, std::uint32_t mode = rm::dyn) { op_fp(0x2c, mode, rd, a, 0); }
  void fsgnj(Freg rd, Freg a, Freg b) { op_fp(0x10, 0, rd, a, b); }
  void fsgnjn(Freg rd, Freg a, Freg b) { op_fp(0x10, 1, rd, a, b); }
  void fsgnjx(Freg rd, Freg a, Freg b) { op_fp(0x10, 2, rd, a, b); }
  void fmin(Freg rd, Freg a, Freg b) { op_fp(0x14, 0, rd, a, b); }
  void fmax(Freg rd, Freg a, Freg b) { op_fp(0x14, 1, rd, a, b); }
  void fle(Reg rd, Freg a, Freg b) { op_fp(0x50, 0, rd, a, b); }
  void flt(Reg rd, Freg a, Freg b) { op_fp(0x50, 1, rd, a, b); }
  void feq(Reg rd, Freg a, Freg b) { op_fp(0x50, 2, rd, a, b); }
  void fcvt_w_s(Reg rd, Freg a, std::uint32_t mode = rm::dyn) { op_fp(0x60, mode, rd, a, 0); }
  void fcvt_wu_s(Reg rd, Freg a, std::uint32_t mode = rm::dyn) { op_fp(0x60, mode, rd, a, 1); }
  void fcvt_s_w(Freg rd, Reg a, std::uint32_t mode = rm::dyn) { op_fp(0x68, mode, rd, a, 0); }
  void fcvt_s_wu(Freg rd, Reg a, std::uint32_t mode = rm::dyn) { op_fp(0x68, mode, rd, a, 1); }
  void fmv_x_w(Reg rd, Freg a) { op_fp(0x70, 0, rd, a, 0); }
  void fclass(Reg rd, Freg a) { op_fp(0x70, 1, rd, a, 0); }
  void fmv_w_x(Freg rd, Reg a) { op_fp(0x78, 0, rd, a, 0); }
  /// funct7, funct3 and the three register fields of OP-FP.
  void op_fp(std::uint32_t funct7, std::uint32_t f3, std::uint32_t rd, std::uint32_t a, std::uint32_t b) {
    word(encode::r(0x53, f3, funct7, rd, a, b));
  }

  // Zicsr
  void csrrw(Reg rd, std::uint32_t number, Reg rs1) { csr_op(1, rd, number, rs1); }
  void csrrs(Reg rd, std::uint32_t number, Reg rs1) { csr_op(2, rd, number, rs1); }
  void csrrc(Reg rd, std::uint32_t number, Reg rs1) { csr_op(3, rd, number, rs1); }
  void csrrwi(Reg rd, std::uint32_t number, std::uint32_t value) { csr_op(5, rd, number, value); }
  void csrrsi(Reg rd, std::uint32_t number, std::uint32_t value) { csr_op(6, rd, number, value); }
  void csrrci(Reg rd, std::uint32_t number, std::uint32_t value) { csr_op(7, rd, number, value); }
  void csrr(Reg rd, std::uint32_t number) { csrrs(rd, number, zero); }
  void csrw(std::uint32_t number, Reg rs1) { csrrw(zero, number, rs1); }

  /// Always two instructions.
  void li(Reg rd, std::uint32_t value) {
    const std::uint32_t upper = value + 0x800;
    lui(rd, upper);
    addi(rd, rd, static_cast<std::int32_t>(value << 20) >> 20);
  }
  void la(Reg rd, Label to) {
    fixups_.push_back({.at = here(), .to = to, .is_jump = false, .is_address = true});
    li(rd, 0);
  }

  /// The finished code.
  std::vector<std::uint8_t> finish() {
    for (const auto& fixup : fixups_) resolve(fixup);
    fixups_.clear();
    return bytes_;
  }
  std::uint32_t origin() const { return origin_; }

 private:
  void fused(std::uint32_t opcode, Freg rd, Freg a, Freg b, Freg c, std::uint32_t mode) {
    word(encode::r(opcode, mode, c << 2, rd, a, b));
  }

  static constexpr std::uint32_t kUnbound = 0xffffffff;
  struct Fixup {
    std::uint32_t at;
    Label to;
    bool is_jump;
    bool is_address = false;
  };

  void csr_op(std::uint32_t f3, Reg rd, std::uint32_t number, std::uint32_t rs1) {
    word(number << 20 | rs1 << 15 | f3 << 12 | rd << 7 | 0x73);
  }
  void branch(std::uint32_t f3, Reg a, Reg b, Label to) {
    fixups_.push_back({.at = here(), .to = to, .is_jump = false});
    word(encode::b(f3, a, b, 0));
  }
  std::uint32_t load_word(std::uint32_t at) const {
    std::uint32_t value = 0;
    for (unsigned k = 0; k < 4; ++k) value |= std::uint32_t{bytes_.at(at - origin_ + k)} << 8 * k;
    return value;
  }
  void store_word(std::uint32_t at, std::uint32_t value) {
    for (unsigned k = 0; k < 4; ++k) bytes_.at(at - origin_ + k) = static_cast<std::uint8_t>(value >> 8 * k);
  }
  void resolve(const Fixup& fixup) {
    const std::uint32_t target = labels_.at(fixup.to);
    if (target == kUnbound) throw std::logic_error("assembler: unbound label");
    const auto offset = static_cast<std::int32_t>(target - fixup.at);
    if (fixup.is_address) {
      store_word(fixup.at, load_word(fixup.at) | ((target + 0x800) & 0xfffff000));
      store_word(fixup.at + 4, load_word(fixup.at + 4) | target << 20);
    } else if (fixup.is_jump) {
      store_word(fixup.at, load_word(fixup.at) | encode::j(0, offset));
    } else {
      store_word(fixup.at, load_word(fixup.at) | encode::b(0, 0, 0, offset));
    }
  }

  std::uint32_t origin_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::uint32_t> labels_;
  std::vector<Fixup> fixups_;
};

}  // namespace mho::test
