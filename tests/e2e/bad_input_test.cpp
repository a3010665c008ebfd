// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Wrong input: one clear line that names file and line, exit code 2, nothing written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kGood = "%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 2 1\n";

struct BadInput {
  const char* name;
  std::string matrix;
  std::string right_hand_side;  ///< empty: none
  std::vector<std::string> options;
  std::string message;  ///< with %A, %b and %c for the paths of A.mtx, b.mtx and chip.yaml
  std::string chip;     ///< empty: none
};
void PrintTo(const BadInput& input, std::ostream* out) {
  *out << input.name;
}

std::string matrix(const std::string& header, const std::string& rest) {
  return "%%MatrixMarket matrix " + header + "\n" + rest;
}

std::string filled(std::string text, std::string_view mark, const std::string& value) {
  const std::size_t at = text.find(mark);
  return at == std::string::npos ? text : text.replace(at, mark.size(), value);
}

class BadInputTest : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, EndsWithOneLineCodeTwoAndNoFiles) {
  const BadInput& input = GetParam();
  const TemporaryFolder folder;
  std::vector<std::string> expected_files{"A.mtx"};
  std::vector<std::string> arguments{"solve", folder.write("A.mtx", input.matrix)};
  if (!input.right_hand_side.empty()) {
    arguments.push_back(folder.write("b.mtx", input.right_hand_side));
    expected_files.emplace_back("b.mtx");
  }
  if (!input.chip.empty()) {
    arguments.insert(arguments.end(), {"-c", folder.write("chip.yaml", input.chip)});
    expected_files.emplace_back("chip.yaml");
  }
  arguments.insert(arguments.end(), input.options.begin(), input.options.end());
  arguments.insert(arguments.end(), {"-o", folder.path("x.mtx"), "--json", folder.path("r.json"), "--vcd",
                                     folder.path("w.vcd"), "--transactions", folder.path("t.csv")});
  const ProgramResult result = run_mho(arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, StartsWith("mho: "));
  EXPECT_EQ(std::ranges::count(result.err, '\n'), 1);
  std::string message = filled(input.message, "%A", folder.path("A.mtx"));
  message = filled(message, "%b", folder.path("b.mtx"));
  message = filled(message, "%c", folder.path("chip.yaml"));
  EXPECT_THAT(result.err, HasSubstr(message));
  EXPECT_EQ(folder.files(), expected_files);
}

const std::string kReal = "coordinate real general";

INSTANTIATE_TEST_SUITE_P(
    Matrix, BadInputTest,
    testing::Values(
        BadInput{"Empty", "", "", {}, "%A:1: ", ""},
        BadInput{"NotMatrixMarket", "1 2\n", "", {}, "%A:1: ", ""},
        BadInput{"HalfComplex",
                 matrix("coordinate complex general", "1 1 1\n1 1 1\n"),
                 "",
                 {},
                 "%A:3: expected 'row column real imaginary'",
                 ""},
        BadInput{
            "Pattern", matrix("coordinate pattern general", "1 1 1\n1 1\n"), "", {}, "%A:1: a pattern", ""},
        BadInput{"Hermitian",
                 matrix("coordinate real hermitian", "1 1 1\n1 1 1\n"),
                 "",
                 {},
                 "%A:1: Hermitian",
                 ""},
        BadInput{"ZeroColumnOfATallOne",
                 matrix(kReal, "3 2 2\n1 1 1\n3 1 1\n"),
                 "",
                 {},
                 "%A:2: column 2 is zero, so the matrix does not have full rank",
                 ""},
        BadInput{"ZeroRowOfAWideOne",
                 matrix(kReal, "2 3 2\n1 1 1\n1 2 1\n"),
                 "",
                 {},
                 "%A:2: row 2 is zero, so the matrix does not have full rank",
                 ""},
        BadInput{"TooLargeTogether",
                 matrix(kReal, "4096 1 1\n1 1 1\n"),
                 "",
                 {},
                 "%A:2: 4096 x 1 is too large",
                 ""},
        BadInput{"ZeroRow", matrix(kReal, "%\n2 2 2\n1 1 1\n1 2 1\n"), "", {}, "%A:3: row 2 is zero", ""},
        BadInput{"ZeroColumn", matrix(kReal, "2 2 2\n1 1 1\n2 1 1\n"), "", {}, "%A:2: column 2 is zero", ""},
        BadInput{"Count", matrix(kReal, "2 2 3\n1 1 1\n2 2 1\n"), "", {}, "%A:4: the file ends", ""},
        BadInput{"Index", matrix(kReal, "2 2 1\n3 1 1\n"), "", {}, "%A:3: row 3", ""},
        BadInput{"NaN", matrix(kReal, "1 1 1\n1 1 nan\n"), "", {}, "%A:3: value 'nan'", ""},
        BadInput{"Infinity", matrix(kReal, "1 1 1\n1 1 inf\n"), "", {}, "%A:3: value 'inf'", ""},
        BadInput{"TooLarge", matrix(kReal, "100000 100000 1\n1 1 1\n"), "", {}, "%A:2: 100000 rows", ""},
        BadInput{"Twice", matrix(kReal, "1 1 1\n1 1 1\n1 1 2\n"), "", {}, "%A:4: ", ""}));

INSTANTIATE_TEST_SUITE_P(
    RightHandSide, BadInputTest,
    testing::Values(
        BadInput{"Length", kGood, matrix("array real general", "3 1\n1\n2\n3\n"), {}, "%b:2: b has 3", ""},
        BadInput{"LengthOfTheUnknowns",
                 matrix("array real general", "3 1\n1\n2\n3\n"),
                 matrix("array real general", "1 1\n1\n"),
                 {},
                 "%b:2: b has 1 rows, the matrix in %A has 3",
                 ""},
        BadInput{"Complex",
                 kGood,
                 matrix("array complex general", "2 1\n1 1\n2 2\n"),
                 {},
                 "%b:2: b is complex and %A is real",
                 ""},
        BadInput{"Wide", kGood, matrix("array real general", "1 2\n1\n2\n"), {}, "%b:2: b has 1", ""},
        BadInput{"BesideTheInverse",
                 kGood,
                 matrix("array real general", "2 1\n1\n2\n"),
                 {"--inverse"},
                 "--inverse and ",
                 ""},
        BadInput{"NaN", kGood, matrix("array real general", "2 1\n1\nnan\n"), {}, "%b:4: ", ""}));

INSTANTIATE_TEST_SUITE_P(
    Configuration, BadInputTest,
    testing::Values(
        BadInput{"UnknownKey",
                 kGood,
                 "",
                 {},
                 "%c:2: unknown key 'inv.cuont'; the nearest is 'inv.count'",
                 "inv:\n  cuont: 3\n"},
        BadInput{"OutOfRange", kGood, "", {}, "%c:1: seed = -1 is too small", "seed: -1\n"},
        BadInput{"NotYaml", kGood, "", {}, "%c:2: not valid YAML", "inv: [\n"},
        BadInput{"DoNotFit",
                 kGood,
                 "",
                 {},
                 "%c:1: mvm.rows_per_read = 16 must be at most",
                 "mvm: {size: 8, rows_per_read: 16}\n"},
        BadInput{
            "SetUnknown", kGood, "", {"--set", "adc.bit=3"}, "--set adc.bit=3: unknown key 'adc.bit'", ""},
        BadInput{"SetRange", kGood, "", {"--set", "adc.bits=99"}, "adc.bits = 99 is too large", ""},
        BadInput{"SchurUnit",
                 kGood,
                 "",
                 {"--set", "solver.schur_unit=gpu"},
                 "solver.schur_unit = gpu is not a choice; allowed: cpu or dru or analogue",
                 ""},
        BadInput{"SetForm", kGood, "", {"--set", "adc.bits"}, "expected key=value", ""},
        BadInput{"Method", kGood, "", {"--method", "newton"}, "--method newton: solver.method = newton", ""},
        BadInput{"Tolerance", kGood, "", {"--tolerance-bits", "54"}, "--tolerance-bits 54", ""},
        BadInput{"NoIterations",
                 kGood,
                 "",
                 {"--max-iterations", "00"},
                 "--max-iterations: Value 00 not in range 1 to 1000",
                 ""},
        BadInput{"Iterations",
                 kGood,
                 "",
                 {"--max-iterations", "1001"},
                 "--max-iterations: Value 1001 not in range 1 to 1000",
                 ""},
        BadInput{"Seed", kGood, "", {"--seed", "x"}, "--seed x", ""},
        BadInput{"Quantum", kGood, "", {"--quantum", "0us"}, "--quantum", ""},
        BadInput{"QuantumUnit", kGood, "", {"--quantum", "3 parsecs"}, "--quantum", ""},
        BadInput{"Option", kGood, "", {"--fancy"}, "--fancy", ""},
        BadInput{"Window", kGood, "", {"--trace-window", "9us:2us"}, "--trace-window", ""},
        BadInput{"NoSuchChip", kGood, "", {"-c", "/nonexistent/chip.yaml"}, "/nonexistent/chip.yaml", ""},
        BadInput{"NoSuchFirmware", kGood, "", {"--firmware", "/nonexistent/f.elf"}, "/nonexistent/f.elf", ""},
        BadInput{"HostProgramAsFirmware", kGood, "", {"--firmware", MHO_PROGRAM}, MHO_PROGRAM, ""}));

TEST(BadInput, MissingFilesAreNamed) {
  const ProgramResult result = run_mho({"solve", "/nonexistent/A.mtx"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("/nonexistent/A.mtx"));
  EXPECT_EQ(run_mho({"solve"}).exit_code, 2);
  EXPECT_EQ(run_mho({}).exit_code, 2);
  EXPECT_EQ(run_mho({"solv"}).exit_code, 2);
}

TEST(BadInput, OutputsThatCannotBeWrittenAreNoticedBeforeTheRun) {
  const TemporaryFolder folder;
  const std::string a = folder.write("A.mtx", kGood);
  for (const char* option : {"-o", "--x-exact", "--json", "--vcd", "--transactions"}) {
    SCOPED_TRACE(option);
    const ProgramResult missing = run_mho({"solve", a, option, "/nonexistent/file"});
    EXPECT_EQ(missing.exit_code, 2);
    EXPECT_THAT(missing.err, HasSubstr("/nonexistent"));
    EXPECT_EQ(run_mho({"solve", a, option, folder.path("")}).exit_code, 2);
  }
  EXPECT_THAT(folder.files(), ElementsAre("A.mtx"));
}

TEST(BadInput, OutputsNeverOverwriteInputsOrEachOther) {
  const TemporaryFolder folder;
  const std::string a = folder.write("A.mtx", kGood);
  for (const char* option : {"-o", "--x-exact", "--json", "--vcd", "--transactions"}) {
    SCOPED_TRACE(option);
    const ProgramResult result = run_mho({"solve", a, "-q", option, a});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr("is the file given as the matrix"));
    EXPECT_EQ(read_text(a), kGood);
  }
  const std::string both = folder.path("out");
  const ProgramResult result = run_mho({"solve", a, "-q", "-o", both, "--json", both});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("is the file given as -o"));
  EXPECT_THAT(folder.files(), ElementsAre("A.mtx"));
}

TEST(BadInput, OnlyOneOutputIsOnStdout) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_mho({"solve", folder.write("A.mtx", kGood), "-q", "-o", "-", "--json", "-"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("both want stdout"));
}

TEST(BadInput, PortsOfGdbAreDecimalNumbers) {
  for (const char* port : {"", " 12", "0x10", "-1", "12.5", "65536"}) {
    const ProgramResult result = run_mho({"solve", data_file("cage3.mtx"), "--gdb", port});
    EXPECT_EQ(result.exit_code, 2) << port;
    EXPECT_THAT(result.err, HasSubstr("is no port; allowed: 0 to 65535"));
  }
}

TEST(BadInput, TracesAreNotWrittenToStdout) {
  const TemporaryFolder folder;
  const std::string a = folder.write("A.mtx", kGood);
  for (const char* option : {"--vcd", "--transactions"}) {
    const ProgramResult result = run_mho({"solve", a, "-q", option, "-"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.err, HasSubstr(std::string(option) + " -: is not written to stdout"));
  }
  EXPECT_THAT(folder.files(), ElementsAre("A.mtx"));
}

TEST(BadInput, AnXThatFitsNoDoubleIsNotCalledWritten) {
  const TemporaryFolder folder;
  const std::string a = folder.write("A.mtx", "%%MatrixMarket matrix array real general\n1 1\n1e-300\n");
  const std::string b = folder.write("b.mtx", "%%MatrixMarket matrix array real general\n1 1\n1e100\n");
  const ProgramResult result = run_mho({"solve", a, b, "-q", "-o", "-"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("stdout: not written, because x does not fit a double"));
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(run_mho({"solve", a, b, "-q", "--x-exact", folder.path("x.txt")}).exit_code, 0);
}

TEST(BadInput, SystemsThatDoNotFitTheMemoryAreWrongInput) {
  const TemporaryFolder folder;
  std::string text = "%%MatrixMarket matrix coordinate real general\n2048 2048 2048\n";
  for (int i = 1; i <= 2048; ++i) text += std::to_string(i) + ' ' + std::to_string(i) + " 1\n";
  const std::string a = folder.write("A.mtx", text);
  const ProgramResult result = run_mho({"solve", a, "--set", "memory.ram_bytes=67108864", "-o",
                                        folder.path("x.mtx"), "--transactions", folder.path("t.csv")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr(a + ":2: n = 2048 is too large for the chip"));
  EXPECT_THAT(folder.files(), ElementsAre("A.mtx"));
}

}  // namespace
}  // namespace mho::test
