// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// malloc and friends on the memory between image and stack.
#include <stdint.h>

#include "check.h"

extern char __heap_start[], __heap_end[];

enum { kBlocks = 200, kLarge = 24 << 20 };

static uint8_t* blocks[kBlocks];

static size_t size_of(unsigned index) {
  return 1 + 37 * index;
}

static void check_contents(unsigned index) {
  for (size_t i = 0; i < size_of(index); ++i) CHECK_EQ(blocks[index][i], (uint8_t)(index + i));
}

int main(void) {
  for (unsigned i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(size_of(i));
    CHECK(blocks[i] != NULL);
    CHECK((char*)blocks[i] >= __heap_start && (char*)blocks[i] + size_of(i) <= __heap_end);
    CHECK_EQ((uintptr_t)blocks[i] % 8, 0);
    for (size_t k = 0; k < size_of(i); ++k) blocks[i][k] = (uint8_t)(i + k);
  }
  for (unsigned i = 0; i < kBlocks; ++i) check_contents(i);

  // Holes are used again, neighbours stay whole.
  for (unsigned i = 0; i < kBlocks; i += 2) free(blocks[i]);
  for (unsigned i = 0; i < kBlocks; i += 2) {
    blocks[i] = calloc(1, size_of(i));
    CHECK(blocks[i] != NULL);
    for (size_t k = 0; k < size_of(i); ++k) CHECK_EQ(blocks[i][k], 0);
  }
  for (unsigned i = 1; i < kBlocks; i += 2) check_contents(i);

  blocks[1] = realloc(blocks[1], 100000);
  CHECK(blocks[1] != NULL);
  for (size_t k = 0; k < size_of(1); ++k) CHECK_EQ(blocks[1][k], (uint8_t)(1 + k));

  // Exhaustion is an answer, not an accident.
  CHECK(malloc(64u << 20) == NULL);
  volatile uint8_t* large = malloc(kLarge);
  CHECK(large != NULL);
  for (size_t i = 0; i < kLarge; i += 4096) large[i] = (uint8_t)(i >> 12);
  for (size_t i = 0; i < kLarge; i += 4096) CHECK_EQ(large[i], (uint8_t)(i >> 12));
  free((void*)large);
  for (unsigned i = 3; i < kBlocks; i += 2) check_contents(i);
  puts("heap ok");
  return 0;
}
