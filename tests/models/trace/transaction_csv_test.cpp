// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/trace/transaction_csv.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "models/base/error.hpp"
#include "tests/models/trace/vcd_reader.hpp"

namespace mho::trace {
namespace {

using test::read_text;

const std::string kHeader =
    "id,job,initiator,target,command,address,bytes,start_s,duration_s,energy_J,response\n";

class TransactionCsvTest : public testing::Test {
 protected:
  ~TransactionCsvTest() override { std::filesystem::remove(path_); }

  static TransactionRecord record(std::uint64_t id) {
    return {.id = id,
            .job = 2,
            .initiator = "dru",
            .target = "amc.mvm12",
            .is_write = true,
            .address = 0x42000010,
            .bytes = 4,
            .start_ps = 1'000'000'000'001,
            .end_ps = 1'000'000'009'001,
            .is_ok = true};
  }

  const std::string path_ =
      testing::TempDir() + testing::UnitTest::GetInstance()->current_test_info()->name() + ".csv";
};

TEST_F(TransactionCsvTest, RefusesFilesThatCannotBeCreatedOrWritten) {
  EXPECT_THROW(TransactionCsv("no/such/folder/a.csv").open(), InputError);
  if (!std::filesystem::exists("/dev/full")) return;
  TransactionCsv full("/dev/full");
  EXPECT_THROW(full.close(), InputError);
}

TEST_F(TransactionCsvTest, WritesOneRowPerTransactionWithExactTimes) {
  TransactionCsv csv(path_);
  csv.record(record(7));
  TransactionRecord read = record(8);
  read.is_write = false;
  read.is_ok = false;
  read.initiator = "cpu";
  read.target = "none";
  csv.record(read);
  csv.close();
  EXPECT_EQ(read_text(path_), kHeader +
                                  "7,2,dru,amc.mvm12,write,0x42000010,4,1.000000000001,0.000000009000,0,ok\n"
                                  "8,2,cpu,none,read,0x42000010,4,1.000000000001,0.000000009000,0,error\n");
}

TEST_F(TransactionCsvTest, EnergyOfAllBookingsBeforeAndAfterTheRecordIsInTheRow) {
  TransactionCsv csv(path_);
  csv.add_energy(7, 2, Energy::femtojoules(1'000));
  csv.add_energy(8, 2, Energy::femtojoules(5));
  csv.record(record(7));
  csv.add_energy(7, 2, Energy::femtojoules(500));
  csv.record(record(8));
  csv.close();
  const std::string text = read_text(path_);
  EXPECT_NE(text.find("7,2,dru,amc.mvm12,write,0x42000010,4,1.000000000001,0.000000009000,1.5e-12,ok\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(",5e-15,ok\n"), std::string::npos) << text;
}

TEST_F(TransactionCsvTest, EnergyWithoutARowOfItsOwnIsListedAtTheEnd) {
  TransactionCsv csv(path_);
  csv.record(record(1));
  for (std::uint64_t i = 0; i < TransactionCsv::kHeldRows; ++i) csv.record(record(2 + i));
  // The row of transaction 1 is out by now.
  csv.add_energy(1, 2, Energy::femtojoules(3));
  csv.add_energy(1'000'000, 4, Energy::femtojoules(4));
  csv.close();
  const std::string text = read_text(path_);
  EXPECT_TRUE(text.ends_with("1,2,,,booking,,,,,3e-15,\n1000000,4,,,booking,,,,,4e-15,\n"))
      << text.substr(text.size() - 200);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 1 + TransactionCsv::kHeldRows + 2);
}

}  // namespace
}  // namespace mho::trace
