# SPDX-License-Identifier: Apache-2.0
# mho_embed(target symbol file): puts the bytes of `file` into `target` as
#   extern "C" const unsigned char <symbol>_begin[], <symbol>_end[];
# `file` may be made at build time.
function(mho_embed target symbol file)
  set(MHO_EMBED_SYMBOL ${symbol})
  set(MHO_EMBED_FILE ${file})
  set(assembly ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.S)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/embed.S.in ${assembly} @ONLY)
  set_source_files_properties(${assembly} PROPERTIES OBJECT_DEPENDS "${file}")
  target_sources(${target} PRIVATE ${assembly})
endfunction()
