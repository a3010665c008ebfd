// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Work in a process of its own, so that a crash or a hang of it is not that of the campaign. The campaign's
// own process simulates nothing: threads of the models would not survive in its children.
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <optional>
#include <string>

#include "models/base/error.hpp"

namespace mho::bench {

/// What a child process computes and how it ended.
template <typename Result>
struct FromChild {
  std::optional<Result> result;
  int status = 0;  ///< as waitpid() says
};

template <typename Result, typename Function>
[[noreturn]] void run_child(const Function& compute, unsigned timeout_s, int pipe) {
  constexpr int kInternalError = 70;
  alarm(timeout_s);
  try {
    const Result result = compute();
    _exit(write(pipe, &result, sizeof result) == sizeof result ? 0 : kInternalError);
  } catch (const std::exception& error) {
    const std::string line = fmt::format("{}\n", error.what());
    (void)!write(STDERR_FILENO, line.data(), line.size());
    _exit(kInternalError);
  }
}

/// @param compute  returns a Result, which is trivially copyable because it comes through a pipe
/// @param timeout_s  on the wall, after which SIGALRM ends the child
template <typename Result, typename Function>
FromChild<Result> in_child(unsigned timeout_s, const Function& compute) {
  std::array<int, 2> ends{};
  ensure(pipe(ends.data()) == 0, "campaign: no pipe");
  const pid_t child = fork();
  ensure(child >= 0, "campaign: no process");
  if (child == 0) run_child<Result>(compute, timeout_s, ends[1]);
  close(ends[1]);
  FromChild<Result> from;
  Result result{};
  const bool is_told = read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  waitpid(child, &from.status, 0);
  if (is_told && WIFEXITED(from.status) && WEXITSTATUS(from.status) == 0) from.result = result;
  return from;
}

}  // namespace mho::bench
