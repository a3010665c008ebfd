// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/json_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "models/base/error.hpp"

namespace mho::platform::cli {

void write_json(const std::string& file, const nlohmann::ordered_json& json) {
  // Guests may put any byte into a message: what is not UTF-8 is replaced rather than refused.
  const std::string text = json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
  if (file == "-") {
    std::cout << text << std::flush;
    return;
  }
  // Devices and pipes cannot be replaced by a rename.
  const bool is_special = std::filesystem::exists(file) && !std::filesystem::is_regular_file(file);
  const std::string target = is_special ? file : file + ".part";
  std::ofstream stream(target, std::ios::binary);
  stream << text;
  stream.close();
  require(stream.good(), "{}: cannot be written: {}", file, std::strerror(errno));
  if (!is_special) std::filesystem::rename(target, file);
}

}  // namespace mho::platform::cli
