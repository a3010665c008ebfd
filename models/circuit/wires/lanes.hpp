// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Four doubles side by side, for the inner loops of the wire solvers. The build has the baseline instruction
// set; kernels are compiled a second time for AVX2 and the processor chooses at run time. Both perform the
// same IEEE operations in the same order, and AVX2 is enabled without FMA, so that no product is contracted:
// results are bit for bit the same on every x86-64 machine.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace mho::circuit {

/// Never passed by value: the calling convention depends on AVX.
typedef double Lanes __attribute__((vector_size(32), may_alias));
inline constexpr int kLanes = 4;

/// Memory aligned for Lanes. A thread keeps what it gave back last, up to a limit, so that solutions that
/// follow each other do not fetch their vectors page by page from the system every time.
void* allocate_lanes(std::size_t bytes);
void deallocate_lanes(void* block, std::size_t bytes) noexcept;

/// Aligned for Lanes; does not initialise what it is not told to.
template <typename T>
struct LaneAllocator {
  using value_type = T;

  LaneAllocator() = default;
  template <typename U>
  explicit LaneAllocator(const LaneAllocator<U>&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(allocate_lanes(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) noexcept { deallocate_lanes(p, n * sizeof(T)); }
  template <typename U>
  void construct(U* p) noexcept {
    ::new (static_cast<void*>(p)) U;
  }
  template <typename U, typename... Args>
  void construct(U* p, Args&&... args) {
    ::new (static_cast<void*>(p)) U(static_cast<Args&&>(args)...);
  }
  friend bool operator==(const LaneAllocator&, const LaneAllocator&) { return true; }
};

using LaneVector = std::vector<double, LaneAllocator<double>>;

/// `p` is aligned as Lanes are, for instance a multiple of kLanes elements away from the beginning of a
/// LaneVector.
inline Lanes& lanes_at(double* p) {
  return *reinterpret_cast<Lanes*>(p);
}
inline const Lanes& lanes_at(const double* p) {
  return *reinterpret_cast<const Lanes*>(p);
}

/// As Lanes, but of any memory.
typedef double FreeLanes __attribute__((vector_size(32), may_alias, aligned(8)));
inline FreeLanes& free_lanes_at(double* p) {
  return *reinterpret_cast<FreeLanes*>(p);
}
inline const FreeLanes& free_lanes_at(const double* p) {
  return *reinterpret_cast<const FreeLanes*>(p);
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
