// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/inl_profile.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

#include "models/base/error.hpp"
#include "platform/input/csv_file.hpp"

namespace mho::platform {

std::vector<double> load_inl_profile(const std::filesystem::path& file, std::size_t count, int max_code) {
  std::vector<double> profile;
  for (const CsvRow& row : read_csv(file)) {
    const std::string& text = row.fields.front();
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    require(row.fields.size() == 1 && error == std::errc{} && end == text.data() + text.size() &&
                std::abs(value) <= max_code,
            "{}:{}: expected one number of steps, at most {} either way", file.string(), row.line, max_code);
    profile.push_back(value);
  }
  require(profile.size() == count, "{}: {} numbers; the converter has {} thresholds or codes", file.string(),
          profile.size(), count);
  return profile;
}

std::vector<double> coarser_inl_profile(std::span<const double> profile_lsb, unsigned bits,
                                        unsigned low_bits) {
  if (profile_lsb.empty() || low_bits == bits) return {profile_lsb.begin(), profile_lsb.end()};
  const int fine = (1 << (bits - 1)) - 1, coarse = (1 << (low_bits - 1)) - 1;
  const double ratio = static_cast<double>(fine) / coarse;
  std::vector<double> result;
  for (int k = 1 - coarse; k <= coarse; ++k) {
    // The threshold below code k, counted in the fine converter's thresholds.
    const double at = std::clamp((k - 0.5) * ratio + 0.5 + fine - 1, 0.0, 2.0 * fine - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, profile_lsb.size() - 1);
    result.push_back(std::lerp(profile_lsb[below], profile_lsb[above], at - std::floor(at)) / ratio);
  }
  return result;
}

}  // namespace mho::platform
