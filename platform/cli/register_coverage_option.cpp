// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/register_coverage_option.hpp"

#include "platform/cli/trace_options.hpp"
#include "platform/register_coverage/register_use_json.hpp"

namespace mho::platform::cli {

void add_register_coverage_option(CLI::App& command, std::string& file) {
  command
      .add_option("--register-coverage", file,
                  "write to FILE which registers, fields, interrupts and statuses of the chip the firmware "
                  "has touched, for mho register-coverage")
      ->option_text("FILE")
      ->group(kTraceGroup);
}

NamedFile register_coverage_output(const std::string& file) {
  NamedFile output{"--register-coverage", file};
  expect_no_stdout(output);
  return output;
}

RegisterCoverageFile::RegisterCoverageFile(const std::string& file) {
  if (file.empty()) return;
  file_ = std::make_unique<OutputFile>(file);
  log_ = std::make_unique<register_coverage::CoverageLog>();
}

void RegisterCoverageFile::job_ended(std::uint32_t status) {
  if (log_ != nullptr) log_->job_ended(status);
}

void RegisterCoverageFile::close() {
  if (log_ == nullptr) return;
  file_->write(register_coverage::to_json(log_->coverage()).dump(2) + '\n');
  file_->commit();
}

}  // namespace mho::platform::cli
