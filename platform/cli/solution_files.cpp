// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/solution_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iostream>
#include <iterator>
#include <string_view>
#include <vector>

#include "models/base/output_file.hpp"
#include "models/numeric/matrix_market.hpp"
#include "platform/solve/exact_text.hpp"

namespace mho::platform::cli {
namespace {

/// Whether there is an answer for every right-hand side.
bool has_all_of_x(const SolveReport& report) {
  return !report.assessment.x.empty() &&
         std::ranges::none_of(report.solutions, [](const Solution& s) { return s.assessment.x.empty(); });
}

std::vector<std::vector<numeric::Real>> columns_of_x(const SolveReport& report) {
  std::vector<std::vector<numeric::Real>> columns;
  for (const Solution& s : report.solutions) columns.push_back(s.assessment.x);
  if (columns.empty()) columns.push_back(report.assessment.x);
  return columns;
}

void write_text(const std::string& file, const std::string& text) {
  if (file == "-") {
    std::cout << text << std::flush;
  } else {
    write_file(file, text);
  }
}

void say_not_written(const std::string& file, std::string_view reason) {
  std::cerr << fmt::format("mho: {}: not written, because {}\n", file == "-" ? "stdout" : file, reason);
}

/// False: x does not fit the file.
bool write_rounded(const std::string& file, const SolveReport& report, const std::string& matrix) {
  std::vector<double> all;
  for (const auto& column : columns_of_x(report)) std::ranges::copy(rounded(column), std::back_inserter(all));
  if (!std::ranges::all_of(all, [](double value) { return std::isfinite(value); })) {
    say_not_written(file, "x does not fit a double; --x-exact has all of it");
    return false;
  }
  const std::string comment =
      fmt::format("mho {}: solution of {}, status {}", MHO_VERSION, matrix, report.status);
  const auto count = static_cast<std::uint32_t>(columns_of_x(report).size());
  if (!report.is_complex) {
    write_text(file, numeric::format_vectors(all, count, comment));
    return true;
  }
  std::array<std::vector<double>, 2> parts;
  for (std::size_t first = 0; first < all.size(); first += report.n) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
    std::copy_n(begin, report.n, std::back_inserter(parts[first / report.n % 2]));
  }
  write_text(file, numeric::format_complex_vectors(parts[0], parts[1], count, comment));
  return true;
}

}  // namespace

bool write_solution(const SolutionFiles& files, const SolveReport& report, const std::string& matrix) {
  if (!has_all_of_x(report)) {
    for (const std::string& file : {files.rounded, files.exact}) {
      if (!file.empty()) say_not_written(file, "there is no x");
    }
    return files.rounded.empty() && files.exact.empty();
  }
  const bool is_written = files.rounded.empty() || write_rounded(files.rounded, report, matrix);
  if (!files.exact.empty()) write_text(files.exact, exact_text(columns_of_x(report), report.is_complex));
  return is_written;
}

}  // namespace mho::platform::cli
