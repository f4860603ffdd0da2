# Installed packages first; pinned and hashed sources when one is absent.
include(FetchContent)
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# Abseil: status, containers, formatting.
set(ABSL_PROPAGATE_CXX_STD ON)
set(ABSL_ENABLE_INSTALL ON)
# SYSTEM comes first: CMake 3.25 takes it for a part of URL_HASH behind that.
FetchContent_Declare(absl
  SYSTEM
  URL https://github.com/abseil/abseil-cpp/releases/download/20240722.1/abseil-cpp-20240722.1.tar.gz
  URL_HASH SHA256=40cee67604060a7c8794d931538cb55f4d444073e556980c88b6c49bb9b19bb7
  FIND_PACKAGE_ARGS)
FetchContent_MakeAvailable(absl)

# RE2 has no CMake package in Debian: pkg-config.
pkg_check_modules(re2 IMPORTED_TARGET re2)
if(re2_FOUND)
  add_library(meshgw_re2 INTERFACE)
  target_link_libraries(meshgw_re2 INTERFACE PkgConfig::re2)
else()
  FetchContent_Declare(re2
    SYSTEM
    URL https://github.com/google/re2/releases/download/2024-07-02/re2-2024-07-02.tar.gz
    URL_HASH SHA256=eb2df807c781601c14a260a507a5bb4509be1ee626024cb45acbd57cb9d4032b)
  FetchContent_MakeAvailable(re2)
  add_library(meshgw_re2 INTERFACE)
  target_link_libraries(meshgw_re2 INTERFACE re2::re2)
endif()
