// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/libmho/reference_dru.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <stdexcept>

#include "firmware/hal/mmio.h"
#include "registers/array_macro.hpp"
#include "registers/telemetry.hpp"
#include "tests/firmware/libmho/level_grids.hpp"

namespace mho::test {
namespace {

using namespace registers::dru;
using registers::dru::DruCommand;

constexpr std::uint32_t kMaxCommands = 1u << 20;

/// What ends a list early, as a status.
struct Fault {
  DruStatus status;
  std::uint32_t detail;
};

long double value_of(std::int64_t mantissa, std::int32_t exponent) {
  return std::ldexp(static_cast<long double>(mantissa), exponent);
}

/// To 8-bit codes and back, by a power of two that leaves the largest at 64 … 127.
Eigen::VectorXd through_converter(const Eigen::VectorXd& v, bool exact) {
  const double peak = v.cwiseAbs().maxCoeff();
  if (exact || peak == 0.0) return v;
  int k = static_cast<int>(std::ceil(std::log2(peak / 127.0)));
  while (std::round(std::ldexp(peak, -k)) > 127.0) ++k;
  return (v * std::ldexp(1.0, -k)).array().round().matrix() * std::ldexp(1.0, k);
}

}  // namespace

ReferenceDru::ReferenceDru(const ReferenceDruOptions& options)
    : ram(options.ram_bytes),
      options_(options),
      random_(options.seed),
      contexts_(options.contexts),
      c_(contexts_.data()) {
  capabilities_[kIdOffset] = kIdValue;
  capabilities_[kCapInvCountOffset] = options.inv_count;
  capabilities_[kCapInvSizeOffset] = options.inv_size;
  capabilities_[kCapGinvCountOffset] = options.ginv_count;
  capabilities_[kCapGinvSizeOffset] = options.ginv_size;
  capabilities_[kCapMvmCountOffset] = options.mvm_count;
  capabilities_[kCapMvmSizeOffset] = options.mvm_size;
  capabilities_[kCapHpRowsOffset] = options.hp_rows == 0 ? options.mvm_size : options.hp_rows;
  capabilities_[kCapLevelsOffset] = options.levels;
  capabilities_[kCapDigitBitsOffset] = options.digit_bits;
  capabilities_[kCapInputBitsOffset] = 1;
  capabilities_[kCapSramWordsOffset] = options.sram_words;
  capabilities_[kCapInvLevelsOffset] = options.levels;
  capabilities_[kCapInvSlicesOffset] = 1;
  capabilities_[kCapGMinPsOffset] = 500'000;
  capabilities_[kCapGStepPsOffset] = 34'500'000 / (options.levels - 1);
  capabilities_[kCapGInPsOffset] = 35'000'000;
  capabilities_[kCapInvIsUnevenOffset] = options.inv_level_values.empty() ? 0 : 1;
  capabilities_[kCapContextsOffset] = options.contexts;
  capabilities_[kCapDacBanksOffset] = 1;
  for (std::uint32_t k = 0; k < options.inv_level_values.size(); ++k) {
    capabilities_[kCapInvLevelValueOffset + k * kCapInvLevelValueStride] = options.inv_level_values[k];
  }
}

/// v · 2^shift in the bits of an accumulator.
ReferenceDru::Integer ReferenceDru::shifted(const Integer& v, std::int32_t shift) const {
  if (v == 0) return 0;
  const auto top = static_cast<std::int32_t>(accumulator_bits_) - 1;
  const Integer limit = shift > top ? Integer(0) : Integer(1) << (top - shift);
  if (v >= limit || v < -limit) throw Fault{DruStatus::kOverflow, 0};
  return v * (Integer(1) << shift);
}

template <typename T>
T& ReferenceDru::at(std::uint32_t address) {
  if (address < kRamAddress || address - kRamAddress > ram.size() - sizeof(T))
    throw Fault{DruStatus::kBusError, address};
  return *reinterpret_cast<T*>(ram.data() + (address - kRamAddress));
}

/// Context and offset of a register.
static std::pair<std::uint32_t, std::uint32_t> place_of(std::uintptr_t address) {
  if (address < ReferenceDru::kContextsBase)
    return {0, static_cast<std::uint32_t>(address - ReferenceDru::kDruBase)};
  const auto behind = static_cast<std::uint32_t>(address - ReferenceDru::kContextsBase);
  return {1 + behind / ReferenceDru::kContextStride, behind % ReferenceDru::kContextStride};
}

/// Time stands still, and nothing but jobs has an energy.
std::uint32_t ReferenceDru::read_telemetry(std::uint32_t offset) const {
  namespace telemetry = registers::telemetry;
  const auto energy = energy_of_job_pj_.find(selected_job_);
  const std::uint64_t energy_pj = energy == energy_of_job_pj_.end() ? 0 : energy->second;
  switch (offset) {
    case telemetry::kIdOffset:
      return telemetry::kIdValue;
    case telemetry::kPhaseOffset:
      return phase;
    case telemetry::kJobPjLoOffset:
      return static_cast<std::uint32_t>(energy_pj);
    case telemetry::kJobPjHiOffset:
      return static_cast<std::uint32_t>(energy_pj >> 32);
    default:
      return 0;
  }
}

std::uint32_t ReferenceDru::read(std::uintptr_t address) {
  if (address >= kTelemetryBase && address < kTelemetryBase + 0x1000)
    return read_telemetry(static_cast<std::uint32_t>(address - kTelemetryBase));
  if (address >= kInvBase) {
    const auto macro = macro_status.find(address - registers::array_macro::kStatusOffset);
    return macro == macro_status.end() ? 0 : macro->second;
  }
  const auto [number, offset] = place_of(address);
  if (offset == kHeadOffset) return contexts_.at(number).head;
  const auto capability = capabilities_.find(offset);
  return capability != capabilities_.end() ? capability->second : contexts_.at(number).registers[offset];
}

void ReferenceDru::write(std::uintptr_t address, std::uint32_t value) {
  if (address == kTelemetryBase + registers::telemetry::kPhaseOffset) {
    phase = value;
    return;
  }
  if (address == kTelemetryBase + registers::telemetry::kJobSelectOffset) {
    selected_job_ = value;
    return;
  }
  const auto [number, offset] = place_of(address);
  Context& context = contexts_.at(number);
  if (offset == kIrqStateOffset) value = context.registers[offset] & ~value;  // write 1 to clear
  context.registers[offset] = value;
  if (offset == kRingBaseOffset) context.head = context.registers[kDoorbellOffset] = 0;
  if (offset == kDoorbellOffset && !options_.is_deferred) {
    while (step()) {
    }
  }
}

bool ReferenceDru::is_ready(std::uint32_t context) {
  return contexts_[context].head != contexts_[context].registers[kDoorbellOffset];
}

bool ReferenceDru::step() {
  auto number = options_.contexts;
  while (number > 0 && !is_ready(number - 1)) --number;
  if (number == 0) return false;
  c_ = &contexts_[--number];
  const std::uint32_t place = c_->head % c_->registers[kRingEntriesOffset];
  auto& descriptor = at<DruDescriptor>(c_->registers[kRingBaseOffset] + place * kDescriptorBytes);
  run(descriptor);
  c_->registers[kIrqStateOffset] |= static_cast<DruStatus>(descriptor.status) == DruStatus::kOk
                                        ? kIrqStateJobDoneMask
                                        : kIrqStateJobErrorMask;
  ++c_->head;
  ++lists;
  ++lists_of_context[number];
  return true;
}

/// The next command, as the descriptor wants it.
DruCommand ReferenceDru::fetch(const DruDescriptor& descriptor) {
  if (c_->next >= descriptor.list_commands) throw Fault{DruStatus::kBadCommand, c_->next};
  DruCommand command = at<DruCommand>(descriptor.list_address + c_->next * kCommandBytes);
  ++c_->next;
  const auto opcode = static_cast<DruOpcode>(command.opcode);
  const bool is_transfer =
      opcode == DruOpcode::kLoad || opcode == DruOpcode::kStore || opcode == DruOpcode::kStoreScalar;
  if (is_transfer && (command.flags & kFlagRelative) != 0) command.arg[0] += descriptor.data_offset;
  if (opcode == DruOpcode::kBranchLe && (command.flags & kFlagTightened) != 0)
    command.arg[1] -= 2 * descriptor.guard_bits;
  return command;
}

void ReferenceDru::run(DruDescriptor& descriptor) {
  DruStatus status = DruStatus::kNotRun;
  try {
    if ((descriptor.flags & kDescriptorFlagResume) == 0) {
      c_->next = 0;
      c_->iteration = 0;
      c_->open_calls.clear();
    } else if (descriptor.list_address != c_->ended_list) {
      throw Fault{DruStatus::kBadDescriptor, descriptor.list_address};
    }
    c_->ended_list = 0;
    if (descriptor.list_address % kCommandBytes != 0 || descriptor.job_id == 0 ||
        descriptor.list_commands == 0 || descriptor.list_commands > kMaxCommands) {
      throw Fault{DruStatus::kBadDescriptor, descriptor.list_address};
    }
    while (status == DruStatus::kNotRun) {
      const DruCommand command = fetch(descriptor);
      ++commands;
      energy_of_job_pj_[descriptor.job_id] += kCommandEnergy_pj;
      const DruStatus injected = inject ? inject(command) : DruStatus::kNotRun;
      if (injected != DruStatus::kNotRun) throw Fault{injected, command.b};
      if (static_cast<DruOpcode>(command.opcode) == DruOpcode::kEnd) {
        descriptor.end_code = command.arg[0];
        c_->ended_list = descriptor.list_address;
        status = command.arg[0] == 0 ? DruStatus::kOk : DruStatus::kStopped;
      } else {
        execute(command);
      }
    }
  } catch (const Fault& fault) {
    status = fault.status;
    descriptor.fault_command = c_->next - 1;
    descriptor.fault_detail = fault.detail;
  }
  descriptor.iterations = c_->iteration;
  descriptor.duration_ns = kListDuration_ns;
  descriptor.status = static_cast<std::uint32_t>(status);
}

ReferenceDru::Vector& ReferenceDru::filled(std::uint16_t slot) {
  const auto found = c_->slots.find(slot);
  if (found == c_->slots.end() || found->second.words.empty()) throw Fault{DruStatus::kBadOperand, slot};
  return found->second;
}

ReferenceDru::Vector ReferenceDru::normalised(const std::vector<long double>& values, bool is_wide) const {
  const int bits = is_wide ? 62 : 31;
  long double peak = 0;
  for (const long double v : values) peak = std::max(peak, std::fabs(v));
  Vector out{std::vector<std::int64_t>(values.size()), 0, is_wide};
  if (peak == 0) return out;
  int exponent = 0;
  std::frexp(peak, &exponent);
  out.exponent = exponent - bits;
  if (std::round(std::ldexp(peak, -out.exponent)) >= std::ldexp(1.0L, bits)) ++out.exponent;
  for (std::size_t i = 0; i < values.size(); ++i) {
    out.words[i] = static_cast<std::int64_t>(std::round(std::ldexp(values[i], -out.exponent)));
  }
  return out;
}

/// Kinds of macros have ranges of their own.
std::uint32_t ReferenceDru::place_of_macro(TileKind kind, std::uint32_t index) const {
  const bool is_inv = kind == TileKind::kInv, is_ginv = kind == TileKind::kGinv;
  const std::uint32_t count = is_inv    ? options_.inv_count
                              : is_ginv ? options_.ginv_count
                                        : options_.mvm_count;
  if (index >= count) throw Fault{DruStatus::kBadOperand, index};
  return (is_inv ? 0u : is_ginv ? 0x20000u : 0x10000u) + index;
}

void ReferenceDru::program(const DruCommand& command) {
  ++programs;
  Tile tile;
  tile.descriptor = at<DruTile>(command.arg[0]);
  const auto& d = tile.descriptor;
  const bool is_inv = static_cast<TileKind>(d.kind) == TileKind::kInv;
  const bool is_high = static_cast<TileKind>(d.kind) == TileKind::kHp;
  for (unsigned s = 0; s < d.slices; ++s) {
    holder_[place_of_macro(static_cast<TileKind>(d.kind), d.macro[s])] = command.b;
  }
  tile.low.resize(d.rows, d.columns);
  tile.copy.resize(d.rows, d.columns);
  tile.high.resize(std::size_t{d.rows} * d.columns);
  const double full_scale = options_.levels - 1.0;
  const unsigned first_bit = options_.digit_bits * d.first_slice,
                 last_bit = first_bit + options_.digit_bits * d.slices;
  ++writes_;
  for (unsigned i = 0; i < d.rows; ++i) {
    for (unsigned j = 0; j < d.columns; ++j) {
      if (is_high) {
        const auto v = at<std::int32_t>(d.source_address + i * d.row_stride + 4 * j);
        const std::int64_t mask = (std::int64_t{1} << last_bit) - (std::int64_t{1} << first_bit);
        const std::int64_t digits = std::abs(std::int64_t{v}) & mask;
        tile.high[i * d.columns + j] = v < 0 ? -digits : digits;
        continue;
      }
      const RandomCoordinates place{command.b + (writes_ << 16), static_cast<std::uint16_t>(i),
                                    static_cast<std::uint16_t>(j)};
      const auto error = [&](std::uint32_t copy) {
        return options_.cell_tolerance * full_scale * 2.0 *
               (random_.uniform(RandomPurpose::kTest, place, 2 * copy) -
                random_.uniform(RandomPurpose::kTest, place, 2 * copy + 1));
      };
      const int level = at<std::int8_t>(d.source_address + i * d.row_stride + j);
      const bool is_uneven = is_inv && !options_.inv_level_values.empty();
      tile.low(i, j) = (is_uneven ? worth(options_.inv_level_values, level) : level) + error(0);
      tile.copy(i, j) = level + error(1);
    }
  }
  tiles_[command.b] = std::move(tile);
}

ReferenceDru::Vector ReferenceDru::low_precision(const Tile& tile, const Vector& operand, bool invert) {
  const auto& d = tile.descriptor;
  Eigen::VectorXd in(static_cast<Eigen::Index>(operand.words.size()));
  for (Eigen::Index i = 0; i < in.size(); ++i)
    in[i] = static_cast<double>(operand.words[static_cast<std::size_t>(i)]);
  if (in.isZero()) return normalised(std::vector<long double>(d.rows));
  in = through_converter(in, options_.has_exact_converters);
  Eigen::VectorXd out;
  if (invert) {
    Eigen::MatrixXd circuit(d.rows, d.rows);
    Eigen::VectorXd currents(d.rows);
    for (unsigned i = 0; i < d.rows; ++i) {
      const auto order =
          d.order_address == 0 ? static_cast<std::uint8_t>(i) : at<std::uint8_t>(d.order_address + i);
      const double sign = (order & 0x80u) != 0 ? -1.0 : 1.0;
      circuit.row(i) = sign * tile.low.row(order & 0x7f);
      currents[i] = sign * in[order & 0x7f];
    }
    out = circuit.partialPivLu().solve(currents);
  } else {
    out = tile.low * in;
  }
  out = through_converter(out, options_.has_exact_converters);
  std::vector<long double> values(d.rows);
  for (unsigned i = 0; i < d.rows; ++i) {
    values[i] =
        std::ldexp(out[i] * static_cast<long double>(d.scale_mantissa), d.scale_exponent + operand.exponent);
  }
  return normalised(values);
}

ReferenceDru::Vector ReferenceDru::generalised_inverse(const Tile& tile, const Vector& operand) {
  const auto& d = tile.descriptor;
  const Eigen::Index m = d.rows, n = d.columns;
  Eigen::VectorXd in(m + n);
  if (operand.words.size() != static_cast<std::size_t>(m + n)) throw Fault{DruStatus::kBadOperand, 0};
  for (Eigen::Index i = 0; i < m + n; ++i) {
    const auto order = at<std::uint8_t>(d.order_address + static_cast<std::uint32_t>(i));
    const auto word = static_cast<double>(operand.words[order & 0x7fu]);
    in[i] = (order & 0x80u) != 0 ? -word : word;
  }
  if (in.isZero()) return normalised(std::vector<long double>(operand.words.size()));
  in = through_converter(in, options_.has_exact_converters);
  Eigen::MatrixXd whole = Eigen::MatrixXd::Zero(m + n, m + n);
  whole.topLeftCorner(m, n) = tile.low;
  whole.topRightCorner(m, m).diagonal().setConstant(d.feedback);
  whole.bottomLeftCorner(n, n).diagonal().setConstant(-static_cast<double>(d.damping));
  whole.bottomRightCorner(n, m) = tile.copy.transpose();
  const Eigen::VectorXd out =
      through_converter(whole.partialPivLu().solve(in), options_.has_exact_converters);
  std::vector<long double> values;
  for (const double v : out) {
    values.push_back(
        std::ldexp(v * static_cast<long double>(d.scale_mantissa), d.scale_exponent + operand.exponent));
  }
  return normalised(values);
}

void ReferenceDru::rank_update(const DruRankUpdate& u) {
  for (std::uint32_t i = 0; i < u.rows; ++i) {
    for (std::uint32_t j = 0; j < u.columns; ++j) {
      int128_t sum = 0;
      for (std::uint32_t k = 0; k < u.depth; ++k) {
        sum += static_cast<int128_t>(at<std::int32_t>(u.a_address + i * u.a_stride + 4 * k)) *
               at<std::int32_t>(u.w_address + k * u.w_stride + 4 * j);
      }
      if (u.shift != 0) sum = (sum + (static_cast<int128_t>(1) << (u.shift - 1))) >> u.shift;
      auto& c = at<std::int32_t>(u.c_address + i * u.c_stride + 4 * j);
      const int128_t next = c - sum;
      if (next != static_cast<std::int32_t>(next)) throw Fault{DruStatus::kOverflow, i};
      c = static_cast<std::int32_t>(next);
    }
  }
}

ReferenceDru::Tile& ReferenceDru::held(std::uint16_t tile, TileKind kind) {
  const auto found = tiles_.find(tile);
  if (found == tiles_.end() || static_cast<TileKind>(found->second.descriptor.kind) != kind)
    throw Fault{DruStatus::kBadOperand, tile};
  const auto& d = found->second.descriptor;
  for (unsigned s = 0; s < d.slices; ++s) {
    if (holder_.at(place_of_macro(kind, d.macro[s])) != tile) throw Fault{DruStatus::kBadOperand, tile};
  }
  return found->second;
}

// The accumulators normalised: up to 160 bits, so not through long double.
ReferenceDru::Vector ReferenceDru::accumulated() const {
  Integer peak = 0;
  for (const Integer& v : accumulators_) peak = std::max(peak, Integer(abs(v)));
  Vector out{std::vector<std::int64_t>(accumulators_.size()), 0, false};
  if (peak == 0) return out;
  int bits = 0;
  while (peak >> bits != 0) ++bits;
  const auto rounded = [](const Integer& v, int shift) {
    const Integer m = abs(v);
    const Integer r = shift > 0 ? Integer((m + (Integer(1) << (shift - 1))) >> shift) : Integer(m << -shift);
    return static_cast<std::int64_t>(v < 0 ? Integer(-r) : r);
  };
  int shift = bits - 31;
  if (rounded(peak, shift) >> 31 != 0) ++shift;
  out.exponent = accumulator_exponent_ + shift;
  for (std::size_t i = 0; i < out.words.size(); ++i) out.words[i] = rounded(accumulators_[i], shift);
  return out;
}

void ReferenceDru::execute(const DruCommand& c) {
  const bool is_wide = (c.flags & kFlagWide) != 0;
  const auto values_of = [](const Vector& v) {
    std::vector<long double> out;
    for (const auto w : v.words) out.push_back(value_of(w, v.exponent));
    return out;
  };
  const auto combine = [&](const Vector& a, const Vector& b, auto&& operation) {
    if (a.words.size() != b.words.size()) throw Fault{DruStatus::kBadOperand, c.a};
    auto x = values_of(a);
    const auto y = values_of(b);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = operation(x[i], y[i]);
    return normalised(x, is_wide);
  };
  switch (static_cast<DruOpcode>(c.opcode)) {
    case DruOpcode::kNop:
      return;
    case DruOpcode::kJump:
      c_->next = c.arg[0];
      return;
    case DruOpcode::kLoop:
      if (++c_->iteration < c.arg[1]) c_->next = c.arg[0];
      return;
    case DruOpcode::kCall:
      if (c_->open_calls.size() == kCallDepth) throw Fault{DruStatus::kBadCommand, c.arg[0]};
      c_->open_calls.push_back(c_->next);
      c_->next = c.arg[0];
      return;
    case DruOpcode::kReturn:
      if (c_->open_calls.empty()) throw Fault{DruStatus::kBadCommand, c_->next - 1};
      c_->next = c_->open_calls.back();
      c_->open_calls.pop_back();
      return;
    case DruOpcode::kBranchLe: {
      const bool holds =
          c_->scalars[c.a] <= std::ldexp(c_->scalars[c.b], static_cast<std::int32_t>(c.arg[1]));
      if (holds != ((c.flags & kFlagInvert) != 0)) c_->next = c.arg[0];
      return;
    }
    case DruOpcode::kLoad: {
      const auto header = at<DruVector>(c.arg[0]);
      if (header.length != c.arg[1]) throw Fault{DruStatus::kBadOperand, c.dst};
      Vector v{std::vector<std::int64_t>(header.length), header.exponent, is_wide};
      for (std::uint32_t i = 0; i < header.length; ++i) {
        v.words[i] =
            is_wide ? at<std::int64_t>(c.arg[0] + 8 + 8 * i) : at<std::int32_t>(c.arg[0] + 8 + 4 * i);
      }
      c_->slots[c.dst] = v;
      return;
    }
    case DruOpcode::kStore: {
      const Vector& v = filled(c.a);
      at<DruVector>(c.arg[0]) = DruVector{v.exponent, static_cast<std::uint32_t>(v.words.size())};
      for (std::uint32_t i = 0; i < v.words.size(); ++i) {
        if (v.is_wide) {
          at<std::int64_t>(c.arg[0] + 8 + 8 * i) = v.words[i];
        } else {
          at<std::int32_t>(c.arg[0] + 8 + 4 * i) = static_cast<std::int32_t>(v.words[i]);
        }
      }
      return;
    }
    case DruOpcode::kStoreScalar: {
      int exponent = 0;
      const long double m = std::frexp(c_->scalars[c.a], &exponent);
      at<DruScalar>(c.arg[0] + c_->iteration * c.arg[1]) = DruScalar{
          static_cast<std::int64_t>(std::ldexp(m, 63)), c_->scalars[c.a] == 0 ? 0 : exponent - 63, 0};
      return;
    }
    case DruOpcode::kClear:
      c_->slots[c.dst] = Vector{std::vector<std::int64_t>(c.arg[0]), 0, is_wide};
      return;
    case DruOpcode::kSlice: {
      const Vector& a = filled(c.a);
      if (c.arg[0] + c.arg[1] > a.words.size()) throw Fault{DruStatus::kBadOperand, c.a};
      const auto first = a.words.begin() + c.arg[0];
      const Vector part{{first, first + c.arg[1]}, a.exponent, a.is_wide};
      c_->slots[c.dst] = a.is_wide && !is_wide ? normalised(values_of(part)) : part;
      c_->slots[c.dst].is_wide = is_wide;
      return;
    }
    case DruOpcode::kJoin: {
      auto a = values_of(filled(c.a));
      for (const long double v : values_of(filled(c.b))) a.push_back(v);
      c_->slots[c.dst] = normalised(a);
      return;
    }
    case DruOpcode::kAdd: {
      const long double sign = (c.flags & kFlagSubtract) != 0 ? -1 : 1;
      c_->slots[c.dst] = combine(filled(c.a), filled(c.b), [&](auto x, auto y) { return x + sign * y; });
      return;
    }
    case DruOpcode::kMultiply:
      c_->slots[c.dst] = combine(filled(c.a), filled(c.b), [](auto x, auto y) { return x * y; });
      return;
    case DruOpcode::kAxpy: {
      const long double sign = (c.flags & kFlagSubtract) != 0 ? -1 : 1;
      const long double factor = sign * c_->scalars.at(static_cast<std::uint16_t>(c.arg[0]));
      c_->slots[c.dst] = combine(filled(c.a), filled(c.b), [&](auto x, auto y) { return x + factor * y; });
      return;
    }
    case DruOpcode::kDot: {
      const auto a = values_of(filled(c.a)), b = values_of(filled(c.b));
      if (a.size() != b.size()) throw Fault{DruStatus::kBadOperand, c.b};
      c_->scalars[c.dst] = std::inner_product(a.begin(), a.end(), b.begin(), 0.0L);
      return;
    }
    case DruOpcode::kRatio:
      c_->scalars[c.dst] = c_->scalars[c.b] == 0 ? 0.0L : c_->scalars[c.a] / c_->scalars[c.b];
      return;
    case DruOpcode::kNorm2: {
      long double sum = 0;
      const auto a = values_of(filled(c.a));
      for (std::size_t i = 0; i < a.size(); ++i) {
        const long double w =
            c.b == kNoSlot ? a[i] : std::ldexp(a[i], static_cast<int>(filled(c.b).words.at(i)));
        sum += w * w;
      }
      c_->scalars[c.dst] = sum;
      return;
    }
    case DruOpcode::kInv:
    case DruOpcode::kMvm: {
      const bool invert = static_cast<DruOpcode>(c.opcode) == DruOpcode::kInv;
      ++(invert ? inv_ops : mvm_ops);
      const Tile& tile = held(c.b, invert ? TileKind::kInv : TileKind::kMvm);
      Vector operand = filled(c.a);
      if (c.arg[0] + tile.descriptor.columns > operand.words.size()) throw Fault{DruStatus::kBadOperand, c.a};
      const auto first = operand.words.begin() + c.arg[0];
      operand.words = {first, first + tile.descriptor.columns};
      Vector result = low_precision(tile, operand, invert);
      if ((c.flags & kFlagAccumulate) != 0) {
        const long double sign = (c.flags & kFlagSubtract) != 0 ? -1 : 1;
        result = combine(filled(c.dst), result, [&](auto x, auto y) { return x + sign * y; });
      }
      c_->slots[c.dst] = result;
      return;
    }
    case DruOpcode::kGinv: {
      ++ginv_ops;
      c_->slots[c.dst] = generalised_inverse(held(c.b, TileKind::kGinv), filled(c.a));
      return;
    }
    case DruOpcode::kHpBegin: {
      const Vector& b = filled(c.a);
      accumulator_bits_ = is_wide ? 160 : 96;
      if (!is_wide && (b.is_wide || filled(c.b).is_wide)) throw Fault{DruStatus::kBadOperand, c.a};
      product_exponent_ = filled(c.b).exponent + static_cast<std::int32_t>(c.arg[0]);
      accumulator_exponent_ = std::min(b.exponent, product_exponent_);
      accumulators_.clear();
      for (const auto w : b.words) accumulators_.push_back(shifted(w, b.exponent - accumulator_exponent_));
      return;
    }
    case DruOpcode::kHpMvm: {
      const Tile& tile = held(c.b, TileKind::kHp);
      const auto& d = tile.descriptor;
      const Vector& x = filled(c.a);
      for (unsigned i = 0; i < d.rows; ++i) {
        int128_t sum = 0;
        for (unsigned j = 0; j < d.columns; ++j) {
          sum += static_cast<int128_t>(tile.high[i * d.columns + j]) * x.words.at(c.arg[1] + j);
        }
        if (corrupt) corrupt(c.arg[0] + i, sum);
        auto& accumulator = accumulators_.at(c.arg[0] + i);
        const std::int32_t shift =
            product_exponent_ - accumulator_exponent_ + static_cast<std::int32_t>(c.arg[2]);
        accumulator = shifted(accumulator - shifted(Integer(sum), shift), 0);
      }
      return;
    }
    case DruOpcode::kHpEnd:
      c_->slots[c.dst] = accumulated();
      return;
    case DruOpcode::kProgram:
      program(c);
      return;
    case DruOpcode::kRankUpdate:
      rank_update(at<DruRankUpdate>(c.arg[0]));
      return;
    default:
      throw Fault{DruStatus::kBadCommand, c.opcode};
  }
}

}  // namespace mho::test
