// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the physics of one macro operation costs the simulation: sizes of the default chip (64x64 MVM macros
// with 124 one-bit reads of 16 active rows, 8x8 INV macros). Set-up is outside the timed part.
#include <benchmark/benchmark.h>

#include "models/circuit/adc.hpp"
#include "models/circuit/dac.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/nonlinear/nonlinear_inv.hpp"
#include "models/circuit/nonlinear/nonlinear_mvm.hpp"
#include "models/device/differential_pair.hpp"

namespace mho {
namespace {

constexpr int kMvmSize = 64;
constexpr int kInvSize = 8;
constexpr int kReads = 124;
constexpr int kActiveRows = 16;

const Random kRandom{1};

std::uint32_t draw(int row, int col) {
  return kRandom.words(
      RandomPurpose::kTest,
      {.unit = 0, .row = static_cast<std::uint16_t>(row), .column = static_cast<std::uint16_t>(col)}, 0)[0];
}

device::LevelMatrix random_levels(int n) {
  return device::LevelMatrix::NullaryExpr(n, n, [](Eigen::Index r, Eigen::Index c) {
    return static_cast<std::int8_t>(static_cast<int>(draw(static_cast<int>(r), static_cast<int>(c)) % 15) -
                                    7);
  });
}

device::DifferentialPair mvm_pair() {
  return device::pair_from_levels(random_levels(kMvmSize), {});
}

circuit::CodeMatrix one_bit_codes() {
  return circuit::CodeMatrix::NullaryExpr(kMvmSize, kReads, [](Eigen::Index r, Eigen::Index read) {
    const bool active = r / kActiveRows == read % (kMvmSize / kActiveRows);
    return static_cast<std::int8_t>(
        active ? static_cast<int>(draw(static_cast<int>(r), static_cast<int>(read)) % 3) - 1 : 0);
  });
}

void ProgramArray(benchmark::State& state) {
  const auto pair = mvm_pair();
  device::WriteVerifyParams write;
  write.tolerance = static_cast<double>(state.range(0)) / 1000.0;
  std::uint32_t unit = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(device::program_array(pair.positive, {}, write, kRandom, unit++, 0).pulses);
  }
  state.SetItemsProcessed(state.iterations() * pair.positive.size());
}
BENCHMARK(ProgramArray)->Arg(3)->Arg(20)->Unit(benchmark::kMicrosecond);

void MvmEvaluate(benchmark::State& state) {
  const circuit::OpampParams opamp;
  const circuit::MvmCircuit mvm(mvm_pair(), opamp, circuit::draw_offsets(opamp, kMvmSize, kRandom, 0));
  const Eigen::MatrixXd v = 0.2 * one_bit_codes().cast<double>();
  for (auto _ : state) benchmark::DoNotOptimize(mvm.evaluate(v, 250e-6).v_out.data());
  state.SetItemsProcessed(state.iterations() * kReads);
}
BENCHMARK(MvmEvaluate)->Unit(benchmark::kMicrosecond);

constexpr circuit::LineParams kLines{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
constexpr double kVerifyVolt = 0.2;
const circuit::CellModel kSinh{.access = {}, .iv = {.v0_volt = 0.5}};
const circuit::CellModel kNmos{.access = circuit::Nmos1Params{}, .iv = {}};

/// One read with resistive lines and cells that are not ohmic.
void MvmReadNonlinear(benchmark::State& state, const circuit::CellModel& cell) {
  const circuit::OpampParams opamp;
  const circuit::NonlinearMvm mvm(cell, circuit::bare_pair(cell, mvm_pair(), kVerifyVolt), kLines, opamp,
                                  circuit::draw_offsets(opamp, kMvmSize, kRandom, 0));
  const Eigen::MatrixXd v = 0.2 * one_bit_codes().cast<double>();
  Eigen::Index read = 0;
  bool has_converged = true;
  for (auto _ : state) {
    benchmark::DoNotOptimize(mvm.evaluate(v.col(read), 250e-6, has_converged).v_out.data());
    if (!has_converged) state.SkipWithError("a read has no operating point");
    read = (read + 1) % kReads;
  }
}
BENCHMARK_CAPTURE(MvmReadNonlinear, sinh, kSinh)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(MvmReadNonlinear, nmos1, kNmos)->Unit(benchmark::kMicrosecond);

void DacOneBitBatch(benchmark::State& state) {
  const circuit::Dac dac({}, kMvmSize, kRandom, 0);
  const auto codes = one_bit_codes();
  for (auto _ : state) {
    benchmark::DoNotOptimize(dac.convert(codes, 0, 0, circuit::DacMode::kOneBit).data());
  }
  state.SetItemsProcessed(state.iterations() * codes.size());
}
BENCHMARK(DacOneBitBatch)->Unit(benchmark::kMicrosecond);

void AdcBatch(benchmark::State& state, bool near_integers) {
  const circuit::Adc adc({}, kMvmSize, kRandom, 0);
  const Eigen::MatrixXd v =
      Eigen::MatrixXd::NullaryExpr(kMvmSize, kReads, [&](Eigen::Index r, Eigen::Index c) {
        const double x = draw(static_cast<int>(r), static_cast<int>(c)) * 0x1p-32;  // 0 … 1
        const double level = std::floor(200.0 * x) - 100.0;
        const double rest = 200.0 * x - std::floor(200.0 * x) - 0.5;
        return (level + (near_integers ? 0.4 * rest : rest)) * adc.step_volt();
      });
  std::uint64_t conversion = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(adc.convert(v, adc.params().v_full_scale_volt, conversion).codes.data());
    conversion += kReads;
  }
  state.SetItemsProcessed(state.iterations() * v.size());
}
BENCHMARK_CAPTURE(AdcBatch, integer_reads, true)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(AdcBatch, uniform_inputs, false)->Unit(benchmark::kMicrosecond);

device::DifferentialPair inv_pair() {
  device::LevelMatrix levels = random_levels(kInvSize);
  for (int i = 0; i < kInvSize; ++i) levels(i, i) = 7;
  return device::pair_from_levels(levels, {});
}

void InvConstruct(benchmark::State& state) {
  const auto pair = inv_pair();
  for (auto _ : state) {
    benchmark::DoNotOptimize(circuit::InvCircuit(pair, {}, 35e-6, {}).min_re_lambda());
  }
}
BENCHMARK(InvConstruct)->Unit(benchmark::kMicrosecond);

void InvSolve(benchmark::State& state) {
  const circuit::InvCircuit inv(inv_pair(), {}, 35e-6, {});
  const Eigen::VectorXd i = Eigen::VectorXd::LinSpaced(kInvSize, -1e-6, 1e-6);
  for (auto _ : state) benchmark::DoNotOptimize(inv.solve(i).v.data());
}
BENCHMARK(InvSolve)->Unit(benchmark::kMicrosecond);

/// One operation with resistive lines and cells that are not ohmic: operating point and verdict.
void InvSolveNonlinear(benchmark::State& state, const circuit::CellModel& cell) {
  const circuit::NonlinearInv inv(cell, circuit::bare_pair(cell, inv_pair(), kVerifyVolt), kLines, {}, 35e-6,
                                  Eigen::VectorXd::Zero(kInvSize));
  const Eigen::VectorXd i = Eigen::VectorXd::LinSpaced(kInvSize, -1e-6, 1e-6);
  for (auto _ : state) {
    const circuit::NonlinearInvResult result = inv.solve(i, 1e-3);
    if (result.inv.status != circuit::InvStatus::kOk) state.SkipWithError("no operating point");
  }
}
BENCHMARK_CAPTURE(InvSolveNonlinear, sinh, kSinh)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(InvSolveNonlinear, nmos1, kNmos)->Unit(benchmark::kMicrosecond);

/// One instance of a Monte Carlo study, from levels to outputs: both 16x16 arrays written by the loop,
/// reduced with their lines, stability and settling found, one operating point.
void InvInstance16(benchmark::State& state) {
  constexpr int kSize = 16;
  device::LevelMatrix levels = random_levels(kSize);
  for (int i = 0; i < kSize; ++i) levels(i, i) = 7;
  const auto target = device::pair_from_levels(levels, {});
  const circuit::OpampParams opamp;
  const Eigen::VectorXd input = Eigen::VectorXd::LinSpaced(kSize, -1e-6, 1e-6);
  const device::WriteVerifyParams write{.tolerance = device::kInvTolerance};
  std::uint32_t macro = 0;
  for (auto _ : state) {
    const auto programmed = device::program_pair(target, {}, write, kRandom, macro, 0);
    const circuit::InvCircuit inv(circuit::inv_network(programmed.pair, kLines, 86e-6), opamp,
                                  circuit::draw_offsets(opamp, kSize, kRandom, macro++));
    benchmark::DoNotOptimize(inv.solve(input).v.data());
  }
  state.counters["instances_per_minute"] =
      benchmark::Counter(60.0 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(InvInstance16)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mho

BENCHMARK_MAIN();
