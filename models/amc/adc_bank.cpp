// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/adc_bank.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/tlm/time.hpp"

namespace mho::amc {

namespace reg = registers::adc;

namespace {

/// Index of a register of an array of registers, if `offset` is one of them.
bool is_lane_register(std::uint32_t offset, std::uint32_t first, std::uint32_t stride, unsigned& lane) {
  if (offset < first || offset >= first + reg::kLanes * stride) return false;
  lane = (offset - first) / stride;
  return true;
}

}  // namespace

AdcBank::AdcBank(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
                 OutputLookup outputs_of)
    : RegisterTarget(name),
      params_(params),
      context_(context),
      outputs_of_(std::move(outputs_of)),
      cost_(context.ledger, "amc.adc", reg::kLanes * params.costs.adc_lane_leakage_W,
            params.costs.register_access_J, params.costs.buffer_byte_J),
      full_(resolution(params.adc)),
      low_precision_(resolution(params.adc_low_precision)),
      codes_(reg::kCodesSize) {
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

void AdcBank::start(unsigned lane, const tlm_base::Access& access) {
  Lane& state = lanes_[lane];
  const std::uint64_t now = tlm_base::now_ps(access.delay);
  const HeldOutputs* held = outputs_of_(state.source);
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
}

void AdcBank::convert(unsigned lane, const HeldOutputs& held, std::uint64_t end_ps,
                      std::uint64_t conversion_ps) {
  Lane& state = lanes_[lane];
  const auto columns = static_cast<Eigen::Index>(held.columns()),
             reads = static_cast<Eigen::Index>(held.reads());
  const Eigen::MatrixXd* volts = &held.volts;
  if (columns < static_cast<Eigen::Index>(reg::kChannels)) {
    padded_.setZero(reg::kChannels, reads);
    padded_.topRows(columns) = held.volts;
    volts = &padded_;
  }
  const Resolution& used_bits = resolution_for(held);
  const auto result = used_bits.lanes[lane].convert(*volts, used_bits.params.v_full_scale_volt, state.reads);
  state.reads += held.reads();
  const auto used = result.codes.topRows(columns);
  state.min_code = used.minCoeff();
  state.max_code = used.maxCoeff();
  state.clips = static_cast<std::uint32_t>(result.n_clipped);
  state.peak = static_cast<std::uint32_t>(std::max(state.max_code, -state.min_code));
  state.status = held.reads() << reg::kLaneStatusReadsShift |
                 held.columns() << reg::kLaneStatusChannelsShift |
                 (state.clips > 0 ? reg::kLaneStatusClippedMask : 0);
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

bool AdcBank::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  unsigned lane = 0;
  if (offset == reg::kIdOffset) {
    value = reg::kIdValue;
  } else if (offset == reg::kBitsOffset) {
    value = params_.adc.bits;
  } else if (offset == reg::kLowPrecisionBitsOffset) {
    value = params_.adc_low_precision.bits;
  } else if (offset == reg::kConversionsOffset) {
    value = static_cast<std::uint32_t>(conversions_);
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
  cost_.book_register(access);
  return true;
}

bool AdcBank::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  unsigned lane = 0;
  if (is_lane_register(offset, reg::kLaneSourceOffset, reg::kLaneSourceStride, lane)) {
    lanes_[lane].source = value;
  } else if (is_lane_register(offset, reg::kLaneStartOffset, reg::kLaneStartStride, lane)) {
    if ((value & 1) != 0) start(lane, access);
  } else {
    return false;
  }
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
