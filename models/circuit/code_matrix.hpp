// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace mho::circuit {

/// Codes of a converter bank [channels x reads].
using CodeMatrix = Eigen::Matrix<std::int16_t, Eigen::Dynamic, Eigen::Dynamic>;

}  // namespace mho::circuit
