// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/subsystem.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/tlm/time.hpp"
#include "registers/adc.hpp"
#include "registers/memory_map.hpp"

namespace mho::amc {

namespace map = registers::memory_map;

namespace {

AmcParams validated(const AmcParams& params) {
  validate(params);
  return params;
}

}  // namespace

Subsystem::Subsystem(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
                     soc::Bus& bus)
    : sc_module(name),
      params_(validated(params)),
      inv_shared_(MacroKind::kInv, params_, context),
      mvm_shared_(MacroKind::kMvm, params_, context),
      dacs_(params_, context),
      adc_("adc", params_, context, dacs_, [this](std::uint32_t source) { return outputs_of(source); }),
      telemetry_("telemetry", params_, context),
      dru_shared_("dru_shared", params_, context) {
  add_contexts(context, bus);
  bus.attach(map::kTelemetryBase, map::kTelemetrySize, telemetry_.socket, "amc.telemetry");
  for (unsigned b = 0; b < dacs_.count(); ++b) {
    DacBank& bank = dacs_[b];
    bus.attach(map::kDacBase + b * map::kDacStride, map::kDacSize, bank.socket,
               fmt::format("amc.{}", bank.basename()));
  }
  bus.attach(map::kAdcBase, map::kAdcSize, adc_.socket, "amc.adc");
  add_macros(inv_, inv_shared_, bus);
  add_macros(mvm_, mvm_shared_, bus);
  if (params_.ginv_count > 0) {
    ginv_shared_.emplace(MacroKind::kGinv, params_, context);
    add_macros(ginv_, *ginv_shared_, bus);
  }
  dru_shared_.initiator.socket.bind(bus.initiators);
  const trace::SignalId phase_signal = context.trace.declare_bits("amc.phase", 3);
  context.trace.change(phase_signal, 0, static_cast<std::uint64_t>(context.ledger.phase()));
  context.ledger.on_phase(
      [this, &trace = context.trace, phase_signal](cost::Phase phase, std::uint64_t time_ps) {
        trace.change(phase_signal, time_ps, static_cast<std::uint64_t>(phase));
        show_energy(time_ps);
      });
}

void Subsystem::add_macros(std::vector<std::unique_ptr<ArrayMacro>>& macros, const MacroShared& shared,
                           soc::Bus& bus) {
  const MacroKindInfo& kind = info_of(shared.physics.kind);
  const unsigned count = count_of(params_, kind.kind);
  macros.reserve(count);
  for (unsigned i = 0; i < count; ++i) {
    const std::string name = fmt::format("{}{}", kind.name, i);
    macros.push_back(std::make_unique<ArrayMacro>(name.c_str(), shared, dacs_, i));
    bus.attach(kind.base + i * kind.stride, kind.bytes, macros.back()->socket, "amc." + name);
  }
}

/// Their interrupt lines are one.
void Subsystem::add_contexts(const tlm_base::Context& context, soc::Bus& bus) {
  for (unsigned c = 0; c < params_.dru.contexts; ++c) {
    const std::string name = c == 0 ? "dru" : fmt::format("dru_context{}", c);
    const std::uint32_t base =
        c == 0 ? map::kDruBase : map::kDruContextBase + (c - 1) * map::kDruContextStride;
    dru_.push_back(std::make_unique<Dru>(name.c_str(), params_, context, dru_shared_, c,
                                         [this](const tlm_base::Access& access) { reset_dru(access); }));
    bus.attach(base, map::kDruSize, dru_.back()->socket, "amc." + name);
    dru_.back()->irq.connect([this](bool, std::uint64_t time_ps) {
      irq_.set(std::ranges::any_of(dru_, [](const auto& dru) { return dru->irq.level(); }), time_ps);
    });
  }
}

void Subsystem::reset_dru(const tlm_base::Access& access) {
  for (const auto& dru : dru_) dru->reset(access);
  dru_shared_.tiles.clear();
  dru_shared_.counters = {};
}

void Subsystem::reset(std::uint64_t time_ps) {
  sc_core::sc_time delay = tlm_base::from_ps(time_ps) - sc_core::sc_time_stamp();
  reset_dru({.purpose = {}, .delay = delay});
  for (unsigned b = 0; b < dacs_.count(); ++b) dacs_[b].reset();
  adc_.reset();
  for (const MacroKindInfo& kind : kMacroKinds) {
    for (const auto& macro : macros_of(kind.kind)) macro->reset(time_ps);
  }
  telemetry_.reset(time_ps);
}

const std::vector<std::unique_ptr<ArrayMacro>>& Subsystem::macros_of(MacroKind kind) const {
  return of_kind(kind, inv_, mvm_, ginv_);
}

const HeldOutputs* Subsystem::outputs_of(std::uint32_t source) const {
  const bool is_ginv = (source & registers::adc::kSourceGinv) != 0;
  const bool is_mvm = (source & registers::adc::kSourceMvm) != 0;
  const MacroKind kind = is_ginv ? MacroKind::kGinv : is_mvm ? MacroKind::kMvm : MacroKind::kInv;
  const std::uint32_t index = source - info_of(kind).adc_source;
  const auto& macros = macros_of(kind);
  return index < macros.size() ? macros[index]->held() : nullptr;
}

unsigned Subsystem::programmed_macros(MacroKind kind) const {
  return static_cast<unsigned>(
      std::ranges::count_if(macros_of(kind), [](const auto& macro) { return macro->writes() > 0; }));
}

}  // namespace mho::amc
