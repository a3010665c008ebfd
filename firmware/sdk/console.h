// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The console is the UART: stdin, stdout and stderr of the C library, and output that needs no C library.
// Unbuffered; nothing is added before a newline.
#pragma once

#include <stdint.h>

/// Writes a text to the UART.
void mho_console_text(const char* text);
/// Writes eight hexadecimal digits to the UART.
void mho_console_hex(uint32_t value);
