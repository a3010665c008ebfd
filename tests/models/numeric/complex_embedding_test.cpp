// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/complex_embedding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <complex>
#include <random>

#include "models/base/error.hpp"

namespace mho::numeric {
namespace {

using testing::ElementsAre;

/// [1+2i  3i; 0  4]
SparseMatrix real_part() {
  return {.rows = 2, .columns = 2, .row_start = {0, 2, 3}, .column = {0, 1, 1}, .value = {1, 0, 4}};
}
const std::vector<double> kImaginaryPart{2, 3, 0};

TEST(ComplexEmbedding, PutsTheRealPartsFirstAndLeavesZerosOut) {
  const SparseMatrix m = embed(real_part(), kImaginaryPart);
  EXPECT_EQ(m.rows, 4U);
  EXPECT_EQ(m.columns, 4U);
  EXPECT_THAT(m.row_start, ElementsAre(0, 3, 4, 7, 8));
  EXPECT_THAT(m.column, ElementsAre(0, 2, 3, 1, 0, 1, 2, 3));
  EXPECT_THAT(m.value, ElementsAre(1, -2, -3, 4, 2, 3, 1, 4));
}

TEST(ComplexEmbedding, ProductsAreThoseOfTheComplexMatrix) {
  constexpr std::uint32_t kSize = 7;
  std::mt19937_64 draw(3);
  std::uniform_real_distribution<double> uniform(-1, 1);
  SparseMatrix real;
  real.rows = real.columns = kSize;
  std::vector<double> imaginary, x(kSize), y(kSize);
  for (std::uint32_t i = 0; i < kSize; ++i) {
    x[i] = uniform(draw);
    y[i] = uniform(draw);
    for (std::uint32_t j = 0; j < kSize; ++j) {
      real.column.push_back(j);
      real.value.push_back(uniform(draw));
      imaginary.push_back(uniform(draw));
    }
    real.row_start.push_back((i + 1) * kSize);
  }
  const auto product = multiply(embed(real, imaginary), embed_vectors(x, y, kSize));
  for (std::uint32_t i = 0; i < kSize; ++i) {
    std::complex<double> sum = 0;
    for (std::uint32_t j = 0; j < kSize; ++j) {
      const std::size_t k = std::size_t{i} * kSize + j;
      sum += std::complex(real.value[k], imaginary[k]) * std::complex(x[j], y[j]);
    }
    EXPECT_NEAR(product[i], sum.real(), 1e-14);
    EXPECT_NEAR(product[kSize + i], sum.imag(), 1e-14);
  }
}

TEST(ComplexEmbedding, SeveralVectorsStandOneBehindTheOther) {
  EXPECT_THAT(embed_vectors(std::vector<double>{1, 2, 3, 4}, std::vector<double>{5, 6, 7, 8}, 2),
              ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
}

TEST(ComplexEmbedding, RefusesPartsThatDoNotFit) {
  EXPECT_THROW((void)embed(real_part(), std::vector<double>{1}), InputError);
  EXPECT_THROW((void)embed_vectors(std::vector<double>{1, 2}, std::vector<double>{1}, 1), InputError);
  EXPECT_THROW((void)embed_vectors(std::vector<double>{1, 2, 3}, std::vector<double>{1, 2, 3}, 2),
               InputError);
}

}  // namespace
}  // namespace mho::numeric
