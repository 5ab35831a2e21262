# One OBJECT library per room, so that leaves that register themselves are never dropped by the linker.

# descent_room(<name> [ROOMS <room>...] [LINKS <target>...]): src/<name>/**.cpp as descent_<name>.
# ROOMS are the rooms it may include (all of them, not only the direct ones). src/<name>/room.cmake, where there is one, sets
# flags of single files, and names further object libraries of the room in DESCENT_MORE_OBJECTS_<name>.
function(descent_room name)
  cmake_parse_arguments(ARG "" "" "ROOMS;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources)
    add_library(descent_${name} INTERFACE)
    target_link_libraries(descent_${name} INTERFACE descent_flags)
    set_property(GLOBAL PROPERTY DESCENT_ROOMS_${name} ${ARG_ROOMS})
    return()
  endif()
  add_library(descent_${name} OBJECT ${sources})
  set_target_properties(descent_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(descent_${name} PUBLIC descent_flags fmt::fmt ${ARG_LINKS})
  target_include_directories(descent_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  set_property(GLOBAL PROPERTY DESCENT_ROOMS_${name} ${ARG_ROOMS})
  if(EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/room.cmake)
    include(${PROJECT_SOURCE_DIR}/src/${name}/room.cmake)
  endif()
endfunction()

# descent_link(<target> <room>...): the rooms' objects, those of the rooms below them, and their libraries.
function(descent_link target)
  set(rooms ${ARGN})
  foreach(room ${ARGN})
    get_property(below GLOBAL PROPERTY DESCENT_ROOMS_${room})
    list(APPEND rooms ${below})
  endforeach()
  list(REMOVE_DUPLICATES rooms)
  foreach(room ${rooms})
    get_property(more GLOBAL PROPERTY DESCENT_MORE_OBJECTS_${room})
    target_link_libraries(${target} PRIVATE descent_${room} ${more})
  endforeach()
endfunction()

# descent_program(<name> <source>... ROOMS <room>...)
function(descent_program name)
  cmake_parse_arguments(ARG "" "" "ROOMS" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  descent_link(${name} ${ARG_ROOMS})
endfunction()
