// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What software has done with the registers of the memory map: the figures of one run or of several. Equal
// registers of an array and equal instances of a block (64 INV macros, say) count as one.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/registers/block_info.hpp"

namespace mho::platform::register_coverage {

/// A line of the memory map that has registers.
struct Place {
  const registers::InstanceInfo* instance;
  const registers::BlockInfo* block;
};

/// All of them, in the order of the addresses.
std::span<const Place> places();

struct Accesses {
  std::uint64_t reads = 0, writes = 0;

  bool any() const { return reads + writes > 0; }
};

/// How often each value occurred, by its name in the description or, without one, its number.
using ValueCounts = std::map<std::string, std::uint64_t>;

/// The name of a value. @param values  null: there are no names
std::string value_name(const registers::EnumInfo* values, std::uint64_t value);

struct RegisterUse {
  Accesses cpu;
  Accesses units;  ///< by the other initiators: DRU and DMA
  /// Bits that the CPU has seen, or written, as 1 and as 0.
  std::uint64_t read_ones = 0, read_zeros = 0, written_ones = 0, written_zeros = 0;
  std::vector<ValueCounts> values;  ///< [fields] that the CPU has read or written; only of enumerations
};

struct WindowUse {
  Accesses cpu, units;  ///< transactions, of whatever length
};

struct PlaceUse {
  std::vector<RegisterUse> registers;  ///< [registers of the block]
  std::vector<WindowUse> windows;      ///< [windows of the block]
};

struct InterruptUse {
  std::uint64_t raised = 0;  ///< times that the line went high
  std::uint64_t taken = 0;   ///< handlers entered; of a source of the PLIC: times that it was claimed
};

/// A sum of runs.
struct RegisterCoverage {
  RegisterCoverage();

  std::vector<PlaceUse> places;  ///< as places()
  /// Of "software", "timer", "external" and every line of the memory map that has one.
  std::map<std::string, InterruptUse> interrupts;
  ValueCounts dru_status;  ///< of descriptors that the DRU has completed, by the names of enum dru_status
  ValueCounts job_status;  ///< of right-hand sides that the host has been told about, likewise job_status

  void merge(const RegisterCoverage& other);
};

/// Whether a field was used: one that software can write was given another value than after reset, any other
/// one was read.
bool is_touched(const registers::DescribedRegister& reg, const registers::FieldInfo& field,
                const RegisterUse& use);

/// Its bits that the CPU has read or written as 0 and as 1.
std::uint64_t both_ways(const registers::FieldInfo& field, const RegisterUse& use);

}  // namespace mho::platform::register_coverage
