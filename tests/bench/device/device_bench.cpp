// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the cell models cost the simulation, for one array of 64x64 cells: writing by the loop and from its
// statistics, and each effect of a read. Items are cells, except where a counter says otherwise.
#include <benchmark/benchmark.h>

#include "models/circuit/adc.hpp"
#include "models/device/cell_array.hpp"
#include "models/device/write_statistics.hpp"

namespace mho::device {
namespace {

constexpr Eigen::Index kSize = 64;
const Random kRandom{1};

Eigen::MatrixXd random_targets(const CellParams& cell) {
  return Eigen::MatrixXd::NullaryExpr(kSize, kSize, [&](Eigen::Index row, Eigen::Index col) {
    const auto word = kRandom.words(
        RandomPurpose::kTest, {0, static_cast<std::uint16_t>(row), static_cast<std::uint16_t>(col)}, 0)[0];
    return level_conductance(cell, word % cell.levels);
  });
}

WriteVerifyParams write_of(std::int64_t kind) {
  WriteVerifyParams write;
  if (kind == 1) write.tolerance = kInvTolerance;
  if (kind == 2) {
    write.set_response = 0.8;
    write.reset_response = 1.3;
    write.saturation = 0.6;
    write.device_sigma = 0.3;
    write.adapt = 0.3;
  }
  return write;
}

/// Kinds: 0 tight defaults, 1 loose cells, 2 variable, asymmetric, saturating cells.
void write_array(benchmark::State& state, WriteMode mode) {
  const CellParams cell;
  const Eigen::MatrixXd target = random_targets(cell);
  WriteVerifyParams write = write_of(state.range(0));
  write.mode = mode;
  // The first write calibrates the statistics.
  double pulses = static_cast<double>(program_array(target, cell, write, kRandom, 0, 0).pulses);
  std::uint32_t unit = 1;
  for (auto _ : state) {
    benchmark::DoNotOptimize(program_array(target, cell, write, kRandom, unit++, 0).g_siemens.data());
  }
  state.SetItemsProcessed(state.iterations() * target.size());
  state.counters["pulses_per_cell"] = pulses / static_cast<double>(target.size());
}

void WriteByLoop(benchmark::State& state) {
  write_array(state, WriteMode::kLoop);
}
BENCHMARK(WriteByLoop)->DenseRange(0, 2)->Unit(benchmark::kMicrosecond);

void WriteByStatistics(benchmark::State& state) {
  write_array(state, WriteMode::kStatistical);
}
BENCHMARK(WriteByStatistics)->DenseRange(0, 2)->Unit(benchmark::kMicrosecond);

/// Calibration of the eight levels.
void CalibrateStatistics(benchmark::State& state) {
  const CellParams cell;
  WriteVerifyParams write = write_of(state.range(0));
  write.mode = WriteMode::kStatistical;
  const Eigen::MatrixXd target = random_targets(cell);
  for (auto _ : state) {
    const WriteStatistics statistics(cell, write);
    benchmark::DoNotOptimize(statistics.program(target, kRandom, 0, 0, {}).pulses);
  }
}
BENCHMARK(CalibrateStatistics)->DenseRange(0, 2)->Unit(benchmark::kMillisecond);

CellArray programmed(const CellEffects& effects) {
  CellArray array({}, effects, kSize, kSize, kRandom, 0);
  benchmark::DoNotOptimize(array.program(random_targets({}), {}).pulses);
  return array;
}

void DriftedConductance(benchmark::State& state) {
  const CellArray array = programmed({.retention = kCmoHfoxRetention, .temperature = kTypicalTemperature});
  double time_s = 1.0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(array.conductance({.time_s = time_s, .kelvin = 320.0}).data());
    time_s *= 1.001;
  }
  state.SetItemsProcessed(state.iterations() * kSize * kSize);
}
BENCHMARK(DriftedConductance)->Unit(benchmark::kMicrosecond);

void ThermalNoiseOfCells(benchmark::State& state) {
  const Eigen::MatrixXd g = random_targets({});
  std::uint32_t read = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(thermal_noise({.bandwidth_hz = 5e6}, g, 0.2, 300.0, kRandom, 0, read++).data());
  }
  state.SetItemsProcessed(state.iterations() * kSize * kSize);
}
BENCHMARK(ThermalNoiseOfCells)->Unit(benchmark::kMicrosecond);

const TelegraphParams kTraps{.trap_probability = 0.3};

/// Items are traps.
void TelegraphChanges(benchmark::State& state) {
  const TelegraphNoise noise(kTraps, kSize, kSize, kRandom, 0);
  const Eigen::MatrixXd g = random_targets({});
  double time_s = 1e-3;
  for (auto _ : state) {
    benchmark::DoNotOptimize(noise.changes(g, {}, time_s).data());
    time_s += 1e-7;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(noise.traps().size()));
}
BENCHMARK(TelegraphChanges)->Unit(benchmark::kMicrosecond);

/// The same at reads 100 ns apart. Items are traps.
void TrackedTelegraphChanges(benchmark::State& state) {
  const TelegraphNoise noise(kTraps, kSize, kSize, kRandom, 0);
  TelegraphTracker tracker;
  const Eigen::MatrixXd g = random_targets({});
  double time_s = 1e-3;
  for (auto _ : state) {
    benchmark::DoNotOptimize(tracker.changes(noise, g, {}, time_s).data());
    time_s += 1e-7;
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(noise.traps().size()));
}
BENCHMARK(TrackedTelegraphChanges)->Unit(benchmark::kMicrosecond);

/// One read with telegraph and thermal noise, reads 100 ns apart.
void NoisyRead(benchmark::State& state) {
  CellArray array = programmed({.telegraph = kTraps, .thermal = {.bandwidth_hz = 5e6}});
  double time_s = 1e-3;
  std::uint32_t read = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(array.noisy({.time_s = time_s}, read++).data());
    time_s += 1e-7;
  }
  state.SetItemsProcessed(state.iterations() * kSize * kSize);
}
BENCHMARK(NoisyRead)->Unit(benchmark::kMicrosecond);

/// 64 channels, 124 reads; 0 the defaults, 1 with code widths and sampling noise. Items are conversions.
void AdcConversions(benchmark::State& state) {
  circuit::AdcParams params;
  if (state.range(0) == 1) {
    params.dnl_sigma_lsb = 0.1;
    params.sampling_capacitance_F = 50e-15;
  }
  const circuit::Adc adc(params, kSize, kRandom, 0);
  const Eigen::MatrixXd v = Eigen::MatrixXd::NullaryExpr(kSize, 124, [](Eigen::Index row, Eigen::Index read) {
    return 0.001 * static_cast<double>((row * 7 + read) % 450);
  });
  std::uint64_t conversion = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(adc.convert(v, 0.5, conversion).codes.data());
    conversion += 124;
  }
  state.SetItemsProcessed(state.iterations() * v.size());
}
BENCHMARK(AdcConversions)->DenseRange(0, 1)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mho::device

BENCHMARK_MAIN();
