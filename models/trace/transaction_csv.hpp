// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A TransactionLog that writes one CSV row per bus transaction:
//     id,job,initiator,target,command,address,bytes,start_s,duration_s,energy_J,response
// Times are exact (12 decimals, picoseconds). The energy is everything that was booked under the
// transaction's id, at whatever component; so the column's sum is the ledger's sum over transactions. Energy
// that comes later than kHeldRows transactions after its own, or without any bus transaction, gets a row of
// its own at the end, with the command "booking".
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "models/base/energy.hpp"
#include "models/base/output_file.hpp"
#include "models/trace/transaction_log.hpp"

namespace mho::trace {

class TransactionCsv final : public TransactionLog {
 public:
  /// Rows that wait for further energy before they are written.
  static constexpr std::size_t kHeldRows = 1u << 16;

  explicit TransactionCsv(const std::filesystem::path& path);

  /// Creates the file, so that a place that cannot be written is noticed before the first row; otherwise the
  /// first write does. Without a close() it does not appear (see OutputFile).
  /// @throws InputError when it cannot be created
  void open();

  void record(const TransactionRecord& record) override;
  /// To be called for every booking with a transaction; see Ledger::on_booking().
  void add_energy(std::uint64_t transaction, std::uint32_t job, Energy amount);

  /// Writes what is left and closes. Idempotent. @throws InputError when the file could not be written
  /// completely
  void close();

 private:
  struct Row {
    TransactionRecord record;
    std::string initiator, target;
  };
  struct Booked {
    std::uint32_t job = 0;
    Energy amount;
  };

  void write_row(const Row& row);
  void drain();

  std::filesystem::path path_;
  std::optional<OutputFile> file_;
  std::string text_;
  std::deque<Row> held_;
  std::map<std::uint64_t, Booked> energy_;
  bool is_closed_ = false;
};

}  // namespace mho::trace
