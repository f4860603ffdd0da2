# meshgw_options carries the flags that all of our own targets compile with.
add_library(meshgw_options INTERFACE)

target_compile_options(meshgw_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Wpedantic)
# Files that are compiled as one see each other's unnamed namespaces. They must
# not clash; that a parameter hides a name of another file is no mistake, and gcc
# takes what all but the first file has there for a header's.
target_compile_options(meshgw_options INTERFACE
  $<$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>:-Wno-shadow>)
# Designated initialisers leave out what keeps its default.
target_compile_options(meshgw_options INTERFACE -Wno-missing-field-initializers)
if(MESHGW_WERROR)
  target_compile_options(meshgw_options INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives of gcc 12 in std::string at -O2 and with sanitizers.
  target_compile_options(meshgw_options INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict -Wno-maybe-uninitialized
      -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-dangling-reference>
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>>:-Wno-subobject-linkage>)
endif()

if(MESHGW_SANITIZE)
  target_compile_options(meshgw_options INTERFACE
    -fsanitize=${MESHGW_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
  target_link_options(meshgw_options INTERFACE -fsanitize=${MESHGW_SANITIZE})
endif()
if(MESHGW_SANITIZE STREQUAL "thread")
  # ThreadSanitizer does not know fences. The mutex of Asio's queue orders what its threads share.
  target_compile_definitions(meshgw_options INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()

# Hardening for optimised builds; sanitizers bring their own checks.
if(NOT MESHGW_SANITIZE)
  target_compile_options(meshgw_options INTERFACE
    -fstack-protector-strong -fstack-clash-protection
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE$<SEMICOLON>-D_FORTIFY_SOURCE=2>)
  target_link_options(meshgw_options INTERFACE
    -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
endif()
include(CheckPIESupported)
check_pie_supported(LANGUAGES C CXX)

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(meshgw_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
