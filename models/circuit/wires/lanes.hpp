// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Four doubles side by side, for the inner loops of the wire solvers. The build has the baseline instruction
// set; kernels are compiled a second time for AVX2 and the processor chooses at run time. Both perform the
// same IEEE operations in the same order, and AVX2 is enabled without FMA, so that no product is contracted:
// results are bit for bit the same on every machine.
#pragma once

namespace mho::circuit {

/// Loads and stores need no alignment. Never passed by value: the calling convention depends on AVX.
typedef double Lanes __attribute__((vector_size(32), aligned(8), may_alias));
inline constexpr int kLanes = 4;

inline Lanes& lanes_at(double* p) {
  return *reinterpret_cast<Lanes*>(p);
}
inline const Lanes& lanes_at(const double* p) {
  return *reinterpret_cast<const Lanes*>(p);
}

}  // namespace mho::circuit

#define MHO_ALWAYS_INLINE [[gnu::always_inline]] inline

/// Defines function `name` with the parameters `params`, which calls the always-inline function
/// `name##_kernel` with `args`: compiled for AVX2 and for the baseline, chosen at run time.
#if defined(__x86_64__)
#define MHO_DISPATCH_AVX2(name, params, args)                         \
  namespace {                                                         \
  [[gnu::target("avx2")]] void name##_avx2 params {                   \
    name##_kernel args;                                               \
  }                                                                   \
  void name##_baseline params {                                       \
    name##_kernel args;                                               \
  }                                                                   \
  }                                                                   \
  void name params {                                                  \
    static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0; \
    has_avx2 ? name##_avx2 args : name##_baseline args;               \
  }
#else
#define MHO_DISPATCH_AVX2(name, params, args) \
  void name params {                          \
    name##_kernel args;                       \
  }
#endif
