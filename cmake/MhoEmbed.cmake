# SPDX-License-Identifier: Apache-2.0
# mho_embed(target symbol file [DEPENDS target]): puts the bytes of `file` into `target` as
#   extern "C" const unsigned char <symbol>_begin[], <symbol>_end[];
# `file` may be made at build time by the target named after DEPENDS.
function(mho_embed target symbol file)
  cmake_parse_arguments(ARG "" "DEPENDS" "" ${ARGN})
  set(MHO_EMBED_SYMBOL ${symbol})
  set(MHO_EMBED_FILE ${file})
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/embed.S.in ${assembly} @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${file}")
  target_sources(${target} PRIVATE ${assembly})
  if(ARG_DEPENDS)
    add_dependencies(${target} ${ARG_DEPENDS})
  endif()
endfunction()
