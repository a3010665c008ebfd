// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Notices that the stack outgrows its place (__stack_size, 1 MiB unless the link says otherwise), which
// otherwise writes over the heap unseen. Only programs that call it contain it.
#pragma once

/// Of the stack's lowest part, on a boundary of as many bytes. A function with more local variables than that
/// may step over it.
#define MHO_STACK_GUARD_BYTES 4096u

/// From now on until reset any access to the guard is an exception. Takes entry 15 of the memory protection
/// (PMP), locks it, and installs a handler of exceptions that says of these that the stack has overflowed,
/// and leaves all others to the report; one that is set later takes its place. For tests and while looking
/// for a mistake: simulated time does not change, but the simulation becomes slower, down to a sixth where
/// loads alternate between the stack and the memory below it.
void mho_stack_guard(void);
