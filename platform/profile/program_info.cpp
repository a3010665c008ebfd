// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/program_info.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "models/base/error.hpp"
#include "platform/profile/byte_reader.hpp"

namespace mho::platform::profile {
namespace {

// System V ABI, "Object Files", 32-bit.
constexpr std::uint32_t kSymbolTable = 2, kNoBits = 8, kExecutable = 4;
constexpr std::uint8_t kTypeMask = 15, kFunctionType = 2, kGlobalBinding = 1;
constexpr std::size_t kSymbolBytes = 16;

struct Section {
  std::string name;
  std::uint32_t name_offset = 0, type = 0, flags = 0, address = 0, bytes = 0, link = 0;
  std::span<const std::uint8_t> data;
};

struct Candidate {
  Function function;
  bool is_global = false;
};

std::vector<Section> read_sections(std::span<const std::uint8_t> bytes, const std::string& file) {
  ByteReader reader(bytes, file);
  reader.seek(32);
  const std::uint32_t table = reader.u32();
  reader.seek(46);
  const std::uint16_t entry_bytes = reader.u16(), count = reader.u16(), names = reader.u16();
  std::vector<Section> sections(count);
  for (std::size_t i = 0; i < count; ++i) {
    Section& section = sections[i];
    reader.seek(table + std::uint64_t{i} * entry_bytes);
    section.name_offset = reader.u32();
    section.type = reader.u32();
    section.flags = reader.u32();
    section.address = reader.u32();
    const std::uint32_t offset = reader.u32();
    section.bytes = reader.u32();
    section.link = reader.u32();
    if (section.type == kNoBits) continue;
    reader.seek(offset);
    reader.skip(section.bytes);
    section.data = bytes.subspan(offset, section.bytes);
  }
  for (Section& section : sections) {
    if (names >= count) break;
    ByteReader text(sections[names].data, file);
    text.seek(section.name_offset);
    section.name = text.text();
  }
  return sections;
}

std::span<const std::uint8_t> data_of(const std::vector<Section>& sections, std::string_view name) {
  const auto found = std::ranges::find(sections, name, &Section::name);
  return found == sections.end() ? std::span<const std::uint8_t>() : found->data;
}

void read_candidates(const std::vector<Section>& sections, const Section& table, const std::string& file,
                     std::vector<Candidate>& candidates) {
  if (table.link >= sections.size()) return;
  ByteReader reader(table.data, file);
  while (reader.position() + kSymbolBytes <= table.data.size()) {
    const std::uint32_t name = reader.u32(), value = reader.u32(), size = reader.u32();
    const std::uint8_t info = reader.u8();
    reader.skip(1);
    const std::uint16_t section = reader.u16();
    const bool is_code = section < sections.size() && (sections[section].flags & kExecutable) != 0;
    if ((info & kTypeMask) != kFunctionType || !is_code) continue;
    ByteReader text(sections[table.link].data, file);
    text.seek(name);
    candidates.push_back({.function = {.address = value, .end = value + size, .name = text.text()},
                          .is_global = info >> 4 == kGlobalBinding});
  }
}

std::vector<Function> functions_of(std::vector<Candidate> candidates, std::uint32_t code_end) {
  std::ranges::stable_sort(candidates, [](const Candidate& a, const Candidate& b) {
    if (a.function.address != b.function.address) return a.function.address < b.function.address;
    return a.is_global && !b.is_global;
  });
  std::vector<Function> functions;
  for (Candidate& candidate : candidates) {
    if (!functions.empty() && functions.back().address == candidate.function.address) continue;
    functions.push_back(std::move(candidate.function));
  }
  for (std::size_t i = 0; i < functions.size(); ++i) {
    const std::uint32_t next = i + 1 < functions.size() ? functions[i + 1].address : code_end;
    Function& f = functions[i];
    f.end = f.end == f.address ? next : std::min(f.end, next);
  }
  return functions;
}

}  // namespace

std::optional<std::uint32_t> ProgramInfo::function_at(std::uint32_t address) const {
  const auto behind = std::ranges::upper_bound(functions, address, {}, &Function::address);
  if (behind == functions.begin() || address >= std::prev(behind)->end) return std::nullopt;
  return static_cast<std::uint32_t>(behind - functions.begin()) - 1;
}

std::string ProgramInfo::place_of(std::uint32_t address) const {
  std::string text;
  if (const auto index = function_at(address)) {
    const Function& function = functions[*index];
    const std::uint32_t offset = address - function.address;
    text = offset == 0 ? function.name : fmt::format("{}+{:#x}", function.name, offset);
  }
  const LineRow* row = lines.find(address);
  if (row == nullptr || row->line == 0) return text;
  return fmt::format("{}{}{}:{}", text, text.empty() ? "" : ", ", lines.files[row->file], row->line);
}

ProgramInfo parse_program_info(std::span<const std::uint8_t> bytes, const std::string& file) {
  const std::vector<Section> sections = read_sections(bytes, file);
  ProgramInfo info;
  info.file = file;
  std::vector<Candidate> candidates;
  for (const Section& section : sections) {
    if (section.type == kSymbolTable) read_candidates(sections, section, file, candidates);
    if ((section.flags & kExecutable) == 0 || section.bytes == 0) continue;
    const bool is_first = info.code_end == 0;
    info.code_begin = is_first ? section.address : std::min(info.code_begin, section.address);
    info.code_end = std::max(info.code_end, section.address + section.bytes);
  }
  info.functions = functions_of(std::move(candidates), info.code_end);
  info.lines = read_line_table({.line = data_of(sections, ".debug_line"),
                                .line_strings = data_of(sections, ".debug_line_str"),
                                .strings = data_of(sections, ".debug_str")},
                               file);
  return info;
}

ProgramInfo load_program_info(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  require(stream.good(), "{}: cannot be read", path.string());
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(stream),
                                        std::istreambuf_iterator<char>()};
  return parse_program_info(bytes, path.string());
}

}  // namespace mho::platform::profile
