// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the benchmark's guest computes: an integer matrix product, a CRC-32 of it by table, a sort of its
// elements, over and over; for mode 1 a plain loop of additions and shifts, for mode 2 reads of a device
// register. The result goes to the exit device, so that nothing can be left out; where that is a UART, the
// finisher ends the run.
#include <stdint.h>

enum { kN = 32, kWords = kN * kN };

static int32_t a[kWords], b[kWords], c[kWords];
static uint32_t crc_table[256];

static void fill(uint32_t seed) {
  for (int i = 0; i < kWords; ++i) {
    seed = seed * 1664525u + 1013904223u;
    a[i] = (int32_t)(seed >> 16);
    seed = seed * 1664525u + 1013904223u;
    b[i] = (int32_t)(seed >> 16);
  }
}

static void multiply(void) {
  for (int i = 0; i < kN; ++i) {
    for (int j = 0; j < kN; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < kN; ++k) sum += a[i * kN + k] * b[k * kN + j];
      c[i * kN + j] = sum;
    }
  }
}

static void make_crc_table(void) {
  for (uint32_t n = 0; n < 256; ++n) {
    uint32_t value = n;
    for (int k = 0; k < 8; ++k) value = value & 1 ? value >> 1 ^ 0xedb88320u : value >> 1;
    crc_table[n] = value;
  }
}

static uint32_t crc(const uint8_t* data, uint32_t bytes) {
  uint32_t value = 0xffffffffu;
  for (uint32_t i = 0; i < bytes; ++i) value = crc_table[(value ^ data[i]) & 0xff] ^ value >> 8;
  return ~value;
}

static void sort(int32_t* data, int count) {
  for (int gap = count / 2; gap > 0; gap /= 2) {
    for (int i = gap; i < count; ++i) {
      const int32_t item = data[i];
      int j = i;
      for (; j >= gap && data[j - gap] > item; j -= gap) data[j] = data[j - gap];
      data[j] = item;
    }
  }
}

static uint32_t add_and_shift(uint32_t turns) {
  uint32_t x = 1, y = 2, z = 3;
  for (uint32_t i = 0; i < turns; ++i) {
    x += y ^ i;
    y = (y << 3) - z;
    z ^= x >> 5;
    x |= y & 0xff;
  }
  return x ^ y ^ z;
}

static uint32_t read_device(uint32_t address) {
  const volatile uint32_t* const device = (const volatile uint32_t*)address;
  uint32_t sum = 0;
  for (int i = 0; i < 16; ++i) sum += *device;
  return sum;
}

void run(uint32_t repetitions, uint32_t mode) {
  volatile uint8_t* const exit_device = (volatile uint8_t*)0x10000000;
  volatile uint32_t* const finisher = (volatile uint32_t*)0x00100000;
  const uint32_t dru_status = 0x40000008, macro_status = 0x41000010;
  uint32_t result = 0;
  if (mode == 1) {
    for (uint32_t i = 0; i < repetitions; ++i) result ^= add_and_shift(10000);
  } else if (mode == 2) {
    for (uint32_t i = 0; i < repetitions; ++i) result += read_device(dru_status);
  } else if (mode == 3) {
    for (uint32_t i = 0; i < repetitions; ++i) result += read_device(macro_status);
  } else {
    make_crc_table();
    for (uint32_t i = 0; i < repetitions; ++i) {
      fill(i ^ result);
      multiply();
      result ^= crc((const uint8_t*)c, sizeof c);
      sort(c, kWords);
      result += crc((const uint8_t*)c, sizeof c);
    }
  }
  *exit_device = (uint8_t)result;
  *finisher = 0x5555;
  for (;;) {
  }
}
