// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A chip as a debugger sees it: registers, memory, guards, and the `monitor` commands.
// Memory is read and written without time. Devices are read through transport_dbg, so that nothing happens to
// them; writes to them are bus writes of an initiator `debugger`, which act and are charged, but do not let
// the CPU wait.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "models/soc/cpu/debugger.hpp"
#include "models/soc/cpu/guard.hpp"
#include "models/tlm/initiator.hpp"
#include "platform/chip.hpp"
#include "platform/gdb/stub.hpp"

namespace mho::platform::gdb {

/// What `monitor trace` switches; empty when no trace was asked for.
using TraceSwitch = std::function<void(bool is_on)>;

/// The debugger's place on the bus.
class DebugPort final : public sc_core::sc_module {
 public:
  DebugPort(sc_core::sc_module_name name, const tlm_base::Context& context)
      : sc_module(name), initiator("debugger", context) {}
  tlm_base::Initiator initiator;
};

class ChipTarget final : public Target {
 public:
  /// Before the simulation starts. `image` and `a1` are what `monitor reset` loads again.
  ChipTarget(Chip& chip, const soc::ElfImage& image, std::uint32_t a1, TraceSwitch trace);

  std::optional<std::uint32_t> read_register(std::uint32_t number) override;
  bool write_register(std::uint32_t number, std::uint32_t value) override;
  bool read_memory(std::uint32_t address, std::span<std::uint8_t> data) override;
  bool write_memory(std::uint32_t address, std::span<const std::uint8_t> data) override;
  void insert(PointKind kind, std::uint32_t address, std::uint32_t bytes) override;
  void remove(PointKind kind, std::uint32_t address, std::uint32_t bytes) override;
  std::string monitor(std::string_view command) override;

  /// Of the point that a halt met: breakpoints inserted as software ones before hardware ones.
  std::optional<PointKind> point_at(const soc::Halt& halt) const;

 private:
  struct Point {
    PointKind kind;
    soc::riscv::Guard guard;
    bool operator==(const Point&) const = default;
  };

  bool is_ram(std::uint32_t address, std::size_t bytes) const;
  bool read_device(std::uint32_t address, std::span<std::uint8_t> data);
  bool write_device(std::uint32_t address, std::span<const std::uint8_t> data);
  void apply_points();
  std::string time() const;
  std::string energy() const;
  std::string reset();
  std::string trace(std::string_view state);
  std::string amc_status() const;

  Chip& chip_;
  const soc::ElfImage& image_;
  std::uint32_t a1_;
  TraceSwitch trace_;
  bool is_tracing_ = true;
  tlm_base::Initiator& initiator_;
  std::vector<Point> points_;
};

}  // namespace mho::platform::gdb
