// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Lines and functions of real programs, beside what the tools of the cross compiler say; damaged files.
#include "platform/profile/program_info.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <set>
#include <sstream>

#include "models/base/error.hpp"

namespace mho::platform::profile {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string text;
  std::array<char, 4096> part{};
  for (std::size_t n = 0; (n = std::fread(part.data(), 1, part.size(), pipe.get())) > 0;)
    text.append(part.data(), n);
  return text;
}

std::string firmware(const std::string& name) {
  return std::string(MHO_FIRMWARE) + "/" + name;
}

class OfAProgram : public testing::TestWithParam<const char*> {
 protected:
  std::string elf_ = firmware(GetParam());
  ProgramInfo info_ = load_program_info(elf_);
};

/// What an instruction of the line table says, by its address; and all statements.
struct DecodedLines {
  std::map<std::uint32_t, std::string> places;
  std::multiset<std::pair<std::uint32_t, std::string>> statements;
};

DecodedLines lines_of_readelf(const std::string& elf) {
  std::istringstream table(output_of("riscv64-unknown-elf-readelf -W --debug-dump=decodedline " + elf));
  const std::regex row("^(\\S+)\\s+(\\d+)\\s+(0x[0-9a-f]+)(\\s+\\d+)?(\\s+x)?\\s*$");
  DecodedLines lines;
  std::smatch match;
  for (std::string line; std::getline(table, line);) {
    if (!std::regex_match(line, match, row) || match[2] == "0") continue;
    const auto address = static_cast<std::uint32_t>(std::stoul(match[3], nullptr, 16));
    const std::string name = std::filesystem::path(match[1].str()).filename().string();
    const std::string place = name + ":" + match[2].str();
    lines.places[address] = place;
    if (match[5].matched) lines.statements.emplace(address, place);
  }
  return lines;
}

TEST_P(OfAProgram, LinesAreThoseOfReadelf) {
  const DecodedLines expected = lines_of_readelf(elf_);
  const auto place = [&](const auto& row) {
    return fmt::format("{}:{}", std::filesystem::path(info_.lines.files[row.file]).filename().string(),
                       row.line);
  };
  ASSERT_GT(info_.lines.rows.size(), 300u);
  for (const LineRow& row : info_.lines.rows) {
    if (row.line > 0) {
      EXPECT_EQ(place(row), expected.places.at(row.address)) << std::hex << row.address;
    }
    EXPECT_EQ(info_.lines.find(row.end - 1), &row);
  }
  std::multiset<std::pair<std::uint32_t, std::string>> statements;
  for (const Statement& statement : info_.lines.statements)
    statements.emplace(statement.address, place(statement));
  EXPECT_EQ(statements, expected.statements);
}

TEST_P(OfAProgram, FunctionsAreThoseOfReadelf) {
  std::istringstream table(output_of("riscv64-unknown-elf-readelf -sW " + elf_));
  std::size_t compared = 0;
  for (std::string line; std::getline(table, line);) {
    std::istringstream words(line);
    std::string number, address, size, type, binding, visibility, section, name;
    words >> number >> address >> size >> type >> binding >> visibility >> section >> name;
    if (type != "FUNC" || binding != "GLOBAL" || size == "0") continue;
    const auto at = static_cast<std::uint32_t>(std::stoul(address, nullptr, 16));
    const auto found = info_.function_at(at);
    ASSERT_TRUE(found.has_value()) << name;
    const Function& function = info_.functions[*found];
    EXPECT_EQ(function.address, at) << name;
    if (function.name != name) continue;
    ++compared;
    // Functions with several entries, such as __riscv_restore, end for each of them where the next begins.
    const bool is_followed = *found + 1 < info_.functions.size();
    const std::uint32_t bytes = static_cast<std::uint32_t>(std::stoul(size, nullptr, 0));
    const std::uint32_t end =
        is_followed ? std::min(at + bytes, info_.functions[*found + 1].address) : at + bytes;
    EXPECT_EQ(function.end, end) << name;
  }
  // Aliases have one name here.
  EXPECT_GT(compared, 25u);
}

TEST_P(OfAProgram, CodeWithoutFunctionsHasNone) {
  EXPECT_EQ(info_.function_at(info_.code_begin - 2), std::nullopt);
  EXPECT_EQ(info_.function_at(info_.code_end), std::nullopt);
  EXPECT_EQ(info_.lines.find(info_.code_begin - 2), nullptr);
}

TEST_P(OfAProgram, PlacesNameFunctionAndLine) {
  for (const Function& function : info_.functions) {
    if (function.name != "main") continue;
    EXPECT_THAT(info_.place_of(function.address), testing::MatchesRegex("main, .*/[a-z_]+\\.c:[0-9]+"));
    EXPECT_THAT(info_.place_of(function.address + 4),
                testing::MatchesRegex("main\\+0x4, .*/[a-z_]+\\.[ch]:[0-9]+"));
    EXPECT_EQ(info_.place_of(info_.code_end), "");
    return;
  }
  FAIL() << "there is no main";
}

INSTANTIATE_TEST_SUITE_P(Programs, OfAProgram,
                         testing::Values("test_profiled.elf", "solve.elf", "test_traps.elf"),
                         [](const auto& program) {
                           const std::string name = program.param;
                           return name.substr(0, name.find('.'));
                         });

TEST(ProgramInfo, NamesOfMappedSourcesAreKept) {
  const ProgramInfo info = load_program_info(firmware("test_profiled.elf"));
  EXPECT_THAT(info.lines.files, testing::Contains("tests/firmware/programs/profiled.c"));
}

/// A unit of DWARF 5 without standard opcodes, with this behind the first part of its header.
std::vector<std::uint8_t> unit(const std::vector<std::uint8_t>& rest) {
  const auto header_bytes = static_cast<std::uint8_t>(6 + rest.size());
  std::vector<std::uint8_t> bytes;
  for (const int byte :
       {8 + header_bytes, 0, 0, 0, 5, 0, 4, 0, +header_bytes, 0, 0, 0, 1, 1, 1, 251, 14, 1}) {
    bytes.push_back(static_cast<std::uint8_t>(byte));
  }
  for (const std::uint8_t byte : rest) bytes.push_back(byte);
  return bytes;
}

TEST(LineTable, CountsBeyondTheSectionAreDamage) {
  const std::vector<std::uint8_t> nothing_each{0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
  const std::vector<std::uint8_t> long_block{1,    1,    0x09, 1,    0xff, 0xff, 0xff,
                                             0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
  const std::vector<std::uint8_t> many_texts{1, 1, 0x08, 0xff, 0xff, 0x7f, 'a', 0};
  for (const auto& rest : {nothing_each, long_block, many_texts}) {
    const auto bytes = unit(rest);
    EXPECT_THROW((void)read_line_table({.line = bytes, .line_strings = {}, .strings = {}}, "x.elf"),
                 InputError);
  }
  const auto empty = unit({0, 0, 0, 0});
  EXPECT_TRUE(read_line_table({.line = empty, .line_strings = {}, .strings = {}}, "x.elf").rows.empty());
}

TEST(ProgramInfo, DamageIsWrongInputAndNothingWorse) {
  std::ifstream stream(firmware("hello.elf"), std::ios::binary);
  const std::vector<std::uint8_t> good{std::istreambuf_iterator<char>(stream), {}};
  const std::size_t sections = good[32] | good[33] << 8 | good[34] << 16;
  unsigned refused = 0;
  // Whatever one byte of the debug information or of the section table becomes.
  for (std::size_t at = good.size() / 8; at < good.size(); at += 211) {
    std::vector<std::uint8_t> bytes = good;
    bytes[at] ^= 0xff;
    try {
      (void)parse_program_info(bytes, "damaged.elf");
    } catch (const InputError& error) {
      ++refused;
      EXPECT_THAT(error.what(), testing::HasSubstr("damaged.elf"));
    }
  }
  EXPECT_GT(refused, 3u);
  const std::vector<std::uint8_t> cut(good.begin(),
                                      good.begin() + static_cast<std::ptrdiff_t>(sections) + 50);
  EXPECT_THROW((void)parse_program_info(cut, "cut.elf"), InputError);
}

}  // namespace
}  // namespace mho::platform::profile
