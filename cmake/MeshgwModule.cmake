# meshgw_module(<name> SOURCES <files...> [DEPENDS <targets...>])
#
# One static library a module, named meshgw_<name>. DEPENDS are all it may
# include: an include cycle between modules cannot link.
# scripts/check-includes holds the sources against the same list.
function(meshgw_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(meshgw_${name} STATIC ${ARG_SOURCES})
  target_include_directories(meshgw_${name} PUBLIC
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}/src")
  # The headers need it: who links the module compiles with it too.
  target_compile_features(meshgw_${name} PUBLIC cxx_std_20)
  target_link_libraries(meshgw_${name} PUBLIC ${ARG_DEPENDS} PRIVATE meshgw_options)
endfunction()

# meshgw_test(<name> SOURCES <files...> [DEPENDS <targets...>] [LABELS <labels...>]
#             [ALONE <files...>])
#
# One Catch2 program, one ctest entry of the same name. ALONE are sources that a
# unity build compiles by themselves: those that replace operator new, which the
# compiler must not see where it is called.
function(meshgw_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LABELS;ALONE" ${ARGN})
  add_executable(${name} ${ARG_SOURCES} ${ARG_ALONE})
  set_source_files_properties(${ARG_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} meshgw_test_support meshgw_options)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 SKIP_RETURN_CODE 77)
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
endfunction()
