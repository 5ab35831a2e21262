# Eigen picks its instructions at compile time: one object per set, dispatched in engines/eigen.cpp.
set(eigen_source ${PROJECT_SOURCE_DIR}/src/engine/eigen_products.cpp)
set(eigen_sets baseline)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  list(APPEND eigen_sets v3 v4)
endif()
get_target_property(engine_sources descent_engine SOURCES)
list(REMOVE_ITEM engine_sources ${eigen_source})
set_target_properties(descent_engine PROPERTIES SOURCES "${engine_sources}")
foreach(set ${eigen_sets})
  add_library(descent_eigen_${set} OBJECT ${eigen_source})
  target_link_libraries(descent_eigen_${set} PRIVATE descent_flags Eigen3::Eigen)
  target_include_directories(descent_eigen_${set} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_compile_definitions(descent_eigen_${set} PRIVATE Eigen=Eigen_${set} DESCENT_EIGEN_VARIANT=eigen_${set}
                             DESCENT_EIGEN_SET="${set}" EIGEN_DONT_PARALLELIZE)
  if(NOT set STREQUAL baseline)
    # GCC 12's own AVX-512 header reads an undefined vector on purpose and warns about it.
    target_compile_options(descent_eigen_${set} PRIVATE -march=x86-64-${set} -O3
                           $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_compile_definitions(descent_engine PRIVATE DESCENT_EIGEN_X86)
  endif()
  set_property(GLOBAL APPEND PROPERTY DESCENT_MORE_OBJECTS_engine descent_eigen_${set})
endforeach()
# The same false warning, from Highway's AVX-512 header.
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/engine/engines/fused_microkernels.cpp PROPERTIES
  COMPILE_OPTIONS "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>")
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/engine/engines/exact8_avx512_vnni.cpp PROPERTIES
  COMPILE_OPTIONS "$<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized;-Wno-uninitialized>")
# OpenBLAS is loaded when an engine first needs it: linked are its declarations alone.
target_include_directories(descent_engine SYSTEM PRIVATE ${OPENBLAS_INCLUDE_DIRS})
