// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/random.hpp"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace mho {
namespace {

double open_unit(std::uint32_t word) {
  return (static_cast<double>(word) + 0.5) * 0x1p-32;
}

std::pair<double, double> box_muller(std::uint32_t a, std::uint32_t b) {
  const double radius = std::sqrt(-2.0 * std::log(open_unit(a)));
  const double angle = 2.0 * std::numbers::pi * open_unit(b);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

}  // namespace

std::array<std::uint32_t, 4> Random::words(RandomPurpose purpose, RandomCoordinates at,
                                           std::uint32_t counter) const {
  const r123::Philox4x32::ctr_type place{{counter, at.unit,
                                          (static_cast<std::uint32_t>(at.row) << 16) | at.column,
                                          static_cast<std::uint32_t>(purpose)}};
  const r123::Philox4x32::key_type key{
      {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)}};
  const auto out = r123::Philox4x32{}(place, key);
  return {out[0], out[1], out[2], out[3]};
}

double Random::uniform(RandomPurpose purpose, RandomCoordinates at, std::uint32_t counter) const {
  return open_unit(words(purpose, at, counter)[0]);
}

double Random::normal(RandomPurpose purpose, RandomCoordinates at, std::uint32_t counter) const {
  const auto w = words(purpose, at, counter);
  return box_muller(w[0], w[1]).first;
}

std::array<double, 4> Random::normals(RandomPurpose purpose, RandomCoordinates at,
                                      std::uint32_t counter) const {
  const auto w = words(purpose, at, counter);
  const auto [a, b] = box_muller(w[0], w[1]);
  const auto [c, d] = box_muller(w[2], w[3]);
  return {a, b, c, d};
}

}  // namespace mho
