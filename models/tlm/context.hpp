// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What every SystemC block of the platform is handed at construction: the ledger, the waveform sink, the
// transaction log (may be absent), the source of randomness and the faults of the run (mostly absent).
#pragma once

#include "models/base/random.hpp"
#include "models/cost/ledger.hpp"
#include "models/trace/trace_sink.hpp"
#include "models/trace/transaction_log.hpp"

namespace mho::fault {
class Injector;
}

namespace mho::tlm_base {

struct Context {
  cost::Ledger& ledger;
  trace::TraceSink& trace;
  trace::TransactionLog* transactions = nullptr;
  Random random{0};
  fault::Injector* faults = nullptr;  ///< null: nothing is to go wrong
};

}  // namespace mho::tlm_base
