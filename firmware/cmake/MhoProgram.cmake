# SPDX-License-Identifier: Apache-2.0
# One way to declare a program for the simulated CPU, inside of the tree and with an installed mho-sdk alike.
#   MHO_LINKER_SCRIPT    the SDK's mho.ld
#   MHO_FIRMWARE_OUTPUT  where the ELF files go; unset: into the binary folder of the caller
#   MHO_SIMULATOR        the program mho, for tests
#   MHO_DISCOVER_SCRIPT  MhoDiscoverTests.cmake

# mho_firmware(name SOURCES a.c … [LINKS lib …] [FLOAT_PRINTF] [HOST_FILES]): the program <name>.elf, linked with the SDK.
# LINKS mho::driver for programs that use libmho. Without FLOAT_PRINTF printf knows neither floating point nor 64-bit
# integers, which saves 8 KB. With HOST_FILES fopen() and the functions of picolibc's <semihost.h> reach files of the host
# by semihosting (mho run --semihosting-dir).
function(mho_firmware name)
  cmake_parse_arguments(ARG "FLOAT_PRINTF;HOST_FILES" "" "SOURCES;LINKS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES SUFFIX .elf LINK_DEPENDS ${MHO_LINKER_SCRIPT})
  if(MHO_FIRMWARE_OUTPUT)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${MHO_FIRMWARE_OUTPUT})
  endif()
  if(ARG_FLOAT_PRINTF)
    set(printf -DPICOLIBC_DOUBLE_PRINTF_SCANF)
  else()
    set(printf -DPICOLIBC_INTEGER_PRINTF_SCANF)
  endif()
  set(host_files)
  if(ARG_HOST_FILES)
    set(host_files --oslib=semihost)
  endif()
  target_compile_options(${name} PRIVATE ${printf})
  target_link_options(${name} PRIVATE
    ${printf} ${host_files} -nostartfiles -T${MHO_LINKER_SCRIPT} -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments)
  # The SDK calls main and is called by the C library, so the linker must see it as a whole.
  target_link_libraries(${name} PRIVATE ${ARG_LINKS} mho::sdk_optional
    -Wl,--whole-archive mho::sdk -Wl,--no-whole-archive mho::hal)
endfunction()

# mho_add_firmware_test(name SOURCES a.c … [LINKS lib …] [FLOAT_PRINTF] [HOST_FILES] [RUN_OPTIONS option …]
#                       [TIMEOUT seconds] [COVERAGE_FOLDER folder])
#
# The program <name>.elf, made of tests (firmware/testkit/testkit.h), and a ctest entry <name>.<test> for each of them,
# which runs it under `mho run RUN_OPTIONS…`. The tests are asked for when the program has been linked. TIMEOUT is host
# time, 60 s if not given. A COVERAGE_FOLDER gets one lcov tracefile for each test.
function(mho_add_firmware_test name)
  cmake_parse_arguments(ARG "FLOAT_PRINTF;HOST_FILES" "TIMEOUT;COVERAGE_FOLDER" "SOURCES;LINKS;RUN_OPTIONS" ${ARGN})
  if(NOT MHO_SIMULATOR)
    message(FATAL_ERROR "mho_add_firmware_test(${name}): the program mho was not found; add -DMHO_SIMULATOR=<path of mho>")
  endif()
  set(switches)
  foreach(switch IN ITEMS FLOAT_PRINTF HOST_FILES)
    if(ARG_${switch})
      list(APPEND switches ${switch})
    endif()
  endforeach()
  mho_firmware(${name} SOURCES ${ARG_SOURCES} LINKS mho::testkit ${ARG_LINKS} ${switches})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  set(tests ${CMAKE_CURRENT_BINARY_DIR}/${name}_tests.cmake)
  add_custom_command(TARGET ${name} POST_BUILD
    COMMAND ${CMAKE_COMMAND}
      "-DSIMULATOR=${MHO_SIMULATOR}" "-DELF=$<TARGET_FILE:${name}>" "-DNAME=${name}" "-DOUT=${tests}"
      "-DRUN_OPTIONS=${ARG_RUN_OPTIONS}" "-DTIMEOUT=${ARG_TIMEOUT}" "-DCOVERAGE_FOLDER=${ARG_COVERAGE_FOLDER}"
      -P ${MHO_DISCOVER_SCRIPT}
    BYPRODUCTS ${tests}
    VERBATIM)
  set(include_file ${CMAKE_CURRENT_BINARY_DIR}/${name}_include.cmake)
  file(WRITE ${include_file} "if(EXISTS \"${tests}\")
  include(\"${tests}\")
else()
  add_test(${name}_NOT_BUILT ${name}_NOT_BUILT)
endif()
")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${include_file})
endfunction()
