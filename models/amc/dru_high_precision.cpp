// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_high_precision.hpp"

#include <algorithm>
#include <utility>

#include "models/numeric/checksum.hpp"
#include "registers/dac.hpp"

namespace mho::amc {

namespace reg = registers::dru;
namespace macro_reg = registers::array_macro;
namespace dac_reg = registers::dac;
namespace adc_reg = registers::adc;
namespace map = registers::memory_map;

namespace {

/// Codes that are transferred in one burst: those of one read, 16 beats of the bus by default, after which
/// another context may have it (A).
constexpr std::size_t kBurstCodes = adc_reg::kChannels;

/// Calls post(first, count) for each burst of `codes`, two of which may be under way.
template <typename Post>
Outcome in_bursts(DruPort& port, std::size_t codes, Post&& post) {
  for (std::size_t first = 0; first < codes; first += kBurstCodes) {
    post(first, std::min(kBurstCodes, codes - first));
    if (const Outcome o = port.pace(); !o.ok()) return o;
  }
  return {};
}

}  // namespace

static_assert(reg::kMaxSlices <= adc_reg::kLanes, "every slice of a tile needs a lane");
static_assert(dac_reg::kChannels == adc_reg::kChannels && dac_reg::kMaxPatterns == adc_reg::kMaxReads &&
                  dac_reg::kMaxPatterns == macro_reg::kMaxReads,
              "patterns, reads and codes have one layout");

Outcome DruHighPrecision::begin(const DruCommand& command) {
  const bool is_wide = (command.flags & reg::kFlagWide) != 0;
  const auto* a = storage_.memory.any(command.a);
  const auto* b = storage_.memory.any(command.b);
  if (a == nullptr || (a->is_wide() && !is_wide)) return {DruStatus::kBadOperand, command.a};
  if (b == nullptr || (b->is_wide() && !is_wide)) return {DruStatus::kBadOperand, command.b};
  const std::uint64_t additions = a->length() * (is_wide ? 2 : 1);
  if (const Outcome o = port_.work(additions, port_.costs().add_J, a->memory_words()); !o.ok()) return o;
  HpState& hp = storage_.hp;
  if (is_wide) {
    hp.accumulators.emplace<numeric::WideAccumulatorBank>();
  } else if (hp.additions_each() != 1) {
    hp.accumulators.emplace<numeric::AccumulatorBank>();
  }
  hp.x_length = b->length();
  hp.x_exponent = b->exponent();
  const std::int64_t product_exponent =
      std::int64_t{b->exponent()} + static_cast<std::int32_t>(command.arg[0]);
  const auto misfit = is_wide ? std::get<numeric::WideAccumulatorBank>(hp.accumulators)
                                    .begin(a->as_wide(), product_exponent, b->is_zero())
                              : std::get<numeric::AccumulatorBank>(hp.accumulators)
                                    .begin(a->narrow, product_exponent, b->is_zero());
  hp.is_active = !misfit;
  if (misfit) return {DruStatus::kOverflow, static_cast<std::uint32_t>(*misfit)};
  return {};
}

Outcome DruHighPrecision::end(const DruCommand& command) {
  HpState& hp = storage_.hp;
  if (!hp.is_active) return {DruStatus::kBadOperand, command.dst};
  const std::size_t size = hp.size();
  if (const Outcome o = storage_.memory.check(command.dst, size); !o.ok()) return o;
  if (const Outcome o = port_.work(size * hp.additions_each(), port_.costs().add_J, size); !o.ok()) return o;
  if (!std::visit([&](const auto& bank) { return bank.read(result_); }, hp.accumulators))
    return {DruStatus::kOverflow, command.dst};
  storage_.memory.commit(command.dst, result_);
  hp.is_active = false;
  return {};
}

Outcome DruHighPrecision::multiply(const DruCommand& command) {
  const auto tile = storage_.tiles.usable(command.b, TileKind::kHp);
  HpState& hp = storage_.hp;
  if (tile == nullptr) return {DruStatus::kBadOperand, command.b};
  const auto* a = storage_.memory.any(command.a);
  const std::uint64_t first_row = command.arg[0], first_column = command.arg[1];
  const std::size_t rows = tile->description.rows, columns = tile->description.columns;
  if (!hp.is_active || a == nullptr || (a->is_wide() && hp.additions_each() == 1) ||
      a->length() != hp.x_length || a->exponent() != hp.x_exponent || first_row + rows > hp.size() ||
      first_column + columns > a->length()) {
    return {DruStatus::kBadOperand, command.a};
  }
  monitor_.show_tile(command.b);
  take_operand(*a, first_column, columns);
  const std::span<const std::int64_t> x = operand_;
  if (const Outcome o = port_.work(columns * a->words_each(), port_.costs().add_J, columns * a->words_each());
      !o.ok()) {
    return o;
  }
  reads_.clear();
  numeric::for_each_digit_read(x, capabilities_.rows_per_read, capabilities_.input_bits,
                               [&](const numeric::DigitRead& read) { reads_.push_back(read); });
  for (auto& sums : sums_) sums.fill(0);
  for (std::size_t done = 0; done < reads_.size(); done += kReads) {
    const auto batch = std::span<const numeric::DigitRead>(reads_).subspan(done);
    const Outcome o = read_batch(*tile, command.b, x, batch.first(std::min(batch.size(), kReads)));
    if (!o.ok()) return o;
  }
  const std::uint64_t additions = std::uint64_t{rows} * tile->macros() * hp.additions_each();
  if (const Outcome o = port_.work(additions, port_.costs().add_J, 0); !o.ok()) return o;
  for (std::size_t i = 0; i < rows; ++i) {
    products_[i] = 0;
    for (unsigned s = 0; s < tile->macros(); ++s) {
      const unsigned shift = capabilities_.digit_bits * (tile->description.first_slice + s);
      products_[i] -= sums_[s][i] * (int128_t{1} << shift);
    }
  }
  const auto products = std::span<const int128_t>(products_).first(rows);
  const auto misfit = std::visit(
      [&](auto& bank) { return bank.subtract(first_row, products, command.arg[2]); }, hp.accumulators);
  if (misfit) return {DruStatus::kOverflow, static_cast<std::uint32_t>(*misfit)};
  return {};
}

void DruHighPrecision::take_operand(const VectorSlot& slot, std::size_t first, std::size_t count) {
  const auto copy = [&](const auto& words) {
    const auto begin = words.begin() + static_cast<std::ptrdiff_t>(first);
    operand_.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  };
  slot.is_wide() ? copy(slot.wide.words) : copy(slot.narrow.words);
  sum_additions_ = slot.words_each();
}

/// Reads until every read of the batch has been confirmed and added, or one has been repeated too often.
Outcome DruHighPrecision::read_batch(const Tile& tile, std::uint32_t index, std::span<const std::int64_t> x,
                                     std::span<const numeric::DigitRead> reads) {
  pending_.assign(reads.begin(), reads.end());
  for (std::uint32_t repetitions = 0;; ++repetitions) {
    if (const Outcome o = read_once(tile, index, x, pending_); !o.ok()) return o;
    refuted_.clear();
    for (std::size_t r = 0; r < pending_.size(); ++r) {
      if (is_confirmed(tile, r)) {
        shift_and_add(tile, pending_[r], r);
      } else {
        refuted_.push_back(pending_[r]);
      }
    }
    const std::uint64_t checked = tile.checksum_lines == 0 ? 0 : tile.outputs() * pending_.size(),
                        added = std::uint64_t{tile.description.rows} * sum_additions_ *
                                (pending_.size() - refuted_.size());
    if (const Outcome o = port_.work((checked + added) * tile.macros(), port_.costs().add_J, 0); !o.ok())
      return o;
    if (refuted_.empty()) return {};
    if (repetitions == capabilities_.max_retries) return {DruStatus::kWrongRead, index};
    std::swap(pending_, refuted_);
    storage_.counters.repeated_reads += static_cast<std::uint32_t>(pending_.size()) * tile.macros();
  }
}

/// All codes of `reads` into codes_.
Outcome DruHighPrecision::read_once(const Tile& tile, std::uint32_t index, std::span<const std::int64_t> x,
                                    std::span<const numeric::DigitRead> reads) {
  build_patterns(x, reads);
  std::array<std::uint32_t, kSlices> macros{};
  for (unsigned s = 0; s < tile.macros(); ++s)
    macros[s] = macro_source(TileKind::kHp, tile.description.macro[s]);
  const AnalogueScope scope(port_);
  const AnalogueRequest request{
      .macros = std::span(macros).first(tile.macros()), .lanes = tile.macros(), .drives = true};
  if (const Outcome o = port_.acquire(request); !o.ok()) return o;
  // Another context may have programmed it meanwhile.
  if (!storage_.tiles.holds(tile, index)) return {DruStatus::kBadOperand, index};
  monitor_.set_state(DruState::kAnalog);
  if (const Outcome o = operate(tile, reads.size()); !o.ok()) return o;
  storage_.counters.hp_reads += static_cast<std::uint32_t>(reads.size()) * tile.macros();
  if (const Outcome o = collect(tile, index, reads.size()); !o.ok()) return o;
  monitor_.set_state(DruState::kVector);
  return {};
}

/// Do the codes of read number `read` agree with the checksum, in every slice?
bool DruHighPrecision::is_confirmed(const Tile& tile, std::size_t read) {
  if (tile.checksum_lines == 0) return true;
  std::uint32_t mismatches = 0;
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const auto codes = std::span<const std::int16_t>(codes_).subspan((s * kReads + read) * adc_reg::kChannels,
                                                                     tile.outputs());
    mismatches += numeric::agrees_with_checksum(codes, tile.checksum_lines, capabilities_.digit_bits) ? 0 : 1;
  }
  storage_.counters.checksum_mismatches += mismatches;
  return mismatches == 0;
}

void DruHighPrecision::build_patterns(std::span<const std::int64_t> x,
                                      std::span<const numeric::DigitRead> reads) {
  patterns_.assign(reads.size() * dac_reg::kChannels, 0);
  for (std::size_t r = 0; r < reads.size(); ++r) {
    std::int16_t* const pattern = patterns_.data() + r * dac_reg::kChannels;
    for (std::size_t j = reads[r].first; j < reads[r].first + reads[r].count; ++j) {
      pattern[j] = static_cast<std::int16_t>(numeric::digit(x[j], reads[r].digit, capabilities_.input_bits));
    }
  }
}

/// Everything up to the end of the conversions: the lanes are started with the macros, so that they convert
/// each read while the next one settles.
Outcome DruHighPrecision::operate(const Tile& tile, std::size_t reads) {
  const std::uint32_t dac = port_.dac_base();
  port_.post_write32(dac + dac_reg::kModeOffset, dac_reg::kModeDigitsMask);
  const Outcome driven = in_bursts(port_, patterns_.size(), [&](std::size_t first, std::size_t count) {
    port_.post_write(dac + dac_reg::kPatternsOffset + static_cast<std::uint32_t>(2 * first),
                     bytes_of(std::span(patterns_).subspan(first, count)));
  });
  if (!driven.ok()) return driven;
  if (const Outcome o = port_.finish(); !o.ok()) return o;
  std::uint64_t driven_ps = 0;
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const std::uint32_t macro = macro_address(TileKind::kHp, tile.description.macro[s]);
    port_.post_input_bank(macro);
    port_.post_write32(macro + macro_reg::kReadsOffset, static_cast<std::uint32_t>(reads));
    port_.post_write32(macro + macro_reg::kInputRangeOffset, 0);
    port_.post_write32(macro + macro_reg::kOutputGainOffset, 0);
    driven_ps =
        std::max(driven_ps, port_.post_write32(macro + macro_reg::kCtrlOffset, macro_reg::kCtrlOperateMask));
  }
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const unsigned lane = port_.lane(s);
    port_.post_write32(map::kAdcBase + adc_reg::kLaneSourceOffset + lane * adc_reg::kLaneSourceStride,
                       macro_source(TileKind::kHp, tile.description.macro[s]));
    port_.post_write32(map::kAdcBase + adc_reg::kLaneStartOffset + lane * adc_reg::kLaneStartStride, 1);
  }
  if (const Outcome o = port_.wait_until(driven_ps); !o.ok()) return o;
  port_.release_dac();
  return port_.finish();
}

Outcome DruHighPrecision::collect(const Tile& tile, std::uint32_t index, std::size_t reads) {
  const std::size_t words = reads * adc_reg::kChannels;
  codes_.resize(kSlices * kReads * adc_reg::kChannels);
  std::array<std::uint32_t, kSlices> macro_status{}, status{}, clips{};
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const std::uint32_t macro = macro_address(TileKind::kHp, tile.description.macro[s]);
    const unsigned lane = port_.lane(s);
    port_.post_read32(macro + macro_reg::kStatusOffset, macro_status[s]);
    port_.post_read32(map::kAdcBase + adc_reg::kLaneStatusOffset + lane * adc_reg::kLaneStatusStride,
                      status[s]);
    port_.post_read32(map::kAdcBase + adc_reg::kLaneClipsOffset + lane * adc_reg::kLaneClipsStride, clips[s]);
    const auto codes = std::span(codes_).subspan(s * kReads * adc_reg::kChannels, words);
    const std::uint32_t address =
        map::kAdcBase + adc_reg::kCodesOffset + lane * kReads * adc_reg::kChannels * 2;
    const Outcome o = in_bursts(port_, words, [&](std::size_t first, std::size_t count) {
      port_.post_read(address + static_cast<std::uint32_t>(2 * first), bytes_of(codes.subspan(first, count)));
    });
    if (!o.ok()) return o;
    if (s > 0) port_.release_lane(s - 1);
  }
  if (const Outcome o = port_.finish(); !o.ok()) return o;
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const auto read_count =
        registers::field_of(status[s], adc_reg::kLaneStatusReadsMask, adc_reg::kLaneStatusReadsShift);
    const auto channels =
        registers::field_of(status[s], adc_reg::kLaneStatusChannelsMask, adc_reg::kLaneStatusChannelsShift);
    // Somebody else has changed the macro's or the lane's registers: the codes are not this tile's.
    const bool was_rejected = (macro_status[s] & macro_reg::kStatusRejectedMask) != 0;
    if (was_rejected || read_count != reads || channels != tile.outputs()) {
      return {DruStatus::kBadOperand, index};
    }
    if ((macro_status[s] & macro_reg::kStatusUnstableMask) != 0) return {DruStatus::kUnstable, index};
    // An amplifier or a DAC at its limit may give a code just inside the range: wrong all the same.
    constexpr std::uint32_t kLimits = macro_reg::kStatusSaturatedMask | macro_reg::kStatusDriveLimitedMask;
    storage_.has_saturated |= (macro_status[s] & kLimits) != 0;
    storage_.counters.clips += clips[s];
    storage_.has_clipped |= clips[s] > 0;
  }
  return {};
}

void DruHighPrecision::shift_and_add(const Tile& tile, const numeric::DigitRead& read, std::size_t index) {
  const std::size_t rows = tile.description.rows;
  const auto weight = int128_t{1} << (capabilities_.input_bits * read.digit);
  for (unsigned s = 0; s < tile.macros(); ++s) {
    const std::int16_t* const codes = codes_.data() + (s * kReads + index) * adc_reg::kChannels;
    auto& sums = sums_[s];
    for (std::size_t i = 0; i < rows; ++i) sums[i] += codes[i] * weight;
  }
}

}  // namespace mho::amc
