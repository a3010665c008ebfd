// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A memory window of a block: bytes that exist from the first write on and read as zero before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace mho::amc {

/// `T`: the element type as which the block itself sees the window; little-endian like the host.
template <typename T>
class Window {
 public:
  explicit Window(std::uint32_t bytes) : bytes_(bytes) {}

  /// False if [offset, offset + data.size()) leaves the window.
  bool read(std::uint32_t offset, std::span<std::uint8_t> data) const {
    if (!contains(offset, data.size())) return false;
    if (elements_.empty()) {
      std::ranges::fill(data, std::uint8_t{0});
    } else {
      std::memcpy(data.data(), reinterpret_cast<const std::uint8_t*>(elements_.data()) + offset, data.size());
    }
    return true;
  }
  bool write(std::uint32_t offset, std::span<const std::uint8_t> data) {
    if (!contains(offset, data.size())) return false;
    std::memcpy(reinterpret_cast<std::uint8_t*>(elements().data()) + offset, data.data(), data.size());
    return true;
  }

  /// The elements as they are; empty before the first write.
  std::span<const T> view() const { return elements_; }

  /// All elements; allocates them.
  std::span<T> elements() {
    if (elements_.empty()) elements_.resize(bytes_ / sizeof(T));
    return elements_;
  }

 private:
  bool contains(std::uint32_t offset, std::size_t bytes) const {
    return offset <= bytes_ && bytes <= bytes_ - offset;
  }

  std::uint32_t bytes_;
  std::vector<T> elements_;
};

}  // namespace mho::amc
