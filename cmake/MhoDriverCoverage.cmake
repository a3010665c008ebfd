# SPDX-License-Identifier: Apache-2.0
# cmake -DCTEST=ctest -DMHO=mho -DBUILD=folder -DTESTS=regex -DDATA=tests/data [-DJOBS=n] -P MhoDriverCoverage.cmake
#
# Runs the tests of the build whose names match and solves that take different ways through the driver, each with
# --register-coverage, and prints what they have touched together. The sum is left in BUILD/driver_coverage.json.
set(solves
  "cage3.mtx"
  "cage3.mtx --method gmres --set solver.wait=poll"
  "cage3.mtx --inverse --set dru.contexts=4"
  "cage3.mtx --set solver.schur_unit=cpu"
  "cage3.mtx --set solver.calibrate=on --set adc.offset_sigma_lsb=1"
  "cage5.mtx --set solver.schur_unit=analogue"
  "cage5.mtx --set inv.count=2 --set mvm.count=8"
  "cage5.mtx --set dac.banks=2 --set dru.operations=4"
  "bfwa62.mtx --method refine --max-iterations 3"
  "b1_ss.mtx --set mvm.write_tolerance=0.02"
  "b1_ss.mtx --set mvm.write_sigma=0.006 --set mvm.checksum=on")

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

set(number 0)
foreach(solve IN LISTS solves)
  math(EXPR number "${number} + 1")
  separate_arguments(arguments UNIX_COMMAND "${solve}")
  message(STATUS "mho solve ${solve}")
  # Exit code 1: an honest failure, which is what some of them are for.
  execute_process(COMMAND ${MHO} solve ${arguments} --quiet --register-coverage ${folder}/solve-${number}.json
    WORKING_DIRECTORY ${DATA} RESULT_VARIABLE code)
  if(NOT code MATCHES "^[01]$")
    message(FATAL_ERROR "mho solve ${solve}: exit code ${code}")
  endif()
endforeach()

file(GLOB files ${folder}/*.json)
list(LENGTH files runs)
message(STATUS "${runs} runs")
execute_process(COMMAND ${MHO} register-coverage ${files} --json ${BUILD}/driver_coverage.json
  COMMAND_ERROR_IS_FATAL ANY)
