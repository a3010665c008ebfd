// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_core.hpp"

#include <utility>

#include "models/amc/inv_macro_circuit.hpp"
#include "models/amc/mvm_macro_circuit.hpp"

namespace mho::amc {
namespace {

/// Of −Aᵀ.
std::vector<std::int8_t> mirrored_levels(std::span<const std::int8_t> levels, std::size_t size) {
  std::vector<std::int8_t> mirrored(size * size);
  for (std::size_t r = 0; r < size; ++r) {
    for (std::size_t c = 0; c < size; ++c)
      mirrored[c * size + r] = static_cast<std::int8_t>(-levels[r * size + c]);
  }
  return mirrored;
}

}  // namespace

MacroCore::MacroCore(const MacroParams& params, const Random& random, std::uint32_t number,
                     std::shared_ptr<CompensatedTargets> targets)
    : params_(params), random_(random), number_(number), array_(params, random, number, targets) {
  if (params.kind == MacroKind::kGinv) mirrored_.emplace(params, random, number + 1, std::move(targets));
  const MacroParts parts{.params = params_,
                         .random = random_,
                         .number = number_,
                         .array = array_,
                         .mirrored = mirrored_ ? &*mirrored_ : nullptr};
  if (params.kind == MacroKind::kMvm) {
    circuit_ = std::make_unique<MvmMacroCircuit>(parts);
  } else {
    circuit_ = std::make_unique<InvMacroCircuit>(parts);
  }
}

ProgramOutcome MacroCore::program(std::span<const std::int8_t> levels, double time_s, unsigned slices) {
  ProgramOutcome outcome = array_.program(levels, time_s, slices);
  if (!mirrored_ || outcome.is_rejected) return outcome;
  return in_parallel(outcome, mirrored_->program(mirrored_levels(levels, params_.size), time_s, slices));
}

/// Of the amplifiers in use.
Eigen::VectorXd MacroCore::offsets() const {
  Eigen::VectorXd all =
      circuit::draw_offsets(params_.opamp, static_cast<Eigen::Index>(params_.amplifiers()), random_, number_);
  if (trim_volt_.size() > 0) all += trim_volt_;
  const auto rows = static_cast<Eigen::Index>(lines_.rows),
             columns = static_cast<Eigen::Index>(lines_.columns);
  if (!mirrored_) return all.head(columns);
  Eigen::VectorXd used(rows + columns);
  used << all.head(rows), all.segment(static_cast<Eigen::Index>(params_.size), columns);
  return used;
}

void MacroCore::trim_offsets(const Eigen::VectorXd& trim_volt) {
  trim_volt_ = trim_volt;
  lines_ = {};  // the circuit is built anew
}

OperateOutcome MacroCore::operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                  const OperateSettings& settings) {
  bool has_changed = array_.refresh(settings.time_s);
  if (mirrored_ && mirrored_->refresh(settings.time_s)) has_changed = true;
  const MacroLines lines{.rows = settings.rows, .columns = settings.columns, .feedback = settings.feedback};
  if (has_changed || lines != lines_) {
    lines_ = lines;
    circuit_->build(lines_, offsets(), settings.time_s);
  }
  return circuit_->operate(v_lines, settings);
}

}  // namespace mho::amc
