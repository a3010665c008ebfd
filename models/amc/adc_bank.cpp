// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/adc_bank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/amc/trim.hpp"
#include "models/fault/injector.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

namespace reg = registers::adc;

namespace {

/// Index of a register of an array of registers, if `offset` is one of them.
bool is_lane_register(std::uint32_t offset, std::uint32_t first, std::uint32_t stride, unsigned& lane) {
  lane = register_index(offset, first, reg::kLanes, stride);
  return lane < reg::kLanes;
}

/// The unit of the reference's draw: one beyond the lanes.
constexpr RandomCoordinates kReference{.unit = reg::kLanes, .row = 0, .column = 0};

}  // namespace

AdcBank::AdcBank(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
                 const DacBanks& dacs, OutputLookup outputs_of)
    : RegisterTarget(name),
      params_(params),
      context_(context),
      dacs_(dacs),
      outputs_of_(std::move(outputs_of)),
      cost_(context.ledger, "amc.adc", reg::kLanes * params.costs.adc_lane_leakage_W,
            params.costs.register_access_J, params.costs.buffer_byte_J),
      full_(resolution(params.adc)),
      low_precision_(resolution(params.adc_low_precision)),
      codes_(reg::kCodesSize),
      reference_gain_(1.0 + params.reference_sigma *
                                context.random.normal(RandomPurpose::kAdcGain, kReference, 0)) {
  if (context.trace.enabled()) declare_signals();
}

AdcBank::Resolution AdcBank::resolution(const circuit::AdcParams& params) const {
  Resolution out{.params = params,
                 .lanes = {},
                 .conversion_ps = tlm_base::to_ps(tlm_base::from_seconds(params.conversion_time_s))};
  for (unsigned lane = 0; lane < reg::kLanes; ++lane) {
    out.lanes.emplace_back(params, reg::kChannels, context_.random, lane);
  }
  return out;
}

void AdcBank::declare_signals() {
  for (unsigned lane = 0; lane < reg::kLanes; ++lane) {
    auto& trace = context_.trace;
    auto& signals = signals_[lane];
    const std::string scope = fmt::format("amc.adc.lane{}", lane);
    signals.source = trace.declare_bits(scope + ".source", 17);
    signals.reads = trace.declare_bits(scope + ".reads", 8);
    signals.min_code = trace.declare_bits(scope + ".min_code", 16);
    signals.max_code = trace.declare_bits(scope + ".max_code", 16);
    signals.clips = trace.declare_bits(scope + ".clips", 16);
    for (unsigned c = 0; c < reg::kChannels; ++c) {
      signals.codes.push_back(
          trace.declare_bits(fmt::format("{}.code{}", scope, c), 16, trace::Detail::kDetail));
    }
  }
}

const HeldOutputs* AdcBank::input_of(const Lane& lane, const tlm_base::Access& access) {
  const bool is_dac = lane.source >= reg::kSourceDac && lane.source < reg::kSourceDac + dacs_.count();
  if (!is_dac && lane.source != reg::kSourceGround) return outputs_of_(lane.source);
  if (reference_reads_ < 1 || reference_reads_ > reg::kMaxReads) return nullptr;
  measured_.start_ps = tlm_base::now_ps(access.delay);
  measured_.read_ps = is_dac ? dacs_.conversion_ps() : 0;
  measured_.is_integer_read = true;
  if (is_dac) {
    measured_.volts = dacs_[lane.source - reg::kSourceDac].loop_back(reference_reads_, access.purpose);
  } else {
    measured_.volts.setZero(reg::kChannels, reference_reads_);
  }
  return &measured_;
}

Eigen::RowVectorXd AdcBank::reference_volt(Eigen::Index reads) const {
  if (reference_start_ == 0 && reference_step_ == 0) return {};
  constexpr double kLimit = (1 << reg::kReferenceFractionBits) - 1;
  const double start = static_cast<std::int32_t>(reference_start_),
               step = static_cast<std::int32_t>(reference_step_);
  const auto codes =
      (start + step * Eigen::RowVectorXd::LinSpaced(reads, 0.0, static_cast<double>(reads - 1)).array())
          .max(-kLimit)
          .min(kLimit);
  const double unit_volt =
      std::ldexp(params_.adc.v_full_scale_volt, -static_cast<int>(reg::kReferenceFractionBits));
  return (codes * (unit_volt * reference_gain_)).matrix();
}

void AdcBank::start_lanes(std::uint32_t mask, const tlm_base::Access& access) {
  sc_core::sc_time longest = access.delay;
  for (unsigned lane = 0; lane < reg::kLanes; ++lane) {
    if ((mask >> lane & 1) == 0) continue;
    sc_core::sc_time delay = access.delay;
    start(lane, {.purpose = access.purpose, .delay = delay, .is_debug = access.is_debug});
    longest = std::max(longest, delay);
  }
  access.delay = longest;
}

void AdcBank::trim(std::uint32_t index, std::uint32_t word) {
  trims_[index] = word & reg::kTrimWriteMask;
  const Trim trim = trim_of(word);
  const std::uint32_t lane = index / reg::kChannels;
  const auto channel = static_cast<Eigen::Index>(index % reg::kChannels);
  const int dropped = static_cast<int>(params_.adc.bits) - static_cast<int>(params_.adc_low_precision.bits);
  full_.lanes[lane].trim(channel, trim.offset_lsb, trim.gain);
  low_precision_.lanes[lane].trim(channel, std::ldexp(trim.offset_lsb, -dropped), trim.gain);
}

/// Lanes go on counting their reads, and with them the draws of their noise, which does not begin anew.
void AdcBank::reset() {
  for (Lane& lane : lanes_) {
    lane = Lane{.busy_until_ps = lane.busy_until_ps, .reads = lane.reads};
  }
  reference_start_ = reg::kReferenceStartReset;
  reference_step_ = reg::kReferenceStepReset;
  reference_reads_ = reg::kReferenceReadsReset;
  sums_ = {};
  conversions_ = 0;
  for (std::uint32_t index = 0; index < trims_.size(); ++index) {
    if (trims_[index] != 0) trim(index, 0);
  }
}

void AdcBank::start(unsigned lane, const tlm_base::Access& access) {
  Lane& state = lanes_[lane];
  const std::uint64_t now = tlm_base::now_ps(access.delay);
  const HeldOutputs* held = input_of(state, access);
  state.clips = state.peak = 0;
  state.status = reg::kLaneStatusRejectedMask;
  if (held == nullptr) return;

  const std::uint64_t groups =
      (held->columns() + params_.converters_per_lane - 1) / params_.converters_per_lane;
  const std::uint64_t read_conversion_ps = groups * resolution_for(*held).conversion_ps;
  const std::uint64_t all_ps = held->reads() * read_conversion_ps;
  // Conversions queue behind the lane, behind the first read, or only the last one behind its read.
  const std::uint64_t end_ps =
      std::max({std::max(now, state.busy_until_ps) + all_ps, held->start_ps + held->read_ps + all_ps,
                held->start_ps + held->reads() * held->read_ps + read_conversion_ps});
  state.busy_until_ps = end_ps;
  access.delay += tlm_base::from_ps(end_ps - now);
  convert(lane, *held, end_ps, read_conversion_ps);

  const std::uint64_t conversions = std::uint64_t{held->columns()} * held->reads();
  conversions_ += conversions;
  cost_.book(static_cast<double>(conversions) * resolution_for(*held).params.energy_per_conversion_J,
             access.purpose);
  if (reference_start_ != 0 || reference_step_ != 0) {
    cost_.book(held->reads() * params_.dac.energy_per_conversion_J, access.purpose);
  }
}

void AdcBank::convert(unsigned lane, const HeldOutputs& held, std::uint64_t end_ps,
                      std::uint64_t conversion_ps) {
  Lane& state = lanes_[lane];
  const auto columns = static_cast<Eigen::Index>(held.columns()),
             reads = static_cast<Eigen::Index>(held.reads());
  const Eigen::MatrixXd* volts = &held.volts;
  const Eigen::RowVectorXd reference = reference_volt(reads);
  if (columns < static_cast<Eigen::Index>(reg::kChannels) || reference.size() > 0) {
    padded_.setZero(reg::kChannels, reads);
    padded_.topRows(columns) = held.volts;
    if (reference.size() > 0) padded_.topRows(columns).rowwise() += reference;
    volts = &padded_;
  }
  const Resolution& used_bits = resolution_for(held);
  auto result = used_bits.lanes[lane].convert(*volts, used_bits.params.v_full_scale_volt, state.reads);
  state.reads += held.reads();
  if (context_.faults != nullptr) {
    const int limit = (1 << (used_bits.params.bits - 1)) - 1;
    context_.faults->change_adc_codes(lane,
                                      {result.codes.data(), static_cast<std::size_t>(result.codes.size())},
                                      reg::kChannels, limit, end_ps);
  }
  const auto used = result.codes.topRows(columns);
  state.min_code = used.minCoeff();
  state.max_code = used.maxCoeff();
  state.clips = static_cast<std::uint32_t>(result.n_clipped);
  state.peak = static_cast<std::uint32_t>(std::max(state.max_code, -state.min_code));
  state.status = held.reads() << reg::kLaneStatusReadsShift |
                 held.columns() << reg::kLaneStatusChannelsShift |
                 (state.clips > 0 ? reg::kLaneStatusClippedMask : 0);
  const Eigen::VectorXi sums = used.cast<int>().rowwise().sum();
  std::fill_n(sums_.begin() + lane * reg::kChannels, reg::kChannels, 0);
  std::copy_n(sums.data(), columns, sums_.begin() + lane * reg::kChannels);
  const auto buffer = codes_.elements().subspan(lane * reg::kMaxReads * reg::kChannels);
  std::copy_n(result.codes.data(), result.codes.size(), buffer.begin());
  // Channels without an output read as 0 whatever their converter's offset.
  for (Eigen::Index read = 0; columns < static_cast<Eigen::Index>(reg::kChannels) && read < reads; ++read) {
    std::fill_n(buffer.begin() + read * reg::kChannels + columns, reg::kChannels - columns, std::int16_t{0});
  }
  if (context_.trace.enabled()) show(lane, held, end_ps, conversion_ps);
}

void AdcBank::show(unsigned lane, const HeldOutputs& held, std::uint64_t end_ps,
                   std::uint64_t conversion_ps) const {
  auto& trace = context_.trace;
  const Signals& signals = signals_[lane];
  const Lane& state = lanes_[lane];
  trace.change(signals.source, end_ps, state.source);
  trace.change(signals.reads, end_ps, held.reads());
  trace.change(signals.min_code, end_ps, static_cast<std::uint16_t>(state.min_code));
  trace.change(signals.max_code, end_ps, static_cast<std::uint16_t>(state.max_code));
  trace.change(signals.clips, end_ps, state.clips);
  const auto buffer = codes_.view().subspan(lane * reg::kMaxReads * reg::kChannels);
  for (unsigned c = 0; c < held.columns(); ++c) {
    if (signals.codes[c] == trace::kUntraced) continue;
    for (unsigned read = 0; read < held.reads(); ++read) {
      const std::uint64_t at_ps = end_ps - (held.reads() - 1 - read) * conversion_ps;
      trace.change(signals.codes[c], at_ps, static_cast<std::uint16_t>(buffer[read * reg::kChannels + c]));
    }
  }
}

bool AdcBank::read_plain(std::uint32_t offset, std::uint32_t& value) const {
  switch (offset) {
    case reg::kIdOffset:
      value = reg::kIdValue;
      return true;
    case reg::kBitsOffset:
      value = params_.adc.bits;
      return true;
    case reg::kLowPrecisionBitsOffset:
      value = params_.adc_low_precision.bits;
      return true;
    case reg::kConversionsOffset:
      value = static_cast<std::uint32_t>(conversions_);
      return true;
    case reg::kFullScaleUvOffset:
      value = microvolts(params_.adc.v_full_scale_volt);
      return true;
    case reg::kReferenceStartOffset:
      value = reference_start_;
      return true;
    case reg::kReferenceStepOffset:
      value = reference_step_;
      return true;
    case reg::kReferenceReadsOffset:
      value = reference_reads_;
      return true;
    default:
      return false;
  }
}

bool AdcBank::read_lane(std::uint32_t offset, std::uint32_t& value) const {
  unsigned lane = 0;
  std::uint32_t converter = register_index(offset, reg::kTrimOffset, kConverters, reg::kTrimStride);
  if (converter < kConverters) {
    value = trims_[converter];
    return true;
  }
  converter = register_index(offset, reg::kSumOffset, kConverters, reg::kSumStride);
  if (converter < kConverters) {
    value = static_cast<std::uint32_t>(sums_[converter]);
  } else if (is_lane_register(offset, reg::kLaneSourceOffset, reg::kLaneSourceStride, lane)) {
    value = lanes_[lane].source;
  } else if (is_lane_register(offset, reg::kLaneStatusOffset, reg::kLaneStatusStride, lane)) {
    value = lanes_[lane].status;
  } else if (is_lane_register(offset, reg::kLaneClipsOffset, reg::kLaneClipsStride, lane)) {
    value = lanes_[lane].clips;
  } else if (is_lane_register(offset, reg::kLanePeakOffset, reg::kLanePeakStride, lane)) {
    value = lanes_[lane].peak;
  } else {
    return false;
  }
  return true;
}

bool AdcBank::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  if (!read_plain(offset, value) && !read_lane(offset, value)) return false;
  cost_.book_register(access);
  return true;
}

bool AdcBank::write_plain(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  switch (offset) {
    case reg::kStartOffset:
      start_lanes(value, access);
      return true;
    case reg::kReferenceStartOffset:
      reference_start_ = value;
      return true;
    case reg::kReferenceStepOffset:
      reference_step_ = value;
      return true;
    case reg::kReferenceReadsOffset:
      reference_reads_ = value;
      return true;
    default:
      return false;
  }
}

bool AdcBank::write_lane(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  unsigned lane = 0;
  const std::uint32_t converter = register_index(offset, reg::kTrimOffset, kConverters, reg::kTrimStride);
  if (converter < kConverters) {
    trim(converter, value);
  } else if (is_lane_register(offset, reg::kLaneSourceOffset, reg::kLaneSourceStride, lane)) {
    lanes_[lane].source = value;
  } else if (is_lane_register(offset, reg::kLaneStartOffset, reg::kLaneStartStride, lane)) {
    if ((value & 1) != 0) start(lane, access);
  } else {
    return false;
  }
  return true;
}

bool AdcBank::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  if (!write_plain(offset, value, access) && !write_lane(offset, value, access)) return false;
  cost_.book_register(access);
  return true;
}

std::uint32_t AdcBank::window_offset() const {
  return reg::kCodesOffset;
}

bool AdcBank::read_window(std::uint32_t offset, std::span<std::uint8_t> data,
                          const tlm_base::Access& access) {
  if (!codes_.read(offset, data)) return false;
  cost_.book_buffer(access, data.size());
  return true;
}

}  // namespace mho::amc
