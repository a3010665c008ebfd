// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/line_sweeps.hpp"

#include "models/circuit/wires/lanes.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;

constexpr Index kBands = kSweepRows / kLanes;  // tiles of row lines that are swept together, to hide latency

MHO_ALWAYS_INLINE void transpose(Lanes (&t)[kLanes]) {
  const Lanes a = __builtin_shufflevector(t[0], t[1], 0, 4, 2, 6);
  const Lanes b = __builtin_shufflevector(t[0], t[1], 1, 5, 3, 7);
  const Lanes c = __builtin_shufflevector(t[2], t[3], 0, 4, 2, 6);
  const Lanes d = __builtin_shufflevector(t[2], t[3], 1, 5, 3, 7);
  t[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
  t[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
  t[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
  t[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

MHO_ALWAYS_INLINE void descend_row(const SweepCoefficients& array, double* vector, Index row) {
  if (row + 1 == array.rows) return;
  double* const to = vector + row * array.stride;
  const double* const from = to + array.stride;
  const double* const factor = array.column_factor + (row + 1) * array.stride;
  for (Index j = 0; j < array.stride; j += kLanes)
    lanes_at(to + j) += lanes_at(factor + j) * lanes_at(from + j);
}

MHO_ALWAYS_INLINE void ascend_row(const SweepCoefficients& array, double* vector, const double* column_volt,
                                  Index row) {
  double* const to = vector + row * array.stride;
  const double* const from = row == 0 ? column_volt : to - array.stride;
  const double* const factor = array.column_factor + row * array.stride;
  const double ohm = row == 0 ? array.column_end_ohm : array.column_segment_ohm;
  for (Index j = 0; j < array.stride; j += kLanes) {
    Lanes sum = ohm * lanes_at(to + j);
    if (from != nullptr) sum += lanes_at(from + j);
    lanes_at(to + j) = lanes_at(factor + j) * sum;
  }
}

enum class Source { kCurrents, kColumnVoltages };

/// Solves kSweepRows row lines from `row0` on, for currents into their nodes or for voltages at the other
/// side of their cells. `gathered` is scratch [stride x kSweepRows].
template <Source source>
MHO_ALWAYS_INLINE void couple_rows(const SweepCoefficients& array, const double* vector,
                                   const double* row_volt, Index row0, double* gathered, double* coupled) {
  const Index stride = array.stride;
  const double* const cells = array.cell_tiled + row0 * stride;
  const double* const factors = array.row_factor_tiled + row0 * stride;
  Lanes carry[kBands] = {};
  for (Index j0 = stride - kLanes; j0 >= 0; j0 -= kLanes) {
    for (Index band = 0; band < kBands; ++band) {
      Lanes tile[kLanes];
      for (Index r = 0; r < kLanes; ++r)
        tile[r] = lanes_at(vector + (row0 + band * kLanes + r) * stride + j0);
      transpose(tile);
      for (Index k = kLanes - 1; k >= 0; --k) {
        const Index at = (band * stride + j0 + k) * kLanes;
        if constexpr (source == Source::kColumnVoltages) tile[k] *= lanes_at(cells + at);
        const Lanes y = tile[k] + carry[band];
        lanes_at(gathered + at) = y;
        carry[band] = lanes_at(factors + at) * y;
      }
    }
  }
  Lanes volt[kBands] = {};
  if (row_volt != nullptr) {
    for (Index band = 0; band < kBands; ++band) volt[band] = lanes_at(row_volt + row0 + band * kLanes);
  }
  for (Index j0 = 0; j0 < stride; j0 += kLanes) {
    for (Index band = 0; band < kBands; ++band) {
      Lanes tile[kLanes];
      for (Index k = 0; k < kLanes; ++k) {
        const Index at = (band * stride + j0 + k) * kLanes;
        const double ohm = j0 + k == 0 ? array.row_end_ohm : array.row_segment_ohm;
        volt[band] = lanes_at(factors + at) * (ohm * lanes_at(gathered + at) + volt[band]);
        tile[k] = lanes_at(cells + at) * volt[band];
      }
      transpose(tile);
      for (Index r = 0; r < kLanes; ++r)
        lanes_at(coupled + (row0 + band * kLanes + r) * stride + j0) = tile[r];
    }
  }
}

MHO_ALWAYS_INLINE void descend_columns_kernel(const SweepCoefficients& array, double* vector) {
  for (Index row = array.rows - 1; row >= 0; --row) descend_row(array, vector, row);
}

MHO_ALWAYS_INLINE void ascend_columns_kernel(const SweepCoefficients& array, double* vector,
                                             const double* column_volt) {
  for (Index row = 0; row < array.rows; ++row) ascend_row(array, vector, column_volt, row);
}

MHO_ALWAYS_INLINE void couple_through_rows_kernel(const SweepCoefficients& array, const double* injected,
                                                  const double* row_volt, double* coupled, double* gathered) {
  for (Index row0 = 0; row0 < array.rows; row0 += kSweepRows)
    couple_rows<Source::kCurrents>(array, injected, row_volt, row0, gathered, coupled);
}

MHO_ALWAYS_INLINE void update_and_descend_kernel(const SweepCoefficients& array, double alpha, double beta,
                                                 const ConjugateGradientVectors& cg) {
  for (Index row = array.rows - 1; row >= 0; --row) {
    for (Index k = row * array.stride; k < (row + 1) * array.stride; k += kLanes) {
      const Lanes p = lanes_at(cg.z + k) + beta * lanes_at(cg.p + k);
      const Lanes sp = lanes_at(cg.sz + k) + beta * lanes_at(cg.sp + k);
      const Lanes residual = lanes_at(cg.residual + k) - alpha * sp;
      lanes_at(cg.p + k) = p;
      lanes_at(cg.sp + k) = sp;
      lanes_at(cg.solution + k) += alpha * p;
      lanes_at(cg.residual + k) = residual;
      lanes_at(cg.z + k) = residual;
    }
    descend_row(array, cg.z, row);
  }
}

MHO_ALWAYS_INLINE void precondition_and_apply_kernel(const SweepCoefficients& array,
                                                     const ConjugateGradientVectors& cg, double (&dots)[2],
                                                     double* gathered) {
  Lanes rz = {}, zsz = {};
  for (Index row0 = 0; row0 < array.rows; row0 += kSweepRows) {
    for (Index row = row0; row < row0 + kSweepRows; ++row) ascend_row(array, cg.z, nullptr, row);
    couple_rows<Source::kColumnVoltages>(array, cg.z, nullptr, row0, gathered, cg.sz);
    for (Index k = row0 * array.stride; k < (row0 + kSweepRows) * array.stride; k += kLanes) {
      const Lanes r = lanes_at(cg.residual + k), z = lanes_at(cg.z + k);
      const Lanes sz = r - lanes_at(cg.sz + k);
      lanes_at(cg.sz + k) = sz;
      rz += r * z;
      zsz += z * sz;
    }
  }
  dots[0] = (rz[0] + rz[1]) + (rz[2] + rz[3]);
  dots[1] = (zsz[0] + zsz[1]) + (zsz[2] + zsz[3]);
}

}  // namespace

MHO_DISPATCH_AVX2(descend_columns, (const SweepCoefficients& array, double* vector), (array, vector))
MHO_DISPATCH_AVX2(ascend_columns, (const SweepCoefficients& array, double* vector, const double* column_volt),
                  (array, vector, column_volt))
MHO_DISPATCH_AVX2(update_and_descend,
                  (const SweepCoefficients& array, double alpha, double beta,
                   const ConjugateGradientVectors& cg),
                  (array, alpha, beta, cg))

// With room for one band of lines; the functions of the header supply it.
namespace with_room {
MHO_DISPATCH_AVX2(couple_through_rows,
                  (const SweepCoefficients& array, const double* injected, const double* row_volt,
                   double* coupled, double* gathered),
                  (array, injected, row_volt, coupled, gathered))
MHO_DISPATCH_AVX2(precondition_and_apply,
                  (const SweepCoefficients& array, const ConjugateGradientVectors& cg, double (&dots)[2],
                   double* gathered),
                  (array, cg, dots, gathered))
}  // namespace with_room

void couple_through_rows(const SweepCoefficients& array, const double* injected, const double* row_volt,
                         double* coupled) {
  LaneVector gathered(static_cast<std::size_t>(array.stride * kSweepRows));
  with_room::couple_through_rows(array, injected, row_volt, coupled, gathered.data());
}

void precondition_and_apply(const SweepCoefficients& array, const ConjugateGradientVectors& cg,
                            double (&dots)[2]) {
  LaneVector gathered(static_cast<std::size_t>(array.stride * kSweepRows));
  with_room::precondition_and_apply(array, cg, dots, gathered.data());
}

}  // namespace mho::circuit
