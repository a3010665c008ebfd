// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/json_file.hpp"

#include <iostream>

#include "models/base/output_file.hpp"

namespace mho::platform::cli {

void write_json(const std::string& file, const nlohmann::ordered_json& json) {
  // Guests may put any byte into a message: what is not UTF-8 is replaced rather than refused.
  const std::string text = json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
  if (file == "-") {
    std::cout << text << std::flush;
    return;
  }
  write_file(file, text);
}

}  // namespace mho::platform::cli
