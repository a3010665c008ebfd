// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>
#include <systemc>

#include "platform/solve/solve_table.hpp"
#include "registers/dru.hpp"  // generated

namespace mho::platform::cli {
namespace {

constexpr std::uint64_t kBookingsPerLook = 4096;
constexpr std::chrono::milliseconds kInterval{250};

}  // namespace

bool Progress::is_wanted() {
  return ::isatty(STDERR_FILENO) == 1;
}

void Progress::start(Chip& chip) {
  chip_ = &chip;
  begin_ = last_ = std::chrono::steady_clock::now();
  chip.machine().ledger().on_booking([this](cost::ComponentId, cost::EnergyKind, Energy, cost::Purpose) {
    if (++bookings_ % kBookingsPerLook == 0) show();
  });
}

void Progress::show() {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  has_shown_ = true;
  const double wall_s = std::chrono::duration<double>(now - begin_).count();
  std::uint32_t iteration = 0;
  std::array<std::uint8_t, 4> bytes{};
  constexpr std::uint32_t kIterationAddress = soc::memory_map::kDruBase + registers::dru::kIterationOffset;
  if (chip_->machine().cpu().read_guest(kIterationAddress, bytes)) {
    for (std::size_t i = bytes.size(); i-- > 0;) iteration = iteration << 8 | bytes[i];
  }
  std::cerr << fmt::format("\r\033[Kmho: {}, iteration {}, {} simulated, {:.0f} s",
                           cost::to_string(chip_->machine().ledger().phase()), iteration,
                           with_prefix(sc_core::sc_time_stamp().to_seconds(), "s"), wall_s)
            << std::flush;
}

void Progress::finish() {
  if (has_shown_) std::cerr << "\r\033[K" << std::flush;
  if (chip_ != nullptr) chip_->machine().ledger().on_booking({});
}

}  // namespace mho::platform::cli
