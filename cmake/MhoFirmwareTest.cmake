# SPDX-License-Identifier: Apache-2.0
# mho_firmware_test(name ELF program [EXIT code] [OUTPUT regex …] [FORBIDDEN regex …] [OPTIONS o …] [ARGUMENTS a …]
#                   [QEMU])
#
# A ctest entry `name` that runs <build>/firmware/<program>.elf under `mho run` and checks exit code (default 0) and
# stdout. OPTIONS go to mho run, ARGUMENTS to the guest. With QEMU there is also `name`_qemu, which runs the same
# file on QEMU's virt machine and is skipped where QEMU is not installed: then both must say the same.
function(mho_firmware_test name)
  cmake_parse_arguments(ARG "QEMU" "ELF;EXIT" "OUTPUT;FORBIDDEN;OPTIONS;ARGUMENTS" ${ARGN})
  set(elf ${PROJECT_BINARY_DIR}/firmware/${ARG_ELF}.elf)
  set(checks)
  if(DEFINED ARG_EXIT)
    list(APPEND checks --exit ${ARG_EXIT})
  endif()
  foreach(regex IN LISTS ARG_OUTPUT)
    list(APPEND checks --output ${regex})
  endforeach()
  foreach(regex IN LISTS ARG_FORBIDDEN)
    list(APPEND checks --forbidden ${regex})
  endforeach()
  set(runner ${MHO_PYTHON} -B ${PROJECT_SOURCE_DIR}/tests/firmware/run_program.py ${checks} --)
  set(guest_arguments)
  if(ARG_ARGUMENTS)
    set(guest_arguments -- ${ARG_ARGUMENTS})
  endif()
  set(tests)
  if(TARGET mho)
    add_test(NAME ${name}
      COMMAND ${runner} $<TARGET_FILE:mho> run ${elf} --max-time 10 ${ARG_OPTIONS} ${guest_arguments})
    list(APPEND tests ${name})
  endif()
  if(ARG_QEMU)
    add_test(NAME ${name}_qemu
      # -icount: time follows the instructions, whatever the load of the host.
      COMMAND ${runner} qemu-system-riscv32 -machine virt -bios none -icount shift=0,align=off,sleep=off
        -display none -serial stdio -monitor none -kernel ${elf})
    list(APPEND tests ${name}_qemu)
  endif()
  if(tests)
    set_tests_properties(${tests} PROPERTIES TIMEOUT 120 SKIP_RETURN_CODE 77 LABELS firmware)
  endif()
endfunction()
