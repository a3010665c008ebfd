// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/line_table.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "models/base/error.hpp"
#include "platform/profile/byte_reader.hpp"

namespace mho::platform::profile {
namespace {

// Names of the standard are in the comments; numbers from its section 7.22.
enum Standard : std::uint8_t {
  kExtended = 0,
  kCopy = 1,
  kAdvancePc = 2,
  kAdvanceLine = 3,
  kSetFile = 4,
  kSetColumn = 5,
  kNegateStatement = 6,
  kConstAddPc = 8,
  kFixedAdvancePc = 9,
};
enum Extended : std::uint8_t { kEndSequence = 1, kSetAddress = 2 };
enum Content : std::uint8_t { kPath = 1, kFolderIndex = 2 };
enum Form : std::uint8_t {
  kBlock2 = 0x03,
  kBlock4 = 0x04,
  kData2 = 0x05,
  kData4 = 0x06,
  kData8 = 0x07,
  kString = 0x08,
  kBlock = 0x09,
  kBlock1 = 0x0a,
  kData1 = 0x0b,
  kStrp = 0x0e,
  kUdata = 0x0f,
  kData16 = 0x1e,
  kLineStrp = 0x1f,
};

struct Value {
  std::uint64_t number = 0;
  std::string text;
};

struct Format {
  std::uint64_t content = 0, form = 0;
};

class UnitReader {
 public:
  UnitReader(const LineSections& sections, const std::string& what, LineTable& table,
             std::map<std::string, std::uint32_t>& known_files)
      : sections_(sections),
        what_(what + ": .debug_line"),
        strings_what_(what + ": .debug_str"),
        table_(table),
        known_files_(known_files) {}

  void read_all();

 private:
  struct State {
    std::uint64_t address = 0, file = 1, line = 1;
    bool is_statement = false;
  };

  void read_unit(ByteReader unit);
  void read_old_names(ByteReader& reader);
  void read_new_names(ByteReader& reader);
  std::vector<Format> read_formats(ByteReader& reader);
  Value read_value(ByteReader& reader, std::uint64_t form);
  std::string text_at(std::span<const std::uint8_t> section, std::uint64_t offset);
  void add_file(const std::string& name, std::uint64_t folder);
  void run_program(ByteReader& reader);
  void run_standard(ByteReader& reader, std::uint8_t opcode);
  bool run_extended(ByteReader& reader);
  void emit();
  void end_sequence();

  const LineSections& sections_;
  std::string what_, strings_what_;
  LineTable& table_;
  std::map<std::string, std::uint32_t>& known_files_;

  // Of the unit.
  std::uint16_t version_ = 0;
  std::uint8_t minimum_bytes_ = 1, line_range_ = 1, opcode_base_ = 1;
  std::int8_t line_base_ = 0;
  bool default_is_statement_ = false;
  std::vector<std::uint8_t> operand_counts_;
  std::vector<std::string> folders_;
  std::vector<std::uint32_t> files_;  ///< index of the table's file for each of the unit's
  State state_;
  std::vector<LineRow> sequence_;
  std::vector<Statement> statements_;  ///< of the sequence
};

std::string UnitReader::text_at(std::span<const std::uint8_t> section, std::uint64_t offset) {
  ByteReader reader(section, strings_what_);
  reader.seek(offset);
  return reader.text();
}

Value UnitReader::read_value(ByteReader& reader, std::uint64_t form) {
  switch (form) {
    case kString:
      return {.text = reader.text()};
    case kLineStrp:
      return {.text = text_at(sections_.line_strings, reader.u32())};
    case kStrp:
      return {.text = text_at(sections_.strings, reader.u32())};
    case kUdata:
      return {.number = reader.uleb(), .text = {}};
    case kData1:
      return {.number = reader.u8(), .text = {}};
    case kData2:
      return {.number = reader.u16(), .text = {}};
    case kData4:
      return {.number = reader.u32(), .text = {}};
    case kData8:
      return {.number = reader.u64(), .text = {}};
    case kData16:
      reader.skip(16);
      return {};
    case kBlock:
      reader.skip(reader.uleb());
      return {};
    case kBlock1:
      reader.skip(reader.u8());
      return {};
    case kBlock2:
      reader.skip(reader.u16());
      return {};
    case kBlock4:
      reader.skip(reader.u32());
      return {};
    default:
      throw InputError(
          fmt::format("{}: form {:#x} is unknown; compile with -gdwarf-5 or older", what_, form));
  }
}

void UnitReader::add_file(const std::string& name, std::uint64_t folder) {
  std::filesystem::path path(name);
  const std::string where = folder < folders_.size() ? folders_[folder] : std::string();
  if (!where.empty()) path = where / path;
  const bool has_home = !folders_.empty() && std::filesystem::path(folders_.front()).is_absolute();
  if (path.is_relative() && has_home) path = folders_.front() / path;
  const std::string text = path.lexically_normal().string();
  const auto [place, is_new] = known_files_.try_emplace(text, table_.files.size());
  if (is_new) table_.files.push_back(text);
  files_.push_back(place->second);
}

void UnitReader::read_old_names(ByteReader& reader) {
  // Folder 0 is the compilation's, which only .debug_info names; file 0 does not exist.
  folders_.emplace_back();
  for (std::string folder = reader.text(); !folder.empty(); folder = reader.text())
    folders_.push_back(folder);
  add_file("", 0);
  for (std::string name = reader.text(); !name.empty(); name = reader.text()) {
    const std::uint64_t folder = reader.uleb();
    reader.uleb();
    reader.uleb();
    add_file(name, folder);
  }
}

std::vector<Format> UnitReader::read_formats(ByteReader& reader) {
  std::vector<Format> formats(reader.u8());
  for (Format& format : formats) {
    format.content = reader.uleb();
    format.form = reader.uleb();
  }
  return formats;
}

void UnitReader::read_new_names(ByteReader& reader) {
  const auto read_entries = [&](auto&& add) {
    const std::vector<Format> formats = read_formats(reader);
    const std::uint64_t count = reader.uleb();
    require(count == 0 || !formats.empty(), "{} is damaged: {} names without a format; link the program anew",
            what_, count);
    for (std::uint64_t left = count; left > 0; --left) {
      std::string path;
      std::uint64_t folder = 0;
      for (const Format& format : formats) {
        const Value value = read_value(reader, format.form);
        if (format.content == kPath) path = value.text;
        if (format.content == kFolderIndex) folder = value.number;
      }
      add(path, folder);
    }
  };
  read_entries([&](const std::string& path, std::uint64_t) {
    // The compilation's own folder counts only where it is absolute.
    const bool is_home = folders_.empty();
    folders_.push_back(is_home && std::filesystem::path(path).is_relative() ? std::string() : path);
  });
  read_entries([&](const std::string& path, std::uint64_t folder) { add_file(path, folder); });
}

void UnitReader::emit() {
  const std::uint32_t file = state_.file < files_.size() ? files_[state_.file] : 0;
  sequence_.push_back({.address = static_cast<std::uint32_t>(state_.address),
                       .end = 0,
                       .file = file,
                       .line = state_.file < files_.size() ? static_cast<std::uint32_t>(state_.line) : 0});
  const LineRow& row = sequence_.back();
  if (state_.is_statement && row.line > 0) {
    statements_.push_back({.address = row.address, .file = row.file, .line = row.line});
  }
}

void UnitReader::end_sequence() {
  // What the linker dropped begins at 0.
  const bool is_linked = !sequence_.empty() && sequence_.front().address != 0;
  for (std::size_t i = 0; is_linked && i < sequence_.size(); ++i) {
    LineRow row = sequence_[i];
    row.end =
        i + 1 < sequence_.size() ? sequence_[i + 1].address : static_cast<std::uint32_t>(state_.address);
    if (row.end > row.address) table_.rows.push_back(row);
  }
  for (const Statement& statement : statements_) {
    if (is_linked && statement.address < state_.address) table_.statements.push_back(statement);
  }
  sequence_.clear();
  statements_.clear();
  state_ = {.is_statement = default_is_statement_};
}

bool UnitReader::run_extended(ByteReader& reader) {
  ByteReader operation = reader.part(reader.uleb());
  switch (operation.u8()) {
    case kEndSequence:
      end_sequence();
      break;
    case kSetAddress:
      state_.address = operation.u32();
      break;
    default:
      break;
  }
  return true;
}

void UnitReader::run_standard(ByteReader& reader, std::uint8_t opcode) {
  switch (opcode) {
    case kCopy:
      emit();
      break;
    case kAdvancePc:
      state_.address += reader.uleb() * minimum_bytes_;
      break;
    case kAdvanceLine:
      state_.line += static_cast<std::uint64_t>(reader.sleb());
      break;
    case kSetFile:
      state_.file = reader.uleb();
      break;
    case kNegateStatement:
      state_.is_statement = !state_.is_statement;
      break;
    case kConstAddPc:
      state_.address += std::uint64_t{(255u - opcode_base_) / line_range_} * minimum_bytes_;
      break;
    case kFixedAdvancePc:
      state_.address += reader.u16();
      break;
    default:
      for (std::uint8_t left = operand_counts_[opcode]; left > 0; --left) reader.uleb();
      break;
  }
}

void UnitReader::run_program(ByteReader& reader) {
  state_ = {.is_statement = default_is_statement_};
  sequence_.clear();
  statements_.clear();
  while (!reader.at_end()) {
    const std::uint8_t opcode = reader.u8();
    if (opcode == kExtended) {
      run_extended(reader);
    } else if (opcode < opcode_base_) {
      run_standard(reader, opcode);
    } else {
      const unsigned step = opcode - opcode_base_;
      state_.address += std::uint64_t{step / line_range_} * minimum_bytes_;
      state_.line += static_cast<std::uint64_t>(line_base_ + static_cast<int>(step % line_range_));
      emit();
    }
  }
}

void UnitReader::read_unit(ByteReader unit) {
  folders_.clear();
  files_.clear();
  version_ = unit.u16();
  require(version_ >= 2 && version_ <= 5, "{}: DWARF version {}; compile with -gdwarf-2 to -gdwarf-5", what_,
          version_);
  if (version_ >= 5) unit.skip(2);
  const std::uint32_t header_bytes = unit.u32();
  ByteReader header = unit.part(header_bytes);
  minimum_bytes_ = header.u8();
  if (version_ >= 4) header.skip(1);
  default_is_statement_ = header.u8() != 0;
  line_base_ = header.s8();
  line_range_ = header.u8();
  opcode_base_ = header.u8();
  require(line_range_ > 0 && opcode_base_ > 0,
          "{} is damaged: a line range or opcode base of 0; link the program anew", what_);
  operand_counts_.assign(1, 0);
  for (unsigned i = 1; i < opcode_base_; ++i) operand_counts_.push_back(header.u8());
  version_ >= 5 ? read_new_names(header) : read_old_names(header);
  run_program(unit);
}

void UnitReader::read_all() {
  ByteReader reader(sections_.line, what_);
  constexpr std::uint32_t kIs64Bit = 0xffff'ffff;
  while (!reader.at_end()) {
    const std::uint32_t bytes = reader.u32();
    require(bytes != kIs64Bit, "{}: 64-bit DWARF is not supported; compile with -gdwarf32", what_);
    read_unit(reader.part(bytes));
  }
}

/// Rows of different units may claim the same bytes only in damaged files; the first one keeps them.
void sort_rows(std::vector<LineRow>& rows) {
  std::ranges::stable_sort(rows, {}, &LineRow::address);
  std::vector<LineRow> kept;
  for (const LineRow& row : rows) {
    if (kept.empty() || row.address >= kept.back().end) kept.push_back(row);
  }
  rows = std::move(kept);
}

}  // namespace

const LineRow* LineTable::find(std::uint32_t address) const {
  const auto behind = std::ranges::upper_bound(rows, address, {}, &LineRow::address);
  if (behind == rows.begin()) return nullptr;
  const LineRow& row = *std::prev(behind);
  return address < row.end ? &row : nullptr;
}

LineTable read_line_table(const LineSections& sections, const std::string& what) {
  LineTable table;
  std::map<std::string, std::uint32_t> known_files;
  UnitReader(sections, what, table, known_files).read_all();
  sort_rows(table.rows);
  return table;
}

}  // namespace mho::platform::profile
