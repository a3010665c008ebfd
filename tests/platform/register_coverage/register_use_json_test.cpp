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
  try {
    (void)read_back(json);
    FAIL() << "was taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                testing::EndsWith("register_use_json_test.json: a figure of the register coverage is "
                                  "missing or damaged; write it with `mho run --register-coverage`"));
  }
}

TEST_F(CoverageFileTest, RefusesWhatIsNoJsonWithoutTheParsersWords) {
  for (const char* text : {"", "int main(void) {}\n", "{\"format\": "}) {
    write_file(path_, text);
    try {
      (void)coverage::read_coverage(path_);
      ADD_FAILURE() << "was taken: " << text;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(),
                  testing::EndsWith(
                      "register_use_json_test.json: is no register coverage, since it is no JSON; write it "
                      "with `mho run --register-coverage`"));
    }
  }
}

TEST_F(CoverageFileTest, RefusesValuesThatTheDescriptionDoesNotName) {
  read(map::kDmaBase + registers::dma::kStatusOffset, 1u << 8);
  const Json good = coverage::to_json(log.coverage());
  const auto message = [&](const Json& json) -> std::string {
    try {
      (void)read_back(json);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const auto with_values = [&](const char* field, const char* value) {
    Json json = good;
    json["blocks"]["dma"]["registers"]["STATUS"]["values"][field] = {{value, 1}};
    return message(json);
  };
  EXPECT_EQ(with_values("RESULT", "READ_ERROR"), "");
  EXPECT_EQ(with_values("RESULT", "7"), "") << "a value without a name goes by its number";
  for (const char* value : {"ok", "GOOD", "", "+7", "07", "7 ", "-1", "1e3", "99999999999999999999"}) {
    EXPECT_THAT(with_values("RESULT", value),
                testing::EndsWith(fmt::format(".json: value '{}' of dma.STATUS.RESULT is unknown", value)));
  }
  EXPECT_THAT(with_values("RESULT", "0"), testing::HasSubstr("value '0' of dma.STATUS.RESULT"))
      << "0 has a name";
  EXPECT_THAT(with_values("RESULT", "4096"), testing::HasSubstr("value '4096'"))
      << "more than the field holds";
  EXPECT_THAT(with_values("BUSY", "1"), testing::HasSubstr("dma.STATUS.BUSY is no enumeration"));
  EXPECT_THAT(with_values("TURBO", "1"), testing::HasSubstr("values 'TURBO' is unknown"));
  for (const char* key : {"dru_status", "job_status"}) {
    Json json = good;
    json[key] = {{"OK", 1}, {"MELTED", 2}};
    EXPECT_THAT(message(json), testing::HasSubstr(fmt::format(" of {} is unknown", key)));
  }
}

}  // namespace
}  // namespace mho::test
