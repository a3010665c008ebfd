// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/target_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace mho::platform::gdb {
namespace {

struct Csr {
  std::string name;
  std::uint32_t number;
};

constexpr std::uint32_t kFcsr = 0x003;

/// Those of the core (csr_file.hpp) but the event counters, which are always 0.
std::vector<Csr> make_csrs() {
  std::vector<Csr> csrs{
      {"fflags", 0x001},    {"frm", 0x002},           {"fcsr", kFcsr},     {"mstatus", 0x300},
      {"misa", 0x301},      {"mie", 0x304},           {"mtvec", 0x305},    {"mcounteren", 0x306},
      {"mstatush", 0x310},  {"mcountinhibit", 0x320}, {"mscratch", 0x340}, {"mepc", 0x341},
      {"mcause", 0x342},    {"mtval", 0x343},         {"mip", 0x344},      {"tselect", 0x7a0},
      {"tdata1", 0x7a1},    {"tdata2", 0x7a2},        {"tdata3", 0x7a3},   {"tinfo", 0x7a4},
      {"tcontrol", 0x7a5},  {"mcycle", 0xb00},        {"minstret", 0xb02}, {"mcycleh", 0xb80},
      {"minstreth", 0xb82}, {"cycle", 0xc00},         {"time", 0xc01},     {"instret", 0xc02},
      {"cycleh", 0xc80},    {"timeh", 0xc81},         {"instreth", 0xc82}, {"mvendorid", 0xf11},
      {"marchid", 0xf12},   {"mimpid", 0xf13},        {"mhartid", 0xf14},  {"mconfigptr", 0xf15}};
  constexpr std::uint32_t kPmpcfg0 = 0x3a0, kPmpaddr0 = 0x3b0;
  for (std::uint32_t i = 0; i < 4; ++i) csrs.push_back({fmt::format("pmpcfg{}", i), kPmpcfg0 + i});
  for (std::uint32_t i = 0; i < 16; ++i) csrs.push_back({fmt::format("pmpaddr{}", i), kPmpaddr0 + i});
  return csrs;
}

const std::vector<Csr>& csrs() {
  static const std::vector<Csr> all = make_csrs();
  return all;
}

std::string element(std::string_view name, std::uint32_t number, std::string_view type,
                    std::string_view group) {
  return fmt::format(R"(<reg name="{}" bitsize="32" regnum="{}" type="{}" group="{}"/>)"
                     "\n",
                     name, number, type, group);
}

std::string make_description() {
  constexpr std::uint32_t kRegisters = 32;
  std::string text =
      "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target version=\"1.0\">\n"
      "<architecture>riscv:rv32</architecture>\n<feature name=\"org.gnu.gdb.riscv.cpu\">\n";
  for (std::uint32_t i = 0; i < kRegisters; ++i) {
    constexpr std::uint32_t kRa = 1, kSp = 2, kGp = 3, kTp = 4;
    const std::string_view type = i == kRa                           ? "code_ptr"
                                  : i == kSp || i == kGp || i == kTp ? "data_ptr"
                                                                     : "int";
    text += element(fmt::format("x{}", i), i, type, "general");
  }
  text += element("pc", kPcNumber, "code_ptr", "general");
  text += "</feature>\n<feature name=\"org.gnu.gdb.riscv.fpu\">\n";
  for (std::uint32_t i = 0; i < kRegisters; ++i) {
    text += element(fmt::format("f{}", i), kFirstFloatNumber + i, "ieee_single", "float");
  }
  const auto is_float = [](const Csr& csr) { return csr.number <= kFcsr; };
  for (const Csr& csr : csrs()) {
    if (is_float(csr)) text += element(csr.name, kFirstCsrNumber + csr.number, "int", "float");
  }
  text += "</feature>\n<feature name=\"org.gnu.gdb.riscv.csr\">\n";
  for (const Csr& csr : csrs()) {
    if (!is_float(csr)) text += element(csr.name, kFirstCsrNumber + csr.number, "int", "csr");
  }
  text += "</feature>\n<feature name=\"org.gnu.gdb.riscv.virtual\">\n";
  text += element("priv", kPrivilegeNumber, "int", "general");
  return text + "</feature>\n</target>\n";
}

}  // namespace

const std::string& target_description() {
  static const std::string text = make_description();
  return text;
}

bool is_described(std::uint32_t number) {
  return number < kFirstCsrNumber || number == kPrivilegeNumber ||
         std::ranges::any_of(csrs(), [&](const Csr& csr) { return kFirstCsrNumber + csr.number == number; });
}

}  // namespace mho::platform::gdb
