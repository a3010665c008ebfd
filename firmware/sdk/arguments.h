// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The arguments of main, from the command line of the simulator.
#pragma once

/// Most arguments, the program's name included; what goes beyond is dropped.
#define MHO_MAX_ARGUMENTS 64
/// Longest command line in bytes; without room for a longer one there are no arguments.
#define MHO_MAX_COMMAND_LINE 4096

/// Asks for the command line by semihosting (SYS_GET_CMDLINE) and splits it at spaces outside of double
/// quotes;
/// \" and \\ stand for the characters themselves. A machine without semihosting raises a breakpoint exception
/// instead, which is caught: then the only argument is "firmware".
/// @param[out] argv  array of pointers that ends with NULL; static memory
/// @returns argc, 1 or more
int mho_arguments(char*** argv);
