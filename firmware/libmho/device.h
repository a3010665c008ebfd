// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The AMC as the driver holds it: the descriptor ring, submission, completion. Several jobs may be in flight;
// a context of the DRU executes them in order, and each context has a handle of its own. No global state; the
// caller owns everything.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/dru.h"
#include "firmware/hal/telemetry.h"
#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/share.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

/// How the driver waits and tells the time; the application's, so that libmho needs no operating system.
typedef struct {
  /// Returns when is_done(context) may have become true. Must not miss an interrupt between test and sleep.
  /// One that also returns after a while copes with interrupts that get lost. NULL: the driver polls memory
  /// instead.
  void (*wait_until)(bool (*is_done)(void* context), void* context);
  /// Microseconds since some fixed moment. NULL: time-outs are left to the DRU's watchdog.
  uint64_t (*now_us)(void);
} mho_hooks_t;

/// What to initialise a device with.
typedef struct {
  uintptr_t dru_base;        ///< first register of the DRU
  uintptr_t telemetry_base;  ///< first register of the telemetry block
  uintptr_t contexts_base;   ///< first register of the DRU's contexts behind the first; 0: there are none
  uint32_t context_stride;   ///< bytes from one of them to the next
  /// First registers of ADC bank, DAC bank 0, INV macro 0, MVM macro 0 and GINV macro 0, for calibration
  /// only; 0: unknown, and mho_calibrate() says so.
  uintptr_t adc_base, dac_base, inv_base, mvm_base, ginv_base;
  uint32_t dac_stride;    ///< bytes from one DAC bank to the next
  mho_memory_t memory;    ///< memory that the DRU can reach, as the driver sees it
  uint32_t ring_address;  ///< memory for the ring, a multiple of 64, not 0
  uint32_t ring_entries;  ///< 1 to 4096
  mho_hooks_t hooks;
  mho_share_t share;  ///< of the chip, for the jobs of this handle
  bool is_context;    ///< of mho_context_open(): neither self-test nor calibration is its business
} mho_device_config_t;

typedef struct {
  mho_device_config_t config;
  mho_dru_t dru;
  mho_telemetry_t telemetry;
  mho_dru_capabilities_t capabilities;  ///< what this chip has
  uint32_t submitted;                   ///< descriptors since mho_device_init(), modulo 2^32
  uint32_t open_contexts;               ///< behind the first, whose interrupts are acknowledged with its own
} mho_device_t;

/// A command list and how to run it.
typedef struct {
  const mho_dru_command_t* commands;
  uint32_t count;
  uint32_t job_id;       ///< charged with its time and energy, not 0
  uint32_t watchdog_us;  ///< time limit, 0: the device's default
  uint32_t data_offset;  ///< bytes, added to addresses of commands with flag RELATIVE
  uint32_t guard_bits;   ///< by which commands with flag TIGHTENED ask for more, up to MHO_DRU_MAX_GUARD_BITS
  bool resumes;          ///< goes on behind the END with which it completed, see mho_resume()
} mho_list_t;

/// A submitted list, for waiting.
typedef struct {
  uint32_t number;
} mho_ticket_t;

/// How a list ended.
typedef struct {
  mho_dru_status_t status;
  uint32_t end_code;
  uint32_t fault_command;
  uint32_t fault_detail;
  uint32_t iterations;  ///< LOOP commands taken
  bool has_clipped;     ///< a high-precision read clipped
  bool has_saturated;   ///< an amplifier or a DAC was at its limit in one
  uint64_t duration_ns;
} mho_completion_t;

/// Checks the block's identity, resets it, sets up the ring and enables it, with both job interrupts.
/// @returns MHO_BAD_ARGUMENT: nothing was written. MHO_NO_DEVICE: a block is not what it should be, and
/// nothing was written; or the DRU stays enabled after its reset, which was then the only write
MHO_NODISCARD mho_result_t mho_device_init(mho_device_t* device, const mho_device_config_t* config);

/// A handle for context `number` of the DRU, from 1 on in ascending order, with a ring of its own. It runs
/// lists beside those of the other contexts; tiles are common to all. `device` acknowledges its interrupts.
/// @param ring_address  as in mho_device_config_t
/// @returns MHO_BAD_ARGUMENT: there is no such context, or the ring is none: nothing was written.
/// MHO_NO_DEVICE as mho_device_init()
MHO_NODISCARD mho_result_t mho_context_open(mho_device_t* context, mho_device_t* device, uint32_t number,
                                            uint32_t ring_address, uint32_t ring_entries);

/// The share of the chip that the jobs of a handle use from the next one on; a context begins with that of
/// its device. No job of the handle is under way.
/// @returns MHO_BAD_ARGUMENT: the DRU has no such tiles; the handle has the share that it had
MHO_NODISCARD mho_result_t mho_device_set_share(mho_device_t* device, const mho_share_t* share);

/// Gives back all contexts behind the first, and with them the vector memory that they hold. Their lists have
/// completed.
void mho_contexts_close(mho_device_t* device);

/// Appends a command list to the ring and rings the doorbell.
/// @param job_id       charged with the list's time and energy, not 0
/// @param watchdog_us  time limit, 0: the device's default
/// @returns MHO_BUSY when the ring is full: nothing was written, wait for an older ticket and call again
MHO_NODISCARD mho_result_t mho_submit(mho_device_t* device, const mho_dru_command_t* list, uint32_t commands,
                                      uint32_t job_id, uint32_t watchdog_us, mho_ticket_t* ticket);

/// Has a list go on behind the command END with which it completed, as mho_submit() otherwise. It has to be
/// the last list that the context ran: after another it completes with status BAD_DESCRIPTOR.
MHO_NODISCARD mho_result_t mho_resume(mho_device_t* device, const mho_dru_command_t* list, uint32_t commands,
                                      uint32_t job_id, uint32_t watchdog_us, mho_ticket_t* ticket);

/// mho_submit() or mho_resume(), with everything that a descriptor can say.
MHO_NODISCARD mho_result_t mho_submit_list(mho_device_t* device, const mho_list_t* list,
                                           mho_ticket_t* ticket);

/// Whether a list has completed. Valid until its ring entry is used again.
/// @param[out] completion  filled when true is returned
bool mho_poll(const mho_device_t* device, mho_ticket_t ticket, mho_completion_t* completion);

/// Waits for a list, asleep or polling as the hooks allow. A list whose completion the DRU could not write to
/// memory is reported with status BUS_ERROR and nothing else, as soon as wait_until() returns, after some
/// thousand polls without it, or when the time is up.
/// @param timeout_us  0: no limit but the watchdog
/// @returns MHO_OK when it completed, however it ended; MHO_TIMED_OUT: it is still running
MHO_NODISCARD mho_result_t mho_wait(const mho_device_t* device, mho_ticket_t ticket, uint32_t timeout_us,
                                    mho_completion_t* completion);

/// The moment `timeout_us` from now, for the functions below. 0: there is no limit, or the driver cannot tell
/// the time.
uint64_t mho_deadline_us(const mho_device_t* device, uint32_t timeout_us);

/// mho_wait() to a moment.
MHO_NODISCARD mho_result_t mho_wait_to(const mho_device_t* device, mho_ticket_t ticket, uint64_t deadline_us,
                                       mho_completion_t* completion);

/// Whether mho_wait_to() would return at once.
/// @param[out] result, completion  what it would give; filled when true is returned
bool mho_has_ended(const mho_device_t* device, mho_ticket_t ticket, uint64_t deadline_us,
                   mho_result_t* result, mho_completion_t* completion);

/// Asks the DRU to end the running list at its next command; it completes with status ABORTED. Lists behind
/// it run.
void mho_cancel(const mho_device_t* device);

/// Clears and reports the interrupt causes (MHO_DRU_IRQ_STATE_*), those of open contexts with them; for the
/// interrupt handler.
uint32_t mho_acknowledge(const mho_device_t* device);

/// Event counters of the DRU since reset.
mho_dru_counters_t mho_counters(const mho_device_t* device);

/// Time and energy of the whole chip since reset.
uint64_t mho_time_ns(const mho_device_t* device);
uint64_t mho_energy_pj(const mho_device_t* device);
/// Energy booked for one job.
uint64_t mho_job_energy_pj(const mho_device_t* device, uint32_t job_id);
/// Declares what the machine is busy with; time and energy count for it from here
/// on.
void mho_set_phase(const mho_device_t* device, mho_phase_t phase);

#ifdef __cplusplus
}
#endif
