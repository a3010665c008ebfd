// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_low_precision.hpp"

#include "registers/dac.hpp"

namespace mho::amc {

namespace reg = registers::dru;
namespace macro_reg = registers::array_macro;
namespace dac_reg = registers::dac;
namespace adc_reg = registers::adc;
namespace map = registers::memory_map;

namespace {

constexpr unsigned kOrderSign = 0x80;
constexpr int kStepBits = 16;  // of numeric::CodeStep

// The reciprocal of a step of 16 bits: a seed of 8 bits and one of Newton's iterations, two multiply-adds and
// the correction (our assumption).
constexpr std::uint64_t kReciprocalOperations = 4;

numeric::Combine combine_of(const DruCommand& command) {
  if ((command.flags & reg::kFlagSubtract) != 0) return numeric::Combine::kSubtract;
  return (command.flags & reg::kFlagAccumulate) != 0 ? numeric::Combine::kAdd : numeric::Combine::kReplace;
}

}  // namespace

Outcome DruLowPrecision::check_destination(const DruCommand& command, std::size_t length,
                                           numeric::Combine how) const {
  if (how == numeric::Combine::kReplace) return storage_.memory.check(command.dst, length);
  const auto* target = storage_.memory.operand(command.dst);
  if (target == nullptr || target->words.size() != length) return {DruStatus::kBadOperand, command.dst};
  return {};
}

Outcome DruLowPrecision::inv(const DruCommand& command) {
  return solve(command, TileKind::kInv);
}

Outcome DruLowPrecision::ginv(const DruCommand& command) {
  return solve(command, TileKind::kGinv);
}

Outcome DruLowPrecision::solve(const DruCommand& command, TileKind kind) {
  const auto tile = storage_.tiles.usable(command.b, kind);
  if (tile == nullptr) return {DruStatus::kBadOperand, command.b};
  const auto* a = storage_.memory.operand(command.a);
  const std::size_t rows = tile->ordered();
  if (a == nullptr || a->words.size() != rows) return {DruStatus::kBadOperand, command.a};
  if (const Outcome o = check_destination(command, rows, numeric::Combine::kReplace); !o.ok()) return o;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::int64_t word = a->words[tile->order[i] & ~kOrderSign];
    // The column amplifiers of a GINV macro solve −Aᵀ·s + D·x = −g.
    const bool is_turned = (tile->order[i] & kOrderSign) != 0;
    const bool is_column = kind == TileKind::kGinv && i >= tile->description.rows;
    operand_[i] = is_turned != is_column ? -word : word;
  }
  return operate(command, *tile, a->exponent, numeric::Combine::kReplace);
}

Outcome DruLowPrecision::mvm(const DruCommand& command) {
  const auto tile = storage_.tiles.usable(command.b, TileKind::kMvm);
  if (tile == nullptr) return {DruStatus::kBadOperand, command.b};
  const auto* a = storage_.memory.operand(command.a);
  const std::uint64_t first = command.arg[0], columns = tile->description.columns;
  if (a == nullptr || first + columns > a->words.size()) return {DruStatus::kBadOperand, command.a};
  const numeric::Combine how = combine_of(command);
  if (const Outcome o = check_destination(command, tile->description.rows, how); !o.ok()) return o;
  std::copy_n(a->words.begin() + static_cast<std::ptrdiff_t>(first), columns, operand_.begin());
  return operate(command, *tile, a->exponent, how);
}

std::uint64_t DruLowPrecision::unit_of(const Tile& tile) const {
  if (tile.kind() == TileKind::kMvm) return capabilities_.mvm_unit;
  const bool uses_all = tile.description.slices == capabilities_.inv_slices;
  return std::uint64_t{capabilities_.inv_unit} * (uses_all ? 1 : capabilities_.inv_levels);
}

/// The time and energy of it: the largest word is looked for, then all are multiplied by a reciprocal.
Outcome DruLowPrecision::scale_operand(std::size_t lines) {
  if (const Outcome o = port_.work_on_vectors(lines, 1, port_.costs().add_J); !o.ok()) return o;
  const Outcome inverted = port_.work_in_sequence(kReciprocalOperations, port_.costs().multiply_add_J);
  if (!inverted.ok()) return inverted;
  return port_.work_on_vectors(lines, 1, port_.costs().multiply_add_J);
}

Outcome DruLowPrecision::operate(const DruCommand& command, Tile& tile, std::int32_t exponent,
                                 numeric::Combine how) {
  const std::size_t outputs = tile.outputs();
  const std::size_t lines = tile.kind() == TileKind::kMvm ? tile.description.columns : outputs;
  monitor_.show_tile(command.b);
  if (const Outcome o = scale_operand(lines); !o.ok()) return o;
  const auto step = numeric::scale_to_codes(std::span(operand_).first(lines), capabilities_.dac_max_code,
                                            std::span(dac_codes_).first(lines));
  std::int64_t result_exponent = 0;
  int128_t factor = 0;
  if (step) {
    if (const Outcome o = find_range(command, tile, lines, outputs); !o.ok()) return o;
    // 79 bits at most, of which the products take 63.
    factor = numeric::round_shift(int128_t{unit_of(tile)} * tile.description.scale_mantissa * step->mantissa,
                                  kStepBits);
    result_exponent = std::int64_t{step->exponent} + kStepBits + exponent + tile.input_range -
                      tile.output_gain - int{reg::kUnitFractionBits} + tile.description.scale_exponent;
  } else {
    adc_codes_.fill(0);
  }
  if (const Outcome o = port_.work_on_vectors(outputs, 1, port_.costs().multiply_add_J); !o.ok()) return o;

  // Row amplifiers come first, in the result those of the columns do.
  const std::size_t first = tile.kind() == TileKind::kGinv ? tile.description.rows : 0;
  for (std::size_t i = 0; i < outputs; ++i) products_[i] = -adc_codes_[(i + first) % outputs] * factor;
  const auto products = std::span<const int128_t>(products_).first(outputs);
  if (how != numeric::Combine::kReplace) {
    if (const Outcome o = wait_to_add_ ? wait_to_add_() : Outcome{}; !o.ok()) return o;
    result_ = *storage_.memory.operand(command.dst);
  }
  if (!numeric::combine(products, result_exponent, how, result_)) return {DruStatus::kOverflow, command.dst};
  storage_.memory.commit(command.dst, result_);
  return {};
}

Outcome DruLowPrecision::find_range(const DruCommand& command, Tile& tile, std::size_t lines,
                                    std::size_t outputs) {
  RangeControl control({.input_range = tile.input_range, .output_gain = tile.output_gain},
                       capabilities_.adc_max_code, capabilities_.max_retries);
  for (;;) {
    Reading reading;
    if (const Outcome o = attempt(command, tile, control.setting(), lines, outputs, reading); !o.ok())
      return o;
    const RangeVerdict verdict = control.judge(reading.is_saturated, reading.is_clipped, reading.peak);
    if (verdict == RangeVerdict::kExhausted) return {DruStatus::kSaturated, command.b};
    if (verdict == RangeVerdict::kAccept) break;
    ++storage_.counters.retries;
  }
  tile.input_range = control.settle().input_range;
  tile.output_gain = control.settle().output_gain;
  return {};
}

Outcome DruLowPrecision::attempt(const DruCommand& command, const Tile& tile, RangeSetting setting,
                                 std::size_t lines, std::size_t outputs, Reading& reading) {
  const TileKind kind = tile.kind();
  const std::uint32_t macro = macro_address(kind, tile.description.macro[0]);
  const std::uint32_t source = macro_source(kind, tile.description.macro[0]);
  const AnalogueScope scope(port_);
  const AnalogueRequest request{.macros = {&source, 1}, .lanes = 1, .drives = true};
  if (const Outcome o = port_.acquire(request); !o.ok()) return o;
  // Another context may have programmed it meanwhile.
  if (!storage_.tiles.holds(tile, command.b)) return {DruStatus::kBadOperand, command.b};
  const std::uint32_t lane = port_.lane(0);
  monitor_.set_state(DruState::kAnalog);
  port_.post_write32(port_.dac_base() + dac_reg::kModeOffset, 0);
  port_.post_write(port_.dac_base() + dac_reg::kPatternsOffset, bytes_of(std::span(dac_codes_).first(lines)));
  if (const Outcome o = port_.finish(); !o.ok()) return o;
  port_.post_input_bank(macro);
  port_.post_write32(macro + macro_reg::kReadsOffset, 1);
  port_.post_write32(macro + macro_reg::kInputRangeOffset, static_cast<std::uint32_t>(setting.input_range));
  port_.post_write32(macro + macro_reg::kOutputGainOffset, static_cast<std::uint32_t>(setting.output_gain));
  const std::uint64_t driven_ps =
      port_.post_write32(macro + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask);
  port_.post_write32(map::kAdcBase + adc_reg::kLaneSourceOffset + lane * adc_reg::kLaneSourceStride, source);
  port_.post_write32(map::kAdcBase + adc_reg::kLaneStartOffset + lane * adc_reg::kLaneStartStride, 1);
  if (const Outcome o = port_.wait_until(driven_ps); !o.ok()) return o;
  port_.release_dac();
  if (const Outcome o = port_.finish(); !o.ok()) return o;
  DruCounters& counters = storage_.counters;
  ++of_kind(macro_kind_of(tile.kind()), counters.inv, counters.mvm, counters.ginv);

  std::uint32_t macro_status = 0, lane_status = 0, peak = 0;
  port_.post_read32(macro + macro_reg::kStatusOffset, macro_status);
  port_.post_read32(map::kAdcBase + adc_reg::kLaneStatusOffset + lane * adc_reg::kLaneStatusStride,
                    lane_status);
  port_.post_read32(map::kAdcBase + adc_reg::kLanePeakOffset + lane * adc_reg::kLanePeakStride, peak);
  port_.post_read(map::kAdcBase + adc_reg::kCodesOffset + lane * adc_reg::kMaxReads * adc_reg::kChannels * 2,
                  bytes_of(std::span(adc_codes_).first(outputs)));
  const Outcome o = port_.finish();
  monitor_.set_state(DruState::kVector);
  if (!o.ok()) return o;

  const auto channels =
      registers::field_of(lane_status, adc_reg::kLaneStatusChannelsMask, adc_reg::kLaneStatusChannelsShift);
  // Somebody else has changed the macro's or the lane's registers: what was read is not this tile's result.
  if ((macro_status & macro_reg::kStatusRejectedMask) != 0 || channels != outputs) {
    return {DruStatus::kBadOperand, command.b};
  }
  if ((macro_status & macro_reg::kStatusUnstableMask) != 0) return {DruStatus::kUnstable, command.b};
  constexpr std::uint32_t kLimits = macro_reg::kStatusSaturatedMask | macro_reg::kStatusDriveLimitedMask;
  reading.is_saturated = (macro_status & kLimits) != 0;
  reading.is_clipped = (lane_status & adc_reg::kLaneStatusClippedMask) != 0;
  reading.peak = static_cast<int>(peak);
  return {};
}

}  // namespace mho::amc
