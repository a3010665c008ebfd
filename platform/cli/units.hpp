// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Times as people write them on a command line: "10us", "1.5 ms", "200ns", "3s".
#pragma once

#include <cstdint>
#include <string>

#include "models/trace/signal_filter.hpp"

namespace mho::platform::cli {

/// @param text    a decimal number ≥ 0 and one of s, ms, us (or µs), ns, ps; a space between them is allowed.
///                Without a unit: seconds
/// @param option  where it was given, for the message
/// @returns [picosecond] rounded to the nearest
/// @throws InputError for anything else and for more than 10^6 s
std::uint64_t parse_time_ps(const std::string& text, const std::string& option);

/// "FROM:TO", either of which may be empty. @throws InputError also when TO lies before FROM
trace::TimeWindow parse_window(const std::string& text, const std::string& option);

}  // namespace mho::platform::cli
