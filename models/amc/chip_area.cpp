// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/chip_area.hpp"

#include <cmath>
#include <string_view>

#include "registers/adc.hpp"
#include "registers/dac.hpp"

namespace mho::amc {
namespace {

constexpr unsigned kArraysOfAPair = 2;
constexpr unsigned kBitsOfAWord = 32;
constexpr unsigned kBitsOfACode = 16;
constexpr double kBitsOf32KB = 32.0 * 1024 * 8;
constexpr int kSurveyedBits = 8;

class Survey {
 public:
  Survey(const AmcParams& params, const cost::ComponentTable& table) : params_(params), table_(table) {}

  void add(std::string_view block, std::string_view part, double count, double each_m2) {
    if (count > 0) items.push_back({std::string(block), std::string(part), count, each_m2});
  }
  double area(std::string_view key) const { return table_.square_metres(key); }

  /// Amplifiers in a loop need their outputs inverted; a second pair has drivers for each output and its
  /// inverse.
  void add_loops(std::string_view block, double macros, double lines, double cells) {
    const double slices = params_.inv_slices;
    add(block, "cells", macros * slices * kArraysOfAPair * cells, area("rram.cell.area"));
    add(block, "amplifiers, inverters, slice drivers", macros * lines * (2 + 2 * (slices - 1)),
        area("opamp.area"));
    add(block, "sample-and-hold", macros * lines, area("sample_hold.area"));
    add(block, "line drivers", macros * lines, area("dac.01b.area"));
  }

  void add_mvm() {
    const double size = params_.mvm_size, macros = params_.mvm_count;
    const double checksum = checksum_lines(params_);
    const auto add_part = [&](std::string_view part, double all, double of_checksum, double each_m2) {
      add("amc.mvm_macros", part, all - of_checksum, each_m2);
      add("amc.mvm_macros", std::string(part) + ", checksum", of_checksum, each_m2);
    };
    add_part("cells", macros * kArraysOfAPair * size * size, macros * kArraysOfAPair * size * checksum,
             area("rram.cell.area"));
    add_part("amplifiers", macros * size, macros * checksum, area("opamp.area"));
    add_part("sample-and-hold", macros * size, macros * checksum, area("sample_hold.area"));
    add("amc.mvm_macros", "line drivers", macros * size, area("dac.01b.area"));
  }

  void add_converters() {
    namespace dac = registers::dac;
    namespace adc = registers::adc;
    const double banks = params_.dac_banks, channels = dac::kChannels, lanes = adc::kLanes;
    const double dac_each =
        std::ldexp(area("dac.08b.area"), static_cast<int>(params_.dac.bits) - kSurveyedBits);
    add("amc.dac", "converters", banks * channels, dac_each);
    add("amc.dac", "bits of patterns", banks * channels * dac::kMaxPatterns * kBitsOfACode,
        area("sram.bit.area"));
    const double ratio = params_.adc.energy_per_conversion_J / table_.adc_conversion_joules(kSurveyedBits);
    add("amc.adc", "converters", lanes * adc::kChannels, area("adc.08b.area") * ratio);
    add("amc.adc", "bits of codes", lanes * adc::kChannels * adc::kMaxReads * kBitsOfACode,
        area("sram.bit.area"));
  }

  void add_dru() {
    const DruParams& dru = params_.dru;
    const double contexts = dru.contexts, words = dru.sram_words, bit = area("sram.bit.area");
    add("amc.dru", "lanes", dru.lanes, area("dru.lane.area"));
    add("amc.dru", "bits of vector memory", words * kBitsOfAWord, bit);
    // As dru.context.leakage and dru.operation.leakage count them, the first context included.
    add("amc.dru", "bits of contexts", contexts * 3 * kBitsOf32KB, bit);
    add("amc.dru", "bits of operations", contexts * (dru.operations - 1) * 0.25 * kBitsOf32KB, bit);
  }

  std::vector<AreaItem> items;

 private:
  const AmcParams& params_;
  const cost::ComponentTable& table_;
};

}  // namespace

std::vector<AreaItem> chip_area(const AmcParams& params, const cost::ComponentTable& table) {
  Survey survey(params, table);
  const double inv = params.inv_size, ginv = params.ginv_size;
  survey.add_loops("amc.inv_macros", params.inv_count, inv, inv * inv + params.inv_diagonal_cells * inv);
  survey.add_loops("amc.ginv_macros", params.ginv_count, 2 * ginv, 2 * ginv * ginv);
  survey.add_mvm();
  survey.add_converters();
  survey.add_dru();
  return survey.items;
}

}  // namespace mho::amc
