// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/uart.h"

#include <stddef.h>

#include "firmware/hal/mmio.h"
#include "registers/uart.h"

mho_hal_result_t mho_uart_enable_fifos(const mho_uart_t* uart, uint32_t trigger) {
  static const uint8_t triggers[] = {1, 4, 8, 14};
  if (uart == NULL) return MHO_HAL_BAD_ARGUMENT;
  for (uint32_t code = 0; code < sizeof triggers; ++code) {
    if (triggers[code] != trigger) continue;
    mho_mmio_write8(uart->base + MHO_UART_FCR_OFFSET,
                    (uint8_t)(MHO_UART_FCR_ENABLE_MASK | MHO_UART_FCR_CLEAR_RECEIVE_MASK |
                              MHO_UART_FCR_CLEAR_TRANSMIT_MASK | MHO_FIELD_PUT(MHO_UART_FCR_TRIGGER, code)));
    return MHO_HAL_OK;
  }
  return MHO_HAL_BAD_ARGUMENT;
}

mho_hal_result_t mho_uart_send(const mho_uart_t* uart, uint8_t byte) {
  if (uart == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint8_t status = mho_mmio_read8(uart->base + MHO_UART_LSR_OFFSET);
  if ((status & MHO_UART_LSR_THR_EMPTY_MASK) == 0) return MHO_HAL_BUSY;
  mho_mmio_write8(uart->base + MHO_UART_THR_OFFSET, byte);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_uart_receive(const mho_uart_t* uart, uint8_t* byte) {
  if (uart == NULL || byte == NULL) return MHO_HAL_BAD_ARGUMENT;
  const uint8_t status = mho_mmio_read8(uart->base + MHO_UART_LSR_OFFSET);
  if ((status & MHO_UART_LSR_DATA_READY_MASK) == 0) return MHO_HAL_EMPTY;
  *byte = mho_mmio_read8(uart->base + MHO_UART_RBR_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_uart_set_interrupts(const mho_uart_t* uart, bool receive, bool transmit) {
  if (uart == NULL) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write8(uart->base + MHO_UART_IER_OFFSET, (uint8_t)((receive ? MHO_UART_IER_RECEIVE_MASK : 0u) |
                                                              (transmit ? MHO_UART_IER_TRANSMIT_MASK : 0u)));
  return MHO_HAL_OK;
}
