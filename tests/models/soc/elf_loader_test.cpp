// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/elf_loader.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "models/base/error.hpp"
#include "tests/models/soc/elf_builder.hpp"

namespace mho::soc {
namespace {

using test::ElfBuilder;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kRam = 0x8000'0000;

ElfBuilder good() {
  ElfBuilder elf;
  elf.entry = kRam + 4;
  elf.segments = {{.address = kRam, .data = {1, 2, 3, 4, 5, 6, 7, 8}, .memory_bytes = 12},
                  {.address = kRam + 0x100, .data = {9}, .memory_bytes = 1}};
  elf.symbols = {{"tohost", kRam + 0x40}, {"main", kRam + 4}};
  return elf;
}

/// The message with which a file is refused.
std::string refusal(const std::vector<std::uint8_t>& file) {
  try {
    const ElfImage image = parse_elf(file, "fw.elf");
    std::vector<std::uint8_t> memory(4096);
    place_elf(image, kRam, memory);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string refusal_after(std::size_t at, std::uint8_t value) {
  auto file = good().build();
  file[at] = value;
  return refusal(file);
}

TEST(ElfLoader, RefusesWhatIsNotAnElfFile) {
  EXPECT_THAT(refusal({}), AllOf(HasSubstr("fw.elf"), HasSubstr("not an ELF file")));
  EXPECT_THAT(refusal({'#', '!', '/', 'b', 'i', 'n'}), HasSubstr("not an ELF file"));
}

TEST(ElfLoader, RefusesOtherMachinesClassesAndByteOrders) {
  EXPECT_THAT(refusal_after(18, 62), AllOf(HasSubstr("fw.elf"), HasSubstr("machine 62")));
  EXPECT_THAT(refusal_after(4, 2), AllOf(HasSubstr("fw.elf"), HasSubstr("64-bit")));
  auto file = good().build();
  file[5] = 2;
  std::swap(file[18], file[19]);
  EXPECT_THAT(refusal(file), AllOf(HasSubstr("fw.elf"), HasSubstr("big-endian")));
}

TEST(ElfLoader, RefusesWhatIsNotAStaticExecutable) {
  EXPECT_THAT(refusal_after(16, 1), HasSubstr("relocatable"));
  EXPECT_THAT(refusal_after(16, 3), HasSubstr("position-independent"));
  EXPECT_THAT(refusal_after(16, 4), HasSubstr("type 4"));
}

TEST(ElfLoader, RefusesEveryTruncation) {
  // From the end of the segments on only symbols are missing, and the header says that they are there.
  const auto file = good().build();
  for (std::size_t bytes = 4; bytes < file.size(); ++bytes) {
    const std::vector<std::uint8_t> part(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(bytes));
    EXPECT_THAT(refusal(part), AllOf(HasSubstr("fw.elf"), HasSubstr("truncated"))) << bytes;
  }
  EXPECT_EQ(refusal(file), "");
}

TEST(ElfLoader, RefusesOffsetsThatWrapAround) {
  auto file = good().build();
  ElfBuilder::set32(file, 28, 0xffff'fff0);
  EXPECT_THAT(refusal(file), HasSubstr("truncated"));
  file = good().build();
  ElfBuilder::set32(file, 52 + 4, 0xffff'ffff);
  EXPECT_THAT(refusal(file), HasSubstr("truncated"));
}

TEST(ElfLoader, RefusesMalformedSegmentsAndEntryPoints) {
  auto file = good().build();
  ElfBuilder::set32(file, 52 + 20, 7);
  EXPECT_THAT(refusal(file), AllOf(HasSubstr("segment 0"), HasSubstr("8 B in the file, 7 B in memory")));
  auto elf = good();
  elf.segments.clear();
  EXPECT_THAT(refusal(elf.build()), HasSubstr("without anything to load"));
  elf = good();
  elf.entry = kRam + 12;
  EXPECT_THAT(refusal(elf.build()),
              AllOf(HasSubstr("entry point 0x8000000c"), HasSubstr("no loaded segment")));
}

TEST(ElfLoader, RefusesSegmentsOutsideTheRamAndCopiesNothing) {
  for (const std::uint32_t address : {kRam - 1, kRam + 4096, kRam + 4095, 0u, 0xffff'ffffu}) {
    auto elf = good();
    elf.segments.push_back({.address = address, .data = {1, 1}, .memory_bytes = 2});
    std::vector<std::uint8_t> memory(4096, 0xee);
    const ElfImage image = parse_elf(elf.build(), "fw.elf");
    EXPECT_THROW(place_elf(image, kRam, memory), InputError) << address;
    EXPECT_THAT(memory, testing::Each(0xee));
  }
  auto elf = good();
  elf.segments[0].memory_bytes = 0xffff'ffff;
  EXPECT_THAT(refusal(elf.build()), HasSubstr("outside the RAM 0x80000000…0x80001000"));
}

TEST(ElfLoader, LoadsByPhysicalAddressAndZeroFills) {
  const ElfImage image = parse_elf(good().build(), "fw.elf");
  EXPECT_EQ(image.entry, kRam + 4);
  EXPECT_EQ(image.end_address(), kRam + 0x101u);
  std::vector<std::uint8_t> memory(4096, 0xee);
  place_elf(image, kRam, memory);
  EXPECT_THAT(std::vector(memory.begin(), memory.begin() + 13),
              ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0, 0xee));
  EXPECT_EQ(memory[0x100], 9);
  EXPECT_EQ(memory[0x101], 0xee);
}

TEST(ElfLoader, IgnoresSegmentsThatAreNotLoaded) {
  auto elf = good();
  elf.segments.push_back({.address = 0, .data = {1}, .memory_bytes = 1, .type = 4});
  EXPECT_EQ(refusal(elf.build()), "");
  EXPECT_EQ(parse_elf(elf.build(), "fw.elf").segments.size(), 2u);
}

TEST(ElfLoader, FindsSymbols) {
  const ElfImage image = parse_elf(good().build(), "fw.elf");
  EXPECT_EQ(image.symbol("tohost"), kRam + 0x40);
  EXPECT_EQ(image.symbol("main"), kRam + 4);
  EXPECT_EQ(image.symbol("fromhost"), std::nullopt);
}

TEST(ElfLoader, NamesFilesThatCannotBeRead) {
  EXPECT_THROW(load_elf("no/such/file.elf"), InputError);
  EXPECT_THROW(load_elf("."), InputError);
  // A link to itself has no status, as a file behind a folder without permission has none.
  const std::string loop = testing::TempDir() + "mho_elf_loader_loop.elf";
  std::filesystem::remove(loop);
  std::filesystem::create_symlink(loop, loop);
  EXPECT_THROW(load_elf(loop), InputError);
  std::filesystem::remove(loop);
  const std::string path = testing::TempDir() + "mho_elf_loader_test.elf";
  const auto bytes = good().build();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  EXPECT_EQ(load_elf(path).entry, kRam + 4);
}

}  // namespace
}  // namespace mho::soc
