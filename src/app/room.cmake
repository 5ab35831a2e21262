# The version has one home, CMakeLists.txt, and one reader.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/app/command_line.cpp PROPERTIES
  INCLUDE_DIRECTORIES ${CMAKE_BINARY_DIR}/generated)
# CLI11 and toml++ are large and run once: half the CPU time to compile. A precompiled header holds for one -O only.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/app/command_line.cpp ${PROJECT_SOURCE_DIR}/src/app/config_file.cpp
  PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O1>" SKIP_PRECOMPILE_HEADERS ON)
