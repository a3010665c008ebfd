// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The rows of the component table, written as the source's figure times its scaling, so that a reader can
// check them. Node scaling of energy: Stillmaker & Baas 2017 (45->40 nm 0.87, 65->40 0.70, 130->40 0.28;
// 32->40 from 40->28 0.59 and 32->28 0.78). Areas are left at the node of their source.
#include "models/cost/component_table.hpp"

namespace mho::cost {
namespace {

constexpr double kFrom45 = 0.87;
constexpr double kFrom65 = 0.70;
constexpr double kFrom130 = 0.28;
constexpr double kFrom32 = 0.78 / 0.59;
constexpr double kDelayFrom45 = 0.89;

constexpr double kFemto = 1e-15;
constexpr double kPico = 1e-12;
constexpr double kNano = 1e-9;
constexpr double kMicro = 1e-6;
constexpr double kSquareMicrometre = 1e-12;

/// NeuroSim V1.4 SAR at 45 nm: (2.169 b + 16.69) µW and 10 µW for the column, for (b + 1) ns.
constexpr double neurosim_sar_joules(unsigned bits) {
  return (2.169 * bits + 16.69 + 10.0) * kMicro * (bits + 1) * kNano * kFrom45;
}

// An instruction = fetch + register file + control + what its class adds (composed here, see the sources).
constexpr double kAdd32 = 0.21 * kPico, kAdd32Low = 0.1 * kPico * kFrom45;
constexpr double kMul32 = 12.7 * kPico, kMul32Low = 3.1 * kPico * kFrom45;
constexpr double kFloatMac32 = (0.9 + 3.7) * kPico * kFrom45;
constexpr double kRegisterWord = 32 * 9 * kFemto;
constexpr double kCompare32 = 29 * kFemto;
constexpr double kFetch = 0.5 * 20 * kPico * kFrom45, kFetchLow = 0.5 * 10 * kPico * kFrom45;
constexpr double kControl = 2 * kPico, kControlLow = 1 * kPico;
constexpr double kIssue = kFetch + 3 * kRegisterWord + kControl;
constexpr double kIssueLow = kFetchLow + 3 * kRegisterWord + kControlLow;
constexpr double kDivideSteps = 32;

// Leakage of Aladdin's 40 nm adder per area: 2.4 µW on 278 µm².
constexpr double kLeakPerSquareMicrometre = 2.4 * kMicro / 278;

constexpr auto S = Profile::kSurvey;
constexpr auto G = Profile::kAggressive;
constexpr auto J = Unit::kJoule;
constexpr auto W = Unit::kWatt;
constexpr auto T = Unit::kSecond;
constexpr auto A = Unit::kSquareMetre;

constexpr std::string_view kMurmann = "ADC survey regression (Andrulis, arXiv:2404.06553), up to 100 MS/s";
constexpr std::string_view kMurmannSlow = "ADC survey regression (Andrulis, arXiv:2404.06553), up to 10 MS/s";
constexpr std::string_view kNeurosim =
    "NeuroSim V1.4 SAR at 45 nm with column term, scaled; cell energy not in it";
constexpr std::string_view kAladdin = "Aladdin 40 nm, 1 ns";
constexpr std::string_view kHorowitz = "Horowitz ISSCC'14, 45 nm 0.9 V, scaled";
constexpr std::string_view kIssueNote =
    "issue (cpu.issue) plus what the class adds; data memory is charged by the memory";

constexpr ComponentRow kRows[] = {
    {"adc.04b.conversion", 1.41 * kPico, J, 40, kMurmann, 'C', S},
    {"adc.04b.conversion", neurosim_sar_joules(4), J, 40, kNeurosim, 'C', G},
    {"adc.06b.conversion", 1.62 * kPico, J, 40, kMurmann, 'C', S},
    {"adc.06b.conversion", neurosim_sar_joules(6), J, 40, kNeurosim, 'C', G},
    {"adc.08b.area", 5574 * kSquareMicrometre, A, 40, "ADC survey regression, 8 bit at 100 MS/s", 'C', S},
    {"adc.08b.conversion", 2.61 * kPico, J, 40, kMurmann, 'C', S},
    {"adc.08b.conversion", neurosim_sar_joules(8), J, 40, kNeurosim, 'C', G},
    {"adc.08b.conversion_time", 10 * kNano, T, 40,
     "100 MS/s, up to where the survey regression has flat energy; our assumption", 'A', S},
    {"adc.08b.conversion_time", 9 * kNano* kDelayFrom45, T, 40, "NeuroSim V1.4: (b + 1) ns at 45 nm, scaled",
     'C', G},
    {"adc.10b.conversion", 5.03 * kPico, J, 40, kMurmann, 'C', S},
    {"adc.10b.conversion", neurosim_sar_joules(10), J, 40, kNeurosim, 'C', G},
    {"adc.12b.conversion", 10.9 * kPico, J, 40, kMurmannSlow, 'C', S},
    {"adc.12b.conversion", neurosim_sar_joules(12), J, 40, kNeurosim, 'C', G},
    {"amc.ginv_macro.leakage", 4 * kMicro, W, 40,
     "for each slice; amplifiers switched off between operations, twice as many as in an MVM macro of 64 "
     "columns; our assumption",
     'A', S},
    {"amc.inv_macro.leakage", 1 * kMicro, W, 40, "amplifiers switched off between operations; our assumption",
     'A', S},
    {"amc.inv_slice.leakage", 1 * kMicro, W, 40,
     "drivers of a second pair of arrays, switched off between operations; as amc.inv_macro.leakage, our "
     "assumption",
     'A', S},
    {"amc.mvm_macro.leakage", 2 * kMicro, W, 40, "amplifiers switched off between operations; our assumption",
     'A', S},
    {"bus.bit", 0.054 * kPico* kFrom32, J, 40, "ISAAC bus, 32 nm, per bit, scaled", 'C', S},
    {"bus.leakage", 20 * kMicro, W, 40, "our assumption", 'A', S},
    {"bus.link_bit", 26.0 / 128 * kPico* kFrom32, J, 40,
     "ISAAC chip-to-chip link, 26 pJ per 128 bit, 32 nm, scaled", 'C', S},
    {"bus.word32", 32 * 0.054 * kPico* kFrom32, J, 40, "32 bits at bus.bit", 'D', S},
    {"cpu.clock_gated", 0.1 * kPico, J, 40, "per cycle of wfi or stall, clock gated; our assumption", 'A', S},
    {"cpu.instruction.alu", kIssue + kAdd32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.alu", kIssueLow + kAdd32Low, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.atomic", kIssue + 2 * kAdd32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.atomic", kIssueLow + 2 * kAdd32Low, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.branch", kIssue + kAdd32 + kCompare32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.branch", kIssueLow + kAdd32Low + kCompare32, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.csr", kIssue + kRegisterWord, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.csr", kIssueLow + kRegisterWord, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.div", kIssue + kDivideSteps*(kAdd32 + kRegisterWord), J, 40,
     "issue plus 32 steps of a subtraction and a register", 'D', S},
    {"cpu.instruction.div", kIssueLow + kDivideSteps*(kAdd32Low + kRegisterWord), J, 40,
     "issue plus 32 steps of a subtraction and a register", 'D', G},
    {"cpu.instruction.fdiv", kIssue + kDivideSteps*(kAdd32 + kRegisterWord), J, 40,
     "as cpu.instruction.div: as many steps of a subtraction and a register", 'D', S},
    {"cpu.instruction.fdiv", kIssueLow + kDivideSteps*(kAdd32Low + kRegisterWord), J, 40,
     "as cpu.instruction.div: as many steps of a subtraction and a register", 'D', G},
    {"cpu.instruction.fpu", kIssue + kFloatMac32, J, 40, "issue plus one multiply-add whatever the operation",
     'D', S},
    {"cpu.instruction.fpu", kIssueLow + kFloatMac32, J, 40,
     "issue plus one multiply-add whatever the operation", 'D', G},
    {"cpu.instruction.jump", kIssue + kAdd32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.jump", kIssueLow + kAdd32Low, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.load", kIssue + kAdd32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.load", kIssueLow + kAdd32Low, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.mul", kIssue + kMul32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.mul", kIssueLow + kMul32Low, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.store", kIssue + kAdd32, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.store", kIssueLow + kAdd32Low, J, 40, kIssueNote, 'D', G},
    {"cpu.instruction.system", kIssue, J, 40, kIssueNote, 'D', S},
    {"cpu.instruction.system", kIssueLow, J, 40, kIssueNote, 'D', G},
    {"cpu.issue", kIssue, J, 40,
     "half a 64-bit read of a 32 KB SRAM (Horowitz), three register words (Aladdin), 2 pJ control (our "
     "assumption)",
     'D', S},
    {"cpu.issue", kIssueLow, J, 40, "as survey with an 8 KB SRAM and 1 pJ control (our assumption)", 'D', G},
    {"cpu.leakage", 50000 * kLeakPerSquareMicrometre, W, 40,
     "leakage per area of Aladdin's adder on 0.05 mm2; the area is our assumption", 'D', S},
    {"dac.01b.area", 0.166 * kSquareMicrometre, A, 32, "ISAAC 1-bit driver, 32 nm", 'C', S},
    {"dac.01b.conversion", 3.9 * kFemto, J, 32, "PUMA row driver at 1 GS/s, not scaled", 'C', S},
    {"dac.08b.area", 438 * kSquareMicrometre, A, 40, "BRAHMS 40 nm", 'C', S},
    {"dac.08b.conversion", 0.291 * kPico, J, 40, "BRAHMS 40 nm, 1.1 GS/s", 'C', S},
    {"dac.08b.conversion", 37.5 * kFemto* kFrom65, J, 40, "TIMELY 65 nm digital-to-time, scaled", 'C', G},
    {"dac.08b.conversion_time", 1 * kNano, T, 40, "BRAHMS 40 nm, 1.1 GS/s, rounded up to 1 ns", 'C', S},
    {"digital.add32", kAdd32, J, 40, kAladdin, 'C', S},
    {"digital.add32", kAdd32Low, J, 40, kHorowitz, 'C', G},
    {"digital.add8", 0.03 * kPico* kFrom45, J, 40, kHorowitz, 'C', S},
    {"digital.add96", 3 * kAdd32, J, 40, "three times digital.add32", 'D', S},
    {"digital.add96", 3 * kAdd32Low, J, 40, "three times digital.add32", 'D', G},
    {"digital.compare32", kCompare32, J, 40, kAladdin, 'C', S},
    {"digital.counter", 0.25 * kPico, J, 40, kAladdin, 'C', S},
    {"digital.float_mac32", kFloatMac32, J, 40,
     "Horowitz ISSCC'14, 45 nm 0.9 V, addition and multiplication, scaled", 'C', S},
    {"digital.mul32", kMul32, J, 40, kAladdin, 'C', S},
    {"digital.mul32", kMul32Low, J, 40, kHorowitz, 'C', G},
    {"digital.mul8", 0.2 * kPico* kFrom45, J, 40, kHorowitz, 'C', S},
    {"digital.register_bit", 9 * kFemto, J, 40, kAladdin, 'C', S},
    {"digital.register_word32", kRegisterWord, J, 40, "32 times digital.register_bit", 'D', S},
    {"digital.shift_add16", 21 * kFemto* kFrom32, J, 40, "ISAAC shift-and-add, 32 nm, scaled", 'C', S},
    {"dma.word32", 2 * kRegisterWord + kAdd32, J, 40, "two registers and an address; bus and memory apart",
     'D', S},
    {"dram.access64", 1.95 * kNano, J, 45, "Horowitz ISSCC'14, middle of 1.3 ... 2.6 nJ, not scaled", 'C', S},
    {"dram.access64", 1.3 * kNano, J, 45, "Horowitz ISSCC'14, low end, not scaled", 'C', G},
    {"dru.command", kControl + 4 * kRegisterWord, J, 40,
     "2 pJ control (our assumption) and four registers per command", 'D', S},
    {"dru.context.leakage", 3 * 20 * kMicro, W, 40,
     "three 32 KB memories (sram.32k.leakage): accumulators of 160 bits, slots, scalars, commands; our "
     "assumption",
     'A', S},
    {"dru.lane.leakage", (6350 + 3 * 278) * kLeakPerSquareMicrometre, W, 40,
     "leakage per area of Aladdin's adder on one multiplier and three adders", 'D', S},
    {"inv.response_time", 120 * kNano, T, 40,
     "Zuo et al. 2025 as summarised: measured, with board parasitics", 'S', S},
    {"mvm.response_time", 60 * kNano, T, 40, "Zuo et al. 2025 as summarised: measured, with board parasitics",
     'S', S},
    {"opamp.bias", 184.3 * kMicro, W, 40,
     "single-pole OTA, 500 MHz into 0.2 pF, gm/ID 15 /V, four branches, 1.1 V; derived, no part behind it",
     'D', S},
    {"opamp.bias", 150.8 * kMicro, W, 40, "the same at 0.9 V", 'D', G},
    {"peripheral.access", 2 * kRegisterWord, J, 40, "address and data register; the bus apart", 'D', S},
    {"peripheral.leakage", 10 * kMicro, W, 40, "per block; our assumption", 'A', S},
    {"ram.access32", 0.5 * 100 * kPico* kFrom45, J, 40,
     "half a 64-bit access of a 1 MB SRAM (Horowitz); that the working set stays in such a memory is our "
     "assumption",
     'D', S},
    {"ram.access32", 0.5 * 20 * kPico* kFrom45, J, 40,
     "half a 64-bit access of a 32 KB SRAM (Horowitz); that the working set fits is our assumption", 'D', G},
    {"ram.leakage", 1000 * kMicro, W, 40, "our assumption", 'A', S},
    {"rram.program.pulse", 2.0 * 2.0 * 35e-6 * 50e-9, J, 40,
     "largest coarse pulse, V2Gt at 2 V, 35 uS, 50 ns (NeuroSim/CiMLoop default cell); models/device "
     "computes each",
     'D', S},
    {"rram.program.verify", 10.9 * kPico, J, 40, "one 12-bit conversion at 10 MS/s, as adc.12b.conversion",
     'D', S},
    {"rram.read.cell", 0.2 * 0.2 * 20e-6 * 60e-9, J, 40,
     "V2Gt at 0.2 V, 20 uS, 60 ns, for orientation; models/circuit computes each read", 'D', S},
    {"sample_hold.area", 0.04 * kSquareMicrometre, A, 32, "ISAAC sample-and-hold, 32 nm", 'C', S},
    {"sample_hold.sample", 1.2 * kPico* kFrom130, J, 40, "NeuRRAM sample, 130 nm 1.8 V, scaled", 'C', S},
    {"sample_hold.sample", 9.7 * kNano * 100 * kNano* kFrom32, J, 40,
     "ISAAC 9.7 nW for 100 ns, 32 nm, scaled", 'C', G},
    {"sram.1024k.access64", 100 * kPico* kFrom45, J, 40, kHorowitz, 'C', S},
    {"sram.32k.access64", 20 * kPico* kFrom45, J, 40, kHorowitz, 'C', S},
    {"sram.32k.leakage", 20 * kMicro, W, 40, "our assumption", 'A', S},
    {"sram.8k.access64", 10 * kPico* kFrom45, J, 40, kHorowitz, 'C', S},
};

}  // namespace

std::span<const ComponentRow> component_rows() {
  return kRows;
}

}  // namespace mho::cost
