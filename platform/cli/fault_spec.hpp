// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Faults as people write them, PLACE:WHAT[=VALUE][,KEY=VALUE...]; docs/faults.md has the table:
//
//     dru.irq:lost,count=1
//     adc.lane3.channel5:dead
//     bus:error,initiator=dru,address=0x40000010
//     ram:flip,address=0x80010000,bit=3,time=1ms
#pragma once

#include <string>
#include <vector>

#include "models/fault/fault.hpp"
#include "platform/config/chip_config.hpp"

namespace mho::platform::cli {

/// @param where  where it was given, for the message
/// @param chip   that has to have what the fault is about
/// @throws InputError  what is wrong with it and what is legal there
fault::Fault parse_fault(const std::string& text, const std::string& where, const ChipConfig& chip);

/// A YAML file: a list of such texts, or a map whose only key `faults` holds one.
/// @throws InputError  the file cannot be read or is none; every wrong entry, one line each with file and
/// line
std::vector<fault::Fault> load_faults(const std::string& file, const ChipConfig& chip);

}  // namespace mho::platform::cli
