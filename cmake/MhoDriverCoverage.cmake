# SPDX-License-Identifier: Apache-2.0
# cmake -DCTEST=ctest -DMHO=mho -DBUILD=folder -DTESTS=regex [-DJOBS=n] -P MhoDriverCoverage.cmake
#
# Runs the tests of the build whose names match, each with --register-coverage, and prints what they have touched
# together. The figures are left in BUILD/driver_coverage.json.
set(folder ${BUILD}/driver_coverage)
file(REMOVE_RECURSE ${folder})
file(MAKE_DIRECTORY ${folder})
if(NOT JOBS)
  set(JOBS 1)
endif()
set(ENV{MHO_REGISTER_COVERAGE_FOLDER} ${folder})
execute_process(COMMAND ${CTEST} --test-dir ${BUILD} -R ${TESTS} --output-on-failure -j ${JOBS} RESULT_VARIABLE failed)
if(failed)
  message(FATAL_ERROR "the coverage of failing tests means nothing")
endif()
file(GLOB files ${folder}/*.json)
list(LENGTH files runs)
if(runs EQUAL 0)
  message(FATAL_ERROR "no test matching ${TESTS} has run a program")
endif()
message(STATUS "${runs} runs")
execute_process(COMMAND ${MHO} register-coverage ${files} --json ${BUILD}/driver_coverage.json
  COMMAND_ERROR_IS_FATAL ANY)
