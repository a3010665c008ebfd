// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/stub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "platform/gdb/packet.hpp"
#include "platform/gdb/target_description.hpp"

namespace mho::platform::gdb {
namespace {

constexpr std::string_view kOk = "OK";
constexpr std::string_view kBadRequest = "E16";  ///< EINVAL
constexpr std::string_view kBadAddress = "E0e";  ///< EFAULT
constexpr std::uint32_t kLargestTransfer = 0x4000;

/// Cuts `text` behind the first `separator` and returns what was before it; all of it without one.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t at = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return head;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

Answer Stub::handle(std::string_view payload) {
  if (payload.empty()) return {.reply = ""};
  const auto answer = [](std::string reply) { return Answer{.reply = std::move(reply)}; };
  const std::string_view all = payload;
  const char command = payload.front();
  payload.remove_prefix(1);
  switch (command) {
    case '?':
      return answer(last_stop_);
    case 'g':
      return answer(read_general());
    case 'G':
      return answer(write_general(payload));
    case 'p':
      return answer(read_one(payload));
    case 'P':
      return answer(write_one(payload));
    case 'm':
      return answer(read_memory(payload));
    case 'M':
      return answer(write_memory(payload, false));
    case 'X':
      return answer(write_memory(payload, true));
    case 'Z':
      return answer(change_point(payload, true));
    case 'z':
      return answer(change_point(payload, false));
    case 'c':
      return resume(payload, Action::kContinue);
    case 's':
      return resume(payload, Action::kStep);
    case 'C':
    case 'S':
      // The signal itself cannot be delivered to bare metal; an address may follow it.
      take(payload, ';');
      return resume(payload, command == 'C' ? Action::kContinue : Action::kStep);
    case 'v':
      return resume_by_threads(all);
    case 'k':
      return {.reply = std::nullopt, .action = Action::kKill};
    case 'D':
      return {.reply = std::string(kOk), .action = Action::kDetach};
    case 'H':
    case 'T':
      return answer(std::string(kOk));
    case 'q':
    case 'Q':
      return answer(query(all));
    default:
      return answer("");
  }
}

Answer Stub::resume(std::string_view arguments, Action action) {
  if (!arguments.empty()) {
    const auto address = number_from_hex(arguments);
    if (!address || !target_.write_register(kPcNumber, *address)) return {.reply = std::string(kBadRequest)};
  }
  return {.reply = std::nullopt, .action = action};
}

Answer Stub::resume_by_threads(std::string_view payload) {
  if (payload == "vCont?") return {.reply = "vCont;c;C;s;S"};
  if (payload.starts_with("vKill")) return {.reply = std::string(kOk), .action = Action::kKill};
  if (!take_prefix(payload, "vCont;") || payload.empty()) return {.reply = ""};
  // There is one thread, so the first action is its own.
  switch (payload.front()) {
    case 'c':
    case 'C':
      return {.reply = std::nullopt, .action = Action::kContinue};
    case 's':
    case 'S':
      return {.reply = std::nullopt, .action = Action::kStep};
    default:
      return {.reply = std::string(kBadRequest)};
  }
}

std::string Stub::query(std::string_view payload) {
  std::string_view rest = payload;
  if (take_prefix(rest, "qSupported")) {
    reports_breakpoints_ = rest.find("swbreak+") != std::string_view::npos;
    return fmt::format(
        "PacketSize={:x};QStartNoAckMode+;qXfer:features:read+;swbreak+;hwbreak+;vContSupported+",
        2 * kLargestTransfer);
  }
  if (payload == "QStartNoAckMode") {
    acknowledges_ = false;
    return std::string(kOk);
  }
  if (take_prefix(rest, "qXfer:features:read:")) return transfer(rest);
  if (take_prefix(rest, "qRcmd,")) {
    const auto bytes = bytes_from_hex(rest);
    if (!bytes) return std::string(kBadRequest);
    return to_hex(target_.monitor({reinterpret_cast<const char*>(bytes->data()), bytes->size()}));
  }
  if (payload == "qC") return "QC1";
  if (payload == "qfThreadInfo") return "m1";
  if (payload == "qsThreadInfo") return "l";
  if (payload == "qAttached") return "1";
  if (payload.starts_with("qSymbol")) return std::string(kOk);
  return "";
}

std::string Stub::transfer(std::string_view arguments) {
  const std::string_view annex = take(arguments, ':');
  const auto offset = number_from_hex(take(arguments, ','));
  const auto length = number_from_hex(arguments);
  if (annex != "target.xml" || !offset || !length) return "E00";
  const std::string& text = target_description();
  if (*offset >= text.size()) return "l";
  const std::string part = text.substr(*offset, *length);
  return fmt::format("{}{}", *offset + part.size() < text.size() ? 'm' : 'l', part);
}

std::string Stub::read_general() {
  std::string text;
  for (std::uint32_t number = 0; number <= kPcNumber; ++number) {
    text += to_hex(target_.read_register(number).value_or(0));
  }
  return text;
}

std::string Stub::write_general(std::string_view digits) {
  constexpr std::size_t kDigits = 8;
  for (std::uint32_t number = 0; number <= kPcNumber && !digits.empty(); ++number) {
    const auto value = register_from_hex(digits.substr(0, kDigits));
    if (!value) return std::string(kBadRequest);
    target_.write_register(number, *value);
    digits.remove_prefix(kDigits);
  }
  return std::string(kOk);
}

std::string Stub::read_one(std::string_view number) {
  const auto parsed = number_from_hex(number);
  if (!parsed || !is_described(*parsed)) return std::string(kBadRequest);
  const auto value = target_.read_register(*parsed);
  return value ? to_hex(*value) : "xxxxxxxx";
}

std::string Stub::write_one(std::string_view arguments) {
  const auto number = number_from_hex(take(arguments, '='));
  const auto value = register_from_hex(arguments);
  if (!number || !value || !target_.write_register(*number, *value)) return std::string(kBadRequest);
  return std::string(kOk);
}

std::string Stub::read_memory(std::string_view arguments) {
  const auto address = number_from_hex(take(arguments, ','));
  const auto length = number_from_hex(arguments);
  if (!address || !length) return std::string(kBadRequest);
  std::vector<std::uint8_t> data(std::min(*length, kLargestTransfer));
  // gdb asks for more than there is, for instance at the end of the memory: it takes what it gets.
  while (!data.empty() && !target_.read_memory(*address, data)) data.resize(data.size() / 2);
  return data.empty() && *length > 0 ? std::string(kBadAddress) : to_hex(data);
}

std::string Stub::write_memory(std::string_view arguments, bool is_binary) {
  const auto address = number_from_hex(take(arguments, ','));
  const auto length = number_from_hex(take(arguments, ':'));
  std::optional<std::vector<std::uint8_t>> data;
  if (is_binary) {
    data.emplace(arguments.begin(), arguments.end());
  } else {
    data = bytes_from_hex(arguments);
  }
  if (!address || !length || !data || data->size() != *length) return std::string(kBadRequest);
  return std::string(data->empty() || target_.write_memory(*address, *data) ? kOk : kBadAddress);
}

std::string Stub::change_point(std::string_view arguments, bool is_inserted) {
  const std::string_view type = take(arguments, ',');
  const auto address = number_from_hex(take(arguments, ','));
  // Conditions and commands may follow, which are gdb's to evaluate.
  const auto bytes = number_from_hex(take(arguments, ';'));
  if (type.size() != 1 || type.front() < '0' || type.front() > '4') return "";
  if (!address || !bytes || *bytes == 0) return std::string(kBadRequest);
  const auto kind = static_cast<PointKind>(type.front() - '0');
  is_inserted ? target_.insert(kind, *address, *bytes) : target_.remove(kind, *address, *bytes);
  return std::string(kOk);
}

std::string Stub::stop_reply(const StopReason& reason) {
  std::string text = fmt::format("T{:02x}thread:1;", reason.signal);
  if (reason.point) {
    switch (*reason.point) {
      case PointKind::kSoftware:
        if (reports_breakpoints_) text += "swbreak:;";
        break;
      case PointKind::kHardware:
        if (reports_breakpoints_) text += "hwbreak:;";
        break;
      case PointKind::kWrite:
        text += fmt::format("watch:{:x};", reason.address);
        break;
      case PointKind::kRead:
        text += fmt::format("rwatch:{:x};", reason.address);
        break;
      case PointKind::kAccess:
        text += fmt::format("awatch:{:x};", reason.address);
        break;
    }
  }
  last_stop_ = text;
  return text;
}

}  // namespace mho::platform::gdb
