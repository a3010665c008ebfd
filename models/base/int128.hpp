// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// 128-bit integers, which both supported compilers have as an extension of ISO C++.
#pragma once

namespace mho {

__extension__ using int128_t = __int128;
__extension__ using uint128_t = unsigned __int128;

}  // namespace mho
