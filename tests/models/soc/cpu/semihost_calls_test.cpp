// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/semihost_calls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/base/error.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kFailed = 0xffff'ffff;
constexpr std::uint32_t kOpen = 0x01, kClose = 0x02, kWrite = 0x05, kRead = 0x06, kReadC = 0x07,
                        kIsError = 0x08, kIsTty = 0x09, kSeek = 0x0a, kFlen = 0x0c, kRemove = 0x0e,
                        kRename = 0x0f, kClock = 0x10, kTime = 0x11, kErrno = 0x13, kCommandLine = 0x15,
                        kHeapInfo = 0x16, kElapsed = 0x30, kTickFrequency = 0x31;
constexpr std::uint32_t kRead_ = 0, kReadWrite = 2, kCreate = 4, kAppend = 8;

/// 1 MiB of memory from 0x8000'0000 on; parameter blocks lie at its start, what they point to behind.
class Guest final : public soc::SemihostTarget {
 public:
  static constexpr std::uint32_t kBase = 0x8000'0000, kBuffer = kBase + 0x1000, kBytes = 1u << 20;

  bool read_guest(std::uint32_t address, std::span<std::uint8_t> data) override {
    if (!holds(address, data.size())) return false;
    std::copy_n(memory_.begin() + (address - kBase), data.size(), data.begin());
    return true;
  }
  bool write_guest(std::uint32_t address, std::span<const std::uint8_t> data) override {
    if (!holds(address, data.size())) return false;
    std::copy(data.begin(), data.end(), memory_.begin() + (address - kBase));
    return true;
  }
  std::uint64_t local_time_ps() const override { return 12'345'678'900'000; }

  std::uint32_t put(std::uint32_t address, std::string_view text) {
    std::copy(text.begin(), text.end(), memory_.begin() + (address - kBase));
    return static_cast<std::uint32_t>(text.size());
  }
  std::string text(std::uint32_t address, std::uint32_t bytes) const {
    return {memory_.begin() + (address - kBase), memory_.begin() + (address - kBase) + bytes};
  }
  std::uint32_t word(std::uint32_t address) const {
    std::uint32_t value = 0;
    std::memcpy(&value, memory_.data() + (address - kBase), sizeof value);
    return value;
  }
  /// A parameter block of these words.
  std::uint32_t block(std::initializer_list<std::uint32_t> words) {
    std::memcpy(memory_.data(), std::data(words), 4 * words.size());
    return kBase;
  }

 private:
  static bool holds(std::uint32_t address, std::size_t bytes) {
    return address >= kBase && address - kBase <= kBytes && bytes <= kBytes - (address - kBase);
  }
  std::vector<std::uint8_t> memory_ = std::vector<std::uint8_t>(kBytes);
};

class SemihostFilesOfTheGuest : public testing::Test {
 protected:
  SemihostFilesOfTheGuest()
      : top_(testing::TempDir() + "mho_semihost_" +
             testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(top_);
    std::filesystem::create_directories(top_ / "guest/inner");
    std::ofstream(top_ / "secret") << "secret";
    calls_.emplace(soc::SemihostServices{
        .out = out_, .err = err_, .in = &in_, .command_line = "a b", .files = folder()});
  }
  ~SemihostFilesOfTheGuest() override { std::filesystem::remove_all(top_); }

  soc::SemihostFiles folder() const { return soc::SemihostFiles(top_ / "guest"); }
  std::uint32_t call(std::uint32_t operation, std::uint32_t parameter) {
    return calls_->call(guest_, operation, parameter).value;
  }
  std::uint32_t call(std::uint32_t operation, std::initializer_list<std::uint32_t> words) {
    return call(operation, guest_.block(words));
  }
  std::uint32_t open(std::string_view name, std::uint32_t mode) {
    return call(kOpen, {Guest::kBuffer, mode, guest_.put(Guest::kBuffer, name)});
  }
  std::uint32_t write(std::uint32_t handle, std::string_view text) {
    return call(kWrite, {handle, Guest::kBuffer, guest_.put(Guest::kBuffer, text)});
  }
  /// What is read with room for `bytes`.
  std::string read(std::uint32_t handle, std::uint32_t bytes) {
    const std::uint32_t left = call(kRead, {handle, Guest::kBuffer, bytes});
    return guest_.text(Guest::kBuffer, bytes - left);
  }
  std::uint32_t remove(std::string_view name) {
    return call(kRemove, {Guest::kBuffer, guest_.put(Guest::kBuffer, name)});
  }
  std::uint32_t rename(std::string_view from, std::string_view to) {
    constexpr std::uint32_t kSecond = Guest::kBuffer + 0x100;
    return call(kRename,
                {Guest::kBuffer, guest_.put(Guest::kBuffer, from), kSecond, guest_.put(kSecond, to)});
  }
  int error() { return static_cast<int>(call(kErrno, 0)); }
  std::string content(const std::string& name) const {
    std::ifstream file(top_ / "guest" / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::filesystem::path top_;
  std::ostringstream out_, err_;
  std::istringstream in_{"first\nsecond"};
  Guest guest_;
  std::optional<soc::SemihostCalls> calls_;
};

TEST_F(SemihostFilesOfTheGuest, AreWrittenReadAndMeasured) {
  const std::uint32_t handle = open("inner/data.bin", kCreate);
  EXPECT_EQ(handle, 4u);
  EXPECT_EQ(write(handle, "0123456789"), 0u);
  EXPECT_EQ(call(kFlen, {handle}), 10u);
  EXPECT_EQ(call(kIsTty, {handle}), 0u);
  EXPECT_EQ(call(kClose, {handle}), 0u);
  EXPECT_EQ(content("inner/data.bin"), "0123456789");

  const std::uint32_t again = open("inner/data.bin", kRead_);
  EXPECT_EQ(again, handle);
  EXPECT_EQ(read(again, 4), "0123");
  EXPECT_EQ(call(kSeek, {again, 8}), 0u);
  EXPECT_EQ(read(again, 100), "89");
  EXPECT_EQ(read(again, 100), "");
}

TEST_F(SemihostFilesOfTheGuest, OpenAsFopenDoes) {
  std::ofstream(top_ / "guest/old") << "old";
  EXPECT_EQ(open("none", kRead_), kFailed);
  EXPECT_EQ(error(), ENOENT);
  const std::uint32_t update = open("old", kReadWrite);
  EXPECT_EQ(write(update, "O"), 0u);
  EXPECT_EQ(content("old"), "Old");
  const std::uint32_t append = open("old", kAppend);
  EXPECT_EQ(write(append, "er"), 0u);
  EXPECT_EQ(content("old"), "Older");
  const std::uint32_t read_only = open("old", kRead_ + 1);
  EXPECT_EQ(write(read_only, "x"), 1u);
  EXPECT_EQ(error(), EBADF);
  EXPECT_NE(open("old", kCreate), kFailed);
  EXPECT_EQ(content("old"), "");
  EXPECT_EQ(open("old", 12), kFailed);
  EXPECT_EQ(error(), EINVAL);
}

TEST_F(SemihostFilesOfTheGuest, LieBelowTheirFolder) {
  std::filesystem::create_symlink(top_ / "secret", top_ / "guest/link");
  std::filesystem::create_symlink("inner", top_ / "guest/inner_link");
  std::filesystem::create_directory_symlink(top_, top_ / "guest/up");
  ASSERT_EQ(mkfifo((top_ / "guest/pipe").c_str(), 0600), 0);
  const std::string absolute = (top_ / "guest/new").string();
  for (const std::string& name :
       {std::string("../secret"), std::string("inner/../../secret"), std::string("inner/../new"),
        std::string("./new"), std::string("inner//new"), std::string(".."), std::string("link"),
        std::string("up/secret"), std::string("inner_link/new"), std::string("/etc/passwd"), absolute}) {
    for (const std::uint32_t mode : {kRead_, kReadWrite, kCreate, kAppend}) {
      EXPECT_EQ(open(name, mode), kFailed) << name;
      // A link in the place of a folder is no folder to the host.
      const int refusal = error();
      EXPECT_TRUE(refusal == EACCES || refusal == ENOTDIR) << name << ": " << refusal;
    }
    EXPECT_EQ(rename(name, "stolen"), name == "link" ? 0u : kFailed) << name;
    if (name == "link") {
      EXPECT_EQ(rename("stolen", "link"), 0u);
    }
  }
  EXPECT_EQ(open("pipe", kRead_), kFailed);
  EXPECT_EQ(open("inner", kRead_), kFailed);
  EXPECT_EQ(error(), EISDIR);
  EXPECT_EQ(open("", kCreate), kFailed);
  EXPECT_EQ(remove("../secret"), kFailed);
  EXPECT_EQ(rename("inner/none", "../secret"), kFailed);
  std::ifstream secret(top_ / "secret");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(secret), {}), "secret");
  EXPECT_FALSE(std::filesystem::exists(top_ / "guest/new"));
}

TEST_F(SemihostFilesOfTheGuest, AreRemovedAndRenamed) {
  std::ofstream(top_ / "guest/a") << "a";
  EXPECT_EQ(rename("a", "inner/b"), 0u);
  EXPECT_EQ(content("inner/b"), "a");
  EXPECT_EQ(remove("inner/b"), 0u);
  EXPECT_EQ(remove("inner/b"), kFailed);
  EXPECT_EQ(error(), ENOENT);
  EXPECT_EQ(remove("inner"), kFailed);
}

TEST_F(SemihostFilesOfTheGuest, HandlesThatAreNotOpenFail) {
  const std::uint32_t handle = open("f", kCreate);
  EXPECT_EQ(call(kClose, {handle}), 0u);
  for (const std::uint32_t bad : {handle, 0u, 77u, kFailed}) {
    EXPECT_EQ(call(kClose, {bad}), kFailed);
    EXPECT_EQ(error(), EBADF);
    EXPECT_EQ(write(bad, "abc"), 3u);
    EXPECT_EQ(call(kRead, {bad, Guest::kBuffer, 5}), 5u);
    EXPECT_EQ(call(kSeek, {bad, 0}), kFailed);
    EXPECT_EQ(call(kFlen, {bad}), kFailed);
    EXPECT_EQ(call(kIsTty, {bad}), kFailed);
  }
}

TEST_F(SemihostFilesOfTheGuest, TransfersStopWhereMemoryEnds) {
  constexpr std::uint32_t kMost = Guest::kBytes - 0x1000;
  const std::uint32_t handle = open("large", kCreate);
  EXPECT_EQ(call(kWrite, {handle, Guest::kBuffer, kMost}), 0u);
  EXPECT_EQ(call(kFlen, {handle}), kMost);
  const std::uint32_t again = open("large", kRead_);
  EXPECT_EQ(call(kRead, {again, Guest::kBase + Guest::kBytes - 4, 16}), 16u);
  EXPECT_EQ(error(), EFAULT);
  EXPECT_EQ(call(kRead, {again, Guest::kBuffer, kMost}), 0u) << "the read that failed has taken something";
  EXPECT_EQ(call(kWrite, {handle, 0x1000, 0xffff'fff0}), 0xffff'fff0u);
  EXPECT_EQ(call(kOpen, {Guest::kBuffer, 0, 5000}), kFailed);
  EXPECT_EQ(error(), ENAMETOOLONG);
}

TEST_F(SemihostFilesOfTheGuest, ConsoleIsReadByLines) {
  EXPECT_EQ(open(":tt", kRead_), 3u);
  EXPECT_EQ(open(":tt", kCreate), 1u);
  EXPECT_EQ(open(":tt", kAppend), 2u);
  EXPECT_EQ(read(3, 100), "first\n");
  EXPECT_EQ(call(kReadC, 0), static_cast<std::uint32_t>('s'));
  EXPECT_EQ(read(3, 3), "eco");
  EXPECT_EQ(read(3, 100), "nd");
  EXPECT_EQ(read(3, 100), "");
  EXPECT_EQ(call(kReadC, 0), kFailed);
  EXPECT_EQ(call(kIsTty, {3}), 1u);
  EXPECT_EQ(call(kSeek, {3, 0}), kFailed);
  EXPECT_EQ(read(1, 10), "");
  EXPECT_EQ(write(3, "x"), 1u);
  EXPECT_EQ(call(kClose, {1}), 0u);
  EXPECT_EQ(write(1, "still there"), 0u);
  EXPECT_EQ(out_.str(), "still there");
}

TEST_F(SemihostFilesOfTheGuest, FeaturesCanBeAskedFor) {
  const std::uint32_t handle = open(":semihosting-features", kRead_);
  EXPECT_EQ(handle, 4u);
  EXPECT_EQ(call(kFlen, {handle}), 5u);
  EXPECT_EQ(read(handle, 4), "SHFB");
  EXPECT_EQ(read(handle, 4), "\x03");
  EXPECT_EQ(read(handle, 4), "");
  EXPECT_EQ(call(kSeek, {handle, 3}), 0u);
  EXPECT_EQ(read(handle, 1), "B");
  EXPECT_EQ(write(handle, "x"), 1u);
  EXPECT_EQ(call(kClose, {handle}), 0u);
  EXPECT_EQ(open(":semihosting-features", kCreate), kFailed);
}

TEST_F(SemihostFilesOfTheGuest, ClocksCountSimulatedTime) {
  EXPECT_EQ(call(kClock, 0), 1'234u);
  EXPECT_EQ(call(kTime, 0), 12u);
  EXPECT_EQ(call(kTickFrequency, 0), 1'000'000'000u);
  EXPECT_EQ(call(kElapsed, Guest::kBase), 0u);
  EXPECT_EQ(guest_.word(Guest::kBase) + (std::uint64_t{guest_.word(Guest::kBase + 4)} << 32),
            12'345'678'900u);
  EXPECT_EQ(call(kElapsed, 0x100), kFailed);
}

TEST_F(SemihostFilesOfTheGuest, OtherCallsAnswer) {
  EXPECT_EQ(call(kIsError, {kFailed}), 1u);
  EXPECT_EQ(call(kIsError, {5}), 0u);
  guest_.put(Guest::kBuffer, std::string(16, 'x'));
  EXPECT_EQ(call(kHeapInfo, {Guest::kBuffer}), 0u);
  EXPECT_EQ(guest_.text(Guest::kBuffer, 16), std::string(16, '\0'));
  EXPECT_EQ(call(kCommandLine, {Guest::kBuffer, 4}), 0u);
  EXPECT_EQ(guest_.text(Guest::kBuffer, 4), std::string("a b\0", 4));
  EXPECT_EQ(guest_.word(Guest::kBase + 4), 3u);
  EXPECT_EQ(call(kCommandLine, {Guest::kBuffer, 3}), kFailed);
  EXPECT_EQ(call(0x12, 0), kFailed);
  EXPECT_EQ(error(), ENOSYS);
}

TEST_F(SemihostFilesOfTheGuest, AreNoneWithoutAFolder) {
  calls_.emplace(soc::SemihostServices{.out = out_, .err = err_});
  EXPECT_EQ(open("f", kCreate), kFailed);
  EXPECT_EQ(error(), EACCES);
  EXPECT_EQ(remove("f"), kFailed);
  EXPECT_EQ(rename("f", "g"), kFailed);
  EXPECT_EQ(read(3, 10), "");
}

TEST_F(SemihostFilesOfTheGuest, NeedAFolderThatExists) {
  EXPECT_THROW(soc::SemihostFiles(top_ / "none"), InputError);
  EXPECT_THROW(soc::SemihostFiles(top_ / "secret"), InputError);
}

}  // namespace
}  // namespace mho::test
