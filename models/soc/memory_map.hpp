// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where everything sits in the address space, under the names that the machine uses. The places themselves
// come from models/registers/memory_map.yaml; standard devices sit where QEMU's `virt` machine has them, so
// that firmware which does not touch the AMC or the DMA runs there unchanged.
#pragma once

#include <cstdint>

#include "models/registers/register_info.hpp"
#include "registers/clint.hpp"       // generated
#include "registers/memory_map.hpp"  // generated

namespace mho::soc {

namespace memory_map = registers::memory_map;

inline constexpr std::uint32_t kPageBytes = 0x1000;

inline constexpr std::uint32_t kRamBase = memory_map::kRamBase;
inline constexpr std::uint32_t kRamBytesDefault = memory_map::kRamSize;

/// The AMC's blocks lie in [kAmcBase, kAmcEnd).
inline constexpr std::uint32_t kAmcBase = memory_map::kDruBase;
inline constexpr std::uint32_t kAmcEnd =
    memory_map::kMvmBase + memory_map::kMvmCount * memory_map::kMvmStride;

/// One count of mtime.
inline constexpr std::uint64_t kMtimeTickPs = 1'000'000'000'000 / registers::clint::kMtimeHz;

}  // namespace mho::soc
