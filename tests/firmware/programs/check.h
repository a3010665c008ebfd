// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Checks of a test program that runs on the simulated CPU. The first one that fails ends it with exit code 1.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                  \
  do {                                                                    \
    if (!(condition)) {                                                   \
      printf("%s:%d: failed: %s\n", __FILE_NAME__, __LINE__, #condition); \
      exit(1);                                                            \
    }                                                                     \
  } while (0)

/// Both sides as unsigned 32-bit values, printed when they differ.
#define CHECK_EQ(actual, expected)                                                                     \
  do {                                                                                                 \
    const unsigned long actual_ = (unsigned long)(actual), expected_ = (unsigned long)(expected);      \
    if (actual_ != expected_) {                                                                        \
      printf("%s:%d: %s is 0x%lx, not 0x%lx\n", __FILE_NAME__, __LINE__, #actual, actual_, expected_); \
      exit(1);                                                                                         \
    }                                                                                                  \
  } while (0)
