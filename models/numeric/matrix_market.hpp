// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Matrix Market files: coordinate and array, real and integer, general, symmetric and skew-symmetric.
// Refused with a message: pattern, complex and Hermitian files (the chip solves real systems), the format
// "vector", and everything malformed. Stricter than other readers in three points: an entry given twice is an
// error (readers disagree whether to add or to replace), so is an entry of a symmetric file above its
// diagonal, and comments stand between the header and the size line only.
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
  std::size_t size_line = 0;  ///< number of the line with the dimensions, counted from 1
  SparseMatrix matrix;
};

/// A column vector and where it came from.
struct VectorFile {
  std::string name;
  std::size_t size_line = 0;
  std::vector<double> values;
};

/// @param text      the whole file; lines end with LF or CRLF
/// @param name      of the file, for messages
/// @param max_rows  largest number of rows and of columns accepted; checked before memory is taken
/// @returns the matrix with symmetry expanded and stored zeros dropped
/// @throws InputError for anything malformed or too large
MatrixFile parse_matrix(std::string_view text, std::string name, std::uint32_t max_rows);
MatrixFile read_matrix(const std::filesystem::path& path, std::uint32_t max_rows);

/// An n × 1 matrix file as a dense vector. @throws InputError as above, and when it has another width than 1
VectorFile parse_vector(std::string_view text, std::string name, std::uint32_t max_rows);
VectorFile read_vector(const std::filesystem::path& path, std::uint32_t max_rows);

/// Checks that A x = b can be posed: A is square and no row or column of it is zero.
/// @throws InputError that names the file, the size line and the row or column
void check_system(const MatrixFile& a);
/// Checks that b is as long as A. @throws InputError that names both files
void check_right_hand_side(const VectorFile& b, const MatrixFile& a);

/// x as an array file (real, general, n × 1) with 17 significant digits: reading it back gives x bit by bit.
/// @param comment  one line, put after the header; empty: none
/// @throws InputError when an element is not finite or the comment has a line break
std::string format_vector(std::span<const double> x, std::string_view comment);

}  // namespace mho::numeric
