// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_config.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string_view>
#include <type_traits>
#include <vector>

#include "models/base/error.hpp"
#include "models/circuit/converter_cost.hpp"
#include "platform/config/component_costs.hpp"
#include "platform/config/fault_map.hpp"
#include "platform/config/inl_profile.hpp"
#include "platform/config/level_checks.hpp"
#include "platform/config/pair_checks.hpp"
#include "platform/config/read_check.hpp"

namespace mho::platform {
namespace {

namespace job = registers::job;

constexpr unsigned kUsualLowPrecisionBits = 8;

/// Reads settings and remembers which, so that no key of the schema can be without effect.
class Reader {
 public:
  explicit Reader(const Settings& settings) : settings_(settings) {}

  template <typename T>
  void read(std::string_view key, T& target) {
    used_.emplace(key);
    if constexpr (std::is_same_v<T, bool>) {
      target = settings_.boolean(key);
    } else if constexpr (std::is_integral_v<T>) {
      target = static_cast<T>(settings_.integer(key));
    } else {
      target = settings_.number(key);
    }
  }

  /// Whole picoseconds of a clock given in hertz.
  std::uint64_t period_ps(std::string_view key) {
    std::int64_t hertz = 0;
    read(key, hertz);
    return static_cast<std::uint64_t>(std::llround(1e12 / static_cast<double>(hertz)));
  }

  const std::vector<double>& numbers(std::string_view key) {
    used_.emplace(key);
    return settings_.numbers(key);
  }

  /// Empty: none.
  std::filesystem::path file(std::string_view key) {
    used_.emplace(key);
    return settings_.file(key);
  }

  bool is(std::string_view key, std::string_view choice) {
    used_.emplace(key);
    return settings_.text(key) == choice;
  }

  void expect_all_used() const {
    for (const Parameter& p : parameters()) {
      ensure(used_.contains(p.key), "configuration key '{}' has no effect", p.key);
    }
  }

 private:
  const Settings& settings_;
  std::set<std::string, std::less<>> used_;
};

void read_cpu(Reader& reader, soc::CpuParams& cpu) {
  reader.read("cpu.clock_hz", cpu.clock_hz);
  reader.read("cpu.alu_cycles", cpu.cycles.alu);
  reader.read("cpu.mul_cycles", cpu.cycles.mul);
  reader.read("cpu.div_cycles", cpu.cycles.div);
  reader.read("cpu.load_cycles", cpu.cycles.load);
  reader.read("cpu.store_cycles", cpu.cycles.store);
  reader.read("cpu.branch_cycles", cpu.cycles.branch);
  reader.read("cpu.taken_extra_cycles", cpu.cycles.taken_extra);
  reader.read("cpu.jump_cycles", cpu.cycles.jump);
  reader.read("cpu.csr_cycles", cpu.cycles.csr);
  reader.read("cpu.atomic_cycles", cpu.cycles.atomic);
  reader.read("cpu.system_cycles", cpu.cycles.system);
  reader.read("cpu.fpu_cycles", cpu.cycles.fpu);
  reader.read("cpu.fdiv_cycles", cpu.cycles.fdiv);
  reader.read("cpu.trap_cycles", cpu.cycles.trap);
}

void read_bus_and_memory(Reader& reader, MachineParams& machine) {
  machine.bus.clock_period_ps = reader.period_ps("bus.clock_hz");
  reader.read("bus.width_bytes", machine.bus.width_bytes);
  reader.read("bus.latency_cycles", machine.bus.latency_cycles);
  reader.read("memory.ram_bytes", machine.ram.bytes);
  machine.ram.clock_period_ps = reader.period_ps("memory.clock_hz");
  reader.read("memory.latency_cycles", machine.ram.latency_cycles);
  reader.read("memory.width_bytes", machine.ram.width_bytes);
}

void read_macros(Reader& reader, amc::AmcParams& amc) {
  reader.read("cell.levels", amc.cell.levels);
  reader.read("cell.g_min_siemens", amc.cell.g_min_siemens);
  reader.read("cell.g_max_siemens", amc.cell.g_max_siemens);
  reader.read("cell.read_voltage_volt", amc.cell.v_read_volt);
  reader.read("inv.levels", amc.inv_levels);
  if (reader.is("inv.level_spacing", "geometric")) amc.inv_spacing = device::LevelSpacing::kGeometric;
  if (reader.is("inv.level_spacing", "listed")) amc.inv_spacing = device::LevelSpacing::kListed;
  amc.inv_listed_siemens = reader.numbers("inv.level_list_siemens");
  reader.read("inv.slices", amc.inv_slices);
  reader.read("inv.diagonal_cells", amc.inv_diagonal_cells);
  reader.read("inv.slice_correction", amc.inv_slice_correction);
  reader.read("inv.count", amc.inv_count);
  reader.read("inv.size", amc.inv_size);
  reader.read("inv.input_conductance_siemens", amc.g_in_siemens);
  reader.read("ginv.count", amc.ginv_count);
  reader.read("ginv.size", amc.ginv_size);
  reader.read("mvm.count", amc.mvm_count);
  reader.read("mvm.size", amc.mvm_size);
  reader.read("mvm.levels", amc.mvm_levels);
  reader.read("mvm.rows_per_read", amc.rows_per_read);
  reader.read("mvm.input_bits", amc.input_bits);
  amc.mvm_checksum = reader.is("mvm.checksum", "on");
}

/// What cells do beside holding a conductance, under a read.
void read_cell_model(Reader& reader, circuit::CellModel& model) {
  reader.read("cell.nonlinearity_volt", model.iv.v0_volt);
  circuit::Nmos1Params access;
  reader.read("access.width_metre", access.width_metre);
  reader.read("access.length_metre", access.length_metre);
  reader.read("access.vto_volt", access.vto_volt);
  reader.read("access.kp_ampere_per_volt2", access.kp_ampere_per_volt2);
  reader.read("access.lambda_per_volt", access.lambda_per_volt);
  reader.read("access.gamma_sqrt_volt", access.gamma_sqrt_volt);
  reader.read("access.phi_volt", access.phi_volt);
  reader.read("access.gate_volt", access.v_gate_volt);
  access.is_at_row = reader.is("access.side", "row");
  if (reader.is("access.model", "nmos1")) model.access = access;
}

circuit::LineEnd line_end(Reader& reader, std::string_view key) {
  if (reader.is(key, "both")) return circuit::LineEnd::kBoth;
  return reader.is(key, "first") ? circuit::LineEnd::kFirst : circuit::LineEnd::kLast;
}

void read_lines(Reader& reader, circuit::LineParams& lines) {
  lines.row_end = line_end(reader, "lines.row_end");
  lines.column_end = line_end(reader, "lines.column_end");
  reader.read("lines.row_segment_ohm", lines.row_segment_ohm);
  reader.read("lines.column_segment_ohm", lines.column_segment_ohm);
  reader.read("lines.row_port_ohm", lines.row_port_ohm);
  reader.read("lines.column_port_ohm", lines.column_port_ohm);
}

void read_compensation(Reader& reader, amc::AmcParams& amc) {
  reader.read("inv.line_compensation", amc.inv_compensated);
  reader.read("mvm.line_compensation", amc.mvm_compensated);
  reader.read("lines.headroom", amc.headroom);
}

void read_faults(Reader& reader, device::CellEffects& effects) {
  reader.read("faults.stuck_on_rate", effects.faults.on_rate);
  reader.read("faults.stuck_off_rate", effects.faults.off_rate);
  reader.read("faults.stuck_at_level_rate", effects.faults.level_rate);
  reader.read("endurance.half_window_writes", effects.endurance.half_window_writes);
  reader.read("endurance.exponent", effects.endurance.exponent);
  reader.read("endurance.device_sigma", effects.endurance.device_sigma);
  reader.read("endurance.margin", effects.endurance.margin);
  reader.read("endurance.top_share", effects.endurance.top_share);
  reader.read("endurance.variability_growth", effects.endurance.variability_growth);
}

void read_retention(Reader& reader, amc::AmcParams& amc) {
  device::RetentionParams& retention = amc.effects.retention;
  reader.read("retention.low_siemens_per_efold", retention.low_siemens_per_efold);
  reader.read("retention.high_siemens_per_efold", retention.high_siemens_per_efold);
  reader.read("retention.sigma_siemens_per_efold", retention.sigma_siemens_per_efold);
  reader.read("retention.t0_s", retention.t0_s);
  reader.read("retention.activation_ev", retention.activation_ev);
  reader.read("retention.reference_kelvin", retention.reference_kelvin);
  reader.read("retention.refresh_change", amc.refresh_change);
  reader.read("temperature.kelvin", amc.kelvin);
  reader.read("temperature.reference_kelvin", amc.effects.temperature.reference_kelvin);
  reader.read("temperature.low_per_kelvin", amc.effects.temperature.low_per_kelvin);
  reader.read("temperature.high_per_kelvin", amc.effects.temperature.high_per_kelvin);
}

void read_noise(Reader& reader, device::CellEffects& effects) {
  reader.read("noise.thermal_bandwidth_hz", effects.thermal.bandwidth_hz);
  reader.read("noise.trap_probability", effects.telegraph.trap_probability);
  reader.read("noise.trap_amplitude", effects.telegraph.amplitude);
  reader.read("noise.trap_exponent", effects.telegraph.exponent);
  reader.read("noise.trap_spread", effects.telegraph.spread);
  reader.read("noise.trap_tau_min_s", effects.telegraph.tau_min_s);
  reader.read("noise.trap_tau_max_s", effects.telegraph.tau_max_s);
  reader.read("noise.trap_amplitude_limit", effects.telegraph.amplitude_limit);
  reader.read("noise.trap_slot_s", effects.telegraph.slot_s);
}

void read_writing(Reader& reader, device::WriteVerifyParams& write) {
  reader.read("write.aim", write.aim);
  reader.read("write.pulse_sigma", write.pulse_sigma);
  reader.read("write.coarse_threshold", write.coarse_threshold);
  reader.read("write.coarse_voltage_volt", write.coarse.voltage_volt);
  reader.read("write.coarse_width_s", write.coarse.width_s);
  reader.read("write.coarse_max_step", write.coarse.max_step);
  reader.read("write.fine_voltage_volt", write.fine.voltage_volt);
  reader.read("write.fine_width_s", write.fine.width_s);
  reader.read("write.fine_max_step", write.fine.max_step);
  reader.read("write.pulse_limit", write.pulse_limit);
  reader.read("write.stall_limit", write.stall_limit);
  reader.read("write.set_response", write.set_response);
  reader.read("write.reset_response", write.reset_response);
  reader.read("write.saturation", write.saturation);
  reader.read("write.device_sigma", write.device_sigma);
  reader.read("write.adapt", write.adapt);
  reader.read("write.reset_voltage_factor", write.reset_voltage_factor);
  write.mode = reader.is("write.mode", "loop") ? device::WriteMode::kLoop : device::WriteMode::kStatistical;
  reader.read("write.verify_sigma", write.verify_sigma);
  reader.read("write.verify_voltage_volt", write.verify_voltage_volt);
  reader.read("write.verify_time_s", write.verify_time_s);
  reader.read("write.round_overhead_s", write.round_overhead_s);
}

void read_tolerances(Reader& reader, amc::AmcParams& amc) {
  reader.read("inv.write_tolerance", amc.inv_write.tolerance);
  reader.read("inv.write_sigma", amc.inv_write.write_sigma);
  reader.read("inv.write_verify", amc.inv_write.bounded);
  reader.read("mvm.write_tolerance", amc.mvm_write.tolerance);
  reader.read("mvm.write_sigma", amc.mvm_write.write_sigma);
  reader.read("mvm.write_verify", amc.mvm_write.bounded);
}

void read_opamp(Reader& reader, circuit::OpampParams& opamp) {
  reader.read("opamp.gain", opamp.gain);
  reader.read("opamp.gbw_hz", opamp.gbw_hz);
  reader.read("opamp.v_sat_volt", opamp.v_sat_volt);
  reader.read("opamp.slew_rate_volt_per_s", opamp.slew_rate_volt_per_s);
  reader.read("opamp.offset_sigma_volt", opamp.offset_sigma_volt);
  reader.read("opamp.noise_volt_per_sqrt_hz", opamp.noise_volt_per_sqrt_hz);
  reader.read("opamp.supply_volt", opamp.supply_volt);
  reader.read("opamp.load_farad", opamp.load_farad);
  reader.read("opamp.gm_over_id_per_volt", opamp.gm_over_id_per_volt);
  reader.read("opamp.branches", opamp.branches);
}

void read_loop(Reader& reader, circuit::LoopEffects& loop) {
  reader.read("opamp.second_pole_hz", loop.second_pole_hz);
  reader.read("opamp.input_farad", loop.input_farad);
  reader.read("opamp.output_ohm", loop.output_ohm);
  reader.read("inv.inverter_conductance_siemens", loop.inverter_siemens);
  if (reader.is("inv.signs", "inverters")) loop.signs = circuit::InvSigns::kInverters;
  if (reader.is("inv.signs", "compensation")) loop.signs = circuit::InvSigns::kCompensation;
}

void read_profiles(Reader& reader, amc::AmcParams& amc) {
  const auto largest_code = [](unsigned bits) { return (1 << (bits - 1)) - 1; };
  if (const auto file = reader.file("dac.inl_profile"); !file.empty()) {
    const int largest = largest_code(amc.dac.bits);
    amc.dac.inl_profile_lsb = load_inl_profile(file, static_cast<std::size_t>(2 * largest + 1), largest);
  }
  if (const auto file = reader.file("adc.inl_profile"); !file.empty()) {
    const int largest = largest_code(amc.adc.bits);
    amc.adc.inl_profile_lsb = load_inl_profile(file, static_cast<std::size_t>(2 * largest), largest);
  }
}

void read_converters(Reader& reader, amc::AmcParams& amc) {
  amc.dac.v_full_scale_volt = amc.cell.v_read_volt;
  reader.read("dac.bits", amc.dac.bits);
  reader.read("dac.offset_sigma_lsb", amc.dac.offset_sigma_lsb);
  reader.read("dac.gain_sigma", amc.dac.gain_sigma);
  reader.read("dac.noise_sigma_lsb", amc.dac.noise_sigma_lsb);
  reader.read("dac.inl_bow_lsb", amc.dac.inl_bow_lsb);
  reader.read("dac.dnl_sigma_lsb", amc.dac.dnl_sigma_lsb);
  reader.read("dac.clip_volt", amc.dac.v_clip_volt);
  reader.read("adc.bits", amc.adc.bits);
  reader.read("adc.full_scale_volt", amc.adc.v_full_scale_volt);
  reader.read("adc.offset_sigma_lsb", amc.adc.offset_sigma_lsb);
  reader.read("adc.gain_sigma", amc.adc.gain_sigma);
  reader.read("adc.noise_sigma_lsb", amc.adc.noise_sigma_lsb);
  reader.read("adc.inl_bow_lsb", amc.adc.inl_bow_lsb);
  reader.read("adc.dnl_sigma_lsb", amc.adc.dnl_sigma_lsb);
  reader.read("adc.sampling_capacitance_farad", amc.adc.sampling_capacitance_F);
  reader.read("adc.aperture_jitter_s", amc.adc.aperture_jitter_s);
  reader.read("adc.input_frequency_hz", amc.adc.input_frequency_hz);
  read_profiles(reader, amc);
  amc.adc.kelvin = amc.kelvin;
  reader.read("adc.converters_per_lane", amc.converters_per_lane);
  reader.read("adc.reference_sigma", amc.reference_sigma);
  // The same converters, stopped after fewer bits: their errors are the same in volts.
  amc.adc_low_precision = amc.adc;
  unsigned low_precision_bits = 0;
  reader.read("adc.low_precision_bits", low_precision_bits);
  if (low_precision_bits == 0) low_precision_bits = std::min(amc.adc.bits, kUsualLowPrecisionBits);
  require(low_precision_bits >= 2, "adc.low_precision_bits = {} is too small; allowed: 0 or 2 to adc.bits",
          low_precision_bits);
  const int dropped = static_cast<int>(amc.adc.bits) - static_cast<int>(low_precision_bits);
  amc.adc_low_precision.bits = low_precision_bits;
  amc.adc_low_precision.offset_sigma_lsb = std::ldexp(amc.adc.offset_sigma_lsb, -dropped);
  amc.adc_low_precision.noise_sigma_lsb = std::ldexp(amc.adc.noise_sigma_lsb, -dropped);
  amc.adc_low_precision.inl_bow_lsb = std::ldexp(amc.adc.inl_bow_lsb, -dropped);
  amc.adc_low_precision.dnl_sigma_lsb = std::ldexp(amc.adc.dnl_sigma_lsb, -dropped);
  amc.adc_low_precision.inl_profile_lsb =
      coarser_inl_profile(amc.adc.inl_profile_lsb, amc.adc.bits, low_precision_bits);
}

void read_timing(Reader& reader, circuit::TimingParams& timing) {
  timing.mode = reader.is("timing.mode", "theory") ? circuit::TimingParams::Mode::kTheory
                                                   : circuit::TimingParams::Mode::kMeasured;
  reader.read("timing.measured_inv_s", timing.measured_inv_s);
  reader.read("timing.measured_mvm_s", timing.measured_mvm_s);
  reader.read("timing.settle_epsilon", timing.settle_epsilon);
  reader.read("timing.settle_epsilon_read", timing.settle_epsilon_read);
}

void read_dru(Reader& reader, amc::DruParams& dru) {
  dru.clock_hz = 1e12 / static_cast<double>(reader.period_ps("dru.clock_hz"));
  reader.read("dru.lanes", dru.lanes);
  reader.read("dru.sram_words", dru.sram_words);
  reader.read("dru.max_retries", dru.max_retries);
  reader.read("dru.command_overhead_cycles", dru.command_overhead_cycles);
  reader.read("dru.prefetch_commands", dru.prefetch_commands);
  reader.read("dru.contexts", dru.contexts);
}

void read_solver(Reader& reader, SolverParams& solver) {
  solver.method = reader.is("solver.method", "refine")  ? job::JobMethod::kRefine
                  : reader.is("solver.method", "gmres") ? job::JobMethod::kGmres
                                                        : job::JobMethod::kAuto;
  reader.read("solver.inv_slices", solver.inv_slices);
  reader.read("solver.restart", solver.restart);
  reader.read("solver.split_leaves", solver.splits_leaves);
  reader.read("solver.reorder_rows", solver.reorders_rows);
  reader.read("solver.tolerance_bits", solver.tolerance_bits);
  reader.read("solver.bits", solver.bits);
  if (solver.bits == 0) {
    solver.bits =
        solver.tolerance_bits > job::kMaxNarrowToleranceBits ? solver.tolerance_bits : job::kMaxNarrowBits;
  }
  reader.read("solver.max_iterations", solver.max_iterations);
  solver.schur_unit = reader.is("solver.schur_unit", "cpu")   ? job::JobUnit::kCpu
                      : reader.is("solver.schur_unit", "dru") ? job::JobUnit::kDru
                                                              : job::JobUnit::kAnalogue;
  solver.least_squares =
      reader.is("solver.least_squares", "ginv") ? job::JobLeastSquares::kGinv : job::JobLeastSquares::kInv;
  solver.wait = reader.is("solver.wait", "poll") ? job::JobWait::kPoll : job::JobWait::kInterrupt;
  solver.calibrates = reader.is("solver.calibrate", "on");
  solver.verifies = reader.is("solver.verify", "digital");
  reader.read("solver.leaf_size", solver.leaf_size);
  reader.read("solver.stability_margin", solver.stability_margin);
  reader.read("solver.watchdog_s", solver.watchdog_s);
}

void expect_possible_precision(const Settings& settings, const SolverParams& solver, unsigned digit_bits) {
  const std::string& head = settings.place_to_mend({"solver.bits", "solver.tolerance_bits"});
  if (solver.bits > job::kMaxNarrowBits) return;
  require(solver.bits >= 3 && solver.bits % digit_bits == 0,
          "{}: solver.bits = {}: up to {} bits of a matrix come in slices of {}", head, solver.bits,
          job::kMaxNarrowBits, digit_bits);
  require(solver.tolerance_bits <= job::kMaxNarrowToleranceBits,
          "{}: solver.tolerance_bits = {} is more than the {} that a matrix of {} bits is solved to; leave "
          "solver.bits at 0 or make it more than {}",
          head, solver.tolerance_bits, job::kMaxNarrowToleranceBits, solver.bits, job::kMaxNarrowBits);
}

void expect_slices_in_use(const Settings& settings, const ChipConfig& chip) {
  const std::string& head = settings.place_to_mend({"solver.inv_slices", "inv.slices"});
  require(chip.solver.inv_slices <= chip.amc.inv_slices,
          "{}: {} needs macros with as many pairs of arrays, and they have {}; see inv.slices", head,
          described(settings, "solver.inv_slices", head), chip.amc.inv_slices);
}

void expect_ginv_macros(const Settings& settings, const ChipConfig& chip) {
  const std::string& head = settings.place_to_mend({"solver.least_squares", "ginv.count"});
  require(chip.solver.least_squares != job::JobLeastSquares::kGinv || chip.amc.ginv_count > 0,
          "{}: {} needs GINV macros, and the chip has none; choose ginv.count of 1 or more", head,
          described(settings, "solver.least_squares", head));
}

double derived_input_conductance(const amc::AmcParams& amc) {
  const double span_siemens =
      amc::step_siemens(amc, amc::MacroKind::kInv) * (cell_params(amc, amc::MacroKind::kInv).levels - 1);
  return span_siemens * amc.adc.v_full_scale_volt / amc.dac.v_full_scale_volt;
}

/// A flash converter finds all its bits at once, also those that low-precision conversions leave out.
void use_flash_converters(const Settings& settings, amc::AmcParams& amc) {
  constexpr unsigned kMostBits = 8;
  const std::string& head = settings.place_to_mend({"adc.kind", "adc.bits"});
  require(amc.adc.bits <= kMostBits, "{}: {} needs adc.bits of at most {}, but {}", head,
          described(settings, "adc.kind", head), kMostBits, described(settings, "adc.bits", head));
  const circuit::ConversionCost cost = circuit::adc_cost(circuit::AdcKind::kFlash, amc.adc.bits);
  for (circuit::AdcParams* adc : {&amc.adc, &amc.adc_low_precision}) {
    adc->conversion_time_s = cost.time_s;
    adc->energy_per_conversion_J = cost.energy_J;
  }
}

/// Puts a plan in the place of what is 0.
void validate_and_plan_reads(const Settings& settings, amc::AmcParams& amc) {
  amc::GivenReads given;
  if (amc.rows_per_read != 0) given.rows = amc.rows_per_read;
  if (amc.input_bits != 0) given.input_bits = amc.input_bits;
  amc.rows_per_read = given.rows.value_or(1);
  amc.input_bits = given.input_bits.value_or(1);
  amc::validate(amc);
  if (given.rows && given.input_bits) return;
  const amc::ReadPlan plan = plan_exact_reads(settings, amc, given);
  amc.rows_per_read = plan.rows;
  amc.input_bits = plan.input_bits;
}

}  // namespace

ChipConfig chip_config(const Settings& settings) {
  check_pairs(settings);
  check_levels(settings);
  ChipConfig chip;
  Reader reader(settings);
  read_cpu(reader, chip.machine.cpu);
  read_bus_and_memory(reader, chip.machine);
  read_macros(reader, chip.amc);
  read_cell_model(reader, chip.amc.cell_model);
  read_lines(reader, chip.amc.lines);
  read_compensation(reader, chip.amc);
  read_faults(reader, chip.amc.effects);
  read_retention(reader, chip.amc);
  read_noise(reader, chip.amc.effects);
  read_writing(reader, chip.amc.inv_write);
  read_writing(reader, chip.amc.mvm_write);
  read_tolerances(reader, chip.amc);
  read_opamp(reader, chip.amc.opamp);
  read_loop(reader, chip.amc.loop);
  read_converters(reader, chip.amc);
  read_timing(reader, chip.amc.timing);
  read_dru(reader, chip.amc.dru);
  read_solver(reader, chip.solver);
  expect_possible_precision(settings, chip.solver, amc::digit_bits(chip.amc));
  reader.read("seed", chip.seed);
  if (chip.amc.inv_slices == 0) chip.amc.inv_slices = amc::holds_two_slices(chip.amc) ? 2 : 1;
  expect_slices_in_use(settings, chip);
  expect_ginv_macros(settings, chip);
  if (chip.amc.g_in_siemens == 0) chip.amc.g_in_siemens = derived_input_conductance(chip.amc);
  const cost::ComponentTable table(reader.is("cost.profile", "aggressive") ? cost::Profile::kAggressive
                                                                           : cost::Profile::kSurvey);
  apply_costs(table, chip.machine);
  apply_costs(table, chip.amc);
  if (reader.is("adc.kind", "flash")) use_flash_converters(settings, chip.amc);
  bool requires_exact_reads = true;
  reader.read("mvm.requires_exact_reads", requires_exact_reads);
  const std::filesystem::path fault_map = reader.file("faults.map");
  reader.expect_all_used();
  validate_and_plan_reads(settings, chip.amc);
  if (!fault_map.empty()) chip.amc.faults = load_fault_map(fault_map, chip.amc);
  if (requires_exact_reads) expect_exact_reads(settings, chip.amc);
  chip.machine.seed = chip.seed;
  chip.hash = settings.hash();
  return chip;
}

}  // namespace mho::platform
