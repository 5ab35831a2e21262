# The version has one home, CMakeLists.txt, and one reader.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/app/command_line.cpp PROPERTIES
  INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/generated)
