// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/error.hpp"

#include <gtest/gtest.h>

namespace mho {
namespace {

TEST(Error, RequireThrowsTheFormattedInputError) {
  EXPECT_NO_THROW(require(true, "not shown"));
  try {
    require(false, "b.mtx line {}: {} entries", 3, 7);
    FAIL() << "no exception";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "b.mtx line 3: 7 entries");
  }
}

TEST(Error, EnsureThrowsAnInternalErrorThatIsNoInputError) {
  EXPECT_NO_THROW(ensure(true, "not shown"));
  EXPECT_THROW(ensure(false, "invariant {}", 1), InternalError);
  static_assert(!std::is_base_of_v<InputError, InternalError>);
}

}  // namespace
}  // namespace mho
