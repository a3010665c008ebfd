// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/hal/mock_mmio.hpp"

#include <fmt/format.h>

#include <string>

#include "firmware/hal/mmio.h"

namespace mho::test {

namespace {

MockMmio* current = nullptr;

std::string text(const MmioAccess& access) {
  return fmt::format("{}{} {:#x} at {:#x}", access.is_write ? "write" : "read", access.bytes * 8,
                     access.value, access.address);
}

}  // namespace

MockMmio::MockMmio() {
  current = this;
}

MockMmio::~MockMmio() {
  expect_done();
  current = nullptr;
}

void MockMmio::expect_read(std::uint32_t offset, std::uint32_t value, unsigned bytes) {
  expected_.push_back({.is_write = false, .bytes = bytes, .address = kBase + offset, .value = value});
}

void MockMmio::expect_write(std::uint32_t offset, std::uint32_t value, unsigned bytes) {
  expected_.push_back({.is_write = true, .bytes = bytes, .address = kBase + offset, .value = value});
}

void MockMmio::expect_done() {
  for (const MmioAccess& access : expected_) ADD_FAILURE() << "did not happen: " << text(access);
  expected_.clear();
}

std::uint32_t mock_access(bool is_write, unsigned bytes, std::uintptr_t address, std::uint32_t value) {
  MmioAccess actual{.is_write = is_write, .bytes = bytes, .address = address, .value = value};
  if (current == nullptr || current->expected_.empty()) {
    ADD_FAILURE() << "unexpected: " << text(actual);
    return 0;
  }
  const MmioAccess expected = current->expected_.front();
  current->expected_.pop_front();
  if (!is_write) actual.value = expected.value;
  if (actual != expected) ADD_FAILURE() << "expected " << text(expected) << ", got " << text(actual);
  return expected.value;
}

}  // namespace mho::test

using mho::test::mock_access;

extern "C" {

std::uint8_t mho_mmio_read8(std::uintptr_t address) {
  return static_cast<std::uint8_t>(mock_access(false, 1, address, 0));
}
std::uint16_t mho_mmio_read16(std::uintptr_t address) {
  return static_cast<std::uint16_t>(mock_access(false, 2, address, 0));
}
std::uint32_t mho_mmio_read32(std::uintptr_t address) {
  return mock_access(false, 4, address, 0);
}
void mho_mmio_write8(std::uintptr_t address, std::uint8_t value) {
  mock_access(true, 1, address, value);
}
void mho_mmio_write16(std::uintptr_t address, std::uint16_t value) {
  mock_access(true, 2, address, value);
}
void mho_mmio_write32(std::uintptr_t address, std::uint32_t value) {
  mock_access(true, 4, address, value);
}
}
