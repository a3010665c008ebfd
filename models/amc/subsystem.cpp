// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/subsystem.hpp"

#include <fmt/format.h>

#include <algorithm>

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
      dac_("dac", params_, context),
      adc_("adc", params_, context, dac_, [this](std::uint32_t source) { return outputs_of(source); }),
      telemetry_("telemetry", params_, context),
      dru_("dru", params_, context) {
  bus.attach(map::kDruBase, map::kDruSize, dru_.socket, "amc.dru");
  bus.attach(map::kTelemetryBase, map::kTelemetrySize, telemetry_.socket, "amc.telemetry");
  bus.attach(map::kDacBase, map::kDacSize, dac_.socket, "amc.dac");
  bus.attach(map::kAdcBase, map::kAdcSize, adc_.socket, "amc.adc");
  const auto add_macros = [&](auto& macros, const MacroShared& shared, unsigned count, const char* kind,
                              std::uint32_t base, std::uint32_t bytes, std::uint32_t stride) {
    macros.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
      macros.push_back(std::make_unique<ArrayMacro>(fmt::format("{}{}", kind, i).c_str(), shared, dac_, i));
      bus.attach(base + i * stride, bytes, macros.back()->socket, fmt::format("amc.{}{}", kind, i));
    }
  };
  add_macros(inv_, inv_shared_, params_.inv_count, "inv", map::kInvBase, map::kInvSize, map::kInvStride);
  add_macros(mvm_, mvm_shared_, params_.mvm_count, "mvm", map::kMvmBase, map::kMvmSize, map::kMvmStride);
  dru_.initiator.socket.bind(bus.initiators);
  telemetry_.on_phase([this](std::uint64_t time_ps) { show_energy(time_ps); });
}

const HeldOutputs* Subsystem::outputs_of(std::uint32_t source) const {
  const bool is_mvm = (source & registers::adc::kSourceMvm) != 0;
  const auto& macros = is_mvm ? mvm_ : inv_;
  const std::uint32_t index = source & ~registers::adc::kSourceMvm;
  return index < macros.size() ? macros[index]->held() : nullptr;
}

unsigned Subsystem::programmed_macros(MacroKind kind) const {
  const auto& macros = kind == MacroKind::kInv ? inv_ : mvm_;
  return static_cast<unsigned>(
      std::ranges::count_if(macros, [](const auto& macro) { return macro->writes() > 0; }));
}

}  // namespace mho::amc
