// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The system-on-chip: CPU, bus, memory and standard devices, wired as design and memory map say, with the
// ledger and the observers. Further subsystems (the AMC) attach through add(), bus(), plic() and context()
// between construction and run(). A machine runs once.
//
//     Machine machine(params, options, {.console = std::cout});
//     machine.load(soc::load_elf("hello.elf"));
//     const RunResult result = machine.run();
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/cost/ledger.hpp"
#include "models/fault/injector.hpp"
#include "models/soc/bus.hpp"
#include "models/soc/clint.hpp"
#include "models/soc/cpu/cpu.hpp"
#include "models/soc/cpu/semihosting.hpp"
#include "models/soc/dma.hpp"
#include "models/soc/elf_loader.hpp"
#include "models/soc/finisher.hpp"
#include "models/soc/htif.hpp"
#include "models/soc/plic.hpp"
#include "models/soc/ram.hpp"
#include "models/soc/uart16550.hpp"
#include "models/tlm/context.hpp"
#include "models/trace/access_log.hpp"
#include "platform/kernel.hpp"

namespace mho::platform {

/// What the machine is made of. Changes results.
struct MachineParams {
  soc::CpuParams cpu;
  soc::BusParams bus;
  soc::RamParams ram;
  soc::UartParams uart;
  soc::DmaParams dma;
  soc::DeviceCostParams clint{.access_energy_joules = 0.4e-12, .static_power_watts = 20e-6};
  soc::DeviceCostParams plic{.access_energy_joules = 0.4e-12, .static_power_watts = 50e-6};
  soc::DeviceCostParams finisher{.access_energy_joules = 0.4e-12, .static_power_watts = 0.0};
  std::vector<fault::Fault> faults;  ///< what is to go wrong while it runs
  std::uint64_t seed = 1;            ///< of everything random in the machine
};

/// How it is simulated, which changes nothing but when a run that does not end by itself is cut off; and what
/// the guest gets of the host.
struct MachineOptions {
  std::uint64_t quantum_ps = 10'000'000;  ///< > 0
  bool use_dmi = true;
  bool use_block_cache = true;
  bool use_native_code = true;
  std::uint64_t max_instructions = 0;  ///< 0: no limit
  std::uint64_t max_time_ps = 0;       ///< 0: no limit
  /// The number of a signal that ends the run when it is not 0; outlives the machine; null: none does.
  const std::atomic<int>* signal = nullptr;
  /// What semihosting SYS_GET_CMDLINE returns.
  std::string command_line = {};
  /// The folder below which semihosting opens files; empty: none are opened.
  std::string semihosting_folder = {};
  /// Where semihosting reads the console, outlives the machine; null: the console is at its end.
  std::istream* console_input = nullptr;
};

/// Who watches. None of it changes the simulation.
struct Observers {
  std::ostream& console;                          ///< the UART's output and semihosting's
  trace::TraceSink* trace = nullptr;              ///< outlives the machine
  trace::TransactionLog* transactions = nullptr;  ///< outlives the machine
  trace::AccessLog* accesses = nullptr;           ///< outlives the machine
};

/// How a run ended and what it took.
struct RunResult {
  soc::ExitCause exit_cause = soc::ExitCause::kNone;
  /// The guest's code; 1 for a hang and for a limit, 128 and the number of a signal that ended the run.
  std::uint32_t exit_code = 1;
  std::uint32_t pc = 0;  ///< of the next instruction; for hangs of the one that hangs
  std::string message;   ///< one line: where and why; empty when the guest ended by itself
  std::uint64_t cpu_instructions = 0;
  std::uint64_t cpu_cycles = 0;
  std::uint64_t simulated_time_ps = 0;
  double wall_s = 0;  ///< host time of the run, without construction and loading
  Energy energy;
  std::vector<std::pair<std::string, Energy>> energy_by_component;

  /// Simulated instructions per microsecond of host time.
  double mips() const { return wall_s > 0 ? static_cast<double>(cpu_instructions) / wall_s * 1e-6 : 0.0; }
};

/// "finisher", "htif", "semihosting", "hang", "max_instructions", "max_time", "signal", "debugger".
std::string_view to_string(soc::ExitCause cause);

/// The program ended by itself: through the finisher, HTIF or semihosting.
bool is_guests_own(soc::ExitCause cause);

class Machine {
 public:
  /// @throws InputError for a parameter outside its range
  Machine(const MachineParams& params, const MachineOptions& options, const Observers& observers);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Copies the program into RAM and starts the CPU at its entry point, with the hart's number in a0 and
  /// `a1`.
  /// @throws InputError when a segment lies outside RAM
  void load(const soc::ElfImage& image, std::uint32_t a1 = 0);

  /// Constructs a T(args…) that lives as long as the machine's other modules.
  template <typename T, typename... Args>
  T& add(Args&&... args) {
    auto part = std::make_shared<T>(std::forward<Args>(args)...);
    T& reference = *part;
    extensions_.push_back(std::move(part));
    return reference;
  }

  /// Connects a device's interrupt line to a source of the PLIC and shows it in the waveform as
  /// "soc.irq.<name>".
  void connect_irq(tlm_base::IrqLine& line, unsigned source, std::string_view name);

  /// Holds the line of that name high where it leads to, whatever its device says, or leaves it to its
  /// device.
  /// @throws InternalError  there is no such line
  void force_irq(std::string_view name, bool is_forced, std::uint64_t time_ps);

  /// UART, CLINT, PLIC and DMA as after reset; mtime goes on.
  void reset_devices(std::uint64_t time_ps);

  /// What goes wrong in this run; null: nothing.
  fault::Injector* faults() { return faults_.get(); }

  /// Called when the guest has stopped, with the time and the ledger at that moment.
  void on_stop(std::function<void(std::uint64_t time_ps)> listener) { stop_listener_ = std::move(listener); }

  /// Runs until the guest ends, hangs, or meets a limit. Once.
  RunResult run();

  const tlm_base::Context& context() const { return context_; }
  cost::Ledger& ledger() { return ledger_; }
  soc::Bus& bus() { return bus_; }
  soc::Plic& plic() { return plic_; }
  soc::Cpu& cpu() { return cpu_; }
  soc::Ram& ram() { return ram_; }
  soc::Uart16550& uart() { return uart_; }
  soc::Clint& clint() { return clint_; }
  Kernel& kernel() { return kernel_; }

  /// Ends the run on behalf of the guest, after the CPU's current instruction. The first request counts.
  void request_exit(const soc::ExitRequest& request);

 private:
  /// A byte of the UART or of HTIF.
  void put(std::uint8_t byte);
  using SetLevel = std::function<void(bool level, std::uint64_t time_ps)>;
  struct Line {
    std::string name;
    SetLevel drive;          ///< of whatever the line leads to
    bool is_raised = false;  ///< by its device, and not lost
    bool is_forced = false;
    bool is_high = false;  ///< as driven
    void show(std::uint64_t time_ps);
  };
  void connect_bus();
  void connect_interrupts();
  void connect_cpu();
  void trace_line(tlm_base::IrqLine& line, std::string_view name, SetLevel sink);
  void connect_line(tlm_base::IrqLine& line, std::string_view name, SetLevel drive);
  void attach_htif(const soc::ElfImage& image);
  void finish(RunResult& result);

  Kernel kernel_;
  cost::Ledger ledger_;
  trace::NullTrace no_trace_;
  std::unique_ptr<fault::Injector> faults_;
  std::vector<Line> lines_;  ///< that faults reach
  tlm_base::Context context_;
  trace::AccessLog* accesses_;
  MachineOptions options_;
  std::ostream& console_;
  std::unique_ptr<soc::SemihostHandler> semihosting_;
  soc::ExitRequest exit_;
  bool has_stopped_ = false;
  std::function<void(std::uint64_t)> stop_listener_;
  soc::Ram ram_;
  soc::Bus bus_;
  soc::Uart16550 uart_;
  soc::Clint clint_;
  soc::Plic plic_;
  soc::Finisher finisher_;
  soc::Dma dma_;
  soc::Cpu cpu_;
  std::unique_ptr<soc::Htif> htif_;
  std::vector<std::shared_ptr<void>> extensions_;
};

}  // namespace mho::platform
