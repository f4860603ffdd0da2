# Debian packages: `cpack -G DEB` in a build folder that was configured with
# -DCMAKE_INSTALL_PREFIX=/usr makes libmeshgw0, libmeshgw-dev and meshgw. What
# they depend on is computed by dpkg-shlibdeps.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME meshgw)
set(CPACK_PACKAGE_VENDOR "The meshgw authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGE_CONTACT "The meshgw authors <meshgw@localhost>")
set(CPACK_PACKAGING_INSTALL_PREFIX "/usr")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

# Three packages; the development one has the C++ library too.
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime development cpp)
set(CPACK_COMPONENT_RUNTIME_GROUP library)
set(CPACK_COMPONENT_DEVELOPMENT_GROUP headers)
set(CPACK_COMPONENT_CPP_GROUP headers)
if(TARGET meshgw)
  list(APPEND CPACK_COMPONENTS_ALL tools)
  set(CPACK_COMPONENT_TOOLS_GROUP program)
endif()

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_LIBRARY_PACKAGE_NAME libmeshgw0)
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_LIBRARY_DESCRIPTION
  "The shared library of the C API: reads the server name of TLS connections of a service mesh, never decrypts, and carries the bytes to where they belong.")
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_HEADERS_PACKAGE_NAME libmeshgw-dev)
set(CPACK_DEBIAN_HEADERS_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_HEADERS_DESCRIPTION
  "The C API (header, shared and static library, pkg-config and CMake files), and the C++ library, which needs libabsl-dev and libre2-dev.")
# libmeshgw.a needs libstdc++ as the system's compiler finds it.
string(REGEX REPLACE "\\..*" "" compiler "${CMAKE_CXX_COMPILER_VERSION}")
set(CPACK_DEBIAN_HEADERS_PACKAGE_DEPENDS
  "libmeshgw0 (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libc6-dev, libstdc++-${compiler}-dev")
set(CPACK_DEBIAN_HEADERS_PACKAGE_RECOMMENDS "libabsl-dev, libre2-dev, pkg-config")

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME meshgw)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION
  "The program: takes Envoy's place as the mesh gateway of a Consul datacenter, runs without Consul from plain files, and explains where a connection goes and why.")

foreach(package "libmeshgw0;runtime" "libmeshgw-dev;development" "meshgw;tools")
  list(GET package 0 name)
  list(GET package 1 component)
  if(component IN_LIST CPACK_COMPONENTS_ALL)
    install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" RENAME copyright
      DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}" COMPONENT ${component})
  endif()
endforeach()
include(CPack)
