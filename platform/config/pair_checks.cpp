// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/pair_checks.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "models/base/error.hpp"
#include "models/device/write_verify.hpp"

namespace mho::platform {
namespace {

/// What a user reads when two values do not fit: both, and where each comes from.
std::string pair_of(const Settings& settings, std::string_view a, std::string_view relation,
                    std::string_view b) {
  const std::string& head = settings.place_to_mend({a, b});
  return fmt::format("{}: {} must be {} {}", head, described(settings, a, head), relation,
                     described(settings, b, head));
}

/// The part of the window that compensation leaves to the levels shrinks a tolerance with it.
std::string too_little_headroom(const Settings& settings, std::string_view tolerance) {
  const std::string& head = settings.place_to_mend({"lines.headroom", tolerance, "write.verify_sigma"});
  return fmt::format("{}: {} is too small: {} of it must be above 3.47 times {}", head,
                     described(settings, "lines.headroom", head), described(settings, tolerance, head),
                     described(settings, "write.verify_sigma", head));
}

}  // namespace

std::string described(const Settings& settings, std::string_view key, std::string_view head) {
  const std::string& place = settings.place(key);
  const std::string text = fmt::format("{} = {}", key, to_string(settings.value(key)));
  return place == head ? text : fmt::format("{} ({})", text, place);
}

void check_pairs(const Settings& settings) {
  const auto check = [&](bool holds, std::string_view a, std::string_view relation, std::string_view b) {
    require(holds, "{}", pair_of(settings, a, relation, b));
  };
  check(settings.number("cell.g_min_siemens") < settings.number("cell.g_max_siemens"), "cell.g_min_siemens",
        "below", "cell.g_max_siemens");
  check(settings.integer("mvm.rows_per_read") <= settings.integer("mvm.size"), "mvm.rows_per_read", "at most",
        "mvm.size");
  check(settings.integer("mvm.input_bits") < settings.integer("dac.bits"), "mvm.input_bits", "below",
        "dac.bits");
  check(settings.integer("solver.leaf_size") <= settings.integer("inv.size"), "solver.leaf_size", "at most",
        "inv.size");
  check(settings.integer("adc.low_precision_bits") <= settings.integer("adc.bits"), "adc.low_precision_bits",
        "at most", "adc.bits");
  const double guard = settings.number("write.verify_sigma") * device::kDrawBound;
  const auto check_tolerance = [&](std::string_view tolerance, std::string_view compensation) {
    const double span = settings.boolean(compensation) ? settings.number("lines.headroom") : 1.0;
    check(settings.number(tolerance) > guard, tolerance, "above 3.47 times", "write.verify_sigma");
    require(settings.number(tolerance) * span > guard, "{}", too_little_headroom(settings, tolerance));
  };
  check_tolerance("inv.write_tolerance", "inv.line_compensation");
  check_tolerance("mvm.write_tolerance", "mvm.line_compensation");
  check(settings.number("noise.trap_slot_s") <= settings.number("noise.trap_tau_min_s"), "noise.trap_slot_s",
        "at most", "noise.trap_tau_min_s");
  check(settings.number("noise.trap_tau_min_s") <= settings.number("noise.trap_tau_max_s"),
        "noise.trap_tau_min_s", "at most", "noise.trap_tau_max_s");
  const auto check_zero_or = [&](std::string_view key, double least) {
    const ConfigValue& given = settings.value(key);
    const double value = std::holds_alternative<double>(given)
                             ? std::get<double>(given)
                             : static_cast<double>(std::get<std::int64_t>(given));
    require(value == 0 || value >= least, "{}: {} = {}; choose 0 or at least {}", settings.place(key), key,
            value, least);
  };
  for (const char* key :
       {"lines.row_segment_ohm", "lines.column_segment_ohm", "lines.row_port_ohm", "lines.column_port_ohm"}) {
    check_zero_or(key, 1e-9);
  }
  check_zero_or("endurance.half_window_writes", 1);
  check_zero_or("cell.nonlinearity_volt", 1e-3);
  check_zero_or("inv.levels", 2);
  const std::int64_t levels = settings.integer("mvm.levels");
  require(levels == 0 || (levels > 1 && std::has_single_bit(static_cast<std::uint64_t>(levels))),
          "{}: mvm.levels = {}; choose 2, 4, 8 or 16, or 0", settings.place("mvm.levels"), levels);
  constexpr std::int64_t kLeastBits = 4;  // the driver's ramps need so many
  const std::string& head = settings.place_to_mend({"solver.calibrate", "adc.bits"});
  require(settings.text("solver.calibrate") == "off" || settings.integer("adc.bits") >= kLeastBits,
          "{}: {} needs adc.bits of at least {}, but {}", head, described(settings, "solver.calibrate", head),
          kLeastBits, described(settings, "adc.bits", head));
  double stuck = 0;
  for (const char* key : {"faults.stuck_on_rate", "faults.stuck_off_rate", "faults.stuck_at_level_rate"}) {
    stuck += settings.number(key);
    require(stuck <= 1, "{}: the rates of section faults add up to {}; at most 1", settings.place(key),
            stuck);
  }
}

}  // namespace mho::platform
