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

MHO_ALWAYS_INLINE void factor_columns_kernel(const LineSweep& lines, Index rows, Index stride,
                                             const double* cells, double* carried, double* factors) {
  for (Index row = rows - 1; row >= 0; --row) {
    const double ohm = row == 0 ? lines.end_ohm : lines.segment_ohm;
    const double far = row == lines.last ? lines.far_siemens : 0.0;
    for (Index j = 0; j < stride; j += kLanes) {
      const Lanes seen = lanes_at(cells + row * stride + j) + lanes_at(carried + j) + far;
      const Lanes factor = 1.0 / (1.0 + ohm * seen);
      lanes_at(factors + row * stride + j) = factor;
      lanes_at(carried + j) = factor * seen;
    }
  }
}

MHO_ALWAYS_INLINE void factor_rows_kernel(const LineSweep& lines, Index rows, Index stride,
                                          const double* cells, double* cells_tiled, double* factors_tiled) {
  for (Index row0 = 0; row0 < rows; row0 += kSweepRows) {
    Lanes carried[kBands] = {};
    for (Index j0 = stride - kLanes; j0 >= 0; j0 -= kLanes) {
      Lanes tile[kBands][kLanes];
      for (Index band = 0; band < kBands; ++band) {
        for (Index r = 0; r < kLanes; ++r)
          tile[band][r] = lanes_at(cells + (row0 + band * kLanes + r) * stride + j0);
        transpose(tile[band]);
      }
      for (Index k = kLanes - 1; k >= 0; --k) {
        const double ohm = j0 + k == 0 ? lines.end_ohm : lines.segment_ohm;
        const double far = j0 + k == lines.last ? lines.far_siemens : 0.0;
        for (Index band = 0; band < kBands; ++band) {
          const Index at = (row0 + band * kLanes) * stride + (j0 + k) * kLanes;
          const Lanes seen = tile[band][k] + carried[band] + far;
          const Lanes factor = 1.0 / (1.0 + ohm * seen);
          lanes_at(cells_tiled + at) = tile[band][k];
          lanes_at(factors_tiled + at) = factor;
          carried[band] = factor * seen;
        }
      }
    }
  }
}

MHO_ALWAYS_INLINE void descend_row(const SweepCoefficients& array, const double* currents, double* gathered,
                                   Index row) {
  const double* const in = currents + row * array.stride;
  double* const out = gathered + row * array.stride;
  if (row + 1 == array.rows) {
    for (Index j = 0; j < array.stride; j += kLanes) lanes_at(out + j) = lanes_at(in + j);
    return;
  }
  const double* const from = out + array.stride;
  const double* const factor = array.column_factor + (row + 1) * array.stride;
  for (Index j = 0; j < array.stride; j += kLanes)
    lanes_at(out + j) = lanes_at(in + j) + lanes_at(factor + j) * lanes_at(from + j);
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

MHO_ALWAYS_INLINE void descend_columns_kernel(const SweepCoefficients& array, const double* currents,
                                              double* gathered) {
  for (Index row = array.rows - 1; row >= 0; --row) descend_row(array, currents, gathered, row);
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

MHO_ALWAYS_INLINE void ascend_and_weigh_kernel(const SweepCoefficients& array, double* vector,
                                               const double* weight, double* row_sums) {
  for (Index row = 0; row < array.rows; ++row) {
    ascend_row(array, vector, nullptr, row);
    const Index begin = row * array.stride;
    Lanes sum = {};
    for (Index k = begin; k < begin + array.stride; k += kLanes)
      sum += lanes_at(weight + k) * lanes_at(vector + k);
    row_sums[row] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
  }
}

MHO_ALWAYS_INLINE void couple_with_ports_kernel(const SweepCoefficients& array, const PortGains& gains,
                                                const double* column_volt, const double* row_volt,
                                                double* vector, double* gathered) {
  const Index stride = array.stride;
  for (Index row0 = 0; row0 < array.rows; row0 += kSweepRows) {
    for (Index row = row0; row < row0 + kSweepRows; ++row) {
      for (Index j = 0; j < stride; j += kLanes)
        lanes_at(vector + row * stride + j) +=
            lanes_at(gains.from_column + row * stride + j) * lanes_at(column_volt + j);
    }
    couple_rows<Source::kColumnVoltages>(array, vector, nullptr, row0, gathered, vector);
    for (Index row = row0; row < row0 + kSweepRows; ++row) {
      const double volt = row_volt[row];
      for (Index j = 0; j < stride; j += kLanes)
        lanes_at(vector + row * stride + j) += volt * lanes_at(gains.to_column + row * stride + j);
    }
  }
}

template <bool has_direction>
MHO_ALWAYS_INLINE void update_row(Index begin, Index end, double alpha, double beta,
                                  const ConjugateGradientVectors& cg) {
  for (Index k = begin; k < end; k += kLanes) {
    Lanes p = lanes_at(cg.z + k);
    Lanes sp = lanes_at(cg.residual + k) - lanes_at(cg.cz + k);
    Lanes solution = lanes_at(cg.solution + k), residual = lanes_at(cg.residual + k);
    if constexpr (has_direction) {
      p += beta * lanes_at(cg.p + k);
      sp += beta * lanes_at(cg.sp + k);
    }
    residual -= alpha * sp;
    lanes_at(cg.p + k) = p;
    lanes_at(cg.sp + k) = sp;
    lanes_at(cg.solution + k) = solution + alpha * p;
    lanes_at(cg.residual + k) = residual;
    lanes_at(cg.z + k) = residual;
  }
}

MHO_ALWAYS_INLINE void update_and_descend_kernel(const SweepCoefficients& array, double alpha, double beta,
                                                 const ConjugateGradientVectors& cg) {
  for (Index row = array.rows - 1; row >= 0; --row) {
    const Index begin = row * array.stride;
    if (beta == 0.0)
      update_row<false>(begin, begin + array.stride, alpha, beta, cg);
    else
      update_row<true>(begin, begin + array.stride, alpha, beta, cg);
    descend_row(array, cg.z, cg.z, row);
  }
}

MHO_ALWAYS_INLINE void precondition_and_apply_kernel(const SweepCoefficients& array,
                                                     const ConjugateGradientVectors& cg, double (&dots)[2],
                                                     double* gathered) {
  Lanes rz = {}, zcz = {};
  for (Index row0 = 0; row0 < array.rows; row0 += kSweepRows) {
    for (Index row = row0; row < row0 + kSweepRows; ++row) {
      const double ohm = row == 0 ? array.column_end_ohm : array.column_segment_ohm;
      for (Index k = row * array.stride; k < (row + 1) * array.stride; k += kLanes) {
        const Lanes y = lanes_at(cg.z + k);
        rz += (ohm * y) * (lanes_at(array.column_factor + k) * y);
      }
      ascend_row(array, cg.z, nullptr, row);
    }
    couple_rows<Source::kColumnVoltages>(array, cg.z, nullptr, row0, gathered, cg.cz);
    for (Index k = row0 * array.stride; k < (row0 + kSweepRows) * array.stride; k += kLanes)
      zcz += lanes_at(cg.z + k) * lanes_at(cg.cz + k);
  }
  dots[0] = (rz[0] + rz[1]) + (rz[2] + rz[3]);
  dots[1] = dots[0] - ((zcz[0] + zcz[1]) + (zcz[2] + zcz[3]));
}

}  // namespace

MHO_DISPATCH_AVX2(factor_columns,
                  (const LineSweep& lines, Index rows, Index stride, const double* cells, double* carried,
                   double* factors),
                  (lines, rows, stride, cells, carried, factors))
MHO_DISPATCH_AVX2(factor_rows,
                  (const LineSweep& lines, Index rows, Index stride, const double* cells, double* cells_tiled,
                   double* factors_tiled),
                  (lines, rows, stride, cells, cells_tiled, factors_tiled))
MHO_DISPATCH_AVX2(descend_columns, (const SweepCoefficients& array, const double* currents, double* gathered),
                  (array, currents, gathered))
MHO_DISPATCH_AVX2(ascend_and_weigh,
                  (const SweepCoefficients& array, double* vector, const double* weight, double* row_sums),
                  (array, vector, weight, row_sums))
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
MHO_DISPATCH_AVX2(couple_with_ports,
                  (const SweepCoefficients& array, const PortGains& gains, const double* column_volt,
                   const double* row_volt, double* vector, double* gathered),
                  (array, gains, column_volt, row_volt, vector, gathered))
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

void couple_with_ports(const SweepCoefficients& array, const PortGains& gains, const double* column_volt,
                       const double* row_volt, double* vector) {
  LaneVector gathered(static_cast<std::size_t>(array.stride * kSweepRows));
  with_room::couple_with_ports(array, gains, column_volt, row_volt, vector, gathered.data());
}

void precondition_and_apply(const SweepCoefficients& array, const ConjugateGradientVectors& cg,
                            double (&dots)[2]) {
  LaneVector gathered(static_cast<std::size_t>(array.stride * kSweepRows));
  with_room::precondition_and_apply(array, cg, dots, gathered.data());
}

}  // namespace mho::circuit
