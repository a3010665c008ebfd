// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/platform/solve/sabotage.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "models/tlm/initiator.hpp"
#include "registers/array_macro.hpp"
#include "registers/dru.hpp"
#include "registers/memory_map.hpp"

namespace mho::platform::test {
namespace {

namespace map = registers::memory_map;
namespace macro_reg = registers::array_macro;
namespace dru_reg = registers::dru;

class Saboteur : public sc_core::sc_module {
 public:
  Saboteur(sc_core::sc_module_name name, Chip& chip, std::vector<MovedCell> cells)
      : sc_module(name), bus_("dru", chip.machine().context()), chip_(chip), cells_(std::move(cells)) {
    bus_.socket.bind(chip.machine().bus().initiators);
    sc_core::sc_spawn([this] { run(); }, "saboteur");
  }

 private:
  void run() {
    const auto poll = sc_core::sc_time(200, sc_core::SC_NS);
    while (chip_.machine().ledger().phase() != cost::Phase::kSolve || is_operating()) sc_core::wait(poll);
    // All at one time: the unit finds the macros as before, with other cells.
    for (unsigned macro = 0; macro < chip_.amc().params().mvm_count; ++macro) move_cells_of(macro);
  }

  /// While a macro operates, its outputs must not vanish.
  bool is_operating() {
    sc_core::sc_time delay;
    std::uint32_t status = 0;
    (void)bus_.read32(map::kDruBase + dru_reg::kStatusOffset, status, 0, delay);
    return registers::field_of(status, dru_reg::kStatusStateMask, dru_reg::kStatusStateShift) ==
           static_cast<std::uint32_t>(dru_reg::DruState::kAnalog);
  }

  void move_cells_of(unsigned macro) {
    const bool is_hit = std::ranges::any_of(cells_, [&](const MovedCell& c) { return c.macro == macro; });
    if (!is_hit || chip_.amc().mvm_macro(macro).writes() == 0) return;
    const unsigned size = chip_.amc().params().mvm_size;
    const std::uint32_t base = map::kMvmBase + macro * map::kMvmStride;
    std::vector<std::uint8_t> levels(std::size_t{size} * size);
    sc_core::sc_time delay;
    (void)bus_.read(base + macro_reg::kLevelsOffset, levels, 0, delay);
    for (const MovedCell& cell : cells_) {
      if (cell.macro != macro) continue;
      std::uint8_t& byte = levels.at(cell.line * size + cell.output);
      const int level = static_cast<std::int8_t>(byte);
      const int top = static_cast<int>(chip_.amc().params().cell.levels) - 1;
      const int moved = std::abs(level + cell.change) <= top ? level + cell.change : level - cell.change;
      byte = static_cast<std::uint8_t>(static_cast<std::int8_t>(moved));
    }
    (void)bus_.write(base + macro_reg::kLevelsOffset, levels, 0, delay);
    (void)bus_.write32(base + macro_reg::kCtrlOffset,
                       macro_reg::kCtrlProgramMask | macro_reg::kCtrlNowaitMask, 0, delay);
  }

  tlm_base::Initiator bus_;
  Chip& chip_;
  std::vector<MovedCell> cells_;
};

numeric::SparseMatrix dense(const Eigen::MatrixXd& a) {
  numeric::SparseMatrix out;
  out.rows = out.columns = static_cast<std::uint32_t>(a.rows());
  out.row_start = {0};
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      if (a(i, j) == 0) continue;
      out.column.push_back(static_cast<std::uint32_t>(j));
      out.value.push_back(a(i, j));
    }
    out.row_start.push_back(static_cast<std::uint32_t>(out.value.size()));
  }
  return out;
}

}  // namespace

SolveReport solve(const Job& job) {
  Settings settings;
  for (const char* key : {"inv.count=8", "mvm.count=64"}) settings.assign(key);
  for (const std::string& key : job.keys) settings.assign(key);
  const ChipConfig chip = chip_config(settings);
  const numeric::SparseMatrix a = dense(job.a);
  const std::vector<double> b(job.b.begin(), job.b.end());
  const soc::ElfImage firmware = soc::load_elf(MHO_FIRMWARE "/solve.elf");
  std::ostringstream console;
  SolveRun run({.a = a, .b = b, .chip = chip, .firmware = firmware, .options = {.command_line = "solve"}},
               {.console = console});
  if (!job.moved.empty()) run.chip().machine().add<Saboteur>("saboteur", run.chip(), job.moved);
  return run.run();
}

}  // namespace mho::platform::test
