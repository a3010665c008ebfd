// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What an analogue matrix computer is made of: how many macros of which size, their physics, their timing,
// and what they cost. Costs come from the component table; everything else that is not a circuit parameter is
// here.
#pragma once

#include <cstdint>
#include <vector>

#include "models/amc/macro_params.hpp"
#include "models/circuit/adc.hpp"
#include "models/circuit/dac.hpp"
#include "models/circuit/loop_effects.hpp"
#include "models/circuit/opamp.hpp"
#include "models/circuit/timing.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/cost/component_table.hpp"
#include "models/device/cell.hpp"
#include "models/device/cell_array.hpp"
#include "models/device/write_verify.hpp"

namespace mho::amc {

/// Energies and constant powers of the AMC that no circuit model computes. Sources: models/cost, by key.
struct AmcCosts {
  double register_access_J = 0;    ///< one register access of any block (peripheral.access)
  double buffer_byte_J = 0;        ///< a byte of a pattern, level or code buffer (sram.8k.access64 / 8)
  double sample_J = 0;             ///< holding one output of one read (sample_hold.sample)
  double command_J = 0;            ///< decoding one DRU command (dru.command)
  double add_J = 0;                ///< one addition, shift or comparison of the vector unit (digital.add32)
  double multiply_add_J = 0;       ///< one multiply-add of the vector unit (digital.mul32 + digital.add96)
  double sram_word_J = 0;          ///< a 32-bit access of the vector memory (sram.32k.access64 / 2)
  double inv_macro_leakage_W = 0;  ///< per macro, amplifiers off between operations (amc.inv_macro.leakage)
  double inv_slice_leakage_W =
      0;  ///< per lower slice, drivers off between operations (amc.inv_slice.leakage)
  double ginv_macro_leakage_W = 0;   ///< per macro and slice, likewise (amc.ginv_macro.leakage)
  double mvm_macro_leakage_W = 0;    ///< per macro, likewise (amc.mvm_macro.leakage)
  double dac_bank_leakage_W = 0;     ///< (peripheral.leakage)
  double adc_lane_leakage_W = 0;     ///< per lane (peripheral.leakage)
  double dru_lane_leakage_W = 0;     ///< per lane of the vector unit (dru.lane.leakage)
  double dru_memory_leakage_W = 0;   ///< per 32 KB of vector memory (sram.32k.leakage)
  double dru_context_leakage_W = 0;  ///< per context behind the first (dru.context.leakage)
  /// Per operation of a context that can be under way beside another (dru.operation.leakage).
  double dru_operation_leakage_W = 0;
  double telemetry_leakage_W = 0;  ///< (peripheral.leakage)

  /// @throws InternalError  a row is missing
  static AmcCosts from(const cost::ComponentTable& table);
};

/// The refinement unit. All figures are our assumptions.
struct DruParams {
  double clock_hz = 1e9;              ///< > 0, a whole number of picoseconds per cycle
  std::uint32_t lanes = 32;           ///< elements per cycle of the vector unit, 1 … 4096
  std::uint32_t sram_words = 131072;  ///< vector memory, 1 … 2^24 words
  /// Range changes per operation, and repetitions of a read that contradicts its checksum, 0 … 255.
  std::uint32_t max_retries = 8;
  std::uint32_t command_overhead_cycles = 4;  ///< decoding and issue of one command, >= 1
  std::uint32_t prefetch_commands = 16;       ///< commands fetched in one burst, 1 … 1024
  std::uint32_t contexts = 4;                 ///< lists that run at the same time, 1 … 8
  std::uint32_t operations = 1;               ///< on macros, of one list, under way at once, 1 … 4
};

struct AmcParams {
  unsigned inv_count = 64;  ///< INV macros, 1 … 2048
  unsigned inv_size = 8;    ///< rows and columns, 1 … 64 (S, facts.md §1)
  /// Pairs of arrays in an INV macro, 1 or 2. A second one adds its row currents at 1/levels of the weight,
  /// so that a cell pair of each holds a number of levels² − 1 <= 127 and sign.
  unsigned inv_slices = 1;
  /// Further cells in parallel at each diagonal crossing of each array of an INV macro: diagonal entries
  /// reach 1 + inv_diagonal_cells times the levels of others, (1 + inv_diagonal_cells)(levels^slices − 1) <=
  /// 127.
  unsigned inv_diagonal_cells = 0;
  /// A lower slice is written to analogue targets that make up for what write-verify left in the upper one,
  /// which is read once more for that.
  bool inv_slice_correction = true;
  unsigned dac_banks = 1;   ///< 1 … 4, any of which can drive any macro
  unsigned ginv_count = 0;  ///< GINV macros, 0 … 256, of cells, slices and inputs as those of INV macros (A)
  /// Rows and columns of the matrix that one may hold, 1 … 32: its inputs and outputs, one for each row and
  /// column, are the channels of DAC bank and ADC lane.
  unsigned ginv_size = 32;
  unsigned mvm_count = 704;  ///< MVM macros, 1 … 8192
  unsigned mvm_size = 64;    ///< rows and columns, 1 … 64
  /// Levels of a cell of an MVM macro, 2, 4, 8 or 16: digits of HP tiles have log2 of them bits. 0: as
  /// cell.levels, and digits of 3 bits (P, facts.md §1).
  unsigned mvm_levels = 0;
  unsigned rows_per_read = 16;  ///< rows an HP read drives at once, 1 … mvm_size (D, facts.md §5)
  /// Magnitude bits of the digits of a vector that an HP read drives, 1 … 4 and below dac.bits (A). The step
  /// of the converter is a level step driven by the digit 1.
  unsigned input_bits = 1;
  /// HP tiles hold the sum of their rows as digits on further outputs, and every read is checked against it
  /// (numeric/checksum.hpp). Needs cells that hold a digit and, with these, mvm_size >= 2.
  bool mvm_checksum = false;

  /// Evenly spaced: integer reads count steps, and so do the digits of HP tiles.
  device::CellParams cell;
  /// Levels of a cell of an INV macro, 2 … 128; 0: as cell.levels, or as many as are listed.
  unsigned inv_levels = 0;
  /// How they lie in the window; uneven ones number at most 64 and exclude a second slice.
  device::LevelSpacing inv_spacing = device::LevelSpacing::kEven;
  /// With kListed the conductances of INV levels [siemens], see CellParams; otherwise empty.
  std::vector<double> inv_listed_siemens;
  /// Row and column lines of all arrays. 1.73 ohm a segment (S, facts.md §1).
  circuit::LineParams lines{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
  /// Cells are written to analogue targets that cancel the lines (circuit/wires/compensation.hpp).
  bool inv_compensated = false;
  bool mvm_compensated = true;
  /// Share of the window that the levels of a compensated macro take, in (0, 1]: the rest is for raising far
  /// cells. A 64x64 array with every cell at its highest level needs 0.80 at 1.73 ohm (D).
  double headroom = 0.79;
  device::CellEffects effects;
  FaultList faults;  ///< beside those drawn by rate
  /// How cells conduct beside their conductance.
  circuit::CellModel cell_model;
  double kelvin = 300.0;  ///< of the chip while it works, 200 … 500
  /// Change of a cell by drift after which the network of its array is reduced again, fraction of full scale,
  /// > 0.
  double refresh_change = 1e-4;
  device::WriteVerifyParams inv_write{.tolerance = device::kInvTolerance};
  device::WriteVerifyParams mvm_write{};
  circuit::OpampParams opamp;
  circuit::LoopEffects loop;  ///< of all macros; the signs only of INV and GINV macros
  /// Full scale is also the read voltage of conversions to one bit.
  circuit::DacParams dac;
  /// Conversion of integer reads. One code is one level step driven by the digit 1.
  circuit::AdcParams adc;
  /// Conversion of everything else by the same converters, which may stop after fewer bits. Same full scale.
  circuit::AdcParams adc_low_precision;
  /// Standard deviation of the relative error of the ADC bank's reference voltage, one draw per chip, >= 0
  /// (A).
  double reference_sigma = 1e-3;
  circuit::TimingParams timing;
  /// Conductance from each DAC channel to its INV summing node [siemens], > 0. Default: 7 level steps times
  /// the ratio of the ADC's to the DAC's full scale, so that a matrix 7·identity maps full scale to full
  /// scale (D).
  double g_in_siemens = 86.25e-6;
  /// Converters shared by the 64 channels of an ADC lane, 1 … 64 (A): at 100 MS/s each, 16 convert a read of
  /// 64 columns in 40 ns, while the next read settles.
  unsigned converters_per_lane = 16;

  DruParams dru;
  AmcCosts costs = AmcCosts::from(cost::ComponentTable{});
};

/// Whether INV macros of this chip may have a second pair of arrays: levels² − 1 of their cells, times those
/// at a diagonal crossing, is at most 127, which a level is sent as, and amplifiers have no output
/// resistance, since attenuating drivers are ideal.
bool holds_two_slices(const AmcParams& params);

/// Throws InputError if a field is out of the range stated above, or a unit (inv_unit, mvm_unit) does not fit
/// its register.
void validate(const AmcParams& params);

/// Number of a macro on the chip, for its draws: kinds have ranges of their own, so that a macro's draws do
/// not depend on the other kinds' counts. The pair of −Aᵀ of a GINV macro has the number behind that of A.
std::uint32_t chip_number(MacroKind kind, unsigned index);

/// The cells of a kind of macro.
device::CellParams cell_params(const AmcParams& params, MacroKind kind);

/// Whether a kind of macro compensates its lines: where it is told to and there is something to compensate.
bool is_compensated(const AmcParams& params, MacroKind kind);

/// Outputs of an MVM macro that hold the checksum of an HP tile; 0: HP tiles have none.
unsigned checksum_lines(const AmcParams& params);

/// Magnitude bits of the digits of HP tiles.
unsigned digit_bits(const AmcParams& params);

/// The largest code that an integer read of one row can have: of the largest digits of tile and vector.
int largest_product(const AmcParams& params);

/// Voltage of the digit 1 of a vector [volt].
double read_volt(const AmcParams& params);

/// Conductance between neighbouring levels of a cell as the circuits see it [siemens]: the cells' step, times
/// the headroom where lines are compensated.
double step_siemens(const AmcParams& params, MacroKind kind);

/// Feedback conductance of the MVM amplifiers at OUTPUT_GAIN 0 [siemens]: one level step at read_volt() moves
/// the output by one ADC step.
double mvm_feedback_siemens(const AmcParams& params);

/// Register CAP_INV_UNIT [2^-16], for GINV macros as well: K⁻¹c = −(ADC code) · 2^(range − gain) · unit, for
/// level matrix K and DAC codes c. K counts what levels are worth in steps, with two slices in steps of the
/// lower one, g_step / levels.
///     unit = g_step · v_adc_step / (g_in · v_dac_step)
std::uint32_t inv_unit(const AmcParams& params);

/// Registers CAP_INV_LEVEL_VALUE [2^-16 steps]: what each level of a cell of an INV macro is worth; empty if
/// they are evenly spaced.
std::vector<std::uint32_t> inv_level_values(const AmcParams& params);

/// Register CAP_MVM_UNIT [2^-16]: Kᵀ·c = −(ADC code) · 2^(range − gain) · unit.
///     unit = g_feedback · v_adc_step / (g_step · v_dac_step)
std::uint32_t mvm_unit(const AmcParams& params);

/// What the macros of a kind have in common.
MacroParams macro_params(const AmcParams& params, MacroKind kind);

}  // namespace mho::amc
