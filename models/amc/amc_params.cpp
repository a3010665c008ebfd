// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/amc_params.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "models/amc/dru_limits.hpp"
#include "models/base/error.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/device/level_slices.hpp"
#include "models/numeric/bit_slices.hpp"
#include "models/numeric/checksum.hpp"
#include "registers/adc.hpp"
#include "registers/array_macro.hpp"
#include "registers/dru.hpp"
#include "registers/memory_map.hpp"

namespace mho::amc {
namespace {

constexpr unsigned kUsualDigitBits = 3;

// Of INV and MVM macros, and the ranges of so many that pair_number() goes through for them.
constexpr std::uint32_t kNumbers = registers::memory_map::kInvCount + registers::memory_map::kMvmCount;
constexpr std::uint32_t kRanges = 4;
static_assert(2 * registers::memory_map::kGinvCount <= kNumbers);

double dac_step_volt(const AmcParams& params) {
  return params.dac.v_full_scale_volt / ((1 << (params.dac.bits - 1)) - 1);
}
double adc_step_volt(const circuit::AdcParams& adc) {
  return adc.v_full_scale_volt / ((1 << (adc.bits - 1)) - 1);
}

double inv_unit_value(const AmcParams& params) {
  const double steps = params.inv_slices == 2 ? cell_params(params, MacroKind::kInv).levels : 1;
  return step_siemens(params, MacroKind::kInv) / steps * adc_step_volt(params.adc_low_precision) /
         (params.g_in_siemens * dac_step_volt(params));
}
double mvm_unit_value(const AmcParams& params) {
  return mvm_feedback_siemens(params) * adc_step_volt(params.adc_low_precision) /
         (step_siemens(params, MacroKind::kMvm) * dac_step_volt(params));
}

/// What counts 2^-16, in registers.
std::uint32_t in_register_units(double unit) {
  return static_cast<std::uint32_t>(
      std::llround(std::ldexp(unit, static_cast<int>(registers::dru::kUnitFractionBits))));
}

/// The tolerance is a fraction of the span of the levels in use, so it shrinks with the headroom.
device::WriteVerifyParams write_params(const AmcParams& params, MacroKind kind) {
  device::WriteVerifyParams write = kind == MacroKind::kMvm ? params.mvm_write : params.inv_write;
  if (is_compensated(params, kind)) write.tolerance *= params.headroom;
  return write;
}

void require_range(unsigned value, unsigned low, unsigned high, const char* name) {
  require(value >= low && value <= high, "AMC: {} is {}; choose {} ... {}", name, value, low, high);
}

void require_unit(double unit, const char* name) {
  require(unit >= 0x1p-9 && unit < 0x1p16,
          "AMC: one ADC code of an {} macro is worth {:.3g} level steps, beyond 1/512 ... 65536: bring "
          "adc.low_precision_bits and dac.bits, cell.read_voltage_volt and adc.full_scale_volt, or the "
          "cells' levels and "
          "inv.input_conductance_siemens closer together",
          name, unit);
}

void validate_cell_model(const AmcParams& params) {
  const circuit::CellModel& model = params.cell_model;
  circuit::validate(model);
  for (const auto& write : {params.inv_write, params.mvm_write}) {
    require(
        !model.access ||
            std::isfinite(circuit::bare_siemens(model, params.cell.g_max_siemens, write.verify_voltage_volt)),
        "AMC: the access transistor does not carry what a cell of {} S takes at write.verify_voltage_volt "
        "= {} V; make access.width_metre or access.gate_volt larger",
        params.cell.g_max_siemens, write.verify_voltage_volt);
  }
}

constexpr unsigned kMostSlicedLevels = 11;
/// A level is sent as a signed byte.
constexpr unsigned kTopLevel = 127;

void validate_spacing(const AmcParams& params) {
  require(params.cell.spacing == device::LevelSpacing::kEven,
          "AMC: levels of MVM macros are digits and must be evenly spaced");
  if (params.inv_spacing == device::LevelSpacing::kEven) return;
  constexpr auto kMostLevels = static_cast<unsigned>(registers::dru::kCapInvLevelValueCount);
  const unsigned levels = cell_params(params, MacroKind::kInv).levels;
  require(
      levels <= kMostLevels,
      "AMC: INV cells have {} unevenly spaced levels; the driver is told the values of at most {}: choose "
      "fewer inv.levels",
      levels, kMostLevels);
  const std::vector<std::uint32_t> values = inv_level_values(params);
  const auto same = std::ranges::adjacent_find(values);
  require(same == values.end(),
          "AMC: levels {} and {} of INV cells lie within 2^-16 of a step; choose fewer or levels further "
          "apart",
          same - values.begin(), same - values.begin() + 1);
}

void validate_slices(const AmcParams& params) {
  require_range(params.inv_slices, 1, 2, "inv.slices");
  if (params.inv_slices == 1) return;
  require(params.inv_spacing == device::LevelSpacing::kEven,
          "AMC: inv.slices = 2 adds numbers in base inv.levels, which need evenly spaced levels; choose "
          "inv.level_spacing = even or inv.slices = 1");
  const unsigned levels = cell_params(params, MacroKind::kInv).levels;
  require(levels <= kMostSlicedLevels,
          "AMC: two slices of cells of {} levels hold numbers up to {}, more than 127, which a level is sent "
          "as; choose inv.levels of at most {} or inv.slices = 1",
          levels, device::top_level(levels, 2), kMostSlicedLevels);
  require(params.loop.output_ohm == 0.0,
          "AMC: the attenuating drivers of inv.slices = 2 are ideal; choose opamp.output_ohm = 0 or "
          "inv.slices = 1");
}

void validate_diagonal(const AmcParams& params) {
  if (params.inv_diagonal_cells == 0) return;
  const unsigned levels = cell_params(params, MacroKind::kInv).levels;
  const std::uint64_t top =
      std::uint64_t{1 + params.inv_diagonal_cells} * device::top_level(levels, params.inv_slices);
  require(
      top <= kTopLevel,
      "AMC: inv.diagonal_cells = {} with {} of {} levels make levels up to {}, more than the {} that one is "
      "sent as; choose fewer, inv.slices = 1 or fewer inv.levels",
      params.inv_diagonal_cells, params.inv_slices == 2 ? "two slices" : "cells", levels, top, kTopLevel);
  require(params.inv_spacing == device::LevelSpacing::kEven,
          "AMC: inv.diagonal_cells adds levels up, which need inv.level_spacing = even");
  require(!is_compensated(params, MacroKind::kInv),
          "AMC: inv.diagonal_cells excludes inv.line_compensation, which knows one cell at a crossing");
  require(
      !params.cell_model.access,
      "AMC: inv.diagonal_cells excludes access.model = nmos1: cells in parallel have one transistor each");
}

void validate_digits(const AmcParams& params) {
  const unsigned levels = params.mvm_levels;
  require(
      levels == 0 || (std::has_single_bit(levels) && levels >= 2 && levels <= 1U << numeric::kMostDigitBits),
      "AMC: mvm.levels is {}; choose 2, 4, 8 or 16, or 0 for those of cell.levels", levels);
  require_range(params.input_bits, 1, numeric::kMostDigitBits, "input_bits");
  require(params.input_bits < params.dac.bits,
          "AMC: mvm.input_bits = {} and the sign need dac.bits of at least {}, and it is {}",
          params.input_bits, params.input_bits + 1, params.dac.bits);
}

void validate_checksum(const AmcParams& params) {
  if (!params.mvm_checksum) return;
  const unsigned needed = 1U << digit_bits(params), levels = cell_params(params, MacroKind::kMvm).levels;
  require(levels >= needed, "AMC: mvm.checksum needs cells of {} levels or more, and cell.levels is {}",
          needed, levels);
  require(checksum_lines(params) < params.mvm_size,
          "AMC: an MVM macro of {} outputs has no room for a checksum of {}-level cells; choose a larger "
          "mvm.size or "
          "mvm.checksum = off",
          params.mvm_size, levels);
}

void validate_ginv(const AmcParams& params) {
  require_range(params.ginv_count, 0, registers::memory_map::kGinvCount, "ginv_count");
  require_range(params.ginv_size, 1, registers::array_macro::kMaxSize / 2, "ginv_size");
  if (params.ginv_count == 0) return;
  require(
      params.cell_model.is_ohmic(),
      "AMC: GINV macros are modelled with ohmic cells only; choose ginv.count = 0, or access.model = none "
      "and cell.nonlinearity_volt = 0");
  require(params.inv_spacing == device::LevelSpacing::kEven,
          "AMC: the feedback of GINV macros counts steps of their levels; choose inv.level_spacing = even or "
          "ginv.count = 0");
}

void validate(const DruParams& dru) {
  const double period_ps = 1e12 / dru.clock_hz;
  require(dru.clock_hz > 0 && period_ps >= 1 && period_ps <= 1e9 &&
              std::abs(period_ps - std::round(period_ps)) < 1e-6,
          "DRU: clock_hz is {}; choose a frequency whose period is a whole number of picoseconds",
          dru.clock_hz);
  require_range(dru.lanes, 1, 4096, "dru.lanes");
  require_range(dru.sram_words, 1, 1U << 24, "dru.sram_words");
  require_range(dru.max_retries, 0, 255, "dru.max_retries");
  require_range(dru.command_overhead_cycles, 1, 1000000, "dru.command_overhead_cycles");
  require_range(dru.prefetch_commands, 1, 1024, "dru.prefetch_commands");
  require_range(dru.contexts, 1, kMostContexts, "dru.contexts");
  require_range(dru.operations, 1, kMostOperations, "dru.operations");
}

}  // namespace

AmcCosts AmcCosts::from(const cost::ComponentTable& table) {
  return {.register_access_J = table.joules("peripheral.access"),
          .buffer_byte_J = table.joules("sram.8k.access64") / 8,
          .sample_J = table.joules("sample_hold.sample"),
          .command_J = table.joules("dru.command"),
          .add_J = table.joules("digital.add32"),
          .multiply_add_J = table.joules("digital.mul32") + table.joules("digital.add96"),
          .sram_word_J = table.joules("sram.32k.access64") / 2,
          .inv_macro_leakage_W = table.watts("amc.inv_macro.leakage"),
          .inv_slice_leakage_W = table.watts("amc.inv_slice.leakage"),
          .ginv_macro_leakage_W = table.watts("amc.ginv_macro.leakage"),
          .mvm_macro_leakage_W = table.watts("amc.mvm_macro.leakage"),
          .dac_bank_leakage_W = table.watts("peripheral.leakage"),
          .adc_lane_leakage_W = table.watts("peripheral.leakage"),
          .dru_lane_leakage_W = table.watts("dru.lane.leakage"),
          .dru_memory_leakage_W = table.watts("sram.32k.leakage"),
          .dru_context_leakage_W = table.watts("dru.context.leakage"),
          .dru_operation_leakage_W = table.watts("dru.operation.leakage"),
          .telemetry_leakage_W = table.watts("peripheral.leakage")};
}

bool is_compensated(const AmcParams& params, MacroKind kind) {
  const bool is_wanted = kind == MacroKind::kMvm ? params.mvm_compensated : params.inv_compensated;
  return is_wanted && !circuit::is_ideal(params.lines);
}

std::uint32_t chip_number(MacroKind kind, unsigned index) {
  if (kind == MacroKind::kGinv) return kRanges * kNumbers + 2 * index;
  return kind == MacroKind::kInv ? index : registers::memory_map::kInvCount + index;
}

std::uint32_t pair_number(std::uint32_t macro, unsigned slice) {
  return macro + slice * kNumbers;
}

device::CellParams cell_params(const AmcParams& params, MacroKind kind) {
  device::CellParams cell = params.cell;
  if (kind == MacroKind::kMvm) {
    if (params.mvm_levels != 0) cell.levels = params.mvm_levels;
    return cell;
  }
  cell.spacing = params.inv_spacing;
  cell.listed_siemens = params.inv_listed_siemens;
  if (!cell.listed_siemens.empty()) cell.levels = static_cast<unsigned>(cell.listed_siemens.size());
  if (params.inv_levels != 0) cell.levels = params.inv_levels;
  return cell;
}

unsigned checksum_lines(const AmcParams& params) {
  if (!params.mvm_checksum) return 0;
  const unsigned top_level = cell_params(params, MacroKind::kMvm).levels - 1;
  return numeric::checksum_lines(params.mvm_size, top_level, digit_bits(params));
}

unsigned digit_bits(const AmcParams& params) {
  return params.mvm_levels == 0 ? kUsualDigitBits
                                : static_cast<unsigned>(std::bit_width(params.mvm_levels)) - 1;
}

int largest_product(const AmcParams& params) {
  return numeric::largest_digit(digit_bits(params)) * numeric::largest_digit(params.input_bits);
}

double read_volt(const AmcParams& params) {
  return circuit::digit_volt(params.dac, params.input_bits);
}

double step_siemens(const AmcParams& params, MacroKind kind) {
  return device::step_siemens(cell_params(params, kind)) *
         (is_compensated(params, kind) ? params.headroom : 1.0);
}

double mvm_feedback_siemens(const AmcParams& params) {
  return circuit::integer_read_feedback_siemens(step_siemens(params, MacroKind::kMvm), read_volt(params),
                                                adc_step_volt(params.adc));
}

MacroParams macro_params(const AmcParams& params, MacroKind kind) {
  return {.kind = kind,
          .size = size_of(params, kind),
          .corrects_slices = params.inv_slice_correction,
          .slices = kind == MacroKind::kMvm ? 1 : params.inv_slices,
          .diagonal_cells = kind == MacroKind::kInv ? params.inv_diagonal_cells : 0,
          .largest_digit = numeric::largest_digit(digit_bits(params)),
          .cell = cell_params(params, kind),
          .effects = params.effects,
          .faults = params.faults,
          .cell_model = params.cell_model,
          .kelvin = params.kelvin,
          .refresh_change = params.refresh_change,
          .lines = params.lines,
          .is_compensated = is_compensated(params, kind),
          .step_siemens = step_siemens(params, kind),
          .write = write_params(params, kind),
          .opamp = params.opamp,
          .loop = params.loop,
          .timing = params.timing,
          .g_in_siemens = params.g_in_siemens,
          .g_feedback_siemens = mvm_feedback_siemens(params)};
}

bool holds_two_slices(const AmcParams& params) {
  return params.inv_spacing == device::LevelSpacing::kEven && params.loop.output_ohm == 0.0 &&
         cell_params(params, MacroKind::kInv).levels <= kMostSlicedLevels &&
         std::uint64_t{1 + params.inv_diagonal_cells} *
                 device::top_level(cell_params(params, MacroKind::kInv).levels, 2) <=
             kTopLevel;
}

std::uint32_t inv_unit(const AmcParams& params) {
  return in_register_units(inv_unit_value(params));
}
std::vector<std::uint32_t> inv_level_values(const AmcParams& params) {
  std::vector<std::uint32_t> values;
  if (params.inv_spacing == device::LevelSpacing::kEven) return values;
  const device::CellParams cell = cell_params(params, MacroKind::kInv);
  for (unsigned level = 0; level < cell.levels; ++level) {
    values.push_back(in_register_units(device::level_value(cell, level)));
  }
  return values;
}
std::uint32_t mvm_unit(const AmcParams& params) {
  return in_register_units(mvm_unit_value(params));
}

void validate(const AmcParams& params) {
  namespace macro = registers::array_macro;
  namespace map = registers::memory_map;
  require_range(params.inv_count, 1, map::kInvCount, "inv_count");
  require_range(params.mvm_count, 1, map::kMvmCount, "mvm_count");
  require_range(params.dac_banks, 1, map::kDacCount, "dac.banks");
  validate_ginv(params);
  require_range(params.inv_size, 1, macro::kMaxSize, "inv_size");
  require_range(params.mvm_size, 1, macro::kMaxSize, "mvm_size");
  require_range(params.rows_per_read, 1, params.mvm_size, "rows_per_read");
  validate_digits(params);
  validate_checksum(params);
  require_range(params.converters_per_lane, 1, registers::adc::kChannels, "converters_per_lane");
  device::validate(params.cell);
  device::validate(cell_params(params, MacroKind::kInv));
  circuit::validate(params.lines);
  device::validate(params.effects);
  validate_cell_model(params);
  validate_spacing(params);
  validate_slices(params);
  validate_diagonal(params);
  device::require_temperature(params.kelvin);
  require(params.headroom > 0 && params.headroom <= 1, "AMC: lines.headroom is {}; choose a value in (0, 1]",
          params.headroom);
  require(params.refresh_change > 0 && std::isfinite(params.refresh_change),
          "AMC: retention.refresh_change is {}; it must be positive", params.refresh_change);
  for (const MacroKind kind : {MacroKind::kInv, MacroKind::kMvm}) {
    device::validate(write_params(params, kind));
  }
  circuit::validate(params.opamp);
  circuit::validate(params.loop);
  circuit::validate(params.dac);
  circuit::validate(params.adc);
  circuit::validate(params.adc_low_precision);
  require(params.reference_sigma >= 0 && params.reference_sigma < 0.1,
          "AMC: adc.reference_sigma is {}; choose a value in [0, 0.1)", params.reference_sigma);
  require(params.adc_low_precision.bits <= params.adc.bits,
          "AMC: low-precision conversions have {} bits, more than the {} of the converters",
          params.adc_low_precision.bits, params.adc.bits);
  circuit::validate(params.timing);
  validate(params.dru);
  require(params.g_in_siemens > 0 && std::isfinite(params.g_in_siemens),
          "AMC: inv.input_conductance_siemens is {}; it must be positive", params.g_in_siemens);
  require_unit(inv_unit_value(params), "INV");
  require_unit(mvm_unit_value(params), "MVM");
}

}  // namespace mho::amc
