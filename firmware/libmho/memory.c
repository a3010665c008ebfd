// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/memory.h"

#include <string.h>

void* mho_arena_take(mho_arena_t* arena, uint32_t count, uint32_t size) {
  const uintptr_t start = ((uintptr_t)arena->next + 63u) & ~(uintptr_t)63u;
  const uint64_t bytes = (uint64_t)count * size;
  if (start > (uintptr_t)arena->end || bytes > (uint64_t)((uintptr_t)arena->end - start)) return NULL;
  arena->next = (uint8_t*)(start + (uintptr_t)bytes);
  memset((void*)start, 0, (size_t)bytes);
  return (void*)start;
}
