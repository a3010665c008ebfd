// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Interrupts that a program wanted and did not attend to, as a hint where it may have got stuck.
#pragma once

#include <string>
#include <vector>

#include "models/soc/cpu/cpu.hpp"
#include "models/soc/plic.hpp"

namespace mho::platform::post_mortem {

/// One line, without its end, for each interrupt that is pending and enabled where it comes from, and that
/// nobody has acknowledged although the core could not take it or is in its handler. An interrupt that the
/// core is about to take is none. Further one line for each that is raised again, or still, and that the PLIC
/// holds back because it has been claimed and not completed, which may be what the handler at work is about
/// to do. Reads a core and a PLIC that stand still.
std::vector<std::string> waiting_interrupts(soc::Cpu& cpu, const soc::Plic& plic);

}  // namespace mho::platform::post_mortem
