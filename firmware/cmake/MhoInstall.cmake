# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts under the prefix for programs outside of the tree:
#   include/mho-sdk    headers of libraries and registers, by the paths that are used in the tree
#   lib/mho-sdk        the libraries
#   lib/cmake/mho-sdk  the CMake package and the toolchain file, which makes find_package(mho-sdk) find it
#   share/mho-sdk      linker script, register description and sources for debuggers, examples
include(CMakePackageConfigHelpers)
set(cmake_folder lib/cmake/mho-sdk)
set(data_folder share/mho-sdk)
set(source_folder ${data_folder}/src/firmware)
set(libraries mho_sdk mho_sdk_optional mho_hal mho_driver mho_testkit)

set_target_properties(mho_firmware_flags PROPERTIES EXPORT_NAME firmware_flags)
set_target_properties(mho_registers PROPERTIES EXPORT_NAME registers)
install(TARGETS ${libraries} mho_firmware_flags mho_registers EXPORT mho-sdk-targets
  ARCHIVE DESTINATION lib/mho-sdk)
install(EXPORT mho-sdk-targets NAMESPACE mho:: DESTINATION ${cmake_folder})

configure_package_config_file(cmake/mho-sdk-config.cmake.in mho-sdk-config.cmake INSTALL_DESTINATION ${cmake_folder})
write_basic_package_version_file(mho-sdk-config-version.cmake COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/mho-sdk-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/mho-sdk-config-version.cmake
  cmake/MhoDiscoverTests.cmake
  cmake/MhoProgram.cmake
  cmake/rv32-toolchain.cmake
  DESTINATION ${cmake_folder})

install(DIRECTORY hal sdk libmho testkit DESTINATION include/mho-sdk/firmware FILES_MATCHING PATTERN *.h)
install(DIRECTORY ${PROJECT_BINARY_DIR}/generated/registers DESTINATION include/mho-sdk FILES_MATCHING PATTERN *.h)
install(FILES ${PROJECT_BINARY_DIR}/generated/registers/mho.svd sdk/mho.ld DESTINATION ${data_folder})
install(DIRECTORY hal sdk libmho testkit DESTINATION ${source_folder} FILES_MATCHING PATTERN *.c PATTERN *.S)
install(DIRECTORY examples DESTINATION ${data_folder})
