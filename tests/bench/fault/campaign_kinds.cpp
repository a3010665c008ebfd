// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <fmt/format.h>

#include "models/base/error.hpp"
#include "registers/array_macro.hpp"
#include "registers/boot.hpp"
#include "registers/dru.hpp"
#include "registers/memory_map.hpp"
#include "tests/bench/fault/campaign.hpp"

namespace mho::bench {
namespace {

namespace map = registers::memory_map;

std::string time(Draws& draws, const Subject& s) {
  return fmt::format("time={}ns", static_cast<std::uint64_t>(draws.uniform() * s.end_s * 1e9));
}

/// While macros are programmed and the DRU works on its lists.
std::string device_time(Draws& draws, const Subject& s) {
  const double from_s = s.device_from_s, to_s = s.device_to_s;
  return fmt::format("time={}ns",
                     static_cast<std::uint64_t>((from_s + draws.uniform() * (to_s - from_s)) * 1e9));
}

/// A bit of a word of [address, address + bytes), flipped at any moment of the solve.
std::string ram_flip(Draws& draws, const Subject& s, std::uint32_t address, std::uint32_t bytes) {
  return fmt::format("ram:flip,address={:#x},bit={},{}", address + 4 * draws.below(bytes / 4),
                     draws.below(32), time(draws, s));
}

/// The driver copies the job block as soon as it runs: half of the flips are there before.
std::string hand_over_flip(Draws& draws, const Subject& s, std::uint32_t address, std::uint32_t bytes) {
  const bool is_early = draws.below(2) == 0;
  if (!is_early) return ram_flip(draws, s, address, bytes);
  return fmt::format("ram:flip,address={:#x},bit={},time=0", address + 4 * draws.below(bytes / 4),
                     draws.below(32));
}

std::uint32_t symbol(const Subject& s, const char* name) {
  const auto value = s.firmware.symbol(name);
  ensure(value.has_value(), "campaign: the firmware has no symbol {}", name);
  return *value;
}

std::string irq_lost(Draws& draws, const Subject&) {
  return fmt::format("dru.irq:lost,count={}", draws.between(1, 4));
}
std::string irq_never(Draws&, const Subject&) {
  return "dru.irq:lost";
}
std::string timer_spurious(Draws& draws, const Subject& s) {
  return fmt::format("{}.irq:spurious,every={}us,{}", draws.below(2) == 0 ? "timer" : "software",
                     draws.between(2, 500), time(draws, s));
}
std::string irq_spurious(Draws& draws, const Subject& s) {
  return "dru.irq:spurious," + time(draws, s);
}
std::string adc_dead(Draws& draws, const Subject&) {
  return fmt::format("adc.channel{}:dead", draws.below(12));
}
std::string adc_once(Draws& draws, const Subject& s) {
  return fmt::format("adc.channel{}:code_error={},count=1,{}", draws.below(12),
                     static_cast<int>(draws.below(256)) - 128, time(draws, s));
}
std::string adc_often(Draws& draws, const Subject&) {
  return fmt::format("adc:code_error={},probability={:.6f}", static_cast<int>(draws.between(1, 16)),
                     1e-4 + 1e-2 * draws.uniform() * draws.uniform());
}
std::string dac_stuck(Draws& draws, const Subject&) {
  return fmt::format("dac.channel{}:stuck={}", draws.below(12), static_cast<int>(draws.below(255)) - 127);
}
std::string bus_once(Draws& draws, const Subject& s) {
  return "bus:error,initiator=dru,count=1," + time(draws, s);
}
std::string bus_often(Draws& draws, const Subject&) {
  return fmt::format("bus:error,initiator=dru,probability={:.7f}",
                     1e-5 + 1e-2 * draws.uniform() * draws.uniform());
}
std::string bus_cpu(Draws& draws, const Subject& s) {
  return "bus:error,initiator=cpu,count=1," + time(draws, s);
}
std::string hung(Draws& draws, const Subject& s) {
  return fmt::format("macro.{}:hung,count=1,duration=1ms,{}", draws.below(2) == 0 ? "inv" : "mvm",
                     time(draws, s));
}
std::string hung_for_good(Draws& draws, const Subject& s) {
  return fmt::format("macro.{}{}:hung,{}", draws.below(2) == 0 ? "inv" : "mvm", draws.below(2),
                     time(draws, s));
}
/// A cell of a product: row j of the array holds column j of A.
std::string moved_cell(std::uint32_t macro, const char* array, int levels, std::uint32_t row,
                       std::uint32_t column) {
  return fmt::format("macro.mvm{}:disturbed={},array={},row={},column={}", macro, levels, array, row, column);
}
/// From the beginning, or from the last few writes of the job on.
std::string stuck_cell(Draws& draws, const Subject& s) {
  const bool is_inv = draws.below(2) == 0;
  const std::uint32_t size = is_inv ? s.chip.amc.inv_size : s.block.n;
  const std::string text = fmt::format(
      "macro.{}{}:stuck={},array={},row={},column={}", is_inv ? "inv" : "mvm", draws.below(is_inv ? 2 : 8),
      draws.below(8), draws.below(2) == 0 ? "positive" : "negative", draws.below(size), draws.below(size));
  return draws.below(2) == 0 ? text : text + "," + device_time(draws, s);
}
int some_levels(Draws& draws) {
  const int levels = static_cast<int>(draws.between(1, 7));
  return draws.below(2) == 0 ? levels : -levels;
}
std::string cell(Draws& draws, const Subject& s) {
  const std::uint32_t n = s.block.n, macro = draws.below(8);
  const char* array = draws.below(2) == 0 ? "positive" : "negative";
  return moved_cell(macro, array, some_levels(draws), draws.below(n), draws.below(n));
}
/// Sums over the outputs, which a checksum sees, stay what they are where neither cell meets a limit.
std::string cancelling_cells(Draws& draws, const Subject& s) {
  const std::uint32_t n = s.block.n, macro = draws.below(8), row = draws.below(n);
  const std::uint32_t first = draws.below(n), second = (first + draws.between(1, n - 1)) % n;
  const int levels = some_levels(draws);
  const bool is_same_array = draws.below(2) == 0;
  return moved_cell(macro, "positive", levels, row, first) + " " +
         moved_cell(macro, is_same_array ? "positive" : "negative", is_same_array ? -levels : levels, row,
                    second);
}
std::string job_block(Draws& draws, const Subject& s) {
  return hand_over_flip(draws, s, s.place.job_address, sizeof(registers::job::JobBlock));
}
std::string job_data(Draws& draws, const Subject& s) {
  const std::uint32_t end = s.block.rhs_address + 8 * s.block.rows;
  return hand_over_flip(draws, s, s.block.row_start_address, end - s.block.row_start_address);
}
std::string result_block(Draws& draws, const Subject& s) {
  return ram_flip(draws, s, s.place.result_address, sizeof(registers::job::JobResult));
}
std::string dru_register(Draws& draws, const Subject& s) {
  namespace dru = registers::dru;
  // Those that act; the others count and describe.
  constexpr std::array kRegisters{dru::kCtrlOffset,     dru::kRingBaseOffset,  dru::kRingEntriesOffset,
                                  dru::kDoorbellOffset, dru::kIrqStateOffset,  dru::kIrqEnableOffset,
                                  dru::kIrqTestOffset,  dru::kWatchdogUsOffset};
  // Most of them have few bits.
  const std::uint32_t bit = draws.below(2) == 0 ? draws.below(3) : draws.below(32);
  return fmt::format("register:flip,address={:#x},bit={},{}",
                     map::kDruBase + kRegisters[draws.below(kRegisters.size())], bit, device_time(draws, s));
}
std::string macro_register(Draws& draws, const Subject& s) {
  const std::uint32_t base = draws.below(2) == 0 ? map::kInvBase : map::kMvmBase;
  return fmt::format("register:flip,address={:#x},bit={},{}",
                     base + registers::array_macro::kRowsOffset + 4 * draws.below(5), draws.below(32),
                     time(draws, s));
}
std::string dma_error(Draws& draws, const Subject& s) {
  const std::string from =
      fmt::format("time={}ns", static_cast<std::uint64_t>(draws.uniform() * s.copies.end_s * 1e9));
  switch (draws.below(3)) {
    case 0:
      return fmt::format("dma:error,count={},{}", draws.between(1, 3), from);
    case 1:
      return fmt::format("dma:error,probability={:.4f}", 1e-3 + 0.1 * draws.uniform());
    default:
      return fmt::format(
          "dma:error,address={:#x},{}",
          (draws.below(2) == 0 ? s.copies.source : s.copies.destination) + draws.below(s.copies.bytes), from);
  }
}
std::string dma_irq(Draws& draws, const Subject&) {
  return draws.below(2) == 0 ? "dma.irq:lost" : fmt::format("dma.irq:lost,count={}", draws.between(1, 4));
}
std::string cpu_integer(Draws& draws, const Subject& s) {
  return fmt::format("cpu.x{}:flip,bit={},{}", draws.between(1, 31), draws.below(32), time(draws, s));
}
std::string cpu_float(Draws& draws, const Subject& s) {
  return fmt::format("cpu.f{}:flip,bit={},{}", draws.below(32), draws.below(32), time(draws, s));
}
std::string cpu_pc(Draws& draws, const Subject& s) {
  return fmt::format("cpu.pc:flip,bit={},{}", draws.between(1, 31), time(draws, s));
}
std::string code(Draws& draws, const Subject& s) {
  const std::uint32_t first = s.firmware.segments.front().address;
  return ram_flip(draws, s, first,
                  static_cast<std::uint32_t>(s.firmware.segments.front().data.size()) / 4 * 4);
}
std::string stack(Draws& draws, const Subject& s) {
  // The deepest calls of these solves stay within it.
  constexpr std::uint32_t kDepth = 8192;
  return ram_flip(draws, s, symbol(s, "__stack_top") - kDepth, kDepth);
}
std::string workspace(Draws& draws, const Subject& s) {
  // Systems of this size take no more.
  constexpr std::uint32_t kUsed = 64 << 10;
  return ram_flip(draws, s, s.place.workspace_address, kUsed);
}

constexpr std::array kKinds{
    Kind{"interrupt lost once or more", true, irq_lost},
    Kind{"no interrupt ever", true, irq_never},
    Kind{"spurious interrupt", true, irq_spurious},
    Kind{"timer or software interrupts again and again", true, timer_spurious},
    Kind{"dead ADC channel", true, adc_dead},
    Kind{"one wrong ADC code", true, adc_once},
    Kind{"wrong ADC codes at random", true, adc_often},
    Kind{"stuck DAC channel", true, dac_stuck},
    Kind{"one bus error of the DRU", true, bus_once},
    Kind{"bus errors of the DRU at random", true, bus_often},
    Kind{"one bus error of the CPU", true, bus_cpu},
    Kind{"DMA error in a program that copies", true, dma_error, Workload::kCopies},
    Kind{"DMA interrupt lost in it", true, dma_irq, Workload::kCopies},
    Kind{"macro hung for 1 ms", true, hung},
    Kind{"macro hung for good", true, hung_for_good},
    Kind{"a cell moved by 1 to 7 levels", true, cell},
    Kind{"two cells moved whose sum stays", true, cancelling_cells},
    Kind{"a stuck cell", true, stuck_cell},
    Kind{"flip in the job block", true, job_block},
    Kind{"flip in matrix or b", true, job_data},
    Kind{"flip in the result block", true, result_block},
    Kind{"flip in a DRU register", true, dru_register},
    Kind{"flip in a macro register", true, macro_register},
    Kind{"flip in x1 to x31", false, cpu_integer},
    Kind{"flip in f0 to f31", false, cpu_float},
    Kind{"flip in pc", false, cpu_pc},
    Kind{"flip in code and constants", false, code},
    Kind{"flip in the stack", false, stack},
    Kind{"flip in the driver's workspace", false, workspace},
};

}  // namespace

std::span<const Kind> kinds() {
  return kKinds;
}

}  // namespace mho::bench
