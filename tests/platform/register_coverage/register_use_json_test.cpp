// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/register_use_json.hpp"

#include <gmock/gmock.h>

#include "models/base/error.hpp"
#include "models/base/output_file.hpp"
#include "tests/platform/register_coverage/coverage_fixture.hpp"

namespace mho::test {
namespace {

namespace coverage = platform::register_coverage;
using Json = nlohmann::ordered_json;

class CoverageFileTest : public CoverageFixture {
 protected:
  coverage::RegisterCoverage read_back(const Json& json) {
    write_file(path_, json.dump());
    return coverage::read_coverage(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  const std::string path_ = testing::TempDir() + "/register_use_json_test.json";
};

TEST_F(CoverageFileTest, HoldsWhatTheLogHolds) {
  write(map::kUartBase + registers::uart::kLcrOffset, 0x83, 1);
  read(map::kDmaBase + registers::dma::kStatusOffset, 1u << 8);
  access("dru", false, map::kMvmBase + 0x1000, 1);
  log.raised("timer");
  log.taken(7);
  log.job_ended(1);
  const Json json = coverage::to_json(log.coverage());
  EXPECT_EQ(json["blocks"]["uart"]["registers"]["LCR"]["written_ones"], 0x83);
  EXPECT_EQ(json["blocks"]["dma"]["registers"].size(), 1u);
  EXPECT_EQ(json["blocks"]["mvm"]["windows"]["LEVELS"]["unit_reads"], 1);
  EXPECT_EQ(json["job_status"], (Json{{"CONVERGED", 1}}));
  EXPECT_EQ(coverage::to_json(read_back(json)), json);
}

TEST_F(CoverageFileTest, SumsUp) {
  read(map::kDmaBase + registers::dma::kStatusOffset, 1u << 8);
  log.taken(7);
  coverage::RegisterCoverage sum = log.coverage();
  read(map::kDmaBase + registers::dma::kStatusOffset, 2u << 8);
  sum.merge(log.coverage());
  const Json json = coverage::to_json(sum);
  EXPECT_EQ(json["blocks"]["dma"]["registers"]["STATUS"]["reads"], 3);
  EXPECT_EQ(json["blocks"]["dma"]["registers"]["STATUS"]["read_ones"], 0x300);
  EXPECT_EQ(json["blocks"]["dma"]["registers"]["STATUS"]["values"]["RESULT"],
            (Json{{"BAD_LENGTH", 1}, {"OK", 2}}));
  EXPECT_EQ(json["interrupts"]["timer"]["taken"], 2);
}

TEST_F(CoverageFileTest, RefusesWhatItDoesNotKnow) {
  EXPECT_THROW((void)coverage::read_coverage(path_), InputError);
  EXPECT_THROW((void)read_back(Json::array()), InputError);
  EXPECT_THROW((void)read_back({{"format", "another"}}), InputError);
  Json json = coverage::to_json(log.coverage());
  json["blocks"]["dma"]["registers"]["TURBO"] = Json::object();
  try {
    (void)read_back(json);
    FAIL() << "was taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                testing::HasSubstr("register_use_json_test.json: registers 'TURBO' is unknown"));
  }
  json = coverage::to_json(log.coverage());
  json["blocks"]["dma"]["registers"]["SOURCE"] = {{"reads", 1}};
  EXPECT_THROW((void)read_back(json), InputError);
}

}  // namespace
}  // namespace mho::test
