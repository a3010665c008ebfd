// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/matrix_market.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <span>
#include <sstream>
#include <tuple>
#include <utility>

#include "models/base/error.hpp"
#include "models/numeric/token_lines.hpp"

namespace mho::numeric {
namespace {

enum class Symmetry { kGeneral, kSymmetric, kSkewSymmetric, kHermitian };

struct Header {
  bool is_coordinate = false;
  bool is_integer = false;
  bool is_complex = false;
  Symmetry symmetry = Symmetry::kGeneral;
};

struct Size {
  std::uint32_t rows = 0;
  std::uint32_t columns = 0;
  std::uint64_t entries = 0;  ///< coordinate: as declared; array: as it follows from the dimensions
};

struct Entry {
  std::uint32_t row = 0;
  std::uint32_t column = 0;
  double value = 0;
  double imaginary = 0;
  std::size_t line = 0;
};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

class Reader {
 public:
  Reader(std::string_view text, std::string name, std::uint32_t max_rows)
      : lines_(text, std::move(name)), max_rows_(max_rows) {}

  MatrixFile read() {
    read_header();
    read_size();
    if (header_.is_coordinate) {
      read_coordinates();
    } else {
      read_array();
    }
    expect_end();
    MatrixFile file{.name = lines_.name(), .size_line = size_line_, .matrix = {}, .imaginary = {}};
    build(file);
    return file;
  }

 private:
  std::span<const std::string_view> tokens() const { return lines_.tokens(); }

  void read_header() {
    if (!lines_.next()) lines_.fail_at(1, "the file is empty; give a Matrix Market file");
    if (tokens().empty() || lower(tokens()[0]) != "%%matrixmarket") {
      lines_.fail("not a Matrix Market file: the first line must start with '%%MatrixMarket'");
    }
    if (tokens().size() != 5) {
      lines_.fail("the header needs five words, for example '%%MatrixMarket matrix coordinate real general'");
    }
    if (lower(tokens()[1]) != "matrix")
      lines_.fail("object '{}' is not supported; use 'matrix'", shown(tokens()[1]));
    read_format(lower(tokens()[2]));
    read_field(lower(tokens()[3]));
    read_symmetry(lower(tokens()[4]));
  }

  void read_format(const std::string& word) {
    if (word != "coordinate" && word != "array") {
      lines_.fail("format '{}' is not known; use 'coordinate' or 'array'", shown(word));
    }
    header_.is_coordinate = word == "coordinate";
  }

  void read_field(const std::string& word) {
    if (word == "pattern") lines_.fail("a pattern file has no values; write the entries as 'real'");
    if (word != "real" && word != "integer" && word != "complex")
      lines_.fail("field '{}' is not known; use 'real', 'integer' or 'complex'", shown(word));
    header_.is_integer = word == "integer";
    header_.is_complex = word == "complex";
    // Real and imaginary parts are rows and columns of their own on the chip.
    if (header_.is_complex) max_rows_ /= 2;
  }

  void read_symmetry(const std::string& word) {
    if (word == "hermitian" && !header_.is_complex)
      lines_.fail("Hermitian matrices are complex; a real one is 'symmetric'");
    if (word == "hermitian") {
      header_.symmetry = Symmetry::kHermitian;
    } else if (word == "general") {
      header_.symmetry = Symmetry::kGeneral;
    } else if (word == "symmetric") {
      header_.symmetry = Symmetry::kSymmetric;
    } else if (word == "skew-symmetric") {
      header_.symmetry = Symmetry::kSkewSymmetric;
    } else {
      lines_.fail("symmetry '{}' is not known; use 'general', 'symmetric', 'skew-symmetric' or 'hermitian'",
                  shown(word));
    }
  }

  bool skip_to_size_line() {
    while (lines_.next_tokens()) {
      if (tokens()[0].front() != '%') return true;
    }
    return false;
  }

  void read_size() {
    if (!skip_to_size_line()) {
      lines_.fail("the file ends before the size line");
    }
    size_line_ = lines_.line();
    const std::size_t expected = header_.is_coordinate ? 3 : 2;
    if (tokens().size() != expected) {
      lines_.fail("the size line of {} file is '{}'", header_.is_coordinate ? "a coordinate" : "an array",
                  header_.is_coordinate ? "rows columns entries" : "rows columns");
    }
    size_.rows = dimension(tokens()[0], "rows");
    size_.columns = dimension(tokens()[1], "columns");
    if (header_.symmetry != Symmetry::kGeneral && size_.rows != size_.columns) {
      lines_.fail("a symmetric matrix must be square, not {} x {}", size_.rows, size_.columns);
    }
    const std::uint64_t room = storable_entries();
    size_.entries = header_.is_coordinate ? integer(tokens()[2], "number of entries") : room;
    if (size_.entries > room) {
      lines_.fail("{} entries do not fit a {} x {} matrix of this symmetry (at most {})", size_.entries,
                  size_.rows, size_.columns, room);
    }
  }

  std::uint64_t storable_entries() const {
    const std::uint64_t n = size_.rows;
    switch (header_.symmetry) {
      case Symmetry::kSymmetric:
      case Symmetry::kHermitian:
        return n * (n + 1) / 2;
      case Symmetry::kSkewSymmetric:
        return n * (n - 1) / 2;
      case Symmetry::kGeneral:
        break;
    }
    return n * size_.columns;
  }

  std::uint64_t integer(std::string_view token, std::string_view what) const {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), value);
    if (error != std::errc{} || end != token.data() + token.size()) {
      lines_.fail("{} '{}' is not a whole number", what, shown(token));
    }
    return value;
  }

  std::uint32_t dimension(std::string_view token, std::string_view what) const {
    const std::uint64_t value = integer(token, fmt::format("number of {}", what));
    if (value == 0) lines_.fail("the matrix is empty: it has 0 {}", what);
    if (value > max_rows_) lines_.fail("{} {} are more than the chip can hold ({})", value, what, max_rows_);
    return static_cast<std::uint32_t>(value);
  }

  std::uint32_t index(std::string_view token, std::string_view what, std::uint32_t limit) const {
    const std::uint64_t value = integer(token, what);
    if (value == 0 || value > limit) {
      lines_.fail("{} {} is outside 1 to {} (indices count from 1; size line {})", what, value, limit,
                  size_line_);
    }
    return static_cast<std::uint32_t>(value - 1);
  }

  double number(std::string_view token) const {
    std::string_view digits = token;
    if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-' && digits[1] != '+')
      digits.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range)
      lines_.fail("value '{}' is outside the range of a double", shown(token));
    if (error != std::errc{} || end != digits.data() + digits.size())
      lines_.fail("'{}' is not a number", shown(token));
    if (!std::isfinite(value))
      lines_.fail("value '{}' is not finite; every entry must be a finite number", shown(token));
    if (header_.is_integer && digits.find_first_of(".eE") != std::string_view::npos) {
      lines_.fail("value '{}' in an integer file is not a whole number", shown(token));
    }
    return value;
  }

  bool holds_lower_triangle() const {
    return header_.symmetry == Symmetry::kSymmetric || header_.symmetry == Symmetry::kHermitian;
  }

  void check_place(std::uint32_t row, std::uint32_t column) const {
    if (holds_lower_triangle() && column > row) {
      lines_.fail("entry ({}, {}) lies above the diagonal; a {} file holds the lower triangle only", row + 1,
                  column + 1, header_.symmetry == Symmetry::kHermitian ? "Hermitian" : "symmetric");
    }
    if (header_.symmetry == Symmetry::kSkewSymmetric && column >= row) {
      lines_.fail(
          "entry ({}, {}) is not below the diagonal; a skew-symmetric file holds the strict lower triangle "
          "only",
          row + 1, column + 1);
    }
  }

  void expect_line(std::uint64_t read_so_far, std::size_t words, std::string_view shape) {
    if (!lines_.next_tokens()) {
      lines_.fail("the file ends after {} of {} entries; it may be truncated", read_so_far, size_.entries);
    }
    if (tokens()[0].front() == '%')
      lines_.fail("a comment among the entries; comments belong before the size line");
    if (tokens().size() != words) lines_.fail("expected '{}' on this line", shape);
  }

  void read_coordinates() {
    for (std::uint64_t k = 0; k < size_.entries; ++k) {
      expect_line(k, 2 + parts(), header_.is_complex ? "row column real imaginary" : "row column value");
      const std::uint32_t row = index(tokens()[0], "row", size_.rows);
      const std::uint32_t column = index(tokens()[1], "column", size_.columns);
      check_place(row, column);
      add(row, column, 2);
    }
  }

  void read_array() {
    const std::uint32_t below = header_.symmetry == Symmetry::kSkewSymmetric ? 1 : 0;
    std::uint64_t done = 0;
    for (std::uint32_t column = 0; column < size_.columns; ++column) {
      const std::uint32_t first = header_.symmetry == Symmetry::kGeneral ? 0 : column + below;
      for (std::uint32_t row = first; row < size_.rows; ++row) {
        expect_line(done++, parts(), header_.is_complex ? "real imaginary" : "value");
        add(row, column, 0);
      }
    }
  }

  /// Numbers of a value.
  std::size_t parts() const { return header_.is_complex ? 2 : 1; }

  /// The entry whose value begins with this token.
  void add(std::uint32_t row, std::uint32_t column, std::size_t token) {
    Entry entry{.row = row, .column = column, .value = number(tokens()[token]), .line = lines_.line()};
    if (header_.is_complex) entry.imaginary = number(tokens()[token + 1]);
    entries_.push_back(entry);
    if (header_.symmetry == Symmetry::kHermitian && row == column && entry.imaginary != 0)
      lines_.fail("entry ({0}, {0}) has an imaginary part; the diagonal of a Hermitian matrix is real",
                  row + 1);
    if (header_.symmetry == Symmetry::kGeneral || row == column) return;
    const bool is_skew = header_.symmetry == Symmetry::kSkewSymmetric;
    const bool turns_imaginary = is_skew || header_.symmetry == Symmetry::kHermitian;
    entries_.push_back({.row = column,
                        .column = row,
                        .value = is_skew ? -entry.value : entry.value,
                        .imaginary = turns_imaginary ? -entry.imaginary : entry.imaginary,
                        .line = lines_.line()});
  }

  void expect_end() {
    if (lines_.next_tokens()) {
      lines_.fail("text after the last of {} entries; remove it or correct the size line {}", size_.entries,
                  size_line_);
    }
  }

  void build(MatrixFile& file) {
    std::ranges::sort(entries_, {}, [](const Entry& e) { return std::tuple(e.row, e.column, e.line); });
    const auto twice = std::ranges::adjacent_find(
        entries_, [](const Entry& a, const Entry& b) { return a.row == b.row && a.column == b.column; });
    if (twice != entries_.end()) {
      lines_.fail_at((twice + 1)->line,
                     "entry ({}, {}) is given a second time, first on line {}; keep one of them",
                     twice->row + 1, twice->column + 1, twice->line);
    }
    SparseMatrix& matrix = file.matrix;
    matrix.rows = size_.rows;
    matrix.columns = size_.columns;
    matrix.row_start.assign(std::size_t{size_.rows} + 1, 0);
    for (const Entry& entry : entries_) {
      if (entry.value == 0 && entry.imaginary == 0) continue;
      ++matrix.row_start[std::size_t{entry.row} + 1];
      matrix.column.push_back(entry.column);
      matrix.value.push_back(entry.value);
      if (header_.is_complex) file.imaginary.push_back(entry.imaginary);
    }
    for (std::uint32_t i = 0; i < size_.rows; ++i) matrix.row_start[i + 1] += matrix.row_start[i];
  }

  TokenLines lines_;
  std::uint32_t max_rows_;
  Header header_;
  Size size_;
  std::size_t size_line_ = 0;
  std::vector<Entry> entries_;
};

std::string read_file(const std::filesystem::path& path) {
  std::error_code error;
  require(!std::filesystem::is_directory(path, error), "{}: is a directory; give a Matrix Market file",
          path.string());
  std::ifstream in(path, std::ios::binary);
  require(in.is_open(), "{}: cannot be opened; check the path and the permissions", path.string());
  std::ostringstream text;
  text << in.rdbuf();
  require(!in.bad(), "{}: reading failed", path.string());
  return std::move(text).str();
}

}  // namespace

MatrixFile parse_matrix(std::string_view text, std::string name, std::uint32_t max_rows) {
  return Reader(text, std::move(name), max_rows).read();
}

MatrixFile read_matrix(const std::filesystem::path& path, std::uint32_t max_rows) {
  return parse_matrix(read_file(path), path.string(), max_rows);
}

VectorFile parse_vectors(std::string_view text, std::string name, std::uint32_t max_rows) {
  const MatrixFile file = parse_matrix(text, std::move(name), max_rows);
  const SparseMatrix& m = file.matrix;
  VectorFile vectors{.name = file.name,
                     .size_line = file.size_line,
                     .rows = m.rows,
                     .columns = m.columns,
                     .values = std::vector<double>(std::size_t{m.rows} * m.columns, 0.0),
                     .imaginary = {}};
  if (file.is_complex()) vectors.imaginary.assign(vectors.values.size(), 0.0);
  for (std::uint32_t i = 0; i < m.rows; ++i) {
    for (auto k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
      const std::size_t at = std::size_t{m.column[k]} * m.rows + i;
      vectors.values[at] = m.value[k];
      if (file.is_complex()) vectors.imaginary[at] = file.imaginary[k];
    }
  }
  return vectors;
}

VectorFile read_vectors(const std::filesystem::path& path, std::uint32_t max_rows) {
  return parse_vectors(read_file(path), path.string(), max_rows);
}

void check_system(const MatrixFile& a) {
  const SparseMatrix& m = a.matrix;
  const bool is_square = m.rows == m.columns;
  std::vector<bool> column_used(m.columns, false);
  for (const std::uint32_t j : m.column) column_used[j] = true;
  // A zero row of a tall matrix, or column of a wide one, does not take its rank.
  for (std::uint32_t i = 0; i < m.rows && m.rows <= m.columns; ++i) {
    require(m.row_start[i] < m.row_start[i + 1], "{}:{}: row {} is zero, so the matrix {}", a.name,
            a.size_line, i + 1,
            is_square ? "is singular; remove the row and its unknown"
                      : "does not have full rank; remove the row");
  }
  for (std::uint32_t j = 0; j < m.columns && m.columns <= m.rows; ++j) {
    require(column_used[j], "{}:{}: column {} is zero, so the matrix {}", a.name, a.size_line, j + 1,
            is_square ? "is singular; remove the unknown and a row"
                      : "does not have full rank; remove the unknown");
  }
}

void check_right_hand_side(const VectorFile& b, const MatrixFile& a) {
  require(b.rows == a.matrix.rows, "{}:{}: b has {} rows, the matrix in {} has {}; they must agree", b.name,
          b.size_line, b.rows, a.name, a.matrix.rows);
}

}  // namespace mho::numeric
