# SPDX-License-Identifier: Apache-2.0
# Cross compilation for the simulated CPU with Debian's gcc-riscv64-unknown-elf and picolibc.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv32)

set(CMAKE_C_COMPILER riscv64-unknown-elf-gcc)
set(CMAKE_ASM_COMPILER riscv64-unknown-elf-gcc)

# The older ISA specification has the CSR instructions in the base: with a newer one they are an extension
# (_zicsr) for which Debian has no matching 32-bit library.
set(mho_target "-march=rv32imac -mabi=ilp32 -misa-spec=2.2 --specs=picolibc.specs")
set(CMAKE_C_FLAGS_INIT "${mho_target}")
set(CMAKE_ASM_FLAGS_INIT "${mho_target}")

# The compiler check has neither the start-up code nor the linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

# Beside an installed package this file leads to it.
if(EXISTS ${CMAKE_CURRENT_LIST_DIR}/mho-sdk-config.cmake)
  set(mho-sdk_DIR ${CMAKE_CURRENT_LIST_DIR})
endif()
