// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A fresh SystemC kernel per test. Declare it first in a fixture, so that modules die before it.
#pragma once

#include <systemc>

#include "models/tlm/context.hpp"

namespace mho::test {

class Kernel {
 public:
  Kernel() : context_(new sc_core::sc_simcontext) {
    sc_core::sc_curr_simcontext = context_;
    sc_core::sc_default_global_context = context_;
  }
  ~Kernel() {
    delete context_;
    sc_core::sc_curr_simcontext = nullptr;
    sc_core::sc_default_global_context = nullptr;
  }
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;

 private:
  sc_core::sc_simcontext* context_;
};

/// Kernel plus a ledger and a silent trace: what a block needs to be constructed.
struct Bench {
  Kernel kernel;
  cost::Ledger ledger;
  trace::NullTrace trace;
  tlm_base::Context context{.ledger = ledger, .trace = trace, .transactions = nullptr, .random = Random{1}};
};

}  // namespace mho::test
