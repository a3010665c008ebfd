# SPDX-License-Identifier: Apache-2.0
# One way to declare a firmware library and a firmware program.
#
# Libraries are portable C11 and are built twice: for the simulated CPU, and natively for their unit tests.
# Programs exist only in the cross build.
get_filename_component(MHO_FIRMWARE_DIR ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(MHO_FIRMWARE_OUTPUT ${CMAKE_CURRENT_BINARY_DIR} CACHE PATH "where the ELF files go")

get_filename_component(mho_root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
add_library(mho_firmware_flags INTERFACE)
target_include_directories(mho_firmware_flags INTERFACE ${mho_root})
target_link_libraries(mho_firmware_flags INTERFACE mho_registers)
target_compile_options(mho_firmware_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror)
if(CMAKE_SYSTEM_PROCESSOR STREQUAL riscv32)
  target_compile_options(mho_firmware_flags INTERFACE
    -O2 -g -ffunction-sections -fdata-sections -fno-common -fno-math-errno
    -ffile-prefix-map=${mho_root}/=)
elseif(TARGET mho_flags)
  target_link_libraries(mho_firmware_flags INTERFACE mho_flags)
endif()

# mho_firmware_library(name SOURCES a.c … LINKS lib …): a static library.
function(mho_firmware_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mho_firmware_flags ${ARG_LINKS})
endfunction()

# mho_firmware(name SOURCES a.c … [LINKS lib …] [FLOAT_PRINTF]): the program <name>.elf, linked with the SDK.
# Without FLOAT_PRINTF printf knows neither floating point nor 64-bit integers, which saves 8 KB.
function(mho_firmware name)
  cmake_parse_arguments(ARG "FLOAT_PRINTF" "" "SOURCES;LINKS" ${ARGN})
  set(script ${MHO_FIRMWARE_DIR}/sdk/mho.ld)
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES
    SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${MHO_FIRMWARE_OUTPUT} LINK_DEPENDS ${script})
  if(ARG_FLOAT_PRINTF)
    set(printf -DPICOLIBC_DOUBLE_PRINTF_SCANF)
  else()
    set(printf -DPICOLIBC_INTEGER_PRINTF_SCANF)
  endif()
  target_compile_options(${name} PRIVATE ${printf})
  target_link_options(${name} PRIVATE
    ${printf} -nostartfiles -T${script} -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments)
  # The SDK calls main and is called by the C library, so the linker must see it as a whole.
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} -Wl,--whole-archive mho_sdk -Wl,--no-whole-archive mho_hal)
endfunction()
