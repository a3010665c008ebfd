// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Every block at every address of the memory map behaves as its description says: reset values, reserved
// bits, which bits keep what is written, what read-only registers ignore. Generated from the description,
// over the bus.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "models/amc/subsystem.hpp"
#include "models/soc/bus.hpp"
#include "models/soc/clint.hpp"
#include "models/soc/dma.hpp"
#include "models/soc/finisher.hpp"
#include "models/soc/plic.hpp"
#include "models/soc/uart16550.hpp"
#include "models/tlm/initiator.hpp"
#include "registers/adc.hpp"          // generated
#include "registers/array_macro.hpp"  // generated
#include "registers/clint.hpp"        // generated
#include "registers/dac.hpp"          // generated
#include "registers/dma.hpp"          // generated
#include "registers/dru.hpp"          // generated
#include "registers/finisher.hpp"     // generated
#include "registers/memory_map.hpp"   // generated
#include "registers/plic.hpp"         // generated
#include "registers/telemetry.hpp"    // generated
#include "registers/uart.hpp"         // generated
#include "tests/support/simulation.hpp"

namespace mho {
namespace {

namespace map = registers::memory_map;
using registers::Access;
using registers::InstanceInfo;
using registers::RegisterInfo;

std::span<const RegisterInfo> registers_of(std::string_view block) {
  static const std::map<std::string_view, std::span<const RegisterInfo>> tables{
      {"adc", registers::adc::kRegisters},
      {"array_macro", registers::array_macro::kRegisters},
      {"clint", registers::clint::kRegisters},
      {"dac", registers::dac::kRegisters},
      {"dma", registers::dma::kRegisters},
      {"dru", registers::dru::kRegisters},
      {"finisher", registers::finisher::kRegisters},
      {"plic", registers::plic::kRegisters},
      {"telemetry", registers::telemetry::kRegisters},
      {"uart", registers::uart::kRegisters},
  };
  return tables.at(block);
}

/// Registers that do not keep every value, with the reason.
bool keeps_any_value(std::string_view block, const RegisterInfo& info) {
  static const std::map<std::pair<std::string_view, std::string_view>, std::string_view> exceptions{
      {{"uart", "DLL"}, "only while LCR.DIVISOR_ACCESS is set"},
      {{"uart", "DLM"}, "only while LCR.DIVISOR_ACCESS is set"},
      {{"uart", "LCR"}, "moves the registers at offsets 0 and 1"},
      {{"telemetry", "PHASE"}, "only phases"},
      {{"plic", "PRIORITY"}, "3 bits, and source 0 has none"},
      {{"plic", "THRESHOLD"}, "3 bits"},
      {{"plic", "ENABLE"}, "source 0 cannot be enabled"},
  };
  return !exceptions.contains({block, info.name});
}

/// Those of a chip that has every kind of block.
amc::AmcParams chip_params() {
  amc::AmcParams params;
  params.dac_banks = 2;
  params.ginv_count = 3;
  return params;
}

struct Tester : sc_core::sc_module {
  tlm_base::Initiator initiator;
  Tester(sc_core::sc_module_name name, const tlm_base::Context& context)
      : sc_module(name), initiator("initiator", context) {}
};

/// All blocks on a bus, and somebody who accesses them.
struct Chip {
  test::Bench bench;
  soc::Bus bus{"bus", {}, bench.context};
  soc::Clint clint{"clint", {}, bench.context};
  soc::Plic plic{"plic", {}, bench.context};
  soc::Uart16550 uart{"uart", {}, bench.context, [](std::uint8_t, std::uint64_t) {}};
  soc::Dma dma{"dma", {}, bench.context};
  soc::Finisher finisher{"finisher", {}, bench.context, [](const soc::ExitRequest&) {}};
  amc::AmcParams amc_params = chip_params();
  amc::Subsystem amc{"amc", amc_params, bench.context, bus};
  Tester tester{"tester", bench.context};

  Chip() {
    bus.attach(map::kClintBase, map::kClintSize, clint.socket, "clint");
    bus.attach(map::kPlicBase, map::kPlicSize, plic.socket, "plic");
    bus.attach(map::kUartBase, map::kUartSize, uart.socket, "uart");
    bus.attach(map::kDmaBase, map::kDmaSize, dma.socket, "dma");
    bus.attach(map::kFinisherBase, map::kFinisherSize, finisher.socket, "finisher");
    dma.initiator.socket.bind(bus.initiators);
    tester.initiator.socket.bind(bus.initiators);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }

  void reset() {
    amc.reset(0);
    uart.reset(0);
    clint.reset(0);
    dma.reset(0);
    plic.reset(0);
  }

  bool read(std::uint64_t address, unsigned bytes, std::uint32_t& value) {
    std::array<std::uint8_t, 4> data{};
    sc_core::sc_time delay;
    const bool ok =
        tester.initiator.read(address, std::span(data).first(bytes), 0, delay) == tlm::TLM_OK_RESPONSE;
    value = 0;
    for (unsigned i = 0; i < bytes; ++i) value |= std::uint32_t{data[i]} << (8 * i);
    return ok;
  }
  bool write(std::uint64_t address, unsigned bytes, std::uint32_t value) {
    std::array<std::uint8_t, 4> data{};
    for (unsigned i = 0; i < bytes; ++i) data[i] = static_cast<std::uint8_t>(value >> (8 * i));
    sc_core::sc_time delay;
    return tester.initiator.write(address, std::span(data).first(bytes), 0, delay) == tlm::TLM_OK_RESPONSE;
  }
};

/// How many instances of an array the chip has.
std::uint32_t present(const InstanceInfo& instance) {
  const amc::AmcParams params = chip_params();
  if (instance.name == "inv") return params.inv_count;
  if (instance.name == "mvm") return params.mvm_count;
  if (instance.name == "ginv") return params.ginv_count;
  if (instance.name == "dac") return params.dac_banks;
  if (instance.name == "dru_context") return params.dru.contexts - 1;
  return instance.count;
}

class Conformance : public testing::TestWithParam<std::string> {
 protected:
  const InstanceInfo& instance_ =
      *std::ranges::find(map::kInstances, std::string_view(GetParam()), &InstanceInfo::name);

  /// Calls check(register, address) for all elements of all registers of the first and the last instance_.
  template <typename Check>
  void for_each_register(Check check) {
    int checked = 0;
    for (const std::uint32_t index : {0u, present(instance_) - 1}) {
      for (const RegisterInfo& info : registers_of(instance_.block)) {
        for (std::uint32_t element = 0; element < info.count; ++element) {
          const std::uint64_t address = std::uint64_t{instance_.base} +
                                        std::uint64_t{index} * instance_.stride + info.offset +
                                        element * info.stride;
          SCOPED_TRACE(testing::Message()
                       << instance_.name << index << '.' << info.name << '[' << element << ']');
          check(info, address);
          ++checked;
        }
      }
    }
    EXPECT_GT(checked, 0);
  }

  static unsigned bytes(const RegisterInfo& info) { return info.width / 8; }
  static std::uint32_t full(const RegisterInfo& info) {
    return info.width == 32 ? ~0u : (1u << info.width) - 1;
  }

  Chip chip_;
};

TEST_P(Conformance, ResetValuesAndReservedBits) {
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    if (info.read_mask == 0 || !keeps_any_value(instance_.block, info)) return;
    std::uint32_t value = 0;
    ASSERT_TRUE(chip_.read(address, bytes(info), value));
    EXPECT_EQ(value & ~info.read_mask, 0u) << "bits without a readable field";
    if (!info.hardware_changes_it) {
      EXPECT_EQ(value, info.reset & info.read_mask);
    }
  });
}

TEST_P(Conformance, ReadWriteBitsKeepWhatIsWritten) {
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    const auto mask = static_cast<std::uint32_t>(info.write_mask & info.read_mask);
    if (mask == 0 || info.has_side_effect || !keeps_any_value(instance_.block, info)) return;
    for (const std::uint32_t pattern : {~0u, 0u, 0xa5a5a5a5u, 0x5a5a5a5au}) {
      std::uint32_t value = 0;
      ASSERT_TRUE(chip_.write(address, bytes(info), pattern & mask));
      ASSERT_TRUE(chip_.read(address, bytes(info), value));
      EXPECT_EQ(value & mask, pattern & mask);
    }
    EXPECT_TRUE(chip_.write(address, bytes(info), static_cast<std::uint32_t>(info.reset) & mask));
  });
}

TEST_P(Conformance, AResetBringsRegistersBack) {
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    const auto mask = static_cast<std::uint32_t>(info.write_mask & info.read_mask);
    if (mask == 0) return;
    EXPECT_TRUE(chip_.write(address, bytes(info), mask));
  });
  chip_.reset();
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    if (info.read_mask == 0 || info.hardware_changes_it) return;
    std::uint32_t value = 0;
    ASSERT_TRUE(chip_.read(address, bytes(info), value));
    EXPECT_EQ(value, info.reset & info.read_mask);
  });
}

TEST_P(Conformance, ReadOnlyRegistersIgnoreWrites) {
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    if (info.access != Access::kReadOnly || instance_.block == "uart") return;
    std::uint32_t before = 0, after = 0;
    ASSERT_TRUE(chip_.read(address, bytes(info), before));
    chip_.write(address, bytes(info), full(info));
    ASSERT_TRUE(chip_.read(address, bytes(info), after));
    if (instance_.block == "telemetry") {
      EXPECT_NE(after, full(info));  // its counters run on
    } else {
      EXPECT_EQ(after, before);
    }
  });
}

TEST_P(Conformance, WriteOnlyRegistersTellNothing) {
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    if (info.access != Access::kWriteOnly || instance_.block == "uart") return;
    std::uint32_t value = 0;
    if (chip_.read(address, bytes(info), value)) {
      EXPECT_EQ(value, 0u);
    }
  });
}

TEST_P(Conformance, WritingOnesClearsPendingBits) {
  for_each_register([&](const RegisterInfo& info, std::uint64_t address) {
    if (info.w1c_mask == 0) return;
    std::uint32_t value = 0;
    ASSERT_TRUE(chip_.write(address, bytes(info), full(info)));
    ASSERT_TRUE(chip_.read(address, bytes(info), value));
    EXPECT_EQ(value & info.w1c_mask, 0u);
  });
}

TEST_P(Conformance, OffsetsWithoutRegisterAreRefused) {
  std::vector<bool> used(0x1000, false);
  for (const RegisterInfo& info : registers_of(instance_.block)) {
    for (std::uint32_t element = 0; element < info.count; ++element) {
      for (std::uint32_t byte = 0; byte < info.width / 8; ++byte) {
        const std::uint32_t at = info.offset + element * info.stride + byte;
        if (at < used.size()) used[at] = true;
      }
    }
  }
  for (std::uint32_t offset = 0; offset < used.size(); offset += 4) {
    if (used[offset]) continue;
    std::uint32_t value = 0;
    EXPECT_FALSE(chip_.read(std::uint64_t{instance_.base} + offset, 4, value))
        << instance_.name << " + " << offset;
    EXPECT_FALSE(chip_.write(std::uint64_t{instance_.base} + offset, 4, 1))
        << instance_.name << " + " << offset;
  }
}

TEST(MacroArrays, EndWithTheConfiguredNumber) {
  Chip chip;
  const amc::AmcParams params;
  for (const auto& [base, stride, count] : {std::tuple{map::kInvBase, map::kInvStride, params.inv_count},
                                            {map::kMvmBase, map::kMvmStride, params.mvm_count}}) {
    std::uint32_t value = 0;
    EXPECT_TRUE(chip.read(std::uint64_t{base} + std::uint64_t{count - 1} * stride, 4, value));
    EXPECT_FALSE(chip.read(std::uint64_t{base} + std::uint64_t{count} * stride, 4, value));
  }
}

std::vector<std::string> instances_with_registers() {
  std::vector<std::string> found;
  for (const InstanceInfo& instance : map::kInstances) {
    if (!instance.block.empty()) found.emplace_back(instance.name);
  }
  return found;
}

INSTANTIATE_TEST_SUITE_P(MemoryMap, Conformance, testing::ValuesIn(instances_with_registers()),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace mho
