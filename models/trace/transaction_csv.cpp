// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/trace/transaction_csv.hpp"

#include <fmt/format.h>

#include <iterator>

namespace mho::trace {
namespace {

constexpr std::size_t kDrainBytes = 1u << 20;
constexpr std::uint64_t kPicosecondsPerSecond = 1'000'000'000'000;

std::string seconds(std::uint64_t ps) {
  return fmt::format("{}.{:012}", ps / kPicosecondsPerSecond, ps % kPicosecondsPerSecond);
}

}  // namespace

TransactionCsv::TransactionCsv(const std::filesystem::path& path)
    : path_(path),
      text_("id,job,initiator,target,command,address,bytes,start_s,duration_s,energy_J,response\n") {}

void TransactionCsv::open() {
  if (!file_) file_.emplace(path_);
}

void TransactionCsv::record(const TransactionRecord& record) {
  held_.push_back(
      {.record = record, .initiator = std::string(record.initiator), .target = std::string(record.target)});
  if (held_.size() <= kHeldRows) return;
  write_row(held_.front());
  held_.pop_front();
}

void TransactionCsv::add_energy(std::uint64_t transaction, std::uint32_t job, Energy amount) {
  Booked& booked = energy_[transaction];
  booked.job = job;
  booked.amount += amount;
}

void TransactionCsv::write_row(const Row& row) {
  const TransactionRecord& r = row.record;
  Energy energy;
  if (const auto found = energy_.find(r.id); found != energy_.end()) {
    energy = found->second.amount;
    energy_.erase(found);
  }
  fmt::format_to(std::back_inserter(text_), "{},{},{},{},{},{:#010x},{},{},{},{},{}\n", r.id, r.job,
                 row.initiator, row.target, r.is_write ? "write" : "read", r.address, r.bytes,
                 seconds(r.start_ps), seconds(r.end_ps - r.start_ps), energy.in_joules(),
                 r.is_ok ? "ok" : "error");
  if (text_.size() >= kDrainBytes) drain();
}

void TransactionCsv::drain() {
  open();
  file_->write(text_);
  text_.clear();
}

void TransactionCsv::close() {
  if (is_closed_) return;
  is_closed_ = true;
  for (const auto& row : held_) write_row(row);
  held_.clear();
  for (const auto& [id, booked] : energy_) {
    fmt::format_to(std::back_inserter(text_), "{},{},,,booking,,,,,{},\n", id, booked.job,
                   booked.amount.in_joules());
  }
  energy_.clear();
  drain();
  file_->commit();
}

}  // namespace mho::trace
