// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/matrix_market.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "models/base/error.hpp"
#include "models/base/random.hpp"

namespace mho::numeric {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kLimit = 512;
const std::string kGeneral = "%%MatrixMarket matrix coordinate real general\n";

std::string data_file(const std::string& name) {
  return std::string(MHO_TEST_DATA) + "/" + name;
}

std::string message_of(const std::string& text) {
  try {
    (void)parse_matrix(text, "f.mtx", kLimit);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

double entry(const SparseMatrix& m, std::uint32_t row, std::uint32_t column) {
  for (auto k = m.row_start[row]; k < m.row_start[row + 1]; ++k) {
    if (m.column[k] == column) return m.value[k];
  }
  return 0;
}

struct BadFile {
  const char* name;
  std::string text;
  const char* line;     ///< as it must appear in the message
  const char* message;  ///< the rest of it, in part
};

void PrintTo(const BadFile& file, std::ostream* out) {
  *out << file.name;
}

class MalformedMatrix : public testing::TestWithParam<BadFile> {};

TEST_P(MalformedMatrix, IsRefusedWithFileAndLine) {
  const std::string message = message_of(GetParam().text);
  EXPECT_THAT(message, testing::StartsWith(std::string("f.mtx:") + GetParam().line + ": "));
  EXPECT_THAT(message, HasSubstr(GetParam().message));
  EXPECT_THAT(message, testing::Not(HasSubstr("\n")));
}

std::string symmetric(const std::string& rest) {
  return "%%MatrixMarket matrix coordinate real symmetric\n" + rest;
}
std::string skew(const std::string& rest) {
  return "%%MatrixMarket matrix coordinate real skew-symmetric\n" + rest;
}
std::string array(const std::string& rest) {
  return "%%MatrixMarket matrix array real general\n" + rest;
}
std::string integers(const std::string& rest) {
  return "%%MatrixMarket matrix coordinate integer general\n" + rest;
}

INSTANTIATE_TEST_SUITE_P(
    Header, MalformedMatrix,
    testing::Values(
        BadFile{"Empty", "", "1", "empty"}, BadFile{"OnlyBlank", "\n", "1", "%%MatrixMarket"},
        BadFile{"NoBanner", "2 2 1\n1 1 1\n", "1", "%%MatrixMarket"},
        BadFile{"FourWords", "%%MatrixMarket matrix coordinate real\n", "1", "five words"},
        BadFile{"SixWords", "%%MatrixMarket matrix coordinate real general x\n", "1", "five words"},
        BadFile{"Vector", "%%MatrixMarket vector coordinate real general\n", "1", "'vector'"},
        BadFile{"Format", "%%MatrixMarket matrix dense real general\n", "1", "'dense'"},
        BadFile{"Field", "%%MatrixMarket matrix array double general\n", "1", "'double'"},
        BadFile{"Pattern", "%%MatrixMarket matrix coordinate pattern general\n", "1", "pattern"},
        BadFile{"Hermitian", "%%MatrixMarket matrix coordinate real hermitian\n", "1", "Hermitian"},
        BadFile{"Symmetry", "%%MatrixMarket matrix coordinate real diagonal\n", "1", "'diagonal'"},
        BadFile{"Binary",
                std::string("\x7f"
                            "ELF\0\1\n",
                            7),
                "1", "%%MatrixMarket"}));

INSTANTIATE_TEST_SUITE_P(
    SizeLine, MalformedMatrix,
    testing::Values(BadFile{"Missing", kGeneral + "% comment\n", "2", "before the size line"},
                    BadFile{"TwoNumbers", kGeneral + "2 2\n", "2", "rows columns entries"},
                    BadFile{"FourNumbers", kGeneral + "2 2 1 1\n1 1 1\n", "2", "rows columns entries"},
                    BadFile{"ArrayThree", array("2 2 4\n1\n1\n1\n1\n"), "2", "rows columns"},
                    BadFile{"NotNumbers", kGeneral + "% c\n\ntwo 2 1\n", "4", "'two'"},
                    BadFile{"Fraction", kGeneral + "2.0 2 1\n", "2", "'2.0'"},
                    BadFile{"Negative", kGeneral + "-2 2 1\n", "2", "'-2'"},
                    BadFile{"ZeroRows", kGeneral + "0 2 0\n", "2", "empty"},
                    BadFile{"ZeroColumns", kGeneral + "2 0 0\n", "2", "empty"},
                    BadFile{"TooManyRows", kGeneral + "513 2 1\n", "2", "more than the chip"},
                    BadFile{"HugeColumns", array("2 4000000000\n"), "2", "more than the chip"},
                    BadFile{"Beyond64Bits", kGeneral + "2 2 99999999999999999999\n", "2",
                            "not a whole number"},
                    BadFile{"TooManyEntries", kGeneral + "2 2 5\n", "2", "do not fit"},
                    BadFile{"TooManyForTriangle", symmetric("2 2 4\n"), "2", "at most 3"},
                    BadFile{"TooManyForStrict", skew("2 2 2\n"), "2", "at most 1"},
                    BadFile{"SymmetricNotSquare", symmetric("2 3 1\n1 1 1\n"), "2", "square"}));

INSTANTIATE_TEST_SUITE_P(
    Entries, MalformedMatrix,
    testing::Values(BadFile{"Truncated", kGeneral + "2 2 2\n1 1 1\n", "3", "after 1 of 2"},
                    BadFile{"TruncatedArray", array("2 2\n1\n2\n3\n"), "5", "after 3 of 4"},
                    BadFile{"Trailing", kGeneral + "2 2 1\n1 1 1\n2 2 1\n", "4", "after the last"},
                    BadFile{"TrailingText", array("1 1\n1\n\nend\n"), "5", "after the last"},
                    BadFile{"RowZero", kGeneral + "2 2 1\n0 1 1\n", "3", "row 0"},
                    BadFile{"RowBeyond", kGeneral + "2 3 1\n3 1 1\n", "3", "row 3"},
                    BadFile{"ColumnBeyond", kGeneral + "3 2 1\n1 3 1\n", "3", "column 3"},
                    BadFile{"ColumnFraction", kGeneral + "3 2 1\n1 1.5 1\n", "3", "'1.5'"},
                    BadFile{"NoValue", kGeneral + "2 2 1\n1 1\n", "3", "row column value"},
                    BadFile{"TwoValues", kGeneral + "2 2 1\n1 1 1 0\n", "3", "row column value"},
                    BadFile{"ArrayTwoValues", array("2 2\n1 2\n3 4\n"), "3", "'value'"},
                    BadFile{"Word", kGeneral + "2 2 1\n1 1 one\n", "3", "'one'"},
                    BadFile{"FortranExponent", kGeneral + "2 2 1\n1 1 1.0D+00\n", "3", "'1.0D+00'"},
                    BadFile{"TrailingLetter", kGeneral + "2 2 1\n1 1 1.0x\n", "3", "'1.0x'"},
                    BadFile{"TwoSigns", kGeneral + "2 2 1\n1 1 +-1\n", "3", "'+-1'"},
                    BadFile{"NaN", kGeneral + "2 2 1\n1 1 NaN\n", "3", "not finite"},
                    BadFile{"Infinity", array("1 1\n-inf\n"), "3", "not finite"},
                    BadFile{"Overflow", kGeneral + "2 2 1\n1 1 1e999\n", "3", "outside the range"},
                    BadFile{"FractionInIntegers", integers("1 1 1\n1 1 1.5\n"), "3", "integer file"},
                    BadFile{"Twice", kGeneral + "2 2 3\n1 1 1\n2 2 1\n1 1 2\n", "5", "first on line 3"},
                    BadFile{"TwiceZero", kGeneral + "2 2 2\n1 1 0\n1 1 0\n", "4", "second time"},
                    BadFile{"UpperTriangle", symmetric("2 2 1\n1 2 1\n"), "3", "above the diagonal"},
                    BadFile{"SkewDiagonal", skew("2 2 1\n1 1 1\n"), "3", "strict lower"},
                    BadFile{"CommentInside", kGeneral + "2 2 2\n1 1 1\n% half\n2 2 1\n", "4", "comment"}));

TEST(MatrixMarket, UnreadableFilesAreNamed) {
  EXPECT_THROW(
      {
        try {
          (void)read_matrix("/nonexistent/a.mtx", kLimit);
        } catch (const InputError& e) {
          EXPECT_THAT(e.what(), HasSubstr("/nonexistent/a.mtx"));
          throw;
        }
      },
      InputError);
  EXPECT_THROW((void)read_matrix(std::filesystem::temp_directory_path(), kLimit), InputError);
}

TEST(MatrixMarket, ReadsCoordinatesInAnyOrderSortedByRowAndColumn) {
  const auto m =
      parse_matrix(kGeneral + "% note\n%\n\n3 3 4\n3 2 -1.5\n1 3 2e-3\n1 1 +4\n2 2 .5\n", "f", 3).matrix;
  EXPECT_THAT(m.row_start, ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(m.column, ElementsAre(0, 2, 1, 1));
  EXPECT_THAT(m.value, ElementsAre(4, 2e-3, .5, -1.5));
}

TEST(MatrixMarket, AcceptsCarriageReturnsBlankLinesTabsCaseAndMissingLastNewline) {
  const auto m =
      parse_matrix("%%MATRIXMARKET Matrix COORDINATE Integer General\r\n\r\n 2\t2 2 \r\n\r\n1 1 7\r\n 2 2 -3",
                   "f", 2)
          .matrix;
  EXPECT_THAT(m.value, ElementsAre(7, -3));
}

TEST(MatrixMarket, DropsStoredZeros) {
  const auto m = parse_matrix(kGeneral + "2 2 3\n1 1 1\n1 2 0\n2 2 -0.0\n", "f", 2).matrix;
  EXPECT_EQ(m.nonzeros(), 1u);
  EXPECT_THAT(m.row_start, ElementsAre(0, 1, 1));
}

TEST(MatrixMarket, ExpandsSymmetryOfCoordinates) {
  const auto s = parse_matrix(symmetric("2 2 2\n1 1 3\n2 1 5\n"), "f", 2).matrix;
  EXPECT_THAT(s.value, ElementsAre(3, 5, 5));
  const auto k = parse_matrix(skew("2 2 1\n2 1 5\n"), "f", 2).matrix;
  EXPECT_EQ(entry(k, 1, 0), 5);
  EXPECT_EQ(entry(k, 0, 1), -5);
}

std::string complex_file(const std::string& symmetry, const std::string& rest) {
  return "%%MatrixMarket matrix coordinate complex " + symmetry + "\n" + rest;
}

TEST(MatrixMarket, ReadsBothPartsOfComplexFiles) {
  const MatrixFile file =
      parse_matrix(complex_file("general", "2 2 4\n1 1 1 2\n2 1 0 3\n1 2 0 0\n2 2 4 0\n"), "f", 4);
  EXPECT_TRUE(file.is_complex());
  EXPECT_THAT(file.matrix.row_start, ElementsAre(0, 1, 3));
  EXPECT_THAT(file.matrix.column, ElementsAre(0, 0, 1));
  EXPECT_THAT(file.matrix.value, ElementsAre(1, 0, 4));
  EXPECT_THAT(file.imaginary, ElementsAre(2, 3, 0));
  EXPECT_FALSE(parse_matrix(kGeneral + "1 1 1\n1 1 1\n", "f", 4).is_complex());
}

TEST(MatrixMarket, ExpandsSymmetryOfComplexFiles) {
  const auto symmetric_file = parse_matrix(complex_file("symmetric", "2 2 2\n1 1 1 2\n2 1 3 4\n"), "f", 4);
  EXPECT_THAT(symmetric_file.matrix.value, ElementsAre(1, 3, 3));
  EXPECT_THAT(symmetric_file.imaginary, ElementsAre(2, 4, 4));
  const auto hermitian = parse_matrix(complex_file("hermitian", "2 2 2\n1 1 1 0\n2 1 3 4\n"), "f", 4);
  EXPECT_THAT(hermitian.matrix.value, ElementsAre(1, 3, 3));
  EXPECT_THAT(hermitian.imaginary, ElementsAre(0, -4, 4));
  const auto turned = parse_matrix(complex_file("skew-symmetric", "2 2 1\n2 1 3 4\n"), "f", 4);
  EXPECT_THAT(turned.matrix.value, ElementsAre(-3, 3));
  EXPECT_THAT(turned.imaginary, ElementsAre(-4, 4));
}

TEST(MatrixMarket, ComplexVectorsAreReadBackBitByBit) {
  const std::vector<double> real{1.0 / 3, 2, -0.0, 4e300}, imaginary{-1e-300, 5, 6, 1.0 / 7};
  const VectorFile file = parse_vectors(format_complex_vectors(real, imaginary, 2, "note"), "x", 8);
  EXPECT_EQ(file.rows, 2u);
  EXPECT_EQ(file.columns, 2u);
  EXPECT_EQ(file.values, real);
  EXPECT_EQ(file.imaginary, imaginary);
}

INSTANTIATE_TEST_SUITE_P(
    Complex, MalformedMatrix,
    testing::Values(BadFile{"OneNumber", complex_file("general", "1 1 1\n1 1 1\n"), "3",
                            "row column real imaginary"},
                    BadFile{"NotANumber", complex_file("general", "1 1 1\n1 1 1 i\n"), "3", "'i'"},
                    BadFile{"ImaginaryDiagonal", complex_file("hermitian", "1 1 1\n1 1 1 2\n"), "3",
                            "entry (1, 1) has an imaginary part"},
                    BadFile{"UpperTriangle", complex_file("hermitian", "2 2 1\n1 2 1 2\n"), "3",
                            "a Hermitian file holds the lower triangle"},
                    BadFile{"TooLarge", complex_file("general", std::to_string(kLimit / 2 + 1) + " 1 0\n"),
                            "2", "are more than the chip can hold"}));

TEST(MatrixMarket, ReadsArraysColumnByColumn) {
  const auto g = parse_matrix(array("2 3\n1\n2\n3\n4\n5\n6\n"), "f", 3).matrix;
  EXPECT_THAT(g.value, ElementsAre(1, 3, 5, 2, 4, 6));
  const auto s = parse_matrix("%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n", "f", 2).matrix;
  EXPECT_THAT(s.value, ElementsAre(1, 2, 2, 3));
  const auto k =
      parse_matrix("%%MatrixMarket matrix array real skew-symmetric\n3 3\n1\n2\n3\n", "f", 3).matrix;
  EXPECT_THAT(k.value, ElementsAre(-1, -2, 1, -3, 2, 3));
}

TEST(MatrixMarket, ReadsEveryShippedMatrix) {
  struct Shipped {
    const char* name;
    std::uint32_t n;
    std::size_t nonzeros;
  };
  // Nonzeros: general files as declared; symmetric ones twice the declared less the diagonal.
  for (const Shipped& f : {Shipped{"cage3.mtx", 5, 19},
                           {"b1_ss.mtx", 7, 15},
                           {"cage5.mtx", 37, 233},
                           {"bfwa62.mtx", 62, 450},
                           {"LFAT5.mtx", 14, 46},
                           {"mesh1e1.mtx", 48, 306},
                           {"bcsstk02.mtx", 66, 4356},
                           {"Trefethen_500.mtx", 500, 8478}}) {
    SCOPED_TRACE(f.name);
    const auto file = read_matrix(data_file(f.name), kLimit);
    EXPECT_NO_THROW(check_system(file));
    EXPECT_EQ(file.matrix.rows, f.n);
    EXPECT_EQ(file.matrix.nonzeros(), f.nonzeros);
    EXPECT_EQ(file.size_line, 3u);
  }
}

TEST(MatrixMarket, ReadsVectorsDenseAndSparse) {
  EXPECT_THAT(parse_vectors(array("3 1\n1\n0\n-2\n"), "b", kLimit).values, ElementsAre(1, 0, -2));
  EXPECT_THAT(parse_vectors(kGeneral + "3 1 1\n2 1 4\n", "b", kLimit).values, ElementsAre(0, 4, 0));
  const VectorFile two = parse_vectors(array("2 2\n1\n2\n3\n4\n"), "b", kLimit);
  EXPECT_EQ(two.rows, 2u);
  EXPECT_EQ(two.columns, 2u);
  EXPECT_THAT(two.values, ElementsAre(1, 2, 3, 4));
  EXPECT_EQ(parse_vectors(format_vectors(two.values, 2, ""), "x", kLimit).values, two.values);
}

TEST(MatrixMarket, SystemsHaveNoZeroRowsOrColumnsThatTakeTheirRank) {
  const auto message = [](const std::string& text) -> std::string {
    try {
      check_system(parse_matrix(text, "f.mtx", kLimit));
    } catch (const InputError& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_THAT(message(kGeneral + "%\n2 3 1\n1 1 1\n"), HasSubstr("f.mtx:3: row 2 is zero"));
  EXPECT_THAT(message(kGeneral + "3 2 1\n1 1 1\n"), HasSubstr("f.mtx:2: column 2 is zero"));
  EXPECT_EQ(message(kGeneral + "2 3 2\n1 1 1\n2 3 1\n"), "no error");
  EXPECT_EQ(message(kGeneral + "3 2 2\n1 1 1\n3 2 1\n"), "no error");
  EXPECT_THAT(message(kGeneral + "2 2 2\n1 1 1\n1 2 1\n"), HasSubstr("f.mtx:2: row 2 is zero"));
  EXPECT_THAT(message(kGeneral + "2 2 2\n1 1 1\n2 1 1\n"), HasSubstr("f.mtx:2: column 2 is zero"));
  EXPECT_THAT(message(kGeneral + "2 2 3\n1 1 1\n2 1 1\n2 2 0\n"), HasSubstr("column 2 is zero"));
  EXPECT_EQ(message(kGeneral + "1 1 1\n1 1 1\n"), "no error");
}

TEST(MatrixMarket, RightHandSideMustBeAsLongAsTheMatrix) {
  const auto a = parse_matrix(kGeneral + "1 1 1\n1 1 1\n", "a.mtx", kLimit);
  EXPECT_NO_THROW(check_right_hand_side({"b.mtx", 2, 1, 1, {1}}, a));
  try {
    check_right_hand_side({"b.mtx", 2, 2, 1, {1, 2}}, a);
    FAIL();
  } catch (const InputError& e) {
    EXPECT_THAT(e.what(), testing::AllOf(HasSubstr("b.mtx:2"), HasSubstr("a.mtx")));
  }
}

TEST(MatrixMarket, WrittenVectorsReadBackBitByBit) {
  const std::vector<double> x{1.0 / 3, -2.5e-310, 1e308, 0, -0x1.fffffffffffffp-1, 123456789.123456789};
  const std::string text = format_vectors(x, 1, "made by a test");
  EXPECT_EQ(parse_vectors(text, "x", kLimit).values, x);
  EXPECT_THAT(text, HasSubstr("\n% made by a test\n6 1\n"));
}

TEST(MatrixMarket, OnlyFiniteVectorsAndOneLineCommentsAreWritten) {
  EXPECT_THROW((void)format_vectors(std::vector<double>{std::nan("")}, 1, ""), InputError);
  EXPECT_THROW((void)format_vectors(std::vector<double>{1}, 1, "a\nb"), InputError);
}

// Every mutation of a valid file is either read or refused with an InputError; nothing else may escape, and
// what is read must satisfy the invariants of SparseMatrix.
TEST(MatrixMarket, SurvivesMutatedFiles) {
  constexpr std::uint64_t kSeed = 20240607;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  const Random random(kSeed);
  const std::vector<std::string> bases{kGeneral + "% c\n3 3 4\n1 1 1.5\n2 2 -2\n3 3 1e3\n1 3 4\n",
                                       symmetric("3 3 3\n1 1 1\n2 1 2\n3 3 3\n"), array("2 2\n1\n2\n3\n4\n"),
                                       skew("2 2 1\n2 1 1\n")};
  const std::string alphabet = "0123456789 \n\t.-+eE%MmxX\r/\0";
  std::size_t read = 0;
  std::size_t refused = 0;
  for (std::uint32_t trial = 0; trial < 20000; ++trial) {
    std::string text = bases[trial % bases.size()];
    const auto draw = random.words(RandomPurpose::kTest, {.unit = trial, .row = 0, .column = 0}, 0);
    const std::size_t at = draw[0] % text.size();
    const char c = alphabet[draw[1] % alphabet.size()];
    switch (draw[2] % 4) {
      case 0:
        text[at] = c;
        break;
      case 1:
        text.insert(at, 1, c);
        break;
      case 2:
        text.erase(at, 1 + draw[3] % 4);
        break;
      default:
        text.resize(at);
        break;
    }
    try {
      const auto m = parse_matrix(text, "f", kLimit).matrix;
      ASSERT_EQ(m.row_start.size(), m.rows + 1u);
      ASSERT_EQ(m.row_start.back(), m.value.size());
      ASSERT_EQ(m.column.size(), m.value.size());
      for (std::uint32_t i = 0; i < m.rows; ++i) {
        for (auto k = m.row_start[i]; k < m.row_start[i + 1]; ++k) {
          ASSERT_LT(m.column[k], m.columns);
          ASSERT_TRUE(std::isfinite(m.value[k]) && m.value[k] != 0);
          ASSERT_TRUE(k == m.row_start[i] || m.column[k - 1] < m.column[k]);
        }
      }
      ++read;
    } catch (const InputError&) {
      ++refused;
    }
  }
  EXPECT_GT(read, 1000u);
  EXPECT_GT(refused, 1000u);
}

TEST(SparseMatrix, MultipliesRowByRow) {
  const auto m = parse_matrix(array("2 2\n1\n2\n3\n4\n"), "f", 2).matrix;
  EXPECT_THAT(multiply(m, std::vector<double>{10, 1}), ElementsAre(13, 24));
  EXPECT_THROW((void)multiply(m, std::vector<double>{1}), InputError);
}

TEST(SparseMatrix, CompressesDenseIntegers) {
  const auto m = compress(std::vector<std::int32_t>{0, 5, std::numeric_limits<std::int32_t>::min(), 0}, 2, 2);
  EXPECT_THAT(m.row_start, ElementsAre(0, 1, 2));
  EXPECT_THAT(m.column, ElementsAre(1, 0));
  EXPECT_THAT(m.value, ElementsAre(5, -2147483648.0));
  EXPECT_THROW((void)compress(std::vector<std::int32_t>{1}, 2, 2), InputError);
}

}  // namespace
}  // namespace mho::numeric
