// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Accesses as a bus would report them, and what a log has made of them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

#include "platform/register_coverage/coverage_log.hpp"
#include "registers/adc.hpp"
#include "registers/dma.hpp"
#include "registers/dru.hpp"
#include "registers/memory_map.hpp"
#include "registers/plic.hpp"
#include "registers/uart.hpp"

namespace mho::test {

namespace map = registers::memory_map;

class CoverageFixture : public testing::Test {
 protected:
  void access(std::string_view initiator, bool is_write, std::uint64_t address, std::uint32_t value,
              std::size_t bytes = 4, bool is_ok = true) {
    const auto data = std::bit_cast<std::array<std::uint8_t, 4>>(value);
    log.accessed({.initiator = initiator,
                  .is_write = is_write,
                  .address = address,
                  .data = std::span(data).first(bytes),
                  .is_ok = is_ok});
  }
  void write(std::uint64_t address, std::uint32_t value, std::size_t bytes = 4) {
    access("cpu", true, address, value, bytes);
  }
  void read(std::uint64_t address, std::uint32_t value, std::size_t bytes = 4) {
    access("cpu", false, address, value, bytes);
  }

  static std::size_t place(std::string_view name) {
    const auto all = platform::register_coverage::places();
    const auto found = std::ranges::find_if(all, [&](const auto& p) { return p.instance->name == name; });
    EXPECT_NE(found, all.end()) << name;
    return static_cast<std::size_t>(found - all.begin());
  }
  const platform::register_coverage::RegisterUse& use(std::string_view place_name,
                                                      std::string_view reg) const {
    const std::size_t p = place(place_name);
    const auto& all = platform::register_coverage::places()[p].block->registers;
    const auto found = std::ranges::find_if(all, [&](const auto& r) { return r.info->name == reg; });
    EXPECT_NE(found, all.end()) << reg;
    return log.coverage().places[p].registers[static_cast<std::size_t>(found - all.begin())];
  }

  platform::register_coverage::CoverageLog log;
};

}  // namespace mho::test
