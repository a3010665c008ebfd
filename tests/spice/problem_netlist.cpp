// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/spice/problem_netlist.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace mho::spice {
namespace {

using Json = nlohmann::json;
using Matrix = std::vector<std::vector<double>>;

class Writer {
 public:
  explicit Writer(const Json& problem)
      : problem_(problem), amplifier_(problem.value("opamp", Json::object())) {
    g_ = problem.at("G").get<Matrix>();
    if (problem.contains("G_neg")) g_neg_ = problem.at("G_neg").get<Matrix>();
    const auto both = [&](const char* key, double& row, double& column) {
      const Json ohm = problem.value(key, Json(0.0));
      row = ohm.is_object() ? ohm.value("row", 0.0) : ohm.get<double>();
      column = ohm.is_object() ? ohm.value("column", 0.0) : ohm.get<double>();
    };
    both("r_wire", row_ohm_, column_ohm_);
    both("r_port", row_port_ohm_, column_port_ohm_);
    is_transient_ = problem.value("analysis", "op") == "tran";
    is_compensated_ = problem.value("signs", "inverters") == "compensation";
  }

  Netlist write() {
    const std::string kind = problem_.at("kind");
    if (kind == "mvm") {
      mvm();
    } else if (kind == "inv") {
      inv();
    } else if (kind == "egv") {
      egv();
    } else {
      ginv(kind == "nnls");
    }
    return {.text = text_,
            .answers = answers_,
            .summing = summing_,
            .drives = drives_,
            .output_drives = output_drives_,
            .inverter_drives = inverter_drives_};
  }

 private:
  std::size_t rows() const { return g_.size(); }
  std::size_t cols() const { return g_.front().size(); }
  bool has_negative() const { return !g_neg_.empty(); }

  template <typename... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    text_ += fmt::format(format, std::forward<Args>(args)...) + "\n";
  }

  void resistor(const std::string& a, const std::string& b, double ohm) {
    line("R{} {} {} {:.17g}", ++count_, a, b, ohm);
  }
  void conductance(const std::string& a, const std::string& b, double siemens) {
    if (siemens > 0.0) resistor(a, b, 1.0 / siemens);
  }

  /// Name of a node of a line: one for all cells if it has no resistance, the port itself if nothing is
  /// between them.
  static std::string line_node(const std::string& name, const std::string& port, std::size_t line,
                               std::size_t at, double segment_ohm, double port_ohm) {
    if (segment_ohm > 0.0) return fmt::format("{}{}_{}", name, line, at);
    return port_ohm > 0.0 ? fmt::format("{}{}", name, line) : fmt::format("{}{}", port, line);
  }

  /// The metal of one line whose nodes are `node(0)` … `node(count − 1)`.
  template <typename NodeAt>
  void metal(const std::string& port, const NodeAt& node, std::size_t count, const std::string& end,
             double segment_ohm, double port_ohm) {
    const double end_ohm = segment_ohm + port_ohm;
    if (end_ohm == 0.0) return;
    if (end != "last") resistor(port, node(0), end_ohm);
    if (end != "first") resistor(port, node(count - 1), end_ohm);
    for (std::size_t k = 0; segment_ohm > 0.0 && k + 1 < count; ++k)
      resistor(node(k), node(k + 1), segment_ohm);
  }

  /// Row i leads from its connected end through one segment to row_port + i, column j to column_port + j.
  void array(const std::string& name, const Matrix& g, const std::string& row_port,
             const std::string& column_port) {
    const std::size_t n = rows(), m = cols();
    const auto row_node = [&](std::size_t i, std::size_t j) {
      return line_node(name + "r", row_port, i, j, row_ohm_, row_port_ohm_);
    };
    const auto column_node = [&](std::size_t i, std::size_t j) {
      return line_node(name + "c", column_port, j, i, column_ohm_, column_port_ohm_);
    };
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < m; ++j) cell(row_node(i, j), column_node(i, j), g[i][j]);
    const std::string row_end = problem_.value("row_end", "first");
    const std::string column_end = problem_.value("column_end", "last");
    for (std::size_t i = 0; i < n; ++i)
      metal(
          fmt::format("{}{}", row_port, i), [&](std::size_t j) { return row_node(i, j); }, m, row_end,
          row_ohm_, row_port_ohm_);
    for (std::size_t j = 0; j < m; ++j)
      metal(
          fmt::format("{}{}", column_port, j), [&](std::size_t i) { return column_node(i, j); }, n,
          column_end, column_ohm_, column_port_ohm_);
  }

  /// A cell alone: a resistor, or a source that follows the curve of `cell`.
  void bare_cell(const std::string& a, const std::string& b, double siemens) {
    if (!problem_.contains("cell")) return conductance(a, b, siemens);
    const double v0 = problem_.at("cell").at("v0");
    line("Bc{0} {1} {2} I={3:.17g}*sinh((V({1})-V({2}))/{4:.17g})", ++count_, a, b, siemens * v0, v0);
  }

  /// A cell, with its transistor on the side that `access.side` says; bulk at 0 V without junctions.
  void cell(const std::string& row, const std::string& column, double siemens) {
    if (siemens == 0.0) return;
    if (!problem_.contains("access")) return bare_cell(row, column, siemens);
    const Json& a = problem_.at("access");
    const bool is_at_row = a.value("side", "row") == "row";
    const std::string id = std::to_string(++count_), middle = "mid" + id;
    bare_cell(is_at_row ? column : row, middle, siemens);
    line("M{} {} gate {} 0 access W={:.17g} L={:.17g}", id, middle, is_at_row ? row : column,
         a.at("W").get<double>(), a.at("L").get<double>());
    if (has_model_) return;
    has_model_ = true;
    line("Vgate gate 0 {:.17g}", a.at("v_gate").get<double>());
    line(
        ".model access nmos(level=1 vto={:.17g} kp={:.17g} lambda={:.17g} gamma={:.17g} phi={:.17g} "
        "is=1e-40)",
        a.at("vto").get<double>(), a.at("kp").get<double>(), a.value("lambda", 0.0), a.value("gamma", 0.0),
        a.value("phi", 0.6));
  }

  /// gm into R‖C of 1 ohm, then second pole, saturation and output resistance.
  std::string amplifier(const std::string& plus, const std::string& minus, const std::string& out,
                        double offset, bool is_clamped = false) {
    const double gain = amplifier_.at("gain"), gbw = amplifier_.value("gbw", 100e6);
    const std::string id = std::to_string(++count_);
    const double c = gain / (2.0 * std::numbers::pi * gbw);
    line("Vos{} e{} {} {:.17g}", id, id, plus, offset);
    if (amplifier_.contains("slew")) {
      const double limit = amplifier_.at("slew").get<double>() * c;
      line("Bg{} 0 x{} I={:.17g}*tanh({:.17g}*(V(e{})-V({})))", id, id, limit, gain / limit, id, minus);
    } else {
      line("Gm{} 0 x{} e{} {} {:.17g}", id, id, id, minus, gain);
    }
    line("Rx{} x{} 0 1\nCx{} x{} 0 {:.17g}", id, id, id, id, c);
    std::string y = "x" + id;
    if (amplifier_.contains("f2")) {
      y = "y" + id;
      line("Ey{} w{} 0 x{} 0 1\nRy{} w{} y{} 1\nCy{} y{} 0 {:.17g}", id, id, id, id, id, id, id, id,
           1.0 / (2.0 * std::numbers::pi * amplifier_.at("f2").get<double>()));
    }
    const double r_out = amplifier_.value("r_out", 0.0);
    const std::string inner = r_out > 0.0 ? "z" + id : out;
    std::string value =
        is_clamped ? fmt::format("0.5*(V({0})+sqrt(V({0})*V({0})+4e-10))", y) : "V(" + y + ")";
    if (amplifier_.contains("vsat")) {
      const double v_sat = amplifier_.at("vsat");
      line("Bo{} {} 0 V={:.17g}*tanh({}/{:.17g})", id, inner, v_sat, value, v_sat);
    } else if (is_clamped) {
      line("Bo{} {} 0 V={}", id, inner, value);
    } else {
      line("Eo{} {} 0 {} 0 1", id, inner, y);
    }
    if (r_out > 0.0) resistor(inner, out, r_out);
    return "x" + id;
  }

  double offset(std::size_t k) const {
    const Json vos = amplifier_.value("vos", Json(0.0));
    return vos.is_array() ? vos.at(k).get<double>() : vos.get<double>();
  }

  void input_capacitor(const std::string& node) {
    if (amplifier_.contains("cin"))
      line("Ci{} {} 0 {:.17g}", ++count_, node, amplifier_.at("cin").get<double>());
  }

  void inverters(const std::string& of, const std::string& out, std::size_t count) {
    const double g = problem_.value("inverter_G", 100e-6);
    for (std::size_t j = 0; j < count; ++j) {
      const std::string middle = fmt::format("{}m{}", out, j);
      conductance(fmt::format("{}{}", of, j), middle, g);
      conductance(middle, fmt::format("{}{}", out, j), g);
      inverter_drives_.push_back("v(" + amplifier("0", middle, fmt::format("{}{}", out, j), 0.0) + ")");
    }
  }

  /// Source value: constant, or a ramp from 0.
  std::string value(double final_value) const {
    if (!is_transient_) return fmt::format("{:.17g}", final_value);
    return fmt::format("PWL(0 0 {:.17g} {:.17g})", problem_.at("t_rise").get<double>(), final_value);
  }

  void input_currents(const std::string& node) {
    if (!problem_.contains("I_in")) return;
    const auto current = problem_.at("I_in").get<std::vector<double>>();
    for (std::size_t i = 0; i < current.size(); ++i) line("Iin{} 0 {}{} {}", i, node, i, value(current[i]));
  }

  static double sum(const Matrix& g, std::size_t i, bool of_row) {
    double total = 0.0;
    for (std::size_t k = 0; k < (of_row ? g.front().size() : g.size()); ++k)
      total += of_row ? g[i][k] : g[k][i];
    return total;
  }

  /// Conductance to ground at the lighter of two nodes.
  void pad(const std::string& a, double a_siemens, const std::string& b, double b_siemens) {
    conductance(a_siemens < b_siemens ? a : b, "0", std::abs(a_siemens - b_siemens));
  }

  void mvm() {
    const auto v = problem_.at("V").get<std::vector<double>>();
    for (std::size_t i = 0; i < rows(); ++i) line("Vr{} v{} 0 {}", i, i, value(v[i]));
    array("a", g_, "v", "s");
    if (has_negative() && !is_compensated_) {
      inverters("v", "n", rows());
      array("b", g_neg_, "n", "s");
    }
    const double g_f = problem_.value("g_f", 0.0);
    if (has_negative() && is_compensated_) {
      array("b", g_neg_, "v", "p");
      for (std::size_t j = 0; j < cols(); ++j)
        pad(fmt::format("s{}", j), sum(g_, j, false) + g_f, fmt::format("p{}", j), sum(g_neg_, j, false));
    }
    for (std::size_t j = 0; j < cols(); ++j) {
      if (g_f == 0.0) {
        line("Vs{} s{} 0 0", j, j);
        answers_.push_back(fmt::format("i(vs{})", j));
        continue;
      }
      conductance(fmt::format("s{}", j), fmt::format("o{}", j), g_f);
      input_capacitor(fmt::format("s{}", j));
      const bool has_plus = has_negative() && is_compensated_;
      if (has_plus) input_capacitor(fmt::format("p{}", j));
      amplifier(has_plus ? fmt::format("p{}", j) : "0", fmt::format("s{}", j), fmt::format("o{}", j),
                offset(j));
      answers_.push_back(fmt::format("v(o{})", j));
      summing_.push_back(fmt::format("v(s{})", j));
    }
  }

  /// Arrays between drivers o and summing nodes s (and p), with the inputs.
  void row_stage(double load) {
    array("a", g_, "s", "o");
    if (has_negative() && !is_compensated_) {
      inverters("o", "n", cols());
      array("b", g_neg_, "s", "n");
    } else if (has_negative()) {
      array("b", g_neg_, "p", "o");
      for (std::size_t i = 0; i < rows(); ++i)
        pad(fmt::format("s{}", i), sum(g_, i, true) + load, fmt::format("p{}", i), sum(g_neg_, i, true));
    }
    input_currents("s");
  }

  void row_amplifier(std::size_t i, const std::string& out) {
    const bool has_plus = has_negative() && is_compensated_;
    input_capacitor(fmt::format("s{}", i));
    if (has_plus) input_capacitor(fmt::format("p{}", i));
    drives_.push_back(
        "v(" + amplifier(has_plus ? fmt::format("p{}", i) : "0", fmt::format("s{}", i), out, offset(i)) +
        ")");
    summing_.push_back(fmt::format("v(s{})", i));
  }

  void inv() {
    const double g_in = problem_.value("g_in", 0.0);
    row_stage(g_in);
    for (std::size_t i = 0; i < rows(); ++i) {
      conductance(fmt::format("s{}", i), "0", g_in);
      row_amplifier(i, fmt::format("o{}", i));
      answers_.push_back(fmt::format("v(o{})", i));
    }
  }

  void ginv(bool is_clamped) {
    const double g_f = problem_.at("g_f"), ridge = problem_.value("g_lambda", 0.0);
    row_stage(g_f);
    for (std::size_t i = 0; i < rows(); ++i) {
      conductance(fmt::format("s{}", i), fmt::format("t{}", i), g_f);
      row_amplifier(i, fmt::format("t{}", i));
    }
    array("c", g_, "t", "q");
    const bool by_inverters = has_negative() && !is_compensated_;
    if (by_inverters) {
      inverters("t", "u", rows());
      array("d", g_neg_, "u", "q");
    } else if (has_negative()) {
      array("d", g_neg_, "t", "h");
    }
    for (std::size_t j = 0; j < cols(); ++j) {
      const std::string plus = fmt::format("q{}", j), minus = fmt::format("h{}", j),
                        out = fmt::format("o{}", j);
      conductance(minus, out, ridge);
      const double negative = has_negative() ? sum(g_neg_, j, false) : 0.0;
      pad(plus, sum(g_, j, false) + (by_inverters ? negative : 0.0), minus,
          ridge + (by_inverters ? 0.0 : negative));
      input_capacitor(plus);
      input_capacitor(minus);
      output_drives_.push_back("v(" + amplifier(plus, minus, out, offset(rows() + j), is_clamped) + ")");
      answers_.push_back("v(" + out + ")");
    }
  }

  void egv() {
    const double g_lambda = problem_.at("g_lambda");
    array("a", g_, "s", "o");
    if (has_negative()) array("b", g_neg_, "s", "t");
    for (std::size_t i = 0; i < rows(); ++i) {
      conductance(fmt::format("s{}", i), fmt::format("t{}", i), g_lambda);
      input_capacitor(fmt::format("s{}", i));
      const std::string pole = amplifier("0", fmt::format("s{}", i), fmt::format("t{}", i), offset(i));
      drives_.push_back("v(" + pole + ")");
      summing_.push_back(fmt::format("v(s{})", i));
      answers_.push_back(fmt::format("v(o{})", i));
    }
    inverters("t", "o", rows());
    input_currents("s");
  }

  const Json& problem_;
  Json amplifier_;
  Matrix g_, g_neg_;
  double row_ohm_ = 0.0, column_ohm_ = 0.0, row_port_ohm_ = 0.0, column_port_ohm_ = 0.0;
  bool is_transient_ = false, is_compensated_ = false;
  bool has_model_ = false;
  int count_ = 0;
  std::string text_;
  std::vector<std::string> answers_, summing_, drives_, output_drives_, inverter_drives_;
};

}  // namespace

Netlist netlist_of(const Json& problem) {
  return Writer(problem).write();
}

}  // namespace mho::spice
