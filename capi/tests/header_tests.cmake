# Tests of the header and of the ABI: what a compiler says to it, and the checks.
# Included by tests/CMakeLists.txt.
set(folder "${PROJECT_SOURCE_DIR}/capi/tests")

# As C99 and C++17, in one program; and once with the default standards.
add_executable(capi_header_test "${folder}/header_c99_test.c" "${folder}/header_cxx17_test.cc")
set_target_properties(capi_header_test PROPERTIES
  C_STANDARD 99 C_EXTENSIONS OFF CXX_STANDARD 17 CXX_EXTENSIONS OFF)
target_compile_options(capi_header_test PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
  $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes> $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast>)
target_link_libraries(capi_header_test PRIVATE meshgw::capi)
if(MESHGW_SANITIZE)
  target_link_options(capi_header_test PRIVATE -fsanitize=${MESHGW_SANITIZE})
endif()
add_test(NAME capi_header_test COMMAND capi_header_test)

# It compiles, or the ABI is broken.
add_executable(capi_abi_layout_test "${folder}/abi_layout_test.c")
set_target_properties(capi_abi_layout_test PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF)
target_compile_options(capi_abi_layout_test PRIVATE -Wall -Wextra -Wpedantic -Werror -Wno-unused-local-typedefs)
target_include_directories(capi_abi_layout_test PRIVATE "${PROJECT_SOURCE_DIR}/capi/include")
add_test(NAME capi_abi_layout_test COMMAND capi_abi_layout_test)

find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
  # Every function of the header has rows with bad arguments.
  add_test(NAME capi_bad_input_coverage_test
    COMMAND Python3::Interpreter "${folder}/bad_input_coverage_test.py")
endif()
if(Python3_FOUND AND NOT MESHGW_SANITIZE)
  add_test(NAME capi_abi_checks_test
    COMMAND Python3::Interpreter "${folder}/abi_checks_test.py")
  set_tests_properties(capi_abi_checks_test PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endif()
