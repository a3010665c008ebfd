// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/kernel.hpp"

#include <vector>

#include "models/tlm/sanitizer.hpp"

namespace mho::platform {
namespace {

void kill_tree(const std::vector<sc_core::sc_object*>& objects, const sc_core::sc_process_handle& self) {
  for (auto* object : objects) {
    const std::vector<sc_core::sc_object*> children = object->get_child_objects();
    kill_tree(children, self);
    sc_core::sc_process_handle process(object);
    if (process.valid() && process != self && !process.terminated()) process.kill();
  }
}

}  // namespace

Kernel::Kernel() : previous_(sc_core::sc_curr_simcontext), context_(new sc_core::sc_simcontext) {
  sc_core::sc_curr_simcontext = context_;
  sc_core::sc_default_global_context = context_;
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  end_ = new sc_core::sc_event("end_of_simulation");
  // kill() works from inside a process only.
  sc_core::sc_spawn_options options;
  options.dont_initialize();
  options.set_sensitivity(end_);
  sc_core::sc_spawn(
      [] { kill_tree(sc_core::sc_get_top_level_objects(), sc_core::sc_get_current_process_handle()); },
      "reaper", &options);
}

Kernel::~Kernel() {
  delete end_;
  delete context_;
  sc_core::sc_curr_simcontext = previous_;
  sc_core::sc_default_global_context = previous_;
}

void Kernel::run() {
  sc_core::sc_start();
  tlm_base::restore_stack_bounds();
}

void Kernel::end_processes() {
  // Before the first run there is no process with a stack, and after an error nothing may run any more.
  if (sc_core::sc_get_status() != sc_core::SC_PAUSED) return;
  end_->notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
  tlm_base::restore_stack_bounds();
}

}  // namespace mho::platform
