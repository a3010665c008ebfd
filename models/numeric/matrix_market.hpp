// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Matrix Market files: coordinate and array, real, integer and complex, general, symmetric, skew-symmetric
// and Hermitian. Refused with a message: pattern files, the format "vector", and everything malformed.
// Stricter than other readers in three points: an entry given twice is an error (readers disagree whether to
// add or to replace), so is an entry of a symmetric file above its diagonal, and comments stand between the
// header and the size line only.
//
// Every error is an InputError "name:line: what is wrong; what to do".
// Source: Boisvert, Pozo, Remington, "The Matrix Market Exchange Formats", NISTIR 5935.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/numeric/sparse_matrix.hpp"

namespace mho::numeric {

/// A matrix and where it came from, for messages about it.
struct MatrixFile {
  std::string name;
  std::size_t size_line = 0;        ///< number of the line with the dimensions, counted from 1
  SparseMatrix matrix;              ///< of a complex file the real parts, zeros among them
  std::vector<double> imaginary{};  ///< as many as matrix.value; empty: the file is not complex

  bool is_complex() const { return !imaginary.empty(); }
};

/// Column vectors of one length, one behind the other, and where they came from.
struct VectorFile {
  std::string name;
  std::size_t size_line = 0;
  std::uint32_t rows = 0, columns = 0;
  std::vector<double> values;       ///< [rows · columns]
  std::vector<double> imaginary{};  ///< as many; empty: the file is not complex

  bool is_complex() const { return !imaginary.empty(); }
};

/// @param text      the whole file; lines end with LF or CRLF
/// @param name      of the file, for messages
/// @param max_rows  largest number of rows and of columns accepted, of a complex file half as many; checked
///                  before memory is taken
/// @returns the matrix with symmetry expanded and stored zeros dropped
/// @throws InputError for anything malformed or too large
MatrixFile parse_matrix(std::string_view text, std::string name, std::uint32_t max_rows);
MatrixFile read_matrix(const std::filesystem::path& path, std::uint32_t max_rows);

/// An n × k matrix file as k dense vectors. @throws InputError as above
VectorFile parse_vectors(std::string_view text, std::string name, std::uint32_t max_rows);
VectorFile read_vectors(const std::filesystem::path& path, std::uint32_t max_rows);

/// Checks that A x = b can be posed: no zero row or column takes the rank of A, which is to be the smaller of
/// its dimensions.
/// @throws InputError that names the file, the size line and the row or column
void check_system(const MatrixFile& a);
/// Checks that b is as long as A. @throws InputError that names both files
void check_right_hand_side(const VectorFile& b, const MatrixFile& a);

/// Vectors as an array file (real, general, n × columns) with 17 significant digits: reading it back gives
/// them bit by bit.
/// @param x        [n · columns], one vector behind the other
/// @param comment  one line, put after the header; empty: none
/// @throws InputError when an element is not finite or the comment has a line break
std::string format_vectors(std::span<const double> x, std::uint32_t columns, std::string_view comment);
/// The same for complex vectors. @param x, imaginary  [n · columns] real and imaginary parts
std::string format_complex_vectors(std::span<const double> x, std::span<const double> imaginary,
                                   std::uint32_t columns, std::string_view comment);

}  // namespace mho::numeric
