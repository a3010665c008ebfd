# SPDX-License-Identifier: Apache-2.0
# Asks a test program for its tests and writes a ctest entry for each of them; run after the program was linked.
#   cmake -DSIMULATOR=mho -DELF=x.elf -DNAME=x -DOUT=x_tests.cmake -DRUN_OPTIONS=a;b -DTIMEOUT=s -DCOVERAGE_FOLDER=d -P …
execute_process(COMMAND ${SIMULATOR} run ${ELF} --quiet ${RUN_OPTIONS} -- --list
  OUTPUT_VARIABLE output ERROR_VARIABLE error RESULT_VARIABLE code)
if(NOT code EQUAL 0)
  message(FATAL_ERROR "${NAME}: asking for the tests ended with code ${code}:\n${output}${error}")
endif()
string(REGEX MATCHALL "[^\n]+" tests "${output}")
set(text)
foreach(test IN LISTS tests)
  set(options ${RUN_OPTIONS})
  if(COVERAGE_FOLDER)
    file(MAKE_DIRECTORY ${COVERAGE_FOLDER})
    list(APPEND options --coverage ${COVERAGE_FOLDER}/${NAME}.${test}.info)
  endif()
  set(words)
  foreach(word IN ITEMS ${NAME}.${test} ${SIMULATOR} run ${ELF} --quiet ${options} -- ${test})
    string(APPEND words " [==[${word}]==]")
  endforeach()
  string(APPEND text "add_test(${words})\nset_tests_properties([==[${NAME}.${test}]==] PROPERTIES TIMEOUT ${TIMEOUT})\n")
endforeach()
file(WRITE ${OUT} "${text}")
