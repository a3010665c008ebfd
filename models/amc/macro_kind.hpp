// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The kinds of array macros, and what tells them apart outside of their circuits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "registers/adc.hpp"
#include "registers/dru.hpp"
#include "registers/memory_map.hpp"

namespace mho::amc {

enum class MacroKind : std::uint8_t { kInv = 0, kMvm = 1, kGinv = 2 };

struct MacroKindInfo {
  MacroKind kind;
  const char* name;                   ///< in waveforms, names of blocks, faults and files
  std::uint32_t base, bytes, stride;  ///< on the bus: the first macro, and how far apart they are
  std::uint32_t adc_source;           ///< what LANE_SOURCE of the ADC bank takes for the first macro
};

/// By the numbers of MacroKind.
inline constexpr std::array<MacroKindInfo, 3> kMacroKinds{{
    {.kind = MacroKind::kInv,
     .name = "inv",
     .base = registers::memory_map::kInvBase,
     .bytes = registers::memory_map::kInvSize,
     .stride = registers::memory_map::kInvStride,
     .adc_source = 0},
    {.kind = MacroKind::kMvm,
     .name = "mvm",
     .base = registers::memory_map::kMvmBase,
     .bytes = registers::memory_map::kMvmSize,
     .stride = registers::memory_map::kMvmStride,
     .adc_source = registers::adc::kSourceMvm},
    {.kind = MacroKind::kGinv,
     .name = "ginv",
     .base = registers::memory_map::kGinvBase,
     .bytes = registers::memory_map::kGinvSize,
     .stride = registers::memory_map::kGinvStride,
     .adc_source = registers::adc::kSourceGinv},
}};

static_assert(kMacroKinds[0].kind == MacroKind{0} && kMacroKinds[1].kind == MacroKind{1} &&
              kMacroKinds[2].kind == MacroKind{2});

constexpr const MacroKindInfo& info_of(MacroKind kind) {
  return kMacroKinds[static_cast<std::size_t>(kind)];
}

/// The kind of macro that a tile lies on.
constexpr MacroKind macro_kind_of(registers::dru::TileKind kind) {
  switch (kind) {
    case registers::dru::TileKind::kInv:
      return MacroKind::kInv;
    case registers::dru::TileKind::kGinv:
      return MacroKind::kGinv;
    default:
      return MacroKind::kMvm;
  }
}

/// Which of three values, one for each kind, is that of `kind`.
template <typename T>
constexpr T& of_kind(MacroKind kind, T& inv, T& mvm, T& ginv) {
  switch (kind) {
    case MacroKind::kInv:
      return inv;
    case MacroKind::kGinv:
      return ginv;
    case MacroKind::kMvm:
      break;
  }
  return mvm;
}

/// How many macros of a kind there are.
/// @param chip  AmcParams or DruCapabilities
template <typename Chip>
constexpr std::uint32_t count_of(const Chip& chip, MacroKind kind) {
  return of_kind(kind, chip.inv_count, chip.mvm_count, chip.ginv_count);
}

/// Rows and columns that the arrays of a kind of macro have.
/// @param chip  AmcParams or DruCapabilities
template <typename Chip>
constexpr std::uint32_t size_of(const Chip& chip, MacroKind kind) {
  return of_kind(kind, chip.inv_size, chip.mvm_size, chip.ginv_size);
}

}  // namespace mho::amc
