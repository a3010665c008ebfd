// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The option --register-coverage and the file behind it. Watching costs host time only.
//
//     RegisterCoverageFile coverage(option);
//     Machine machine(…, {…, .accesses = coverage.log()});
//     … machine.run() …
//     coverage.close();
//
// Without close() no file appears.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "models/base/output_file.hpp"
#include "platform/cli/output_check.hpp"
#include "platform/register_coverage/coverage_log.hpp"

namespace mho::platform::cli {

/// Adds --register-coverage; `file` empty: none.
void add_register_coverage_option(CLI::App& command, std::string& file);

/// The file, for check_outputs(). @throws InputError if it is to go to stdout
NamedFile register_coverage_output(const std::string& file);

class RegisterCoverageFile {
 public:
  /// Creates the file, if there is to be one.
  /// @throws InputError  a file that cannot be created
  explicit RegisterCoverageFile(const std::string& file);

  /// Null without a file.
  trace::AccessLog* log() { return log_.get(); }
  /// As CoverageLog::job_ended().
  void job_ended(std::uint32_t status);

  /// Once. @throws InputError when the file could not be written completely
  void close();

 private:
  std::unique_ptr<OutputFile> file_;
  std::unique_ptr<register_coverage::CoverageLog> log_;
};

}  // namespace mho::platform::cli
