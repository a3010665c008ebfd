// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <boost/crc.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <set>

#include "models/base/error.hpp"
#include "models/base/random.hpp"
#include "platform/solve/job_answer.hpp"
#include "platform/solve/job_image.hpp"
#include "registers/boot.hpp"  // generated
#include "tests/platform/solve/fake_memory.hpp"

namespace mho::platform {
namespace {

namespace job = registers::job;
using test::FakeMemory;
using test::scalar;
using testing::ElementsAre;
using testing::HasSubstr;

// [ 2 0; 1 -3 ], b = [4; 5]
numeric::SparseMatrix small_matrix() {
  return {.rows = 2, .columns = 2, .row_start = {0, 1, 3}, .column = {0, 0, 1}, .value = {2, 1, -3}};
}
const std::vector<double> kRightHandSide{4, 5};

TEST(JobImage, RefusesWhatIsNotAJob) {
  std::vector<std::uint8_t> ram(FakeMemory::kBytes);
  EXPECT_THROW((void)place_job(small_matrix(), std::vector<double>{1}, {}, ram), InputError);
  EXPECT_THROW((void)place_job({}, {}, {}, ram), InputError);
}

TEST(JobImage, NeedsRoomAboveTheFirmware) {
  std::vector<std::uint8_t> ram(registers::boot::kFirmwareBytes + 4096);
  try {
    (void)place_job(small_matrix(), kRightHandSide, {}, ram);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("memory.ram_bytes"));
  }
}

std::uint32_t boost_crc(std::initializer_list<std::span<const std::uint8_t>> parts) {
  boost::crc_32_type crc;
  for (const auto part : parts) crc.process_bytes(part.data(), part.size());
  return crc.checksum();
}

TEST(JobImage, IsUnderItsCrcs) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  auto block = memory.at<job::JobBlock>(memory.place().job_address);
  const auto bytes = [&](std::uint32_t address, std::size_t count) {
    return memory.ram().subspan(address - soc::kRamBase, count);
  };
  EXPECT_EQ(block.data_crc, boost_crc({bytes(block.row_start_address, 12), bytes(block.column_address, 12),
                                       bytes(block.value_address, 24), bytes(block.rhs_address, 16)}));
  const std::uint32_t given = block.block_crc;
  block.block_crc = 0;
  EXPECT_EQ(given, boost_crc({{reinterpret_cast<const std::uint8_t*>(&block), sizeof block}}));
}

TEST(JobImage, HoldsTheSystemBitByBit) {
  const FakeMemory memory(small_matrix(), kRightHandSide);
  const auto block = memory.at<job::JobBlock>(memory.place().job_address);
  EXPECT_EQ(block.magic, job::kMagic);
  EXPECT_EQ(block.version, job::kVersion);
  EXPECT_EQ(block.n, 2u);
  EXPECT_EQ(block.nonzeros, 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(memory.at<std::uint32_t>(block.row_start_address + 4 * i), small_matrix().row_start[i]);
    EXPECT_EQ(memory.at<std::uint32_t>(block.column_address + 4 * i), small_matrix().column[i]);
    EXPECT_EQ(memory.at<double>(block.value_address + 8 * i), small_matrix().value[i]);
  }
  for (std::uint32_t i = 0; i < 2; ++i) {
    EXPECT_EQ(memory.at<double>(block.rhs_address + 8 * i), kRightHandSide[i]);
  }
}

TEST(JobImage, SaysHowManyRowsARectangularMatrixHas) {
  const numeric::SparseMatrix tall{
      .rows = 3, .columns = 1, .row_start = {0, 1, 1, 2}, .column = {0, 0}, .value = {2, 1}};
  std::vector<std::uint8_t> ram(FakeMemory::kBytes);
  EXPECT_THROW((void)place_job(tall, std::vector<double>{1}, {}, ram), InputError);
  const FakeMemory memory(tall, std::vector<double>{4, 5, 6});
  const auto block = memory.at<job::JobBlock>(memory.place().job_address);
  EXPECT_EQ(block.n, 1u);
  EXPECT_EQ(block.rows, 3u);
  EXPECT_EQ(block.rhs_count, 1u);
  EXPECT_EQ(memory.at<std::uint32_t>(block.row_start_address + 12), 2u);
  EXPECT_EQ(memory.at<double>(block.rhs_address + 16), 6);
}

TEST(JobImage, PartsAreAlignedInOrderAndInsideTheMemory) {
  const FakeMemory memory(small_matrix(), kRightHandSide);
  const auto block = memory.at<job::JobBlock>(memory.place().job_address);
  const std::vector<std::uint64_t> starts{
      memory.place().job_address, block.result_address, block.row_start_address, block.column_address,
      block.value_address,        block.rhs_address,    block.workspace_address};
  const std::vector<std::uint64_t> sizes{128, sizeof(job::JobResult), 12, 12, 24, 16, block.workspace_bytes};
  EXPECT_GE(starts[0], std::uint64_t{soc::kRamBase} + registers::boot::kFirmwareBytes);
  for (std::size_t i = 0; i < starts.size(); ++i) {
    EXPECT_EQ(starts[i] % 64, 0u);
    const std::uint64_t end = i + 1 < starts.size() ? starts[i + 1] : soc::kRamBase + FakeMemory::kBytes;
    EXPECT_LE(starts[i] + sizes[i], end);
  }
  EXPECT_EQ(starts.back() + sizes.back(), soc::kRamBase + FakeMemory::kBytes);
}

TEST(JobImage, CarriesTheSolverParameters) {
  const SolverParams solver{.method = job::JobMethod::kRefine,
                            .bits = 21,
                            .tolerance_bits = 20,
                            .max_iterations = 7,
                            .schur_unit = job::JobUnit::kCpu,
                            .wait = job::JobWait::kPoll,
                            .calibrates = true,
                            .verifies = false,
                            .leaf_size = 4,
                            .stability_margin = 0.25,
                            .watchdog_s = 0.5};
  const FakeMemory memory(small_matrix(), kRightHandSide, solver);
  const auto block = memory.at<job::JobBlock>(memory.place().job_address);
  EXPECT_EQ(block.bits, 21u);
  EXPECT_EQ(block.tolerance_bits, 20u);
  EXPECT_EQ(block.max_iterations, 7u);
  EXPECT_EQ(block.schur_unit, static_cast<std::uint32_t>(job::JobUnit::kCpu));
  EXPECT_EQ(block.wait, static_cast<std::uint32_t>(job::JobWait::kPoll));
  EXPECT_EQ(block.calibrate, 1u);
  EXPECT_EQ(block.verify, 0u);
  EXPECT_EQ(block.leaf_size, 4u);
  EXPECT_EQ(block.stability_margin, 16384u);
  EXPECT_EQ(block.watchdog_us, 500000u);
}

TEST(JobAnswer, WithoutAMagicWordThereIsNone) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  memory.block.magic = 0;
  const JobAnswer answer = memory.answer();
  EXPECT_FALSE(answer.is_valid);
  EXPECT_THAT(answer.defect, HasSubstr("no result block"));
}

TEST(JobAnswer, ReadsEveryArray) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  memory.block.x_address = memory.put<std::int32_t>({7, -8});
  memory.block.x_exponent = -3;
  memory.block.row_scale_address = memory.put<std::int32_t>({1, -2});
  memory.block.column_scale_address = memory.put<std::int32_t>({3, 4});
  memory.block.a_address = memory.put<std::int32_t>({2, 0, 1, -3});
  memory.block.b_address = memory.put<std::int32_t>({4, 5});
  memory.block.iterations = 2;
  const auto b = scalar(16);
  memory.block.rhs_norm2_mantissa = b.mantissa;
  memory.block.rhs_norm2_exponent = b.exponent;
  memory.block.history_address = memory.put<registers::dru::DruScalar>({scalar(1), scalar(0.0625)});
  memory.block.correction_address = memory.put<registers::dru::DruScalar>({scalar(9), scalar(2)});
  const JobAnswer answer = memory.answer();
  ASSERT_TRUE(answer.is_valid) << answer.defect;
  EXPECT_EQ(answer.status, job::JobStatus::kConverged);
  EXPECT_THAT(answer.x, ElementsAre(7, -8));
  EXPECT_THAT(answer.row_scale, ElementsAre(1, -2));
  EXPECT_THAT(answer.column_scale, ElementsAre(3, 4));
  EXPECT_THAT(answer.a, ElementsAre(2, 0, 1, -3));
  EXPECT_THAT(answer.b, ElementsAre(4, 5));
  EXPECT_THAT(answer.residuals, ElementsAre(0.25, 0.0625));
  ASSERT_EQ(answer.corrections.size(), 2u);
  EXPECT_DOUBLE_EQ(answer.corrections[0], 3);
  EXPECT_DOUBLE_EQ(answer.corrections[1], std::sqrt(2.0));
}

TEST(JobAnswer, IsRefusedWithAnyBitFlippedUnderItsCrc) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  const std::vector<std::int32_t> x{7, -8}, scale{3, 4};
  memory.block.x_address = memory.put(x);
  memory.block.column_scale_address = memory.put(scale);
  const auto bytes_of_words = [](const std::vector<std::int32_t>& words) {
    return std::span(reinterpret_cast<const std::uint8_t*>(words.data()), 4 * words.size());
  };
  memory.block.answer_crc =
      boost_crc({bytes_of_words(scale),
                 bytes_of_words(x),
                 {reinterpret_cast<const std::uint8_t*>(&memory.block), sizeof memory.block}});
  const JobAnswer good = memory.answer();
  ASSERT_TRUE(good.is_valid) << good.defect;
  const auto expect_refusal = [&](std::uint32_t address, std::size_t bit) {
    std::uint8_t& byte = memory.ram()[address - soc::kRamBase + bit / 8];
    byte ^= static_cast<std::uint8_t>(1u << bit % 8);
    EXPECT_FALSE(read_answer(memory.ram(), memory.place(), 2).is_valid) << address << " bit " << bit;
    byte ^= static_cast<std::uint8_t>(1u << bit % 8);
  };
  for (std::size_t bit = 0; bit < 64; ++bit) {
    expect_refusal(memory.block.x_address, bit);
    expect_refusal(memory.block.column_scale_address, bit);
  }
  for (std::size_t bit = 0; bit < 8 * sizeof memory.block; ++bit)
    expect_refusal(memory.place().result_address, bit);
  EXPECT_TRUE(read_answer(memory.ram(), memory.place(), 2).is_valid);
}

TEST(JobAnswer, PutsColumnsInTheOrderOfX) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  memory.block.x_address = memory.put<std::int32_t>({7, -8});
  memory.block.column_scale_address = memory.put<std::int32_t>({3, 4});
  memory.block.a_address = memory.put<std::int32_t>({2, 0, 1, -3});
  memory.block.column_order_address = memory.put<std::uint32_t>({1, 0});
  const JobAnswer answer = memory.answer();
  ASSERT_TRUE(answer.is_valid) << answer.defect;
  EXPECT_THAT(answer.x, ElementsAre(7, -8));
  EXPECT_THAT(answer.column_scale, ElementsAre(3, 4));
  EXPECT_THAT(answer.column_order, ElementsAre(1, 0));
  EXPECT_THAT(answer.a, ElementsAre(0, 2, -3, 1));
}

TEST(JobAnswer, DoesNotBelieveAnOrderThatIsNoPermutation) {
  for (const std::vector<std::uint32_t>& order : {std::vector<std::uint32_t>{1, 1}, {0, 2}}) {
    FakeMemory memory(small_matrix(), kRightHandSide);
    memory.block.x_address = memory.put<std::int32_t>({7, -8});
    memory.block.a_address = memory.put<std::int32_t>({2, 0, 1, -3});
    memory.block.column_order_address = memory.put<std::uint32_t>(order);
    const JobAnswer answer = memory.answer();
    EXPECT_FALSE(answer.is_valid);
    EXPECT_THAT(answer.defect, HasSubstr("no permutation"));
  }
}

TEST(JobAnswer, ZeroNormsAreZeroAndInfiniteQuotients) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  memory.block.status = static_cast<std::uint32_t>(job::JobStatus::kNotConverged);
  memory.block.iterations = 2;
  memory.block.history_address = memory.put<registers::dru::DruScalar>({scalar(1), {}});
  const JobAnswer answer = memory.answer();
  ASSERT_TRUE(answer.is_valid) << answer.defect;
  EXPECT_THAT(answer.residuals, ElementsAre(std::numeric_limits<double>::infinity(), 0));
}

struct Defect {
  const char* name;
  std::function<void(job::JobResult&)> make;
  const char* message;
};
void PrintTo(const Defect& defect, std::ostream* out) {
  *out << defect.name;
}

class DefectiveAnswer : public testing::TestWithParam<Defect> {};

TEST_P(DefectiveAnswer, IsNotBelieved) {
  FakeMemory memory(small_matrix(), kRightHandSide);
  memory.block.x_address = memory.put<std::int32_t>({7, -8});
  ASSERT_TRUE(memory.answer().is_valid);
  GetParam().make(memory.block);
  const JobAnswer answer = memory.answer();
  EXPECT_FALSE(answer.is_valid);
  EXPECT_FALSE(answer.has_x());
  EXPECT_EQ(answer.status, job::JobStatus::kNotRun);
  EXPECT_THAT(answer.defect, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, DefectiveAnswer,
    testing::Values(Defect{"OtherSize", [](auto& b) { b.n = 3; }, "n = 3"},
                    Defect{"UnknownStatus", [](auto& b) { b.status = 15; }, "status 15"},
                    Defect{"TooManyIterations", [](auto& b) { b.iterations = 1001; }, "1001 iterations"},
                    Defect{"NoX", [](auto& b) { b.x_address = 0; }, "without an x"},
                    Defect{"XBelowMemory", [](auto& b) { b.x_address = 0x1000; }, "x at 0x00001000"},
                    Defect{"XBeyondMemory", [](auto& b) { b.x_address = 0x83fffffc; }, "outside the memory"},
                    Defect{"XWrapsAround", [](auto& b) { b.x_address = 0xfffffffc; }, "outside the memory"},
                    Defect{"ABeyondMemory", [](auto& b) { b.a_address = 0xf0000000; }, "A at"},
                    Defect{"ExponentOfX", [](auto& b) { b.x_exponent = 1 << 30; }, "exponent"},
                    Defect{"SmallestExponent", [](auto& b) { b.b_exponent = INT32_MIN; }, "exponent"},
                    Defect{"NegativeNorm", [](auto& b) { b.rhs_norm2_mantissa = -1; }, "negative"},
                    Defect{"HistoryBeyondMemory",
                           [](auto& b) {
                             b.iterations = 1000;
                             b.history_address = 0x83ffff00;
                           },
                           "the history at"}));

TEST(JobAnswer, SurvivesGarbage) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  const Random random(kSeed);
  FakeMemory memory(small_matrix(), kRightHandSide);
  for (std::uint32_t trial = 0; trial < 2000; ++trial) {
    std::array<std::uint32_t, sizeof(job::JobResult) / sizeof(std::uint32_t)> words{};
    for (std::uint32_t i = 0; i < words.size(); ++i) {
      const auto draw = random.words(RandomPurpose::kTest, {trial, 0, 0}, i);
      // Small numbers, addresses and anything at all.
      words[i] = draw[0] % 3 == 0   ? draw[1] % 16
                 : draw[0] % 3 == 1 ? 0x80000000u + draw[1] % (80u << 20)
                                    : draw[1];
    }
    memory.block = std::bit_cast<job::JobResult>(words);
    memory.block.magic = job::kResultMagic;
    if (trial % 2 == 0) memory.block.n = 2;
    const JobAnswer answer = memory.answer();
    EXPECT_EQ(answer.is_valid, answer.defect.empty());
  }
}

TEST(JobAnswer, EveryStatusHasItsOwnName) {
  std::set<std::string_view> names;
  for (std::uint32_t s = 0; s <= static_cast<std::uint32_t>(job::JobStatus::kWrongRead); ++s) {
    EXPECT_TRUE(names.insert(to_string(static_cast<job::JobStatus>(s))).second);
  }
  EXPECT_TRUE(names.contains("wrong_residual"));
}

}  // namespace
}  // namespace mho::platform
