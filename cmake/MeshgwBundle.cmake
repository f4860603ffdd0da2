# The C library as one relocatable object that shows meshgw_* only: Abseil, RE2
# and our own modules are inside, with local names, so that they can meet no
# others in a host. libmeshgw.a is that object, and libmeshgw.so is made of it.
# Abseil and RE2 must be there as static archives, for libmeshgw.so of
# position-independent code: those that we build from source are; Debian's are
# for programs only, see MESHGW_PIC_ARCHIVES.
set(MESHGW_PIC_ARCHIVES "" CACHE PATH
  "Folder with Abseil and RE2 as static archives of position-independent code, of \
the versions that are installed (scripts/build-pic-archives makes one)")

# meshgw_archives(<target> <out>): the static archives behind `target`, as paths
# and in-tree targets, each once. Installed libraries that are shared are taken
# as archives from MESHGW_PIC_ARCHIVES or beside them; NOTFOUND when one has none.
function(meshgw_archives target out)
  set(queue "${target}")
  set(seen "")
  set(archives "")
  while(queue)
    list(POP_FRONT queue item)
    string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" item "${item}")
    # Flags, and libraries of the system.
    if(item IN_LIST seen OR item MATCHES "^(-|\\$<|Threads::|(atomic|dl|m|pthread|rt)$)")
      continue()
    endif()
    list(APPEND seen "${item}")
    if(NOT TARGET "${item}")
      meshgw_archive_of("${item}" archive)
      list(APPEND archives "${archive}")
      continue()
    endif()
    get_target_property(links "${item}" INTERFACE_LINK_LIBRARIES)
    if(links)
      list(APPEND queue ${links})
    endif()
    get_target_property(type "${item}" TYPE)
    get_target_property(imported "${item}" IMPORTED)
    if(type MATCHES "INTERFACE|OBJECT")
      continue()
    elseif(imported)
      meshgw_imported_location("${item}" location)
      meshgw_archive_of("${location}" archive)
      list(APPEND archives "${archive}")
    else()
      list(APPEND archives "${item}")
    endif()
  endwhile()
  list(REMOVE_DUPLICATES archives)
  if(NOTFOUND IN_LIST archives)
    set(archives NOTFOUND)
  endif()
  set(${out} "${archives}" PARENT_SCOPE)
endfunction()

function(meshgw_imported_location target out)
  get_target_property(location "${target}" IMPORTED_LOCATION)
  get_target_property(configurations "${target}" IMPORTED_CONFIGURATIONS)
  foreach(configuration ${configurations})
    if(NOT location)
      get_target_property(location "${target}" "IMPORTED_LOCATION_${configuration}")
    endif()
  endforeach()
  set(${out} "${location}" PARENT_SCOPE)
endfunction()

function(meshgw_archive_of library out)
  string(REGEX REPLACE "\\.so(\\.[0-9.]+)?$" ".a" archive "${library}")
  get_filename_component(name "${archive}" NAME)
  if(MESHGW_PIC_ARCHIVES AND EXISTS "${MESHGW_PIC_ARCHIVES}/${name}")
    set(archive "${MESHGW_PIC_ARCHIVES}/${name}")
  elseif(NOT EXISTS "${archive}")
    set(archive NOTFOUND)
  endif()
  set(${out} "${archive}" PARENT_SCOPE)
endfunction()

# meshgw_check_pic(<archives> <out>): whether a shared library can be made of
# them.
function(meshgw_check_pic archives out)
  set(files "")
  foreach(archive ${archives})
    if(NOT TARGET "${archive}")
      list(APPEND files "${archive}")
    endif()
  endforeach()
  if(NOT "${MESHGW_CHECKED_ARCHIVES}" STREQUAL "${files}")
    set(probe "${CMAKE_CURRENT_BINARY_DIR}/position_independent.so")
    execute_process(
      COMMAND "${CMAKE_CXX_COMPILER}" -shared -Wl,--whole-archive
        ${files} -Wl,--no-whole-archive -o "${probe}"
      RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET)
    file(REMOVE "${probe}")
    set(MESHGW_CHECKED_ARCHIVES "${files}" CACHE INTERNAL "")
    if(failed)
      set(MESHGW_ARCHIVES_ARE_PIC FALSE CACHE INTERNAL "")
    else()
      set(MESHGW_ARCHIVES_ARE_PIC TRUE CACHE INTERNAL "")
    endif()
  endif()
  if(NOT files)
    set(${out} TRUE PARENT_SCOPE)
  else()
    set(${out} "${MESHGW_ARCHIVES_ARE_PIC}" PARENT_SCOPE)
  endif()
endfunction()

# meshgw_bundle(<name> OBJECTS <object library> ARCHIVES <archives...>): target
# <name>_bundle, which makes <name>.o (with debug information) and static/<name>.o
# (without, unless this is a debug build). Sets MESHGW_BUNDLE_OBJECT and
# MESHGW_BUNDLE_STATIC_OBJECT.
function(meshgw_bundle name)
  cmake_parse_arguments(ARG "" "OBJECTS" "ARCHIVES" ${ARGN})
  set(inputs "")
  set(depends "")
  foreach(archive ${ARG_ARCHIVES})
    if(TARGET "${archive}")
      list(APPEND inputs "$<TARGET_FILE:${archive}>")
      list(APPEND depends "${archive}")
    else()
      list(APPEND inputs "${archive}")
    endif()
  endforeach()
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.o")
  set(static_object "${CMAKE_CURRENT_BINARY_DIR}/static/${name}.o")
  file(MAKE_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/static")
  set(strip --strip-debug)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(strip "")
  endif()
  # No COMDAT groups: one whose names are local would still be merged with the
  # group of that name in a host, and so lose what it has. Unique symbols can be
  # made local only after they were made weak.
  add_custom_command(
    OUTPUT "${object}" "${static_object}"
    COMMAND "${MESHGW_LD}" -r --force-group-allocation -o "${object}"
      "$<TARGET_OBJECTS:${ARG_OBJECTS}>" --start-group ${inputs} --end-group
    COMMAND sh -c "$0 \"$1\" | sed -n 's/.* u //p' >\"$1.unique\""
      "${CMAKE_NM}" "${object}"
    COMMAND "${CMAKE_OBJCOPY}" "--weaken-symbols=${object}.unique" "${object}"
    COMMAND "${CMAKE_OBJCOPY}" --wildcard "--keep-global-symbol=${name}_*"
      "${object}"
    COMMAND "${CMAKE_OBJCOPY}" ${strip} "${object}" "${static_object}"
    DEPENDS "$<TARGET_OBJECTS:${ARG_OBJECTS}>" ${depends}
    COMMENT "Bundling ${name}.o" COMMAND_EXPAND_LISTS VERBATIM)
  set_source_files_properties("${object}" "${static_object}" PROPERTIES
    EXTERNAL_OBJECT ON GENERATED ON)
  add_custom_target(${name}_bundle DEPENDS "${object}" "${static_object}")
  set(MESHGW_BUNDLE_OBJECT "${object}" PARENT_SCOPE)
  set(MESHGW_BUNDLE_STATIC_OBJECT "${static_object}" PARENT_SCOPE)
endfunction()
