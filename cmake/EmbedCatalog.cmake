# Writes the .hcl files below FOLDER into the C++ source OUTPUT, as a table that
# src/cli/demo_catalog.h declares.
file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*.hcl")
list(SORT files)
set(text "#include \"cli/demo_catalog.h\"\n\nnamespace meshgw::cli {\n\n")
string(APPEND text "const std::vector<ConfigFile>& DemoCatalogFiles() {\n")
string(APPEND text "  static const std::vector<ConfigFile> files = {\n")
foreach(name ${files})
  file(READ "${FOLDER}/${name}" contents)
  string(APPEND text "      {\"${name}\", R\"hcl(${contents})hcl\", ConfigFormat::kHcl},\n")
endforeach()
string(APPEND text "  };\n  return files;\n}\n\n}  // namespace meshgw::cli\n")
file(WRITE "${OUTPUT}" "${text}")
