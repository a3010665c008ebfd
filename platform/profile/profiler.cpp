// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/profiler.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <vector>

#include "models/base/error.hpp"

namespace mho::platform::profile {
namespace {

constexpr std::uint16_t kMepc = 0x341;

/// Writes positions and names; a name is written once and then abbreviated.
class CallgrindWriter {
 public:
  CallgrindWriter(const ProgramInfo& program, const CallTracker& tracker)
      : program_(program), tracker_(tracker) {}

  std::string write(const AddressCosts& costs);

 private:
  struct Place {
    std::uint32_t file = 0;  ///< the number of files: unknown
    std::uint32_t line = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct FunctionCosts {
    std::map<Place, Cost> own;
    std::vector<std::pair<CallKey, Calls>> calls;
  };

  Place place_of(std::uint32_t address) const;
  Place place_of_function(std::uint32_t function) const;
  std::string file_name(std::uint32_t file);
  std::string function_name(std::uint32_t function);
  void write_header(const Cost& total);
  void write_function(std::uint32_t function, const FunctionCosts& costs);
  void go_to(std::uint32_t file, std::uint32_t own_file);
  template <typename... Args>
  void print(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }
  void print_cost(std::uint32_t line, const Cost& cost) {
    print("{} {} {} {}\n", line, cost.cycles, cost.instructions, cost.energy_fj);
  }

  const ProgramInfo& program_;
  const CallTracker& tracker_;
  const std::string folder_ = std::filesystem::current_path() / "";
  std::string text_;
  std::uint32_t current_file_ = 0;
  std::set<std::uint32_t> named_files_, named_functions_;
};

CallgrindWriter::Place CallgrindWriter::place_of(std::uint32_t address) const {
  const LineRow* row = program_.lines.find(address);
  if (row == nullptr || row->line == 0) {
    return {.file = static_cast<std::uint32_t>(program_.lines.files.size()), .line = 0};
  }
  return {.file = row->file, .line = row->line};
}

CallgrindWriter::Place CallgrindWriter::place_of_function(std::uint32_t function) const {
  return place_of(function < program_.functions.size() ? program_.functions[function].address : 0);
}

std::string CallgrindWriter::file_name(std::uint32_t file) {
  if (!named_files_.insert(file).second) return fmt::format("({})", file + 1);
  if (file >= program_.lines.files.size()) return fmt::format("({}) ???", file + 1);
  // callgrind_annotate takes the current folder off the files of functions and not off those of callees,
  // which then count as two functions: names that begin with that folder must not get there.
  std::string_view name = program_.lines.files[file];
  if (name.starts_with(folder_)) name.remove_prefix(folder_.size());
  return fmt::format("({}) {}", file + 1, name);
}

std::string CallgrindWriter::function_name(std::uint32_t function) {
  if (!named_functions_.insert(function).second) return fmt::format("({})", function + 1);
  const bool is_known = function < program_.functions.size();
  return fmt::format("({}) {}", function + 1, is_known ? program_.functions[function].name : "???");
}

void CallgrindWriter::write_header(const Cost& total) {
  print("# callgrind format\nversion: 1\ncreator: mho\ncmd: {}\npositions: line\n", program_.file);
  print("event: Cycles : clock cycles, waits and sleep included\n");
  print("event: Instructions : retired instructions\n");
  print("event: Femtojoules : dynamic energy of the core in fJ\n");
  print("events: Cycles Instructions Femtojoules\n");
  print("summary: {} {} {}\n", total.cycles, total.instructions, total.energy_fj);
}

void CallgrindWriter::go_to(std::uint32_t file, std::uint32_t own_file) {
  if (file == current_file_) return;
  current_file_ = file;
  print("{}={}\n", file == own_file ? "fe" : "fi", file_name(file));
}

void CallgrindWriter::write_function(std::uint32_t function, const FunctionCosts& costs) {
  const Place home = place_of_function(function);
  current_file_ = home.file;
  print("\nfl={}\n", file_name(home.file));
  print("fn={}\n", function_name(function));
  for (const auto& [place, cost] : costs.own) {
    go_to(place.file, home.file);
    print_cost(place.line, cost);
  }
  for (const auto& [key, calls] : costs.calls) {
    const Place site = place_of(key.site), target = place_of_function(key.function);
    go_to(site.file, home.file);
    print("cfi={}\n", file_name(target.file));
    print("cfn={}\n", function_name(key.function));
    print("calls={} {}\n", calls.count, target.line);
    print_cost(site.line, calls.inclusive);
  }
}

std::string CallgrindWriter::write(const AddressCosts& costs) {
  std::map<std::uint32_t, FunctionCosts> functions;
  Cost total;
  for (const auto& [address, cost] : costs) {
    functions[tracker_.function_at(address)].own[place_of(address)] += cost;
    total += cost;
  }
  for (const auto& [key, calls] : tracker_.calls()) {
    functions[tracker_.function_at(key.site)].calls.emplace_back(key, calls);
  }
  write_header(total);
  for (const auto& [function, own] : functions) write_function(function, own);
  return std::move(text_);
}

}  // namespace

std::string callgrind_text(const ProgramInfo& program, const AddressCosts& costs,
                           const CallTracker& tracker) {
  return CallgrindWriter(program, tracker).write(costs);
}

Profiler::Profiler(const std::string& file, const ProgramInfo& program, const soc::Cpu& cpu)
    : file_(file), program_(program), cpu_(cpu) {
  require(!program.functions.empty(), "--profile: {} has no symbols of functions; link it without -s",
          program.file);
}

void Profiler::spend(std::uint32_t pc, const Cost& cost) {
  costs_[pc] += cost;
  tracker_->spend(cost);
}

Cost Profiler::waited(std::uint64_t until_ps) const {
  Cost cost;
  cost.cycles = (until_ps - last_.time_ps) / cpu_.period_ps();
  return cost;
}

void Profiler::follow(std::uint32_t pc) {
  const std::uint64_t interrupts = cpu_.counters().interrupts;
  const bool is_interrupted = interrupts != interrupts_;
  interrupts_ = interrupts;
  if (last_.is_trapped) {
    tracker_->enter_trap(pc);
    return;
  }
  // The instruction that a handler interrupts has led to where it will return.
  const std::uint32_t next = is_interrupted ? cpu_.csr(kMepc).value_or(pc) : pc;
  tracker_->follow(transfer_of(last_.bits, last_.length), last_.pc, last_.length, next);
  if (is_interrupted) tracker_->enter_trap(pc);
}

void Profiler::record(const soc::InstructionRecord& instruction) {
  if (!tracker_) {
    tracker_.emplace(program_, instruction.pc);
  } else {
    spend(last_.pc, waited(instruction.time_ps));
    follow(instruction.pc);
  }
  Cost own;
  own.instructions = instruction.is_trapped ? 0 : 1;
  own.energy_fj = instruction.energy_fj;
  spend(instruction.pc, own);
  last_ = instruction;
}

void Profiler::close(std::uint64_t end_ps) {
  if (tracker_) {
    spend(last_.pc, waited(end_ps));
    tracker_->finish();
    file_.write(callgrind_text(program_, costs_, *tracker_));
  }
  file_.commit();
}

}  // namespace mho::platform::profile
