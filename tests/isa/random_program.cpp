// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/random_program.hpp"

#include <array>
#include <random>

#include "models/soc/cpu/instruction.hpp"
#include "tests/isa/qemu.hpp"
#include "tests/models/soc/cpu/assembler.hpp"

namespace mho::test {
namespace {

using soc::riscv::Instruction;
using soc::riscv::Operation;

constexpr std::uint32_t kImageBytes = 1u << 20;
constexpr std::uint32_t kData = kQemuRam + 0xc'0000;  ///< 4 KiB that random loads and stores reach
constexpr std::uint32_t kSave = kQemuRam + 0xc'2000;  ///< the handler's registers
constexpr std::uint32_t kRegisters = kQemuRam + 0xc'3000;
constexpr std::uint32_t kLog = kQemuRam + 0xd'0000;
constexpr std::uint32_t kCodeEnd = kQemuRam + 0xb'0000;
/// Slots behind kSave: where to go on after a fetch fault.
constexpr std::int32_t kResumeSlot = 12;

bool is_reserved(std::uint32_t reg) {
  return reg == sp || reg == s0 || reg == s1 || reg == gp || reg == tp || reg == s11;
}

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), code_(kQemuRam) {}

  RandomProgram make(unsigned items) {
    prologue();
    for (unsigned i = 0; i < items && code_.here() < kCodeEnd; ++i) item(true);
    return epilogue();
  }

  RandomProgram make_illegal(unsigned part, unsigned words) {
    prologue();
    for (std::uint32_t half = part * 0x4000; half < (part + 1) * 0x4000; ++half) {
      if (soc::riscv::is_compressed(half) && soc::riscv::decode(half).operation == Operation::kIllegal) {
        code_.half(static_cast<std::uint16_t>(half));
      }
    }
    for (unsigned i = 0; i < words; ++i) code_.word(illegal_word());
    return epilogue();
  }

 private:
  std::uint32_t bits() { return static_cast<std::uint32_t>(random_()); }
  std::uint32_t below(std::uint32_t n) { return bits() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }

  /// Values at which carries, signs and special cases of division happen turn up often.
  std::uint32_t value() {
    constexpr std::array<std::uint32_t, 10> kSpecial{
        0, 1, 2, 0xffff'ffff, 0x7fff'ffff, 0x8000'0000, 0x8000'0001, 0xffff, 0xffff'8000, 0x7f};
    if (chance(40)) return kSpecial[below(kSpecial.size())];
    return chance(50) ? bits() : bits() >> below(32);
  }
  Reg any() { return static_cast<Reg>(below(32)); }
  Reg target() {
    for (;;) {
      const Reg reg = any();
      if (!is_reserved(reg)) return reg;
    }
  }
  Reg base() {
    constexpr std::array<Reg, 3> kBases{sp, s0, s1};
    return kBases[below(kBases.size())];
  }

  // --- The frame of a program ------------------------------------------------------------------------------

  void prologue() {
    const auto start = code_.label();
    code_.j(start);
    code_.align(64);
    handler();
    code_.bind(start);
    code_.la(t0, table_);
    if (chance(50)) code_.addi(t0, t0, 1);  // vectored
    code_.csrw(csr::mtvec, t0);
    code_.csrrwi(zero, csr::mie, 0);
    code_.csrrwi(zero, csr::mscratch, 0);
    code_.li(gp, kLog);
    code_.li(tp, kSave);
    code_.ecall();  // brings mstatus and the trap registers to the same state on both machines
    for (std::uint32_t reg = 1; reg < 32; ++reg) {
      if (!is_reserved(reg)) code_.li(static_cast<Reg>(reg), value());
    }
    code_.li(sp, kData + 0x400);
    code_.li(s0, kData + 0x800);
    code_.li(s1, kData + 0x800 + 1 + below(3));
    code_.li(s11, 0);
  }

  void handler() {
    table_ = code_.here_label();
    const auto body = code_.label(), is_interrupt = code_.label(), is_fetch = code_.label(),
               is_short = code_.label(), leave = code_.label();
    for (unsigned i = 0; i < 16; ++i) code_.j(body);
    code_.bind(body);
    code_.sw(t0, tp, 0);
    code_.sw(t1, tp, 4);
    code_.sw(t2, tp, 8);
    code_.csrr(t0, csr::mcause);
    code_.csrr(t1, csr::mepc);
    code_.csrr(t2, csr::mtval);
    code_.sw(t0, gp, 0);
    code_.sw(t1, gp, 4);
    code_.sw(t2, gp, 8);
    code_.csrr(t2, csr::mstatus);
    code_.sw(t2, gp, 12);
    code_.addi(gp, gp, 16);
    code_.blt(t0, zero, is_interrupt);
    code_.addi(t0, t0, -1);
    code_.beq(t0, zero, is_fetch);
    code_.lhu(t2, t1, 0);
    code_.andi(t2, t2, 3);
    code_.addi(t2, t2, -3);
    code_.addi(t1, t1, 2);
    code_.bne(t2, zero, is_short);
    code_.addi(t1, t1, 2);
    code_.bind(is_short);
    code_.csrw(csr::mepc, t1);
    code_.bind(leave);
    code_.lw(t0, tp, 0);
    code_.lw(t1, tp, 4);
    code_.lw(t2, tp, 8);
    code_.mret();
    code_.bind(is_interrupt);
    code_.li(t1, kClintMsip);
    code_.sw(zero, t1, 0);
    code_.j(leave);
    code_.bind(is_fetch);
    code_.lw(t1, tp, kResumeSlot);
    code_.csrw(csr::mepc, t1);
    code_.j(leave);
  }

  RandomProgram epilogue() {
    // Every register is stored through x1, which is kept in mscratch meanwhile.
    code_.csrw(csr::mscratch, ra);
    code_.li(ra, kRegisters);
    for (std::uint32_t reg = 2; reg < 32; ++reg) {
      code_.sw(static_cast<Reg>(reg), ra, static_cast<std::int32_t>(4 * reg));
    }
    code_.csrr(t0, csr::mscratch);
    code_.sw(t0, ra, 4);
    code_.li(t0, kFinisher);
    code_.li(t1, 0x5555);
    const auto again = code_.here_label();
    code_.sw(t1, t0, 0);
    code_.j(again);
    RandomProgram program{.image = code_.finish(), .log_start = kLog, .registers = kRegisters};
    program.image.resize(kImageBytes);
    for (std::uint32_t at = kData - kQemuRam; at < kData - kQemuRam + 0x1000; ++at) {
      program.image[at] = static_cast<std::uint8_t>(bits());
    }
    return program;
  }

  // --- Items -----------------------------------------------------------------------------------------------

  void item(bool may_nest) {
    const std::uint32_t kind = below(100);
    if (kind < 25) {
      arithmetic();
    } else if (kind < 48) {
      compressed();
    } else if (kind < 62) {
      memory();
    } else if (kind < 68) {
      atomic();
    } else if (kind < 78) {
      may_nest ? skip() : arithmetic();
    } else if (kind < 80) {
      may_nest ? loop() : memory();
    } else if (kind < 86) {
      csr_access();
    } else if (kind < 92) {
      trap();
    } else if (kind < 94) {
      jump_register();
    } else if (kind < 95) {
      interrupt();
    } else if (kind < 96) {
      code_.fence();
    } else if (kind < 97) {
      patch();
    } else {
      code_.li(target(), value());
    }
  }

  void arithmetic() {
    constexpr std::array<std::uint32_t, 4> kOpcodes{0x13, 0x33, 0x37, 0x17};
    for (;;) {
      std::uint32_t word = (bits() & 0xffff'ff80) | kOpcodes[below(kOpcodes.size())];
      if ((word & 0x7f) == 0x33) {
        constexpr std::array<std::uint32_t, 3> kFunct7{0x00, 0x01, 0x20};
        word = (word & 0x01ff'ffff) | kFunct7[below(3)] << 25;
      }
      const Instruction instruction = soc::riscv::decode(word);
      if (instruction.operation == Operation::kIllegal || is_reserved(instruction.rd)) continue;
      code_.word(word);
      return;
    }
  }

  static bool is_safe_compressed(const Instruction& instruction) {
    const Operation operation = instruction.operation;
    if (soc::riscv::ends_block(operation) || is_reserved(instruction.rd)) return false;
    if (soc::riscv::is_load(operation) || soc::riscv::is_store(operation)) {
      return instruction.rs1 == sp || instruction.rs1 == s0 || instruction.rs1 == s1;
    }
    return true;
  }

  void compressed() {
    for (;;) {
      const auto half = static_cast<std::uint16_t>(bits());
      if (!soc::riscv::is_compressed(half) || !is_safe_compressed(soc::riscv::decode(half))) continue;
      code_.half(half);
      return;
    }
  }

  void memory() {
    const auto offset = static_cast<std::int32_t>(below(0x780)) - 0x3c0;
    const Reg address = base(), reg = target();
    switch (below(8)) {
      case 0:
        code_.lb(reg, address, offset);
        break;
      case 1:
        code_.lh(reg, address, offset);
        break;
      case 2:
        code_.lw(reg, address, offset);
        break;
      case 3:
        code_.lbu(reg, address, offset);
        break;
      case 4:
        code_.lhu(reg, address, offset);
        break;
      case 5:
        code_.sb(any(), address, offset);
        break;
      case 6:
        code_.sh(any(), address, offset);
        break;
      default:
        code_.sw(any(), address, offset);
        break;
    }
  }

  void atomic() {
    constexpr std::array<std::uint32_t, 9> kFunct5{0x01, 0x00, 0x04, 0x0c, 0x08, 0x10, 0x14, 0x18, 0x1c};
    const Reg address = chance(50) ? sp : s0;
    switch (below(6)) {
      case 0:
        code_.lr(target(), address);
        if (chance(30)) code_.sw(any(), address, 0);
        if (chance(20)) compressed();
        code_.sc(target(), chance(85) ? address : (address == sp ? s0 : sp), any());
        break;
      case 1:
        code_.sc(target(), address, any());
        break;
      default:
        code_.amo(kFunct5[below(kFunct5.size())], target(), address, any());
        break;
    }
  }

  /// A conditional branch or jump forward over a few items.
  void skip() {
    const auto behind = code_.label();
    switch (below(8)) {
      case 0:
        code_.beq(any(), any(), behind);
        break;
      case 1:
        code_.bne(any(), any(), behind);
        break;
      case 2:
        code_.blt(any(), any(), behind);
        break;
      case 3:
        code_.bge(any(), any(), behind);
        break;
      case 4:
        code_.bltu(any(), any(), behind);
        break;
      case 5:
        code_.bgeu(any(), any(), behind);
        break;
      case 6:
        code_.jal(target(), behind);
        break;
      default:
        compressed_skip();
        return;
    }
    for (std::uint32_t n = 1 + below(4); n > 0; --n) item(false);
    code_.bind(behind);
  }

  /// c.j, c.jal, c.beqz or c.bnez over one 32-bit instruction (and a 16-bit one).
  void compressed_skip() {
    constexpr std::array<std::uint16_t, 4> kJumps{0xa001, 0x2001, 0xc001, 0xe001};
    const std::uint32_t kind = below(4);
    const std::uint32_t offset = chance(50) ? 6 : 8;
    std::uint16_t half = kJumps[kind];
    if (kind < 2) {
      half = static_cast<std::uint16_t>(half | (offset >> 1 & 7) << 3);
    } else {
      half =
          static_cast<std::uint16_t>(half | (offset >> 1 & 3) << 3 | (offset >> 3 & 1) << 10 | below(8) << 7);
    }
    code_.half(half);
    arithmetic();
    if (offset == 8) compressed();
  }

  void loop() {
    code_.addi(s11, zero, static_cast<std::int32_t>(2 + below(6)));
    const auto again = code_.here_label();
    for (std::uint32_t n = 1 + below(6); n > 0; --n) item(false);
    code_.addi(s11, s11, -1);
    code_.bne(s11, zero, again);
  }

  void csr_access() {
    switch (below(8)) {
      case 0:
        csr_any(csr::mscratch);
        break;
      case 1:
        csr_any(csr::mcause);
        break;
      case 2:
        csr_any(csr::mtval);
        break;
      case 3:
      case 4:
        status_access();
        break;
      case 5:
        code_.csrr(target(), chance(50) ? csr::mepc : csr::mtvec);
        break;
      case 6:
        code_.csrr(target(), chance(50) ? csr::misa : csr::mhartid);
        break;
      default:
        code_.csrrsi(target(), csr::mtvec, chance(50) ? 2 : 0);
        break;
    }
  }

  void status_access() {
    const Reg reg = target_not_zero();
    if (chance(50)) {
      code_.csrrsi(reg, csr::mstatus, chance(50) ? 8 : 0);
    } else {
      code_.csrrci(reg, csr::mstatus, chance(50) ? 8 : 0);
    }
    code_.andi(reg, reg, 0x88);  // qemu shows user mode in MPP after mret, although it has none
  }

  void csr_any(std::uint32_t number) {
    switch (below(6)) {
      case 0:
        code_.csrrw(target(), number, any());
        break;
      case 1:
        code_.csrrs(target(), number, any());
        break;
      case 2:
        code_.csrrc(target(), number, any());
        break;
      case 3:
        code_.csrrwi(target(), number, below(32));
        break;
      case 4:
        code_.csrrsi(target(), number, below(32));
        break;
      default:
        code_.csrrci(target(), number, below(32));
        break;
    }
  }

  std::uint32_t illegal_word() {
    for (;;) {
      const std::uint32_t word = bits() | 3;
      if (soc::riscv::decode(word).operation == Operation::kIllegal) return word;
    }
  }

  /// Writes an instruction and executes it.
  void patch() {
    const auto place = code_.label();
    const Reg address = target_not_zero();
    Reg word = target_not_zero();
    while (word == address) word = target_not_zero();
    code_.la(address, place);
    code_.li(word, encode::i(0x13, 0, target(), any(), static_cast<std::int32_t>(below(0x800))));
    code_.sw(word, address, 0);
    code_.fence_i();
    code_.bind(place);
    code_.nop();
  }

  void trap() {
    switch (below(9)) {
      case 0:
        code_.ecall();
        break;
      case 1:
        code_.ebreak();
        break;
      case 2:
        code_.half(0x9002);
        break;  // c.ebreak
      case 3:
        code_.half(0x0000);
        break;
      case 4:
        code_.word(illegal_word());
        break;
      case 5: {
        // A register that does not exist, or a write to one that is read-only.
        constexpr std::array<std::uint32_t, 4> kMissing{0x180, 0x100, 0x105, 0x7c0};
        if (chance(50)) {
          code_.csrrw(target(), kMissing[below(4)], any());
        } else {
          code_.csrrw(target(), csr::mhartid, any());
        }
        break;
      }
      case 6: {
        const Reg reg = target_not_zero();
        code_.li(reg, kNowhere + below(0x1000) * 4);
        chance(50) ? code_.lw(target(), reg, 0) : code_.sw(any(), reg, 0);
        break;
      }
      case 7: {
        const Reg reg = target_not_zero();
        code_.li(reg, kNowhere + below(0x1000));
        chance(50) ? code_.lbu(target(), reg, 0) : code_.sb(any(), reg, 0);
        break;
      }
      default:
        jump_nowhere();
        break;
    }
  }

  Reg target_not_zero() {
    for (;;) {
      const Reg reg = target();
      if (reg != zero) return reg;
    }
  }

  void jump_nowhere() {
    const auto resume = code_.label();
    const Reg reg = target_not_zero();
    code_.la(reg, resume);
    code_.sw(reg, tp, kResumeSlot);
    code_.li(reg, kNowhere + below(0x1000) * 2);
    code_.jalr(target(), reg, 0);
    code_.bind(resume);
  }

  /// jalr forward, with the lowest bit of the target set at times, which is ignored.
  void jump_register() {
    const auto behind = code_.label();
    const Reg reg = target_not_zero();
    code_.la(reg, behind);
    if (chance(30)) code_.addi(reg, reg, 1);
    if (chance(40)) {
      // c.jr, c.jalr
      code_.half(static_cast<std::uint16_t>((chance(50) ? 0x8002 : 0x9002) | reg << 7));
    } else {
      code_.jalr(target(), reg, 0);
    }
    for (std::uint32_t n = below(3); n > 0; --n) arithmetic();
    code_.bind(behind);
  }

  /// Raises the software interrupt line while masked, passes a wfi, and lets the interrupt in.
  void interrupt() {
    const Reg reg = target_not_zero();
    Reg one = target_not_zero();
    while (one == reg) one = target_not_zero();
    code_.csrrci(zero, csr::mstatus, 8);
    code_.csrrsi(zero, csr::mie, 8);
    code_.li(reg, kClintMsip);
    code_.addi(one, zero, 1);
    code_.sw(one, reg, 0);
    code_.wfi();
    const Reg pending = target_not_zero();
    code_.csrr(pending, csr::mip);
    code_.andi(pending, pending, 8);  // qemu's timer line is up as well
    if (chance(70)) {
      code_.csrrsi(zero, csr::mstatus, 8);
    } else {
      code_.li(reg, kClintMsip);
      code_.sw(zero, reg, 0);
    }
    code_.csrrci(target(), csr::mie, 8);
  }

  std::mt19937_64 random_;
  Assembler code_;
  Assembler::Label table_ = 0;
};

}  // namespace

RandomProgram make_random_program(std::uint64_t seed, unsigned items) {
  return Generator(seed).make(items);
}

RandomProgram make_illegal_program(std::uint64_t seed, unsigned part, unsigned words) {
  return Generator(seed).make_illegal(part, words);
}

}  // namespace mho::test
