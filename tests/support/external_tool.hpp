// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>

/// For a test that compares with another program: where that is not installed the test is skipped, or failed
/// when the environment variable MHO_REQUIRE_TOOLS is set, as `./quickstart test` does after installing them
/// all. A macro, because both return from the test.
#define MHO_REQUIRE_TOOL(is_installed, package)                                          \
  if (!(is_installed)) {                                                                 \
    const char* const mho_message =                                                      \
        package " is not installed (apt-get install " package "): nothing was compared"; \
    if (std::getenv("MHO_REQUIRE_TOOLS") != nullptr) GTEST_FAIL() << mho_message;        \
    GTEST_SKIP() << mho_message;                                                         \
  }                                                                                      \
  static_assert(true)
