// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/job_stages.h"

#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/crc.h"
#include "firmware/libmho/job_batch.h"
#include "firmware/libmho/job_run.h"
#include "firmware/libmho/job_schur.h"

// --- the ends of answers and jobs

// A list that goes on would write into memory that the job no longer has. With a reset go the tiles.
static void reset_if_stuck(mho_job_t* job) {
  if (!job->run.is_stuck) return;
  job->is_programmed = false;
  const mho_result_t result = mho_run_reset(&job->run);
  (void)result;  // the answer is an error in any case
}

static void end_answer(mho_job_t* job, mho_job_status_t status) {
  if (status != MHO_JOB_STATUS_CONVERGED) job->suspects = job->run.suspects;
  reset_if_stuck(job);
  if (!mho_run_end_result(&job->run, job->rhs, status)) job->has_converged = false;
  ++job->rhs;
  job->stage = MHO_JOB_BEGINS;
}

// There is no plan.
static void end_without_answers(mho_job_t* job, mho_job_status_t status) {
  mho_run_t* const run = &job->run;
  job->suspects = run->suspects;
  reset_if_stuck(job);
  mho_run_finish(run, status);
  job->results->answer_crc = run->column_scale == NULL ? MHO_CRC_START : run->scale_crc;
  job->has_converged = false;
  job->stage = MHO_JOB_PUBLISHES;
}

static void publish(mho_job_t* job) {
  const mho_run_t* const run = &job->run;
  const uint32_t count = job->is_planned ? run->job->rhs_count : 1u;
  // Data that changed while they were read may have led to the right answer to another system.
  if (job->is_planned && !mho_job_data_is_intact(&run->device->config.memory, run->job)) {
    job->has_converged = false;
    for (uint32_t k = 0; k < count; ++k) job->results[k].status = MHO_JOB_STATUS_CORRUPT;
  }
  for (uint32_t k = count; k-- > 0u;) mho_run_publish(&job->results[k]);
  job->stage = MHO_JOB_ENDED;
}

// --- the plan

// How a piece of the plan ended. A plan with more margin that cannot be made leaves the answer as it was.
static void take_planned(mho_job_t* job, mho_result_t result, mho_job_stage_t next) {
  mho_run_t* const run = &job->run;
  if (result == MHO_OK) {
    job->stage = next;
    return;
  }
  if (job->is_planned) {
    run->has_no_plan = true;
    run->suspects = job->left_suspects;
    end_answer(job, job->left);
    return;
  }
  if (job->stage != MHO_JOB_LOADS && mho_run_recover(run)) {
    job->stage = MHO_JOB_LOADS;
    return;
  }
  if (result == MHO_UNSTABLE) run->result->flags |= MHO_JOB_RESULT_UNSTABLE;
  end_without_answers(job, mho_status_of(run, result));
}

static mho_result_t check_and_load(mho_run_t* run) {
  mho_result_t result = mho_job_check(run->device, run->job, run->result);
  // A plan that begins anew was checked.
  if (result == MHO_OK && run->recoveries == 0u &&
      !mho_job_data_is_intact(&run->device->config.memory, run->job)) {
    result = MHO_CORRUPT;
  }
  return result == MHO_OK ? mho_run_load(run) : result;
}

static void wait_for(mho_job_t* job, const mho_device_t* device, mho_ticket_t ticket, uint32_t watchdog_us) {
  job->waits_for = device;
  job->ticket = ticket;
  job->deadline_us = mho_deadline_us(device, mho_list_timeout_us(watchdog_us));
}

// What earlier plans hold stays in the workspace.
static mho_result_t plan_anew(mho_run_t* run) {
  mho_set_phase(run->device, MHO_PHASE_PLAN);
  return mho_schur_begin(run);
}

static void eliminate(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  mho_result_t result = mho_schur_step(run, job->listed);
  if (run->is_updating) {
    wait_for(job, run->device, run->update, 0u);
    return;
  }
  if (result == MHO_OK && mho_plan_has_more(&run->plan)) return;
  if (result == MHO_OK) result = mho_schur_end(run);
  if (result == MHO_OK && mho_plan_has_more(&run->plan)) return;
  mho_schur_count(run);
  take_planned(job, result, MHO_JOB_COMPILES);
}

static void take_compiled(mho_job_t* job) {
  take_planned(job, mho_run_compile(&job->run), job->is_planned ? MHO_JOB_PROGRAMS : MHO_JOB_BEGINS);
  if (job->stage == MHO_JOB_BEGINS) job->is_planned = true;
}

// --- programming

// The amplifiers of the macros that the program writes, and all converters.
static mho_result_t calibrate(mho_run_t* run) {
  if (run->job->calibrate == 0u) return MHO_OK;
  const uint32_t mvm_macros =
      run->program.programmed_macros - run->program.inv_macros - run->program.ginv_macros;
  const mho_calibration_options_t options = {.inv_macros = run->program.inv_macros,
                                             .mvm_macros = mvm_macros,
                                             .ginv_macros = run->program.ginv_macros,
                                             .repeats = MHO_CALIBRATION_REPEATS,
                                             .job_id = mho_list_id(run, MHO_LIST_CALIBRATE),
                                             .skipped = run->device->config.share.avoided};
  mho_calibration_t calibration;
  const mho_result_t result = mho_calibrate(run->device, &options, &calibration);
  mho_calibration_report(&calibration, run->result);
  return result;
}

// Programming failed.
static void recover_or_end(mho_job_t* job, mho_result_t result) {
  mho_set_phase(job->run.device, MHO_PHASE_VERIFY);
  if (mho_run_recover(&job->run)) {
    job->stage = MHO_JOB_PROGRAMS;
  } else {
    end_answer(job, mho_status_of(&job->run, result));
  }
}

static void submit_program(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  mho_ticket_t ticket;
  mho_set_phase(run->device, MHO_PHASE_PROGRAM);
  mho_result_t result = calibrate(run);
  if (result == MHO_OK) {
    result = mho_submit(run->device, run->program.program, run->program.program_commands,
                        mho_list_id(run, MHO_LIST_PROGRAM), run->job->watchdog_us, &ticket);
  }
  if (result == MHO_OK) {
    wait_for(job, run->device, ticket, run->job->watchdog_us);
    job->stage = MHO_JOB_PROGRAMMED;
  } else {
    recover_or_end(job, result);
  }
}

// --- solving

static void wait_for_solve(mho_job_t* job, mho_solve_t solve) {
  mho_run_t* const run = &job->run;
  mho_set_phase(run->device, MHO_PHASE_SOLVE);
  job->listed = solve.submitted;
  if (solve.submitted == MHO_OK) wait_for(job, run->context, solve.ticket, run->job->watchdog_us);
  job->stage = MHO_JOB_SOLVED;
}

static void start_solve(mho_job_t* job) {
  job->guard_bits = 0;
  wait_for_solve(job, mho_run_start(&job->run));
}

static void take_programmed(mho_job_t* job) {
  if (job->listed != MHO_OK) {
    recover_or_end(job, job->listed);
    return;
  }
  mho_set_phase(job->run.device, MHO_PHASE_VERIFY);
  job->is_programmed = true;
  job->programmed_for = job->rhs + 1u;
  if (job->refresh_after_ns != 0u) job->programmed_ns = mho_time_ns(job->run.device);
  start_solve(job);
}

// Conductances have moved since they were written, or may have.
static bool is_stale(const mho_job_t* job) {
  return job->refresh_after_ns != 0u && job->is_programmed &&
         mho_time_ns(job->run.device) - job->programmed_ns >= job->refresh_after_ns;
}

static void program_for(mho_job_t* job, bool is_refresh) {
  if (is_refresh) {
    ++job->run.refreshes;
    job->is_programmed = false;
  }
  job->stage = MHO_JOB_PROGRAMS;
}

// The system's right-hand side is in plan.system.b. The macros are programmed for the first that needs them.
static void begin_alone(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  mho_run_begin_result(run, &job->results[job->rhs]);
  if (run->has_no_plan) {
    end_answer(job, MHO_JOB_STATUS_UNSTABLE);
    return;
  }
  // The first right-hand side was loaded with the matrix.
  const mho_result_t loaded = job->rhs == 0u ? MHO_OK : mho_run_load_rhs(run, job->rhs);
  mho_job_status_t zero = MHO_JOB_STATUS_NOT_RUN;
  if (loaded != MHO_OK) {
    end_answer(job, mho_status_of(run, loaded));
  } else if (mho_run_answers_zero(run, &zero)) {
    end_answer(job, zero);
  } else if (!job->is_programmed) {
    program_for(job, false);
  } else if (is_stale(job)) {
    program_for(job, true);
  } else {
    start_solve(job);
  }
}

static void begin_in_flight(mho_job_t* job) {
  mho_flight_t* const flight = mho_job_next_flight(job);
  job->guard_bits = 0;
  flight->is_awaited = true;
  if (flight->is_answered) {
    end_answer(job, flight->status);
  } else {
    wait_for_solve(job, flight->solve);
  }
}

// One by one until an answer has shown that the plan holds on the chip.
static void begin_next(mho_job_t* job) {
  if (job->rhs == job->run.job->rhs_count) {
    mho_job_close_flights(job);
    job->stage = MHO_JOB_PUBLISHES;
    return;
  }
  // A chip that has failed once is not trusted with several.
  const bool may_fly = job->is_programmed && job->run.program.parallel > 1u && job->run.recoveries == 0u;
  if (job->flights == NULL && may_fly) mho_job_open_flights(job);
  if (job->flights == NULL) {
    begin_alone(job);
  } else {
    begin_in_flight(job);
  }
}

// Cells that have drifted are read wrongly, and an inverse that they hold leads nowhere. Programming them for
// this right-hand side once is all that can help.
static bool may_have_drifted(const mho_job_t* job, mho_job_status_t status) {
  if (job->refresh_after_ns == 0u || job->programmed_for == job->rhs + 1u) return false;
  return status == MHO_JOB_STATUS_WRONG_RESIDUAL || status == MHO_JOB_STATUS_WRONG_READ ||
         status == MHO_JOB_STATUS_NOT_CONVERGED || status == MHO_JOB_STATUS_SATURATED ||
         status == MHO_JOB_STATUS_UNSTABLE;
}

// The next list in flight that is under way is asked to end.
static bool end_next_flight(mho_job_t* job) {
  mho_flight_t* const flight = mho_job_unawaited_flight(job);
  if (flight == NULL) return false;
  flight->is_awaited = true;
  mho_cancel(flight->device);
  wait_for(job, flight->device, flight->solve.ticket, job->run.job->watchdog_us);
  return true;
}

// Right-hand sides without an answer are begun anew, one by one, with macros programmed anew.
static void drain(mho_job_t* job) {
  if (end_next_flight(job)) return;
  mho_job_close_flights(job);
  job->run.awaited = MHO_OK;
  job->run.suspects.count = 0;
  job->is_programmed = false;
  mho_run_begin_result(&job->run, &job->results[job->rhs]);
  if (mho_run_reset(&job->run) == MHO_OK) {
    job->stage = MHO_JOB_BEGINS;
  } else {
    end_answer(job, MHO_JOB_STATUS_DEVICE_ERROR);
  }
}

static void take_solved(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  uint32_t missing_bits;
  const mho_job_status_t status = mho_run_judge(run, job->listed, &missing_bits);
  if (missing_bits != 0u) {
    const uint32_t bits = job->guard_bits + missing_bits;
    job->guard_bits = bits < MHO_DRU_MAX_GUARD_BITS ? bits : MHO_DRU_MAX_GUARD_BITS;
    wait_for_solve(job, mho_run_go_on(run, job->guard_bits));
    return;
  }
  const bool has_failed = status == MHO_JOB_STATUS_DEVICE_ERROR;
  if (job->flights != NULL && has_failed && mho_run_may_recover(run)) {
    ++run->recoveries;
    job->stage = MHO_JOB_DRAINS;
  } else if (job->flights == NULL && has_failed && mho_run_recover(run)) {
    job->is_programmed = false;
    job->stage = MHO_JOB_PROGRAMS;
  } else if (may_have_drifted(job, status)) {
    mho_run_begin_result(run, &job->results[job->rhs]);
    program_for(job, true);
  } else if (!run->has_answers && mho_run_lacks_margin(run, status) &&
             mho_run_take_more_margin(run, status)) {
    job->left = status;
    job->left_suspects = job->run.suspects;
    job->stage = MHO_JOB_PLANS_ANEW;
  } else {
    end_answer(job, status);
  }
}

void mho_job_take_stage(mho_job_t* job) {
  switch (job->stage) {
    case MHO_JOB_LOADS:
      take_planned(job, check_and_load(&job->run), MHO_JOB_PLANS);
      break;
    case MHO_JOB_PLANS:
      take_planned(job, mho_run_plan(&job->run), MHO_JOB_ELIMINATES);
      break;
    case MHO_JOB_ELIMINATES:
      eliminate(job);
      break;
    case MHO_JOB_COMPILES:
      take_compiled(job);
      break;
    case MHO_JOB_BEGINS:
      begin_next(job);
      break;
    case MHO_JOB_PROGRAMS:
      submit_program(job);
      break;
    case MHO_JOB_PROGRAMMED:
      take_programmed(job);
      break;
    case MHO_JOB_SOLVED:
      take_solved(job);
      break;
    case MHO_JOB_DRAINS:
      drain(job);
      break;
    case MHO_JOB_PLANS_ANEW:
      job->is_programmed = false;
      take_planned(job, plan_anew(&job->run), MHO_JOB_ELIMINATES);
      break;
    case MHO_JOB_PUBLISHES:
      publish(job);
      break;
    case MHO_JOB_ENDED:
      break;
  }
}

// --- a job that is cancelled

void mho_job_step_cancelled(mho_job_t* job) {
  mho_run_t* const run = &job->run;
  if (end_next_flight(job)) return;
  mho_job_close_flights(job);
  reset_if_stuck(job);
  mho_schur_abandon(run);
  if (!job->is_planned) {
    end_without_answers(job, MHO_JOB_STATUS_CANCELLED);
    return;
  }
  job->has_converged = job->has_converged && job->rhs == run->job->rhs_count;
  for (uint32_t k = job->rhs; k < run->job->rhs_count; ++k) {
    mho_run_begin_result(run, &job->results[k]);
    mho_run_finish(run, MHO_JOB_STATUS_CANCELLED);
    job->results[k].answer_crc = run->scale_crc;
  }
  job->stage = MHO_JOB_PUBLISHES;
}
