// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/output_file.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <vector>

#include "models/base/error.hpp"

namespace mho {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class OutputFileTest : public testing::Test {
 protected:
  OutputFileTest()
      : folder_(fs::path(testing::TempDir()) /
                (std::string("mho_") + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  ~OutputFileTest() override { fs::remove_all(folder_); }

  fs::path path(const std::string& name) const { return folder_ / name; }
  std::string text(const std::string& name) const {
    std::ifstream stream(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
  }
  /// What commit() complains about after writing `content`.
  static std::string refusal(const fs::path& file, std::string_view content) {
    try {
      write_file(file, content);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

 private:
  fs::path folder_;
};

TEST_F(OutputFileTest, RefusesWhatCannotBeCreated) {
  EXPECT_THAT(refusal(path("no/such/folder"), "a"),
              StartsWith(path("no/such/folder").string() + ": cannot be"));
  EXPECT_NE(refusal(path(""), "a"), "");
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(OutputFileTest, AppearsWhenItIsComplete) {
  OutputFile file(path("a"));
  file.write("one ");
  file.write("two");
  EXPECT_FALSE(fs::exists(path("a")));
  file.commit();
  EXPECT_EQ(text("a"), "one two");
  EXPECT_THAT(files(), ElementsAre("a"));
}

TEST_F(OutputFileTest, LeavesNothingBehindWithoutACommit) {
  std::optional<OutputFile> file(path("a"));
  file->write("half");
  file.reset();
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(OutputFileTest, KeepsTheEarlierFileUntilTheCommit) {
  write_file(path("a"), "earlier");
  {
    OutputFile file(path("a"));
    file.write("half");
    EXPECT_EQ(text("a"), "earlier");
  }
  EXPECT_EQ(text("a"), "earlier");
  EXPECT_THAT(files(), ElementsAre("a"));
  write_file(path("a"), "later");
  EXPECT_EQ(text("a"), "later");
}

TEST_F(OutputFileTest, AFailedRenameLeavesNoPart) {
  OutputFile file(path("a"));
  file.write("text");
  fs::create_directories(path("a/b"));
  EXPECT_THROW(file.commit(), InputError);
}

TEST_F(OutputFileTest, FollowsLinks) {
  write_file(path("real"), "earlier");
  fs::create_symlink(path("real"), path("link"));
  write_file(path("link"), "later");
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(text("real"), "later");
}

TEST_F(OutputFileTest, WritesDevicesDirectlyAndReportsWhatTheyRefuse) {
  EXPECT_EQ(OutputFile::part_of("/dev/null"), "/dev/null");
  EXPECT_EQ(refusal("/dev/null", "a"), "");
  EXPECT_TRUE(fs::exists("/dev/null"));
  if (!fs::exists("/dev/full")) return;
  EXPECT_THAT(refusal("/dev/full", "a"), HasSubstr("/dev/full: could not be written completely: No space"));
}

}  // namespace
}  // namespace mho
