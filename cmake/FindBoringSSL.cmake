# Finds BoringSSL as Debian packs it (android-libboringssl-dev) or in a prefix of
# its own (BoringSSL_ROOT) and defines BoringSSL::Crypto and BoringSSL::SSL.
# OpenSSL, whose files have the same names, is told apart by its headers. The
# two cannot share a process: link this only into programs, never a library.
include(FindPackageHandleStandardArgs)

find_path(BoringSSL_INCLUDE_DIR openssl/is_boringssl.h PATH_SUFFIXES android include/android)
if(BoringSSL_INCLUDE_DIR MATCHES "/android$")
  # Beside OpenSSL's: only the sub-folder is BoringSSL's.
  set(_boringssl_library_hints NO_DEFAULT_PATH PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/android")
else()
  set(_boringssl_library_hints HINTS "${BoringSSL_INCLUDE_DIR}/../lib")
endif()
find_library(BoringSSL_SSL_LIBRARY ssl ${_boringssl_library_hints})
find_library(BoringSSL_CRYPTO_LIBRARY crypto ${_boringssl_library_hints})
unset(_boringssl_library_hints)

find_package_handle_standard_args(BoringSSL REQUIRED_VARS
  BoringSSL_SSL_LIBRARY BoringSSL_CRYPTO_LIBRARY BoringSSL_INCLUDE_DIR)
mark_as_advanced(BoringSSL_INCLUDE_DIR BoringSSL_SSL_LIBRARY BoringSSL_CRYPTO_LIBRARY)

if(BoringSSL_FOUND AND NOT TARGET BoringSSL::SSL)
  # The libraries lie where the loader does not look, in a build tree and after
  # installation alike.
  get_filename_component(_boringssl_folder "${BoringSSL_SSL_LIBRARY}" DIRECTORY)
  add_library(BoringSSL::Crypto UNKNOWN IMPORTED)
  set_target_properties(BoringSSL::Crypto PROPERTIES
    IMPORTED_LOCATION "${BoringSSL_CRYPTO_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${BoringSSL_INCLUDE_DIR}"
    INTERFACE_LINK_OPTIONS "-Wl,-rpath,${_boringssl_folder}")
  add_library(BoringSSL::SSL UNKNOWN IMPORTED)
  set_target_properties(BoringSSL::SSL PROPERTIES
    IMPORTED_LOCATION "${BoringSSL_SSL_LIBRARY}"
    INTERFACE_LINK_LIBRARIES BoringSSL::Crypto)
  unset(_boringssl_folder)
endif()
