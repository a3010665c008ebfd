// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Makes small RV32 ELF files byte by byte, right ones and, by changing them afterwards, wrong ones.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mho::test {

class ElfBuilder {
 public:
  struct Segment {
    std::uint32_t address;
    std::vector<std::uint8_t> data;
    std::uint32_t memory_bytes;
    std::uint32_t type = 1;
  };

  std::uint32_t entry = 0x8000'0000;
  std::vector<Segment> segments;
  std::vector<std::pair<std::string, std::uint32_t>> symbols;

  /// Header, program headers, segment data; with symbols also section headers, symbol table and strings.
  std::vector<std::uint8_t> build() const {
    std::vector<std::uint8_t> file{0x7f, 'E', 'L', 'F', 1, 1, 1};
    file.resize(16);
    put16(file, 2);
    put16(file, 243);
    put32(file, 1);
    put32(file, entry);
    put32(file, kHeader);
    put32(file, 0);
    put32(file, 0);
    for (const std::uint16_t half : {std::uint16_t{52}, std::uint16_t{32}}) put16(file, half);
    put16(file, static_cast<std::uint16_t>(segments.size()));
    for (const std::uint16_t half : {40, 0, 0}) put16(file, half);
    std::uint32_t offset = kHeader + 32 * static_cast<std::uint32_t>(segments.size());
    for (const auto& segment : segments) {
      const auto bytes = static_cast<std::uint32_t>(segment.data.size());
      // The virtual address differs on purpose: loading goes by the physical one.
      for (const std::uint32_t word : {segment.type, offset, segment.address ^ 0x1000'0000, segment.address,
                                       bytes, segment.memory_bytes, 7u, 4u}) {
        put32(file, word);
      }
      offset += bytes;
    }
    for (const auto& segment : segments) file.insert(file.end(), segment.data.begin(), segment.data.end());
    if (!symbols.empty()) append_symbols(file);
    return file;
  }

  static void put16(std::vector<std::uint8_t>& file, std::uint16_t value) {
    file.push_back(static_cast<std::uint8_t>(value));
    file.push_back(static_cast<std::uint8_t>(value >> 8));
  }
  static void put32(std::vector<std::uint8_t>& file, std::uint32_t value) {
    put16(file, static_cast<std::uint16_t>(value));
    put16(file, static_cast<std::uint16_t>(value >> 16));
  }
  static void set16(std::vector<std::uint8_t>& file, std::size_t at, std::uint16_t value) {
    file[at] = static_cast<std::uint8_t>(value);
    file[at + 1] = static_cast<std::uint8_t>(value >> 8);
  }
  static void set32(std::vector<std::uint8_t>& file, std::size_t at, std::uint32_t value) {
    set16(file, at, static_cast<std::uint16_t>(value));
    set16(file, at + 2, static_cast<std::uint16_t>(value >> 16));
  }

 private:
  static constexpr std::uint32_t kHeader = 52;

  void append_symbols(std::vector<std::uint8_t>& file) const {
    std::vector<std::uint8_t> table(16), strings(1);
    for (const auto& [name, value] : symbols) {
      put32(table, static_cast<std::uint32_t>(strings.size()));
      put32(table, value);
      put32(table, 8);
      put32(table, 0x10);
      strings.insert(strings.end(), name.begin(), name.end());
      strings.push_back(0);
    }
    const auto table_at = static_cast<std::uint32_t>(file.size());
    file.insert(file.end(), table.begin(), table.end());
    const auto strings_at = static_cast<std::uint32_t>(file.size());
    file.insert(file.end(), strings.begin(), strings.end());
    const auto headers_at = static_cast<std::uint32_t>(file.size());
    const auto section = [&](std::uint32_t type, std::uint32_t at, std::size_t bytes, std::uint32_t link) {
      for (const std::uint32_t word :
           {0u, type, 0u, 0u, at, static_cast<std::uint32_t>(bytes), link, 0u, 4u, 16u}) {
        put32(file, word);
      }
    };
    section(0, 0, 0, 0);
    section(2, table_at, table.size(), 2);
    section(3, strings_at, strings.size(), 0);
    set32(file, 32, headers_at);
    set16(file, 48, 3);
  }
};

}  // namespace mho::test
