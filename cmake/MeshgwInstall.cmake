# What `cmake --install` installs, in components: runtime (libmeshgw.so.0),
# development (the C header, libmeshgw.so, libmeshgw.a, pkg-config, CMake package),
# cpp (C++ headers and library), tools (the program, its man page, completions and
# systemd unit).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
include(JoinPaths)

set(meshgw_cmake_folder "${CMAKE_INSTALL_LIBDIR}/cmake/meshgw")

# The C API.
install(TARGETS meshgw_shared EXPORT meshgw-capi-shared
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    COMPONENT runtime NAMELINK_COMPONENT development
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
set(parts capi-shared)
if(TARGET meshgw_static)
  install(TARGETS meshgw_static EXPORT meshgw-capi-static
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT development
    INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  list(APPEND parts capi-static)
endif()
install(FILES "${PROJECT_SOURCE_DIR}/capi/include/meshgw.h"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)

# The C++ library.
install(TARGETS meshgw_cpp EXPORT meshgw-cpp
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cpp
  INCLUDES DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/meshgw"
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT cpp
  FILES_MATCHING PATTERN "*.h")
install(EXPORT meshgw-cpp NAMESPACE meshgw::
  DESTINATION "${meshgw_cmake_folder}" COMPONENT cpp)

foreach(part ${parts})
  install(EXPORT meshgw-${part} NAMESPACE meshgw::
    DESTINATION "${meshgw_cmake_folder}" COMPONENT development)
endforeach()
configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/meshgw-config.cmake.in"
  "${PROJECT_BINARY_DIR}/meshgw-config.cmake"
  INSTALL_DESTINATION "${meshgw_cmake_folder}"
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
# Until 1.0 a minor version may change everything.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/meshgw-config-version.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/meshgw-config.cmake"
    "${PROJECT_BINARY_DIR}/meshgw-config-version.cmake"
  DESTINATION "${meshgw_cmake_folder}" COMPONENT development)

# meshgw.pc says where it was installed, which only the installation knows.
meshgw_join_paths(pc_libdir "\${prefix}" "${CMAKE_INSTALL_LIBDIR}")
meshgw_join_paths(pc_includedir "\${prefix}" "${CMAKE_INSTALL_INCLUDEDIR}")
set(pc_prefix "@pc_prefix@")
configure_file("${PROJECT_SOURCE_DIR}/cmake/meshgw.pc.in"
  "${PROJECT_BINARY_DIR}/meshgw.pc.in" @ONLY)
meshgw_join_paths(pc_folder "\${CMAKE_INSTALL_PREFIX}" "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
install(CODE "
  set(pc_prefix \"\${CMAKE_INSTALL_PREFIX}\")
  configure_file(\"${PROJECT_BINARY_DIR}/meshgw.pc.in\" \"${PROJECT_BINARY_DIR}/meshgw.pc\" @ONLY)
  file(INSTALL \"${PROJECT_BINARY_DIR}/meshgw.pc\" DESTINATION \"${pc_folder}\")"
  COMPONENT development)

# The program. It carries its own path to BoringSSL (cmake/FindBoringSSL.cmake).
if(TARGET meshgw)
  install(TARGETS meshgw RUNTIME
    DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tools)

  # What it has written of itself (src/cli/CMakeLists.txt).
  set(share "${PROJECT_BINARY_DIR}/share")
  install(FILES "${share}/man/man1/meshgw.1"
    DESTINATION "${CMAKE_INSTALL_MANDIR}/man1" COMPONENT tools)
  install(FILES "${share}/bash-completion/completions/meshgw"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT tools)
  # Debian keeps that folder of /usr for itself.
  set(zsh site-functions)
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(zsh vendor-completions)
  endif()
  install(FILES "${share}/zsh/site-functions/_meshgw"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/${zsh}" COMPONENT tools)
  install(FILES "${share}/fish/vendor_completions.d/meshgw.fish"
    DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT tools)

  # The unit says where the program is, as meshgw.pc does.
  meshgw_join_paths(installed_program "\${CMAKE_INSTALL_PREFIX}" "${CMAKE_INSTALL_BINDIR}/meshgw")
  install(CODE "
    set(meshgw_program \"${installed_program}\")
    configure_file(\"${PROJECT_SOURCE_DIR}/cmake/meshgw.service.in\" \"${PROJECT_BINARY_DIR}/meshgw.service\" @ONLY)
    file(INSTALL \"${PROJECT_BINARY_DIR}/meshgw.service\"
      DESTINATION \"\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")"
    COMPONENT tools)
endif()
