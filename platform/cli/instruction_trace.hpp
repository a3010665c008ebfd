// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The file behind --trace-instructions: one line per instruction,
//     time_ns pc code [xN=value] [trap]
// with pc, code (4 digits: compressed) and value in hexadecimal. Not here: disassembly; objdump does it.
#pragma once

#include <string>

#include "models/base/output_file.hpp"
#include "models/soc/cpu/cpu.hpp"

namespace mho::platform::cli {

class InstructionTrace {
 public:
  /// Creates the file. Without a close() it does not appear (see OutputFile).
  /// @throws InputError when the file cannot be created
  explicit InstructionTrace(const std::string& file) : file_(file) {}

  void record(const soc::InstructionRecord& instruction);

  /// Instructions are left out while this is off.
  void set_recording(bool is_on) { is_recording_ = is_on; }

  /// Once. @throws InputError when the file could not be written completely
  void close();

 private:
  void drain();

  OutputFile file_;
  std::string text_;
  bool is_recording_ = true;
};

}  // namespace mho::platform::cli
