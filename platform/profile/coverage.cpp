// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <vector>

#include "models/base/error.hpp"

namespace mho::platform::profile {
namespace {

constexpr std::uint32_t kSmallestInstruction = 2;

struct FunctionLine {
  std::uint32_t line = 0;
  std::uint64_t count = 0;
  const std::string* name = nullptr;
};

struct FileRecord {
  std::map<std::uint32_t, std::uint64_t> lines;
  std::vector<FunctionLine> functions;
};

std::uint64_t count_at(const ExecutionCounts& counts, std::uint32_t address) {
  const auto found = counts.find(address);
  return found == counts.end() ? 0 : found->second;
}

std::uint64_t largest_count(const ExecutionCounts& counts, const LineRow& row) {
  std::uint64_t largest = 0;
  for (std::uint32_t address = row.address; address < row.end; address += kSmallestInstruction) {
    largest = std::max(largest, count_at(counts, address));
  }
  return largest;
}

std::vector<FileRecord> records_of(const ProgramInfo& program, const ExecutionCounts& counts) {
  std::vector<FileRecord> records(program.lines.files.size());
  for (const Statement& statement : program.lines.statements) {
    std::uint64_t& count = records[statement.file].lines[statement.line];
    count = std::max(count, count_at(counts, statement.address));
  }
  // Code that the compiler has merged with that of other lines, such as a `return` of an error, may begin no
  // statement: it has been executed or not all the same.
  for (const LineRow& row : program.lines.rows) {
    if (row.line == 0) continue;
    std::uint64_t& count = records[row.file].lines[row.line];
    count = std::max(count, largest_count(counts, row));
  }
  for (const Function& function : program.functions) {
    const LineRow* row = program.lines.find(function.address);
    if (row == nullptr || row->line == 0) continue;
    records[row->file].functions.push_back(
        {.line = row->line, .count = count_at(counts, function.address), .name = &function.name});
  }
  return records;
}

void write_record(std::string& text, const std::string& file, const FileRecord& record) {
  auto out = std::back_inserter(text);
  fmt::format_to(out, "TN:\nSF:{}\n", file);
  for (const FunctionLine& f : record.functions) fmt::format_to(out, "FN:{},{}\n", f.line, *f.name);
  for (const FunctionLine& f : record.functions) fmt::format_to(out, "FNDA:{},{}\n", f.count, *f.name);
  const auto hit_functions =
      std::ranges::count_if(record.functions, [](const auto& f) { return f.count > 0; });
  fmt::format_to(out, "FNF:{}\nFNH:{}\n", record.functions.size(), hit_functions);
  for (const auto& [line, count] : record.lines) fmt::format_to(out, "DA:{},{}\n", line, count);
  const auto hit_lines = std::ranges::count_if(record.lines, [](const auto& l) { return l.second > 0; });
  fmt::format_to(out, "LF:{}\nLH:{}\nend_of_record\n", record.lines.size(), hit_lines);
}

}  // namespace

Tracefile lcov_tracefile(const ProgramInfo& program, const ExecutionCounts& counts) {
  const std::vector<FileRecord> records = records_of(program, counts);
  Tracefile tracefile;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].lines.empty()) continue;
    const std::string& file = program.lines.files[i];
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
      ++tracefile.missing_files;
      continue;
    }
    ++tracefile.files;
    write_record(tracefile.text, std::filesystem::absolute(file).lexically_normal().string(), records[i]);
  }
  return tracefile;
}

Coverage::Coverage(const std::string& file, const ProgramInfo& program) : file_(file), program_(program) {
  require(!program.lines.rows.empty(), "--coverage: {} has no line table; compile it with -g", program.file);
}

Tracefile Coverage::close() {
  Tracefile tracefile = lcov_tracefile(program_, counts_);
  file_.write(tracefile.text);
  file_.commit();
  return tracefile;
}

}  // namespace mho::platform::profile
