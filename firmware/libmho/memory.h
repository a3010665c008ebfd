// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Physical memory as the driver sees it, and a bump allocator on a part of it. On the target a pointer is the
// physical address; in a native test the simulated memory lies anywhere in the host's. Nothing here is freed:
// a job's workspace is dropped as a whole.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The window of physical addresses [address, address + size) that starts at `base`.
typedef struct {
  uint8_t* base;
  uint32_t address;
  uint32_t size;
} mho_memory_t;

/// The identity map of the target: pointer = address.
static inline mho_memory_t mho_memory_identity(void) {
  const mho_memory_t whole = {(uint8_t*)0, 0u, 0xffffffffu};
  return whole;
}

/// True if [address, address + bytes) lies in the window.
static inline int mho_memory_holds(const mho_memory_t* memory, uint32_t address, uint32_t bytes) {
  return address >= memory->address && bytes <= memory->size &&
         address - memory->address <= memory->size - bytes;
}

static inline void* mho_pointer(const mho_memory_t* memory, uint32_t address) {
  return (void*)((uintptr_t)memory->base + (uintptr_t)(address - memory->address));
}

static inline uint32_t mho_address(const mho_memory_t* memory, const void* pointer) {
  return (uint32_t)((uintptr_t)pointer - (uintptr_t)memory->base) + memory->address;
}

/// A bump allocator.
typedef struct {
  uint8_t* next;
  uint8_t* end;
} mho_arena_t;

/// Takes `count` elements of `size` bytes, zeroed, aligned to 64 bytes. NULL when the arena is exhausted.
void* mho_arena_take(mho_arena_t* arena, uint32_t count, uint32_t size);

#ifdef __cplusplus
}
#endif
