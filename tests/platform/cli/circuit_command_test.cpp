// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The `mho circuit` command as a user sees it: the program itself is started, MHO_PROGRAM names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace mho::platform::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Json = nlohmann::json;

struct Outcome {
  int exit_code;
  std::string out, err;
};

class CircuitCommand : public testing::Test {
 protected:
  CircuitCommand()
      : folder_(testing::TempDir() + "mho_circuit_" +
                testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~CircuitCommand() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string text(const std::string& name) const {
    std::stringstream stream;
    stream << std::ifstream(path(name)).rdbuf();
    return stream.str();
  }
  std::string write(const std::string& problem) const {
    std::ofstream(path("problem.json")) << problem;
    return path("problem.json");
  }
  Outcome mho(const std::string& arguments) const {
    const std::string command =
        std::string(MHO_PROGRAM) + " " + arguments + " > " + path("out") + " 2> " + path("err");
    const int status = std::system(command.c_str());
    return {
        .exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1, .out = text("out"), .err = text("err")};
  }
  /// Wrong input: code 2, nothing on stdout and one line that contains `text`.
  void expect_refusal(const std::string& arguments, const std::string& part) const {
    const Outcome outcome = mho("circuit " + arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_EQ(outcome.out, "") << arguments;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("mho: "), HasSubstr(part))) << arguments;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }

  static constexpr const char* kProblem =
      R"({"kind": "inv", "G": [[30e-6, 5e-6], [2e-6, 20e-6]], "I_in": [2e-6, -1e-6]})";

 private:
  std::string folder_;
};

TEST_F(CircuitCommand, WritesTheResultToStdoutOrAFile) {
  const std::string problem = write(kProblem);
  const Outcome shown = mho("circuit " + problem);
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_EQ(shown.err, "");
  const Json result = Json::parse(shown.out);
  // 30 o₁ + 5 o₂ = −2 V·µS/µS …, solved by hand: det = 590.
  EXPECT_NEAR(result["o"][0].get<double>(), -45.0 / 590.0, 1e-14);
  EXPECT_NEAR(result["o"][1].get<double>(), 34.0 / 590.0, 1e-14);
  const Outcome written = mho("circuit " + problem + " -o " + path("result.json"));
  EXPECT_EQ(written.exit_code, 0);
  EXPECT_EQ(written.out, "");
  EXPECT_EQ(Json::parse(text("result.json"))["o"], result["o"]);
}

TEST_F(CircuitCommand, ReadsStdin) {
  const Outcome outcome = mho("circuit - < " + write(kProblem));
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(Json::parse(outcome.out)["status"], "ok");
}

TEST_F(CircuitCommand, UnstableLoopsFailWithAResult) {
  const std::string problem =
      write(R"({"kind": "inv", "G": [[5e-6, 20e-6], [20e-6, 5e-6]], "I_in": [1e-6, 1e-6]})");
  const Outcome outcome = mho("circuit " + problem);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("unstable"));
  EXPECT_EQ(Json::parse(outcome.out)["stable"], false);
}

TEST_F(CircuitCommand, WrongInputIsOneLine) {
  expect_refusal(path("missing.json"), "missing.json");
  expect_refusal(path("."), "is a directory");
  expect_refusal(write("{"), "problem.json: not JSON");
  expect_refusal(write(R"({"kind": "inv", "G": [[1e-6, -1e-6], [0, 1e-6]], "I_in": [0, 0]})"), "G[0][1]");
  expect_refusal(write(R"({"kind": "inv", "GG": [[1e-6]]})"), "the nearest is \"G\"");
  expect_refusal(write(kProblem) + " -o /nonexistent/result.json", "/nonexistent/result.json");
  expect_refusal(write(kProblem) + " -o " + path("problem.json"), "problem.json");
  expect_refusal("", "problem");
}

}  // namespace
}  // namespace mho::platform::cli
