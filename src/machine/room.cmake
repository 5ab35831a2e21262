# See backend_tbb.cpp. The option must come after the room's own -fsanitize=thread.
if(DESCENT_SANITIZE MATCHES "thread")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/machine/backend_tbb.cpp PROPERTIES
    COMPILE_OPTIONS "-fno-sanitize=thread" SKIP_PRECOMPILE_HEADERS ON)
endif()
# The commit is asked for at every build, and only build_info.cpp is compiled again when it changes.
set(generated ${CMAKE_BINARY_DIR}/generated)
add_custom_target(descent_git_commit
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR} -DOUTPUT=${generated}/git_commit.hpp
          -P ${PROJECT_SOURCE_DIR}/cmake/git_commit.cmake
  BYPRODUCTS ${generated}/git_commit.hpp)
add_dependencies(descent_machine descent_git_commit)
string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
get_target_property(shared_flags descent_flags INTERFACE_COMPILE_OPTIONS)
list(FILTER shared_flags EXCLUDE REGEX "^\\$<")
string(REPLACE ";" " " flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${shared_flags}")
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/machine/build_info.cpp PROPERTIES
  INCLUDE_DIRECTORIES ${generated}
  COMPILE_DEFINITIONS "DESCENT_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\";DESCENT_FLAGS=\"${flags}\"")
