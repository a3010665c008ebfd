# SPDX-License-Identifier: Apache-2.0
# Everything comes from Debian packages; ./quickstart installs them.
find_package(PkgConfig REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(Boost 1.74 REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Threads REQUIRED)

# Debian ships SystemC without a CMake package. Its shared library carries a check symbol for C++17,
# so the headers are told that dialect while the project itself is C++20.
find_package(SystemCLanguage CONFIG QUIET)
add_library(mho_systemc INTERFACE)
if(SystemCLanguage_FOUND)
  target_link_libraries(mho_systemc INTERFACE SystemC::systemc)
else()
  pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc>=2.3.4 tlm)
  target_link_libraries(mho_systemc INTERFACE PkgConfig::SYSTEMC)
  target_compile_definitions(mho_systemc INTERFACE SC_CPLUSPLUS=201703L)
endif()
target_compile_definitions(mho_systemc INTERFACE SC_INCLUDE_DYNAMIC_PROCESSES)

# The assembler of the CPU's host code. Without it, and on other hosts, the CPU interprets.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  find_path(MHO_XBYAK_INCLUDE xbyak/xbyak.h)
endif()
if(NOT MHO_XBYAK_INCLUDE)
  message(STATUS "mho: no host code for the simulated CPU, which is slower without")
endif()

# A python3 first in PATH may lack yaml and jinja2; Debian's own has them.
if(NOT DEFINED MHO_PYTHON)
  set(MHO_PYTHON /usr/bin/python3 CACHE FILEPATH "python3 with yaml and jinja2")
endif()

if(MHO_BUILD_TESTS)
  find_package(GTest REQUIRED)
endif()
if(MHO_BUILD_BENCHMARKS)
  find_package(benchmark REQUIRED)
endif()
