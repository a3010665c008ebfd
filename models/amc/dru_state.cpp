// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_state.hpp"

#include <algorithm>
#include <cmath>

namespace mho::amc {
namespace {

std::uint32_t picosiemens(double siemens) {
  return static_cast<std::uint32_t>(std::llround(siemens * 1e12));
}

}  // namespace

DruCapabilities::DruCapabilities(const AmcParams& params)
    : inv_count(params.inv_count),
      inv_size(params.inv_size),
      mvm_count(params.mvm_count),
      mvm_size(params.mvm_size),
      ginv_count(params.ginv_count),
      ginv_size(params.ginv_size),
      rows_per_read(params.rows_per_read),
      levels(cell_params(params, MacroKind::kMvm).levels),
      sram_words(params.dru.sram_words),
      g_min_ps(picosiemens(params.cell.g_min_siemens)),
      g_step_ps(picosiemens(device::step_siemens(cell_params(params, MacroKind::kInv)))),
      g_in_ps(picosiemens(params.g_in_siemens)),
      inv_unit(amc::inv_unit(params)),
      mvm_unit(amc::mvm_unit(params)),
      max_retries(params.dru.max_retries),
      inv_levels(cell_params(params, MacroKind::kInv).levels),
      inv_slices(params.inv_slices),
      hp_rows(params.mvm_size - amc::checksum_lines(params)),
      digit_bits(amc::digit_bits(params)),
      input_bits(params.input_bits),
      inv_diagonal_cells(params.inv_diagonal_cells),
      contexts(params.dru.contexts),
      inv_is_uneven(params.inv_spacing != device::LevelSpacing::kEven),
      dac_max_code((1 << (params.dac.bits - 1)) - 1),
      adc_max_code((1 << (params.adc_low_precision.bits - 1)) - 1) {
  std::ranges::copy(amc::inv_level_values(params), inv_level_values.begin());
}

}  // namespace mho::amc
