// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/elf_loader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "models/base/error.hpp"

namespace mho::soc {
namespace {

// Layout: System V ABI, "Object Files", 32-bit; machine number from the RISC-V ELF psABI.
constexpr std::size_t kHeaderBytes = 52, kProgramHeaderBytes = 32, kSectionHeaderBytes = 40,
                      kSymbolBytes = 16;
constexpr std::uint16_t kMachineRiscv = 243;
constexpr std::uint32_t kSegmentLoad = 1, kSectionSymbols = 2;

/// Bounds-checked little-endian access to the file.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, const std::string& file) : bytes_(bytes), file_(file) {}

  std::span<const std::uint8_t> range(std::uint64_t offset, std::uint64_t count,
                                      std::string_view what) const {
    require(offset <= bytes_.size() && count <= bytes_.size() - offset,
            "{}: truncated ELF file: {} at offset {} needs {} B, the file has {} B", file_, what, offset,
            count, bytes_.size());
    return bytes_.subspan(offset, count);
  }
  std::uint16_t u16(std::uint64_t offset, std::string_view what) const {
    const auto b = range(offset, 2, what);
    return static_cast<std::uint16_t>(b[0] | (b[1] << 8));
  }
  std::uint32_t u32(std::uint64_t offset, std::string_view what) const {
    return u16(offset, what) | (static_cast<std::uint32_t>(u16(offset + 2, what)) << 16);
  }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::span<const std::uint8_t> bytes_;
  const std::string& file_;
};

void check_identity(const Reader& reader, const std::string& file) {
  require(
      reader.size() >= 4 && reader.u32(0, "identification") == 0x464c457f,
      "{}: not an ELF file; give a linked RV32 program (riscv64-unknown-elf-gcc -march=rv32imac -mabi=ilp32)",
      file);
  const auto identity = reader.range(0, 16, "identification");
  const std::uint16_t machine =
      reader.range(0, 20, "header")[5] == 2
          ? static_cast<std::uint16_t>(reader.u16(18, "header") >> 8 | reader.u16(18, "header") << 8)
          : reader.u16(18, "header");
  require(machine == kMachineRiscv, "{}: ELF file for machine {}, this machine runs RISC-V (243)", file,
          machine);
  require(identity[4] == 1,
          "{}: 64-bit ELF file, this machine runs 32-bit code; compile with -march=rv32imac "
          "-mabi=ilp32",
          file);
  require(identity[5] == 1, "{}: big-endian ELF file, this machine is little-endian", file);
  reader.range(0, kHeaderBytes, "header");
  const std::uint16_t type = reader.u16(16, "header");
  require(type != 1, "{}: relocatable object file; link it into an executable first", file);
  require(type != 3, "{}: position-independent file; link it statically (-static -no-pie)", file);
  require(type == 2, "{}: ELF file of type {}, need an executable (2)", file, type);
}

std::vector<ElfSegment> read_segments(const Reader& reader, const std::string& file) {
  const std::uint64_t table = reader.u32(28, "header");
  const std::uint16_t entry_bytes = reader.u16(42, "header"), count = reader.u16(44, "header");
  require(count == 0 || entry_bytes >= kProgramHeaderBytes, "{}: malformed ELF file: program headers of {} B",
          file, entry_bytes);
  std::vector<ElfSegment> segments;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = table + i * entry_bytes;
    reader.range(at, kProgramHeaderBytes, "program header");
    const std::uint32_t file_bytes = reader.u32(at + 16, "program header");
    const std::uint32_t memory_bytes = reader.u32(at + 20, "program header");
    if (reader.u32(at, "program header") != kSegmentLoad || memory_bytes == 0) continue;
    require(file_bytes <= memory_bytes,
            "{}: malformed ELF file: segment {} has {} B in the file, {} B in memory", file, i, file_bytes,
            memory_bytes);
    const auto data = reader.range(reader.u32(at + 4, "program header"), file_bytes, "segment");
    segments.push_back({.address = reader.u32(at + 12, "program header"),
                        .data = {data.begin(), data.end()},
                        .memory_bytes = memory_bytes});
  }
  require(!segments.empty(), "{}: ELF file without anything to load", file);
  return segments;
}

void read_symbol_table(const Reader& reader, std::uint64_t header, std::uint64_t string_header,
                       ElfImage& image) {
  const std::uint32_t offset = reader.u32(header + 16, "symbol table");
  const std::uint32_t bytes = reader.u32(header + 20, "symbol table");
  const auto strings = reader.range(reader.u32(string_header + 16, "string table"),
                                    reader.u32(string_header + 20, "string table"), "string table");
  reader.range(offset, bytes, "symbol table");
  for (std::uint64_t at = offset; at + kSymbolBytes <= std::uint64_t{offset} + bytes; at += kSymbolBytes) {
    const std::uint32_t name = reader.u32(at, "symbol");
    if (name == 0 || name >= strings.size()) continue;
    const auto* first = reinterpret_cast<const char*>(strings.data()) + name;
    const std::string text(first, strnlen(first, strings.size() - name));
    image.symbols.insert_or_assign(text, reader.u32(at + 4, "symbol"));
  }
}

void read_symbols(const Reader& reader, ElfImage& image) {
  const std::uint64_t table = reader.u32(32, "header");
  const std::uint16_t entry_bytes = reader.u16(46, "header"), count = reader.u16(48, "header");
  if (table == 0 || entry_bytes < kSectionHeaderBytes) return;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = table + i * entry_bytes;
    reader.range(at, kSectionHeaderBytes, "section header");
    if (reader.u32(at + 4, "section header") != kSectionSymbols) continue;
    const std::uint32_t link = reader.u32(at + 24, "section header");
    if (link >= count) continue;
    const std::uint64_t string_header = table + std::uint64_t{link} * entry_bytes;
    reader.range(string_header, kSectionHeaderBytes, "section header");
    read_symbol_table(reader, at, string_header, image);
  }
}

}  // namespace

std::optional<std::uint32_t> ElfImage::symbol(std::string_view name) const {
  const auto found = symbols.find(name);
  return found == symbols.end() ? std::nullopt : std::optional(found->second);
}

std::uint64_t ElfImage::end_address() const {
  std::uint64_t end = 0;
  for (const auto& s : segments) end = std::max(end, std::uint64_t{s.address} + s.memory_bytes);
  return end;
}

ElfImage parse_elf(std::span<const std::uint8_t> bytes, const std::string& file) {
  const Reader reader(bytes, file);
  check_identity(reader, file);
  ElfImage image;
  image.file = file;
  image.entry = reader.u32(24, "header");
  image.segments = read_segments(reader, file);
  const bool is_entry_loaded = std::ranges::any_of(image.segments, [&](const ElfSegment& s) {
    return image.entry >= s.address && image.entry - s.address < s.memory_bytes;
  });
  require(is_entry_loaded, "{}: the entry point {:#010x} lies in no loaded segment", file, image.entry);
  read_symbols(reader, image);
  return image;
}

ElfImage load_elf(const std::filesystem::path& path) {
  const std::string file = path.string();
  std::error_code error;
  const auto type = std::filesystem::status(path, error).type();
  require(type != std::filesystem::file_type::not_found, "{}: no such file", file);
  require(type != std::filesystem::file_type::none, "{}: cannot be read: {}", file, error.message());
  require(type != std::filesystem::file_type::directory, "{}: is a directory, need an ELF file", file);
  std::ifstream stream(path, std::ios::binary);
  require(stream.good(), "{}: cannot be read: {}", file, std::strerror(errno));
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(stream),
                                        std::istreambuf_iterator<char>()};
  return parse_elf(bytes, file);
}

void place_elf(const ElfImage& image, std::uint32_t base, std::span<std::uint8_t> memory) {
  for (const auto& segment : image.segments) {
    require(segment.address >= base && segment.address - base <= memory.size() &&
                segment.memory_bytes <= memory.size() - (segment.address - base),
            "{}: segment {:#010x}…{:#010x} lies outside the RAM {:#010x}…{:#010x}; link for that range",
            image.file, segment.address, std::uint64_t{segment.address} + segment.memory_bytes, base,
            std::uint64_t{base} + memory.size());
  }
  for (const auto& segment : image.segments) {
    std::uint8_t* to = memory.data() + (segment.address - base);
    std::copy(segment.data.begin(), segment.data.end(), to);
    std::fill(to + segment.data.size(), to + segment.memory_bytes, std::uint8_t{0});
  }
}

}  // namespace mho::soc
