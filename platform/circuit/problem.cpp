// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/problem.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "models/base/error.hpp"
#include "platform/circuit/json_object.hpp"

namespace mho::platform {

using circuit::AmplifierModel;
using circuit::Signs;
using Eigen::Index;

namespace {

constexpr Index kLargestArray = 1024;
constexpr double kTransientGain = 1e5;
constexpr double kTransientGbwHz = 100e6;

constexpr std::array<std::string_view, 5> kKinds{"mvm", "inv", "ginv", "nnls", "egv"};
constexpr std::array<std::string_view, 2> kAnalyses{"op", "tran"};
constexpr std::array<std::string_view, 2> kSigns{"inverters", "compensation"};
constexpr std::array<std::string_view, 2> kModes{"if_needed", "slowest"};
constexpr std::array<std::string_view, 26> kKeys{
    "access",      "cell",       "kind",       "analysis", "G",
    "G_neg",       "inverter_G", "signs",      "r_wire",   "r_port",
    "g_max",       "row_end",    "V",          "I_in",     "g_f",
    "g_in",        "g_lambda",   "column_end", "opamp",    "start",
    "temperature", "t_rise",     "tstop",      "dt",       "line_compensation",
    "modes"};
constexpr std::array<std::string_view, 11> kAmplifierKeys{"gain", "gbw",   "vsat",  "vos", "cin", "slew",
                                                          "f2",   "r_out", "noise", "vdd", "i_q"};

CircuitKind kind_of(const JsonObject& object) {
  require(object.has("kind"), "{}: the key \"kind\" is missing; it must be one of mvm, inv, ginv, nnls, egv",
          object.where());
  return static_cast<CircuitKind>(object.word("kind", kKinds));
}

/// Number of main amplifiers.
Index amplifier_count(const CircuitProblem& problem) {
  const Index n = problem.g_siemens.rows(), m = problem.g_siemens.cols();
  switch (problem.kind) {
    case CircuitKind::kMvm:
      return m;
    case CircuitKind::kInv:
    case CircuitKind::kEgv:
      return n;
    case CircuitKind::kGinv:
    case CircuitKind::kNnls:
      return n + m;
  }
  return n;
}

/// Below it numbers lose their digits, and their reciprocals leave the arithmetic.
constexpr double kLeastCell_siemens = std::numeric_limits<double>::min();

void expect_computable(const JsonObject& object, const char* key, const Eigen::MatrixXd& g_siemens) {
  for (Index i = 0; i < g_siemens.rows(); ++i) {
    for (Index j = 0; j < g_siemens.cols(); ++j) {
      require(g_siemens(i, j) == 0.0 || g_siemens(i, j) >= kLeastCell_siemens,
              "{}: {}[{}][{}] is {} S, too small to compute with (below {:.3g}); give 0 for an open cell",
              object.where(), key, i, j, g_siemens(i, j), kLeastCell_siemens);
    }
  }
}

void read_arrays(const JsonObject& object, CircuitProblem& problem) {
  problem.g_siemens = object.matrix("G", kNotNegative, kLargestArray);
  expect_computable(object, "G", problem.g_siemens);
  const Index n = problem.g_siemens.rows(), m = problem.g_siemens.cols();
  if (object.has("G_neg")) {
    problem.g_neg_siemens = object.matrix("G_neg", kNotNegative, kLargestArray);
    expect_computable(object, "G_neg", *problem.g_neg_siemens);
    require(problem.g_neg_siemens->rows() == n && problem.g_neg_siemens->cols() == m,
            "{}: G is {}x{} and G_neg {}x{}; both need one size", object.where(), n, m,
            problem.g_neg_siemens->rows(), problem.g_neg_siemens->cols());
  }
  const bool is_square = problem.kind == CircuitKind::kInv || problem.kind == CircuitKind::kEgv;
  require(!is_square || n == m, "{}: G is {}x{}; kind \"{}\" needs a square one", object.where(), n, m,
          name_of(problem.kind));
  Eigen::MatrixXd total = problem.g_siemens;
  if (problem.g_neg_siemens) total += *problem.g_neg_siemens;
  const auto check_line = [&](const char* line, Index index, double largest_siemens) {
    if (largest_siemens > 0.0) return;
    // Of a product such a line is a row or column of zeros; a loop is not closed by it.
    const std::string what =
        fmt::format("{} {} of G is not connected: all its conductances are 0", line, index);
    require(problem.kind == CircuitKind::kMvm, "{}: {}", object.where(), what);
    problem.notes.push_back(what);
  };
  for (Index i = 0; i < n; ++i) check_line("row", i, total.row(i).maxCoeff());
  for (Index j = 0; j < m; ++j) check_line("column", j, total.col(j).maxCoeff());
}

void read_lines(const JsonObject& object, CircuitProblem& problem) {
  constexpr std::array<std::string_view, 2> kDirections{"row", "column"};
  constexpr std::array<std::string_view, 3> kRowEnds{"first", "last", "both"};
  constexpr std::array<std::string_view, 3> kColumnEnds{"last", "first", "both"};
  constexpr NumberRange kOhm{.low = 0.0, .high = 1e9};
  const auto both = [&](std::string_view key, double& row, double& column) {
    if (!object.has(key)) return;
    if (object.at(key).is_object()) {
      const JsonObject each(object.at(key), object.where() + ": " + std::string(key), kDirections);
      row = each.number("row", kOhm, 0.0);
      column = each.number("column", kOhm, 0.0);
    } else {
      row = column = object.number(key, kOhm);
    }
  };
  circuit::LineParams& lines = problem.lines;
  both("r_wire", lines.row_segment_ohm, lines.column_segment_ohm);
  both("r_port", lines.row_port_ohm, lines.column_port_ohm);
  using circuit::LineEnd;
  constexpr std::array kRowChoices{LineEnd::kFirst, LineEnd::kLast, LineEnd::kBoth};
  constexpr std::array kColumnChoices{LineEnd::kLast, LineEnd::kFirst, LineEnd::kBoth};
  lines.row_end = kRowChoices[object.word("row_end", kRowEnds)];
  lines.column_end = kColumnChoices[object.word("column_end", kColumnEnds)];
  validate(lines);
}

void read_compensation(const JsonObject& object, CircuitProblem& problem) {
  problem.compensates_lines = object.flag("line_compensation", false);
  require(
      problem.compensates_lines || !object.has("g_max"),
      "{}: g_max is the largest conductance of cells that compensate lines: give line_compensation true as "
      "well, or leave it away",
      object.where());
  if (object.has("g_max")) problem.g_max_siemens = object.number("g_max", kPositive);
  require(!problem.compensates_lines || problem.cell.is_ohmic(),
          "{}: line_compensation is worked out for ohmic cells; leave it or {} away", object.where(),
          problem.cell.access ? "access" : "cell");
  if (problem.compensates_lines && circuit::is_ideal(problem.lines))
    problem.notes.push_back("line_compensation has nothing to do: the lines are ideal");
}

void read_amplifiers(const JsonObject& object, CircuitProblem& problem) {
  const bool is_transient = problem.analysis == CircuitAnalysis::kTransient;
  AmplifierModel model;
  model.gain = is_transient ? kTransientGain : AmplifierModel::kNone;
  model.gbw_hz = kTransientGbwHz;
  problem.has_gbw = is_transient;
  problem.topology.amplifiers = {model};
  if (!object.has("opamp")) return;

  const JsonObject given(object.at("opamp"), object.where() + ": opamp", kAmplifierKeys);
  constexpr NumberRange kGain{.low = 1.0, .low_is_open = true};
  model.gain = given.number("gain", kGain, model.gain);
  model.gbw_hz = given.number("gbw", kPositive, model.gbw_hz);
  problem.has_gbw = is_transient || given.has("gbw");
  model.v_sat_volt = given.number("vsat", kPositive, AmplifierModel::kNone);
  model.slew_rate_volt_per_s = given.number("slew", kPositive, AmplifierModel::kNone);
  model.second_pole_hz = given.number("f2", kPositive, AmplifierModel::kNone);
  model.output_ohm = given.number("r_out", kNotNegative, 0.0);
  model.noise_volt_per_sqrt_hz = given.number("noise", kNotNegative, 0.0);
  problem.supply_volt = given.number("vdd", kPositive, 0.0);
  problem.quiescent_ampere = given.number("i_q", kNotNegative, 0.0);
  require(problem.supply_volt > 0.0 || problem.quiescent_ampere == 0.0,
          "{}: i_q needs vdd, the supply, to become a power", given.where());
  problem.topology.input_farad = given.number("cin", kNotNegative, 0.0);
  problem.topology.amplifiers = {model};
  if (given.has("vos")) {
    const Eigen::VectorXd vos = given.number_or_vector("vos", kAnyNumber, amplifier_count(problem));
    problem.topology.amplifiers.assign(static_cast<std::size_t>(vos.size()), model);
    for (Index i = 0; i < vos.size(); ++i)
      problem.topology.amplifiers[static_cast<std::size_t>(i)].offset_volt = vos[i];
  }
}

void read_access(const JsonObject& object, CircuitProblem& problem) {
  if (!object.has("access")) return;
  constexpr std::array<std::string_view, 10> kAccessKeys{"model",  "W",     "L",   "vto",    "kp",
                                                         "lambda", "gamma", "phi", "v_gate", "side"};
  constexpr std::array<std::string_view, 1> kModels{"nmos1"};
  constexpr std::array<std::string_view, 2> kSides{"row", "column"};
  const JsonObject given(object.at("access"), object.where() + ": access", kAccessKeys);
  (void)given.word("model", kModels);
  circuit::Nmos1Params access;
  access.width_metre = given.number("W", kPositive);
  access.length_metre = given.number("L", kPositive);
  access.vto_volt = given.number("vto", kAnyNumber);
  access.kp_ampere_per_volt2 = given.number("kp", kPositive);
  access.lambda_per_volt = given.number("lambda", kNotNegative, access.lambda_per_volt);
  access.gamma_sqrt_volt = given.number("gamma", kNotNegative, access.gamma_sqrt_volt);
  access.phi_volt = given.number("phi", kPositive, access.phi_volt);
  access.v_gate_volt = given.number("v_gate", kAnyNumber);
  access.is_at_row = given.word("side", kSides) == 0;
  // Loops that transistors close have to be closed at 0 V, where everything starts from.
  require(
      problem.kind == CircuitKind::kMvm || access.v_gate_volt > access.vto_volt,
      "{}: v_gate is {} V and vto {} V, so that the transistors are cut off and no loop is closed at 0 V; "
      "give a v_gate above vto",
      given.where(), access.v_gate_volt, access.vto_volt);
  problem.cell.access = access;
}

void read_cell(const JsonObject& object, CircuitProblem& problem) {
  if (!object.has("cell")) return;
  constexpr std::array<std::string_view, 2> kCellKeys{"model", "v0"};
  constexpr std::array<std::string_view, 2> kModels{"ohmic", "sinh"};
  const JsonObject given(object.at("cell"), object.where() + ": cell", kCellKeys);
  const bool is_sinh = given.word("model", kModels) == 1;
  require(is_sinh || !given.has("v0"), "{}: v0 has no meaning for an ohmic cell; give model \"sinh\"",
          given.where());
  if (is_sinh) problem.cell.iv.v0_volt = given.number("v0", NumberRange{.low = 1e-3, .high = 1e3});
}

void reject(const JsonObject& object, std::string_view key, const CircuitProblem& problem) {
  require(!object.has(key), "{}: the key \"{}\" has no meaning for kind \"{}\"", object.where(), key,
          name_of(problem.kind));
}

void read_topology(const JsonObject& object, CircuitProblem& problem) {
  const bool is_mvm = problem.kind == CircuitKind::kMvm, is_inv = problem.kind == CircuitKind::kInv;
  const bool is_egv = problem.kind == CircuitKind::kEgv;
  circuit::TopologyParams& topology = problem.topology;
  topology.signs = static_cast<Signs>(object.word("signs", kSigns));
  topology.inverter_siemens = object.number("inverter_G", kPositive, kDefaultInverterSiemens);
  problem.temperature_kelvin = object.number("temperature", kNotNegative, 0.0);
  topology.clamps_outputs = problem.kind == CircuitKind::kNnls;
  if (is_inv) {
    topology.feedback_siemens = object.number("g_in", kNotNegative, 0.0);
    reject(object, "g_f", problem);
    reject(object, "g_lambda", problem);
  } else if (is_egv) {
    topology.feedback_siemens = object.number("g_lambda", kPositive);
    reject(object, "g_f", problem);
  } else if (is_mvm) {
    problem.has_amplifiers = object.has("g_f");
    topology.feedback_siemens = object.number("g_f", kPositive, 0.0);
    reject(object, "g_lambda", problem);
  } else {
    topology.feedback_siemens = object.number("g_f", kPositive);
    topology.ridge_siemens = object.number("g_lambda", kNotNegative, 0.0);
  }
  if (!is_inv) reject(object, "g_in", problem);
  if (!is_egv) reject(object, "start", problem);
  if (!problem.has_amplifiers && object.has("opamp")) {
    problem.notes.push_back(
        problem.g_neg_siemens
            ? "opamp applies to the inverters only: without g_f the columns end in ideal virtual grounds"
            : "opamp is not used: without g_f the columns end in ideal virtual grounds");
  }
  if (!problem.has_amplifiers && problem.temperature_kelvin > 0.0)
    problem.notes.push_back(
        "temperature is not used: noise is computed of outputs, and without g_f there are none");
  require(problem.has_amplifiers || topology.signs == Signs::kInverters,
          "{}: signs \"compensation\" needs amplifiers: give g_f, the feedback conductance", object.where());
  if (is_egv && topology.amplifiers.front().gain == AmplifierModel::kNone) {
    for (AmplifierModel& model : topology.amplifiers) model.gain = kTransientGain;
    problem.notes.push_back("gain is taken as 1e5: saturated amplifiers without leak never come to rest");
  }
  require(!is_egv || topology.amplifiers.front().v_sat_volt != AmplifierModel::kNone,
          "{}: kind \"egv\" needs opamp.vsat: its outputs grow until they saturate", object.where());
}

void read_inputs(const JsonObject& object, CircuitProblem& problem) {
  const Index n = problem.g_siemens.rows();
  const bool is_mvm = problem.kind == CircuitKind::kMvm, is_egv = problem.kind == CircuitKind::kEgv;
  reject(object, is_mvm ? "I_in" : "V", problem);
  if (is_egv && !object.has("I_in")) {
    problem.input = Eigen::VectorXd::Zero(n);
  } else {
    problem.input = object.vector(is_mvm ? "V" : "I_in", kAnyNumber, n);
  }
  if (object.has("start")) problem.start_volt = object.vector("start", kAnyNumber, n);
}

void read_times(const JsonObject& object, CircuitProblem& problem) {
  if (problem.analysis == CircuitAnalysis::kOperatingPoint) {
    for (const std::string_view key : {"t_rise", "tstop", "dt"})
      if (object.has(key)) problem.notes.push_back(std::string(key) + " is not used: analysis is \"op\"");
    return;
  }
  constexpr NumberRange kSeconds{.low = 0.0, .high = 1e6, .low_is_open = true};
  problem.t_rise_s = object.number("t_rise", NumberRange{.low = 0.0, .high = 1e6}, 0.0);
  problem.tstop_s = object.number("tstop", kSeconds);
  problem.dt_s = object.number("dt", kSeconds);
  require(problem.dt_s <= problem.tstop_s, "{}: dt is {} s, longer than tstop, {} s", object.where(),
          problem.dt_s, problem.tstop_s);
  require(problem.tstop_s / problem.dt_s < static_cast<double>(kMaxSamples),
          "{}: tstop/dt asks for {:.3g} samples; at most {} are computed, choose a longer dt", object.where(),
          problem.tstop_s / problem.dt_s, kMaxSamples);
  const AmplifierModel& model = problem.topology.amplifiers.front();
  const bool has_offset = std::ranges::any_of(problem.topology.amplifiers,
                                              [](const AmplifierModel& a) { return a.offset_volt != 0.0; });
  const bool is_kicked = has_offset || problem.start_volt.size() > 0 || problem.input.squaredNorm() > 0.0;
  require(problem.kind != CircuitKind::kEgv || is_kicked,
          "{}: kind \"egv\" starts from rest and stays there; give start, I_in or opamp.vos", object.where());
  require(std::isfinite(model.gbw_hz), "{}: opamp: gbw is not finite", object.where());
}

nlohmann::json parsed(const std::string& text, const std::string& source) {
  // Deeper than any problem, and far from what would exhaust the stack when the tree is taken down.
  constexpr int kDeepest = 16;
  std::array<std::set<std::string>, kDeepest + 2> keys;  // of the objects that are open, by depth
  const auto check = [&](int depth, nlohmann::json::parse_event_t event, nlohmann::json& value) {
    require(depth <= kDeepest, "{}: brackets are nested more than {} deep", source, kDeepest);
    using Event = nlohmann::json::parse_event_t;
    const auto level = static_cast<std::size_t>(depth);
    if (event == Event::object_start) keys[level + 1].clear();
    if (event == Event::key) {
      const auto key = value.get<std::string>();
      require(keys[level].insert(key).second, "{}: the key \"{}\" is given twice; leave one of them away",
              source, key);
    }
    return true;
  };
  try {
    return nlohmann::json::parse(text, check);
  } catch (const nlohmann::json::parse_error& error) {
    // Its own message begins with an identifier in brackets that says nothing to a user.
    const std::string_view message = error.what();
    const std::size_t start = message.find("parse error");
    throw InputError(source + ": not JSON (which has no NaN and no Infinity): " +
                     std::string(start == std::string_view::npos ? message : message.substr(start)));
  } catch (const nlohmann::json::out_of_range& error) {
    throw InputError(source + ": a number does not fit a double (" + error.what() + ")");
  }
}

}  // namespace

const char* name_of(CircuitKind kind) {
  return kKinds[static_cast<std::size_t>(kind)].data();
}

Index CircuitProblem::n_samples() const {
  // A tstop that is a multiple of dt but for rounding has its last sample.
  return static_cast<Index>(std::floor(tstop_s / dt_s * (1.0 + 1e-12))) + 1;
}

CircuitProblem read_circuit_problem(const std::string& text, const std::string& source) {
  const nlohmann::json json = parsed(text, source);
  const JsonObject object(json, source, kKeys);
  CircuitProblem problem;
  problem.kind = kind_of(object);
  problem.analysis = static_cast<CircuitAnalysis>(object.word("analysis", kAnalyses));
  read_arrays(object, problem);
  read_lines(object, problem);
  read_amplifiers(object, problem);
  read_access(object, problem);
  read_cell(object, problem);
  read_compensation(object, problem);
  read_topology(object, problem);
  require(problem.cell.is_ohmic() || problem.temperature_kelvin == 0.0,
          "{}: the noise of {} is not modelled; leave temperature or {} away", source,
          problem.cell.access ? "access transistors" : "cells that are not ohmic",
          problem.cell.access ? "access" : "cell");
  read_inputs(object, problem);
  read_times(object, problem);
  problem.wants_modes = object.word("modes", kModes) == 1;
  return problem;
}

}  // namespace mho::platform
