// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Self-test: finds out which parts of a chip work, and fills the set of macros on which nothing may be
// placed. In order, each step with what the former ones have found:
//   1. ring         a list without work, submitted and awaited; whether the DRU's interrupt reached the
//   program
//   2. converters   every ADC channel at plus and minus half of its range, every DAC channel read back
//   3. macros       each cell written to both ends of its range; then a known matrix, whose product (MVM) or
//                   solution (INV, GINV) is compared with the exact one
// Where converters are broken, products prove nothing about macros: then only cells are tested.
//
// Not found: what is within the tolerance of a step, such as a cell that is a level off in an INV macro's
// test matrix, the cells of further slices that the test matrix leaves alone, and faults that come later.
#pragma once

#include <stdint.h>

#include "firmware/libmho/device.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/share.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What is wrong with a macro.
typedef enum {
  MHO_DEFECT_HANGS = 1,      ///< did not end an operation within the time limit
  MHO_DEFECT_CELLS = 2,      ///< cells did not reach their level
  MHO_DEFECT_UNSTABLE = 3,   ///< the loop around a harmless matrix does not settle
  MHO_DEFECT_SATURATES = 4,  ///< amplifiers or converters are at their limit in every range
  MHO_DEFECT_WRONG = 5,      ///< the product or the solution is wrong, or contradicts its checksum
  MHO_DEFECT_REFUSED = 6,    ///< the DRU ended its list with another error, see dru_status
} mho_defect_t;

typedef struct {
  mho_macro_kind_t kind;
  uint32_t index;  ///< among its kind
  mho_defect_t defect;
  mho_dru_status_t dru_status;  ///< of the list that failed, OK where the result was wrong
} mho_bad_macro_t;

/// Macros that a report names.
enum { MHO_REPORTED_MACROS = 32 };
/// Memory that a self-test takes.
enum { MHO_SELF_TEST_BYTES = 64 * 1024 };

typedef struct {
  uint32_t inv_macros;         ///< the first so many INV macros, 0 to what the chip has
  uint32_t mvm_macros;         ///< likewise MVM macros
  uint32_t ginv_macros;        ///< likewise GINV macros
  uint32_t workspace_address;  ///< MHO_SELF_TEST_BYTES in the device's memory, a multiple of 64
  uint32_t time_limit_us;      ///< for one macro, 1 or more; some milliseconds
  uint32_t job_id;             ///< charged with the lists, not 0
  /// Counted up by the program's handler of the DRU's interrupt. NULL: there is no handler, and the interrupt
  /// is not tested.
  const volatile uint32_t* interrupts;
} mho_self_test_options_t;

/// What was found. All zero but for `tested_…`, time and energy: a chip without a defect.
typedef struct {
  bool is_ring_broken;       ///< a list without work did not end with OK; nothing else was tested
  bool is_interrupt_lost;    ///< a list ended, and the handler was not called
  bool has_no_converters;    ///< the device was not told where they are: not tested
  uint32_t tested_channels;  ///< ADC channels of all lanes, DAC channels of all banks
  uint32_t bad_adc_channels;
  uint32_t first_bad_adc_lane, first_bad_adc_channel;  ///< of them
  uint32_t bad_dac_channels;
  uint32_t first_bad_dac_bank, first_bad_dac_channel;  ///< of them
  uint32_t tested_macros;
  uint32_t bad_macros;                          ///< found now; those avoided before are not tested
  mho_bad_macro_t macros[MHO_REPORTED_MACROS];  ///< the first of them
  uint64_t time_ns;                             ///< from begin to end
  uint64_t energy_pj;                           ///< of the whole chip meanwhile
} mho_self_test_t;

/// Tests the chip, after a reset of the DRU. No job is under way and no context is open; what macros hold is
/// lost. A macro that hangs costs the time limit and a reset of the DRU.
/// @param[in,out] bad  macros found bad are added; those in it are left alone
/// @param[out] report  filled in any case, as far as it went
/// @returns MHO_OK: the test was carried out, whatever it found; MHO_BAD_ARGUMENT: options out of range, the
///          handle is of a context behind the first, or one is open: nothing was started; MHO_NO_DEVICE: a
///          block is not where the device's configuration says, or does not come back from its reset
MHO_NODISCARD mho_result_t mho_self_test(mho_device_t* device, const mho_self_test_options_t* options,
                                         mho_macro_set_t* bad, mho_self_test_t* report);

/// Step 2 by itself, without the DRU; macros are idle. The configuration says where the converters are
/// (mho_can_calibrate()). Trims stay, the DACs' first pattern is lost.
/// @param[out] report  its fields about channels
/// @returns MHO_OK, MHO_NO_DEVICE
MHO_NODISCARD mho_result_t mho_self_test_converters(const mho_device_t* device, mho_self_test_t* report);

#ifdef __cplusplus
}
#endif
