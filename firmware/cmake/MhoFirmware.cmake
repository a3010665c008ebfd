# SPDX-License-Identifier: Apache-2.0
# One way to declare a library of the kit. Libraries are portable C11 and are built twice: for the simulated CPU, and
# natively for their unit tests. Programs exist only in the cross build (MhoProgram.cmake).
get_filename_component(MHO_FIRMWARE_DIR ${CMAKE_CURRENT_LIST_DIR}/.. ABSOLUTE)
set(MHO_FIRMWARE_OUTPUT ${CMAKE_CURRENT_BINARY_DIR} CACHE PATH "where the ELF files go")

# What a program outside of the tree inherits too, but for the warnings.
get_filename_component(mho_root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)
add_library(mho_firmware_flags INTERFACE)
target_include_directories(mho_firmware_flags INTERFACE
  $<BUILD_INTERFACE:${mho_root}> $<INSTALL_INTERFACE:include/mho-sdk>)
target_link_libraries(mho_firmware_flags INTERFACE mho_registers)
target_compile_options(mho_firmware_flags INTERFACE
  "$<BUILD_INTERFACE:-Wall;-Wextra;-Wpedantic;-Wshadow;-Werror>")
if(CMAKE_SYSTEM_PROCESSOR STREQUAL riscv32)
  # Of the program that is compiled, inside or outside of the tree. Other build types have CMake's options.
  set(mho_optimisation $<$<CONFIG:>:-O2> $<$<CONFIG:Debug>:-Og>)
  target_compile_options(mho_firmware_flags INTERFACE
    ${mho_optimisation} -g -ffunction-sections -fdata-sections -fno-common -fno-math-errno
    $<BUILD_INTERFACE:-ffile-prefix-map=${mho_root}/=>
    $<BUILD_INTERFACE:-fdebug-prefix-map=${mho_root}/=>)  # only this one reaches the assembler
elseif(TARGET mho_flags)
  target_link_libraries(mho_firmware_flags INTERFACE mho_flags)
endif()

# mho_firmware_library(name SOURCES a.c … LINKS lib …): a static library; mho_<x> is also called mho::<x>, as
# programs inside and outside of the tree know it.
function(mho_firmware_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC mho_firmware_flags ${ARG_LINKS})
  string(REGEX REPLACE "^mho_" "" short_name ${name})
  add_library(mho::${short_name} ALIAS ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short_name})
endfunction()
