// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/cost/digital_baselines.hpp"

#include <fmt/format.h>

#include <array>

namespace mho::cost {
namespace {

constexpr double kA64fxHpl = 1.9995e15 / 768;
constexpr double kA64fxPerWatt = 16.876e9;

/// Gram matrix of 36 entries and matched filter of 8, of 128 complex products each, 8 real operations a
/// product.
constexpr double kDetectorOperations = (36 + 8) * 128 * 8;
constexpr double kDetectorBits = 8 * 6;

constexpr unsigned kLanes = 32;
constexpr double kMultiplyAdd32 = 12.7e-12 + 0.21e-12;

constexpr std::array kBaselines{
    DigitalBaseline{
        .key = "a64fx",
        .name = "Fujitsu A64FX",
        .part = "core",
        .parts = 48,
        .operations_per_s = kA64fxHpl,
        .watts = kA64fxHpl / kA64fxPerWatt,
        .numbers = "64-bit floating point",
        .source = "Fujitsu and RIKEN, press release of 18 November 2019: prototype of Fugaku with 768 "
                  "processors, 1.9995 PFLOP/s in LINPACK, 16.876 GFLOP/s/W (Green500); measured, memory and "
                  "network included"},
    DigitalBaseline{
        .key = "a100",
        .name = "NVIDIA A100 SXM4",
        .part = "streaming multiprocessor",
        .parts = 108,
        .operations_per_s = 19.5e12,
        .watts = 400,
        .numbers = "64-bit floating point",
        .source = "NVIDIA A100 datasheet: peak of the tensor cores in FP64, 400 W; LINPACK on a machine of "
                  "them, hosts included, reached 26.195 GFLOP/s/W (Green500, November 2020) where this is "
                  "48.75"},
    DigitalBaseline{
        .key = "mmse_asic",
        .name = "MMSE detector of Peng et al.",
        .part = "chip",
        .parts = 1,
        .operations_per_s = kDetectorOperations * 1.02e9 / kDetectorBits,
        .watts = 0.646,
        .numbers = "short fixed point, as good as 64-QAM detection needs, far from 2^-24",
        .source =
            "Peng, Liu, Zhou, Yin & Wei, IEEE TCAS-I 65(5), 2018: 65 nm, 128 x 8 antennas, 1.02 Gbit/s at "
            "646 mW; 48 bits a vector, 45056 operations counted for Gram matrix and matched filter, "
            "nothing for the inversion; not scaled to 40 nm"},
    DigitalBaseline{
        .key = "mac32",
        .name = "32-bit multiply-add units, 40 nm",
        .part = "unit",
        .parts = kLanes,
        .operations_per_s = 2e9 * kLanes,
        .watts = kMultiplyAdd32 * 1e9 * kLanes,
        .numbers = "32-bit fixed point",
        .source =
            "Aladdin, 40 nm: 12.7 pJ a product and 0.21 pJ a sum in 1 ns (digital.mul32, digital.add32); "
            "as many units as this chip's vector unit has lanes; arithmetic only, neither memory nor "
            "control"}};

}  // namespace

std::span<const DigitalBaseline> digital_baselines() {
  return kBaselines;
}

double lu_operations(std::uint32_t n) {
  const double size = n;
  return 2.0 / 3.0 * size * size * size + 2.0 * size * size;
}

BaselineCost cost_of_lu(const DigitalBaseline& baseline, std::uint32_t n) {
  const double device_s = lu_operations(n) / baseline.operations_per_s;
  return {.part_s = device_s * baseline.parts, .device_s = device_s, .energy_J = device_s * baseline.watts};
}

std::string baselines_to_markdown() {
  std::string page =
      "## Digital comparators\n\n"
      "`mho bench solve` sets a solve beside these. The job is scaled to them as dense LU of the same size, "
      "2/3 n³ + 2 n²\noperations at the rate below, whatever n is; one part has its share of rate and "
      "power.\n\n"
      "| key | comparator | parts | GOP/s | W | GOP/s/W | numbers | source "
      "|\n|---|---|---|---|---|---|---|---|\n";
  for (const DigitalBaseline& b : digital_baselines()) {
    page += fmt::format("| `{}` | {} | {} x {} | {:.4g} | {:.4g} | {:.4g} | {} | {} |\n", b.key, b.name,
                        b.parts, b.part, b.operations_per_s * 1e-9, b.watts,
                        b.operations_per_s * 1e-9 / b.watts, b.numbers, b.source);
  }
  return page;
}

}  // namespace mho::cost
