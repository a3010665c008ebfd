# SPDX-License-Identifier: Apache-2.0
# One way to declare a library, a test and a program, so that all of them get the same dialect and warnings.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(mho_flags INTERFACE)
target_include_directories(mho_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
# Without contraction a product and a sum round twice everywhere, whether or not the target has fused instructions.
target_compile_options(mho_flags INTERFACE -ffp-contract=off -Wall -Wextra -Wpedantic -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual -Wnon-virtual-dtor>
  $<$<BOOL:${MHO_WERROR}>:-Werror>)
if(MHO_SANITIZE)
  target_compile_options(mho_flags INTERFACE -fsanitize=${MHO_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all)
  target_link_options(mho_flags INTERFACE -fsanitize=${MHO_SANITIZE})
endif()

# mho_inline_own_functions(name): lets the compiler inline calls within a file in spite of position-independent code,
# which otherwise leaves room for somebody to replace functions at run time. For what runs at every bus access.
function(mho_inline_own_functions name)
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)
endfunction()

# mho_library(name SOURCES a.cpp … LINKS lib …): a static library of one folder.
function(mho_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC mho_flags ${ARG_LINKS})
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE mho_flags ${ARG_LINKS})
  endif()
endfunction()

# Instrumented programs take a multiple of the time.
set(MHO_TIMEOUT_FACTOR 1)
if(MHO_SANITIZE)
  set(MHO_TIMEOUT_FACTOR 5)
endif()

# mho_test(name SOURCES a_test.cpp … LINKS lib … [LABELS l …] [TIMEOUT s]): a GoogleTest program run by ctest,
# one ctest entry per program; TIMEOUT is that of a release build. mho_test_main supplies main and sc_main.
function(mho_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE mho_flags mho_test_main ${ARG_LINKS})
  add_test(NAME ${name} COMMAND ${name})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  math(EXPR timeout "${ARG_TIMEOUT} * ${MHO_TIMEOUT_FACTOR}")
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} LABELS "${ARG_LABELS}")
endfunction()

# mho_benchmark(name SOURCES … LINKS …): a Google Benchmark program; run by `mho bench`, not by ctest.
function(mho_benchmark name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  if(MHO_BUILD_BENCHMARKS)
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE mho_flags ${ARG_LINKS} benchmark::benchmark)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  endif()
endfunction()
