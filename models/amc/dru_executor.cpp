// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dru_executor.hpp"

#include <algorithm>
#include <utility>

namespace mho::amc {

namespace reg = registers::dru;

DruExecutor::DruExecutor(const AmcParams& params, DruShared& shared, unsigned context, DruStorage& storage,
                         DruPort& port, DruMonitor& monitor, cost::Ledger& ledger,
                         std::function<void(std::uint32_t)> signal)
    : params_(params.dru),
      storage_(storage),
      port_(port),
      monitor_(monitor),
      cost_(shared.cost),
      signal_(std::move(signal)),
      vector_(storage, port, monitor),
      macro_unit_(shared.capabilities, storage, port, monitor),
      operations_(params, shared, context, storage, port, monitor),
      programmer_(shared.capabilities, storage, port, monitor, ledger),
      rank_updater_(storage, port) {}

/// False: it asks to resume a list that is not there.
bool DruExecutor::start(const ListRequest& request) {
  const bool is_same_list = request.address == request_.address && request.commands == request_.commands;
  if (request.is_resumed && !(has_ended_ && is_same_list)) return false;
  request_ = request;
  end_code_ = 0;
  has_ended_ = false;
  fetched_.clear();
  storage_.has_clipped = storage_.has_saturated = false;
  operations_.forget();
  if (request.is_resumed) return true;
  next_ = 0;
  n_open_calls_ = 0;
  monitor_.set_iteration(0);
  monitor_.show_operations(0);
  return true;
}

ListResult DruExecutor::run(const ListRequest& request) {
  if (!start(request)) return {.status = DruStatus::kBadDescriptor};
  ListResult result;
  Outcome outcome;
  while (outcome.ok() && !has_ended_ && !operations_.failure()) {
    result.fault_command = next_;
    outcome = step();
  }
  operations_.finish();
  if (port_.is_dropped()) return {.status = DruStatus::kNotRun};
  if (const auto& failure = operations_.failure()) {
    outcome = failure->outcome;
    result.fault_command = failure->index;
  }
  result.status = outcome.status;
  result.fault_detail = outcome.detail;
  if (outcome.ok()) {
    result.end_code = end_code_;
    result.status = end_code_ == 0 ? DruStatus::kOk : DruStatus::kStopped;
  }
  if (result.status == DruStatus::kOk) result.fault_command = 0;
  result.iterations = monitor_.iteration();
  if (storage_.has_clipped) result.flags_out |= reg::kDescriptorOutClipped;
  if (storage_.has_saturated) result.flags_out |= reg::kDescriptorOutSaturated;
  return result;
}

/// A command.
Outcome DruExecutor::may_begin() const {
  if (port_.is_dropped()) return {DruStatus::kNotRun, 0};
  if (is_aborted_) return {DruStatus::kAborted, 0};
  return {DruPort::now_ps() > request_.deadline_ps ? DruStatus::kWatchdog : DruStatus::kOk, 0};
}

Outcome DruExecutor::step() {
  if (const Outcome o = may_begin(); !o.ok()) return o;
  if (next_ >= request_.commands) return {DruStatus::kBadCommand, 0};
  DruCommand command;
  if (const Outcome o = fetch(command); !o.ok()) return o;
  apply_request(command);
  ++next_;
  monitor_.set_opcode(command.opcode);
  const bool is_program = static_cast<DruOpcode>(command.opcode) == DruOpcode::kProgram;
  monitor_.set_state(is_program ? DruState::kProgram : DruState::kVector);
  cost_.book(port_.costs().command_J, {.transaction = 0, .job = port_.job()});
  if (const Outcome o = port_.wait_cycles(params_.command_overhead_cycles); !o.ok()) return o;
  if (const Outcome o = operations_.wait_for(command); !o.ok()) return o;
  if (operations_.failure()) return {};
  if (const Outcome o = may_begin(); !o.ok()) return o;
  return execute(command);
}

Outcome DruExecutor::fetch(DruCommand& command) {
  if (next_ < first_fetched_ || next_ - first_fetched_ >= fetched_.size()) {
    monitor_.set_state(DruState::kFetch);
    first_fetched_ = next_;
    fetched_.resize(std::min(params_.prefetch_commands, request_.commands - next_));
    const Outcome o =
        port_.read(request_.address + next_ * reg::kCommandBytes, bytes_of(std::span(fetched_)));
    if (!o.ok()) {
      fetched_.clear();
      return o;
    }
  }
  command = fetched_[next_ - first_fetched_];
  return {};
}

/// What the descriptor says about all its commands of a kind.
void DruExecutor::apply_request(DruCommand& command) const {
  switch (static_cast<DruOpcode>(command.opcode)) {
    case DruOpcode::kLoad:
    case DruOpcode::kStore:
    case DruOpcode::kStoreScalar:
      if ((command.flags & reg::kFlagRelative) != 0) command.arg[0] += request_.data_offset;
      break;
    case DruOpcode::kBranchLe:
      if ((command.flags & reg::kFlagTightened) != 0) command.arg[1] -= 2 * request_.guard_bits;
      break;
    default:
      break;
  }
}

Outcome DruExecutor::jump(std::uint32_t target) {
  if (target >= request_.commands) return {DruStatus::kBadCommand, target};
  next_ = target;
  return {};
}

Outcome DruExecutor::call(std::uint32_t target) {
  if (n_open_calls_ == open_calls_.size()) return {DruStatus::kBadCommand, target};
  open_calls_[n_open_calls_++] = next_;
  return jump(target);
}

Outcome DruExecutor::return_from_call() {
  if (n_open_calls_ == 0) return {DruStatus::kBadCommand, next_ - 1};
  next_ = open_calls_[--n_open_calls_];
  return {};
}

Outcome DruExecutor::loop(const DruCommand& command) {
  monitor_.set_iteration(monitor_.iteration() + 1);
  return monitor_.iteration() < command.arg[1] ? jump(command.arg[0]) : Outcome{};
}

Outcome DruExecutor::branch(const DruCommand& command) {
  if (command.a >= reg::kScalars) return {DruStatus::kBadOperand, command.a};
  if (command.b >= reg::kScalars) return {DruStatus::kBadOperand, command.b};
  const bool holds = numeric::less_equal(storage_.scalars[command.a], storage_.scalars[command.b],
                                         static_cast<std::int32_t>(command.arg[1]));
  const bool is_inverted = (command.flags & reg::kFlagInvert) != 0;
  return holds != is_inverted ? jump(command.arg[0]) : Outcome{};
}

Outcome DruExecutor::operate(const DruCommand& command) {
  if (!operations_.can_overlap()) return macro_unit_.execute(command);
  operations_.start(command, next_ - 1);
  return {};
}

Outcome DruExecutor::execute(const DruCommand& command) {
  switch (static_cast<DruOpcode>(command.opcode)) {
    case DruOpcode::kNop:
      return {};
    case DruOpcode::kEnd:
      has_ended_ = true;
      end_code_ = command.arg[0];
      return {};
    case DruOpcode::kSignal:
      signal_(command.arg[0]);
      return {};
    case DruOpcode::kJump:
      return jump(command.arg[0]);
    case DruOpcode::kCall:
      return call(command.arg[0]);
    case DruOpcode::kReturn:
      return return_from_call();
    case DruOpcode::kLoop:
      return loop(command);
    case DruOpcode::kBranchLe:
      return branch(command);
    case DruOpcode::kLoad:
      return vector_.load(command);
    case DruOpcode::kStore:
      return vector_.store(command);
    case DruOpcode::kStoreScalar:
      return vector_.store_scalar(command);
    case DruOpcode::kClear:
      return vector_.clear(command);
    case DruOpcode::kSlice:
      return vector_.slice(command);
    case DruOpcode::kJoin:
      return vector_.join(command);
    case DruOpcode::kAdd:
      return vector_.add(command);
    case DruOpcode::kScale:
      return vector_.scale(command);
    case DruOpcode::kMultiply:
      return vector_.multiply(command);
    case DruOpcode::kDot:
      return vector_.dot(command);
    case DruOpcode::kNorm2:
      return vector_.norm2(command);
    case DruOpcode::kRatio:
      return vector_.ratio(command);
    case DruOpcode::kAxpy:
      return vector_.axpy(command);
    case DruOpcode::kInv:
    case DruOpcode::kGinv:
    case DruOpcode::kMvm:
    case DruOpcode::kHpMvm:
      return operate(command);
    case DruOpcode::kHpBegin:
      return macro_unit_.begin_product(command);
    case DruOpcode::kHpEnd:
      return macro_unit_.end_product(command);
    case DruOpcode::kProgram:
      return programmer_.program(command);
    case DruOpcode::kRankUpdate:
      return rank_updater_.update(command);
  }
  return {DruStatus::kBadCommand, command.opcode};
}

}  // namespace mho::amc
