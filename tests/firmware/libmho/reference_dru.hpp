// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A second, independent implementation of the DRU for native tests of the driver: no SystemC, no time, no
// op-amps. Vectors are int128_t or double where that is exact, low-precision tiles are dense matrices with an
// adjustable error per cell and 8-bit converters, high-precision products are integers. What the driver sees
// of it is memory and registers, as on the platform.
#pragma once

#include <Eigen/Dense>
#include <boost/align/aligned_allocator.hpp>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "models/base/int128.hpp"
#include "models/base/random.hpp"
#include "registers/dru.hpp"

namespace mho::test {

struct ReferenceDruOptions {
  std::uint32_t inv_count = 64;
  std::uint32_t inv_size = 8;
  std::uint32_t ginv_count = 0;
  std::uint32_t ginv_size = 32;
  std::uint32_t mvm_count = 704;
  std::uint32_t mvm_size = 64;
  std::uint32_t hp_rows = 0;  ///< 0: mvm_size
  std::uint32_t levels = 8;
  std::uint32_t digit_bits = 3;
  /// What `levels` levels of INV cells are worth [2^-16 steps]; empty: evenly spaced.
  std::vector<std::uint32_t> inv_level_values{};
  std::uint32_t sram_words = 32768;  ///< what it says; it holds any vector
  /// Every cell of a low-precision pair errs by up to this fraction of full scale.
  double cell_tolerance = 0.0;
  bool has_exact_converters = false;  ///< low-precision operands and results are not rounded to 8 bits
  bool is_deferred = false;           ///< a doorbell starts nothing: lists run one by one in step()
  std::uint32_t contexts = 1;         ///< that run lists of their own, the last of them first
  std::uint64_t seed = 1;
  std::uint32_t ram_bytes = 32u << 20;
};

class ReferenceDru {
 public:
  explicit ReferenceDru(const ReferenceDruOptions& options);

  using Ram = std::vector<std::uint8_t, boost::alignment::aligned_allocator<std::uint8_t, 64>>;
  Ram ram;  ///< at kRamAddress; aligned in the host as it is in the machine
  static constexpr std::uint32_t kRamAddress = 0x80000000u;
  static constexpr std::uintptr_t kDruBase = 0x40000000u;
  static constexpr std::uintptr_t kTelemetryBase = 0x40001000u;
  static constexpr std::uintptr_t kContextsBase = 0x40002000u;
  static constexpr std::uint32_t kContextStride = 0x1000u;
  static constexpr std::uintptr_t kInvBase = 0x41000000u;
  static constexpr std::uintptr_t kMvmBase = 0x42000000u;
  static constexpr std::uintptr_t kGinvBase = 0x46000000u;

  std::uint32_t read(std::uintptr_t address);
  void write(std::uintptr_t address, std::uint32_t value);

  /// Called after every high-precision product with accumulators and product; may falsify them.
  std::function<void(std::size_t row, int128_t& value)> corrupt;

  /// Cells of the matrix that are held wrong, as high-precision products see them.
  struct WrongCell {
    std::size_t row = 0, column = 0;
    std::int64_t error = 0;  ///< in units of the cells
  };
  std::vector<WrongCell> wrong_cells{};

  /// Asked before every command; another answer than kNotRun ends the list with it, detail: operand b.
  std::function<registers::dru::DruStatus(const registers::dru::DruCommand&)> inject;

  /// STATUS of macros by the address of their first register; 0 of those that are not in it.
  std::map<std::uintptr_t, std::uint32_t> macro_status{};

  /// Runs the next list that is ready, of the last context that has one; false if there is none.
  bool step();

  std::uint32_t phase = 0;
  /// The telemetry's clock, and by how much it moves whenever it is read.
  std::uint64_t time_ns = 0, time_per_look_ns = 0;
  std::uint64_t lists = 0;  ///< command lists completed
  /// What every list is said to have taken; there is no clock.
  static constexpr std::uint64_t kListDuration_ns = 1000;
  std::uint64_t commands = 0;  ///< carried out, or begun
  /// What every command charges to the job id of its list, as the telemetry has it.
  static constexpr std::uint64_t kCommandEnergy_pj = 3;
  std::map<std::uint32_t, std::uint64_t> lists_of_context{};
  std::uint64_t programs = 0;  ///< PROGRAM commands executed
  std::uint64_t inv_ops = 0;
  std::uint64_t mvm_ops = 0;
  std::uint64_t ginv_ops = 0;

 private:
  using Integer = boost::multiprecision::int512_t;
  struct Vector {
    std::vector<std::int64_t> words;
    std::int32_t exponent = 0;
    bool is_wide = false;
  };
  struct Tile {
    registers::dru::DruTile descriptor;
    Eigen::MatrixXd low;             // levels with errors
    Eigen::MatrixXd copy;            // GINV: those of the other copy
    std::vector<std::int64_t> high;  // digits recombined
  };
  /// What ends a list early, as a status.
  struct Fault {
    registers::dru::DruStatus status;
    std::uint32_t detail;
  };
  template <typename T>
  T& at(std::uint32_t address) {
    if (address < kRamAddress || address - kRamAddress > ram.size() - sizeof(T))
      throw Fault{registers::dru::DruStatus::kBusError, address};
    return *reinterpret_cast<T*>(ram.data() + (address - kRamAddress));
  }
  void run(registers::dru::DruDescriptor& descriptor);

  /// Each of these executes a command of its kind, and is false for any other.
  bool execute_flow(const registers::dru::DruCommand& command);
  bool execute_transfer(const registers::dru::DruCommand& command);
  bool execute_vector(const registers::dru::DruCommand& command);
  bool execute_scalar(const registers::dru::DruCommand& command);
  bool execute_tile(const registers::dru::DruCommand& command);
  bool execute_high_precision(const registers::dru::DruCommand& command);
  void execute(const registers::dru::DruCommand& command);
  void load(const registers::dru::DruCommand& command);
  void store(const registers::dru::DruCommand& command);
  void slice(const registers::dru::DruCommand& command);
  static std::vector<long double> values_of(const Vector& v);
  template <typename Operation>
  Vector combined(const registers::dru::DruCommand& command, const Vector& a, const Vector& b,
                  Operation operation) const;
  Vector applied(const registers::dru::DruCommand& command);
  void begin_accumulation(const registers::dru::DruCommand& command);
  void accumulate_product(const registers::dru::DruCommand& command);
  Vector low_precision(const Tile& tile, const Vector& operand, bool invert);
  Vector generalised_inverse(const Tile& tile, const Vector& operand);
  std::uint32_t place_of_macro(registers::dru::TileKind kind, std::uint32_t index) const;
  void program(const registers::dru::DruCommand& command);
  void rank_update(const registers::dru::DruRankUpdate& u);
  Tile& held(std::uint16_t tile, registers::dru::TileKind kind);
  Vector accumulated() const;
  Vector normalised(const std::vector<long double>& values, bool is_wide = false) const;
  Integer shifted(const Integer& v, std::int32_t shift) const;
  Vector& filled(std::uint16_t slot);

  /// What each context has of its own.
  struct Context {
    std::map<std::uint32_t, std::uint32_t> registers;
    std::map<std::uint16_t, Vector> slots;
    std::map<std::uint16_t, long double> scalars;
    std::uint32_t head = 0, iteration = 0, next = 0;
    std::uint32_t ended_list = 0;  ///< address of the last list if it came to its END
    std::vector<std::uint32_t> open_calls;
  };
  bool is_ready(std::uint32_t context);
  std::uint32_t read_telemetry(std::uint32_t offset) const;
  registers::dru::DruCommand fetch(const registers::dru::DruDescriptor& descriptor);

  ReferenceDruOptions options_;
  Random random_;
  std::map<std::uint32_t, std::uint64_t> energy_of_job_pj_;
  std::uint32_t selected_job_ = 0;
  std::map<std::uint32_t, std::uint32_t> capabilities_;
  std::vector<Context> contexts_;
  Context* c_;  ///< whose list runs
  std::map<std::uint16_t, Tile> tiles_;
  std::map<std::uint32_t, std::uint16_t> holder_;  // macro (kind, index) → tile
  std::vector<Integer> accumulators_;
  unsigned accumulator_bits_ = 96;
  std::int32_t accumulator_exponent_ = 0;
  std::int32_t product_exponent_ = 0;
  std::uint32_t writes_ = 0;
};

}  // namespace mho::test
