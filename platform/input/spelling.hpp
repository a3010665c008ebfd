// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What to suggest to a user who wrote a word that does not exist.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mho::platform {

/// The word with the smallest edit distance to `word`, upper and lower case alike, the first of several; none
/// when even that is more than 2 edits and a third of the letters away: then it would be a guess.
/// @param words  outlive the answer
std::optional<std::string_view> nearest_word(std::string_view word, std::span<const std::string_view> words);

}  // namespace mho::platform
