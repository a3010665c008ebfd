// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Macros of a reference DRU that are broken: programming them ends with an error, or products on them are
// wrong.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "tests/firmware/libmho/reference_dru.hpp"

namespace mho::test {

class BrokenMacros {
 public:
  using Kind = registers::dru::TileKind;
  using Status = registers::dru::DruStatus;

  /// Becomes the faults of `dru`, which it must not outlive.
  explicit BrokenMacros(ReferenceDru& dru) : dru_(dru) {
    dru_.inject = [this](const registers::dru::DruCommand& command) { return before(command); };
    dru_.corrupt = [this](std::size_t row, int128_t& value) {
      if (is_on_wrong_ && row == 3) value += 1 << 20;
    };
  }
  BrokenMacros(const BrokenMacros&) = delete;
  BrokenMacros& operator=(const BrokenMacros&) = delete;

  /// Programming the macro ends the list with this status. High-precision tiles sit on macros of kind kMvm.
  void refuse(Kind kind, std::uint32_t macro, Status status) {
    refused_.insert({kind, macro});
    status_ = status;
  }
  /// High-precision products of tiles on this MVM macro are wrong.
  void falsify(std::uint32_t macro) { wrong_.insert({Kind::kMvm, macro}); }
  /// Macros that were programmed so far.
  const std::set<std::pair<Kind, std::uint32_t>>& programmed() const { return programmed_; }

 private:
  Status before(const registers::dru::DruCommand& command) {
    if (static_cast<registers::dru::DruOpcode>(command.opcode) != registers::dru::DruOpcode::kProgram)
      return Status::kNotRun;
    const auto& tile = *reinterpret_cast<const registers::dru::DruTile*>(
        dru_.ram.data() + (command.arg[0] - ReferenceDru::kRamAddress));
    const auto kind = static_cast<Kind>(tile.kind);
    const bool is_high = kind == Kind::kHp;
    is_on_wrong_ = false;
    for (unsigned s = 0; s < (is_high ? tile.slices : 1U); ++s) {
      const std::pair place{is_high ? Kind::kMvm : kind, std::uint32_t{tile.macro[s]}};
      programmed_.insert(place);
      if (wrong_.contains(place)) is_on_wrong_ = true;
      if (refused_.contains(place)) return status_;
    }
    return Status::kNotRun;
  }

  ReferenceDru& dru_;
  std::set<std::pair<Kind, std::uint32_t>> refused_, wrong_, programmed_;
  Status status_ = Status::kProgramFailed;
  bool is_on_wrong_ = false;
};

}  // namespace mho::test
