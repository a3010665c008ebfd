// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// 16550 UART, byte by byte. Line speed and format have no effect on the simulated line and are left at reset.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A UART; `base` is the address of its first register.
typedef struct mho_uart {
  uintptr_t base;
} mho_uart_t;

/// Switches the FIFOs on and empties both. `trigger`: received bytes at which the interrupt is raised: 1, 4,
/// 8 or 14; BAD_ARGUMENT otherwise.
MHO_MUST_CHECK mho_hal_result_t mho_uart_enable_fifos(const mho_uart_t* uart, uint32_t trigger);

/// Sends one byte. BUSY: the transmit FIFO is not empty yet.
MHO_MUST_CHECK mho_hal_result_t mho_uart_send(const mho_uart_t* uart, uint8_t byte);

/// Takes one received byte. EMPTY: there is none, *byte is unchanged.
MHO_MUST_CHECK mho_hal_result_t mho_uart_receive(const mho_uart_t* uart, uint8_t* byte);

/// Chooses the interrupt causes: a received byte waits; the transmit FIFO is empty.
MHO_MUST_CHECK mho_hal_result_t mho_uart_set_interrupts(const mho_uart_t* uart, bool receive, bool transmit);

#ifdef __cplusplus
}
#endif
