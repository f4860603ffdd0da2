# meshgw_join_paths(<out> <base> <path>): `path` below `base`, or itself when it
# is absolute, as CMAKE_INSTALL_LIBDIR may be.
function(meshgw_join_paths out base path)
  if(IS_ABSOLUTE "${path}")
    set(${out} "${path}" PARENT_SCOPE)
  else()
    set(${out} "${base}/${path}" PARENT_SCOPE)
  endif()
endfunction()
