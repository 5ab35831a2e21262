# See backend_tbb.cpp. The option must come after the room's own -fsanitize=thread.
if(DESCENT_SANITIZE MATCHES "thread")
  set_source_files_properties(${PROJECT_SOURCE_DIR}/src/machine/backend_tbb.cpp PROPERTIES COMPILE_OPTIONS "-fno-sanitize=thread")
endif()
