# Flags that every target shares. The compiler may not change how floating-point arithmetic is written in the source.
option(DESCENT_WERROR "Warnings are errors: for developers; a newer compiler's new warning must not stop a user's build" OFF)
add_library(descent_flags INTERFACE)
target_compile_features(descent_flags INTERFACE cxx_std_20)
target_compile_options(descent_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${DESCENT_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 warns of overlaps in std::string::insert that do not exist
  -ffp-contract=off -fno-math-errno -fno-trapping-math)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  # Sixteen virtual lanes are arrays of vectors. Vectors without a fixed size (SVE) cannot be in an array, so NEON is
  # used.
  target_compile_definitions(descent_flags INTERFACE
    "HWY_DISABLED_TARGETS=(HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
  # The instruction set that Highway compiles its NEON code for. GCC does not inline between code with different ones.
  target_compile_options(descent_flags INTERFACE -march=armv8-a+crypto)
endif()
target_include_directories(descent_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
# The folder of the source must not change a byte of a release. Registrations hold the name of their file.
target_compile_options(descent_flags INTERFACE $<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>)
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")

if(DESCENT_SANITIZE)
  target_compile_options(descent_flags INTERFACE -fsanitize=${DESCENT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # In instrumented code GCC 12 does not see that members of type std::function are set, and warns.
  target_compile_options(descent_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(descent_flags INTERFACE -fsanitize=${DESCENT_SANITIZE})
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    # No test machine has these instruction sets as its best. Leaving them out saves compiling each loss and probe for
    # them.
    target_compile_definitions(descent_flags INTERFACE "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4)")
  endif()
  # DESCENT_SANITIZE_ADDRESS, DESCENT_SANITIZE_THREAD: for the few lines that do not work under a sanitizer. Each
  # compiler defines macros of its own for this, so that these are defined here.
  string(TOUPPER "${DESCENT_SANITIZE}" sanitizers)
  string(REPLACE "," ";" sanitizers "${sanitizers}")
  list(TRANSFORM sanitizers PREPEND DESCENT_SANITIZE_)
  target_compile_definitions(descent_flags INTERFACE ${sanitizers})
endif()
find_program(DESCENT_CCACHE ccache)
if(DESCENT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${DESCENT_CCACHE})
endif()

# One precompiled header of the standard library and fmt for all rooms. It is not used with a compiler cache, which
# would have no hits after each new build of the header.
set(pch_default ON)
if(DESCENT_CCACHE AND NOT DEFINED ENV{CCACHE_DISABLE})
  set(pch_default OFF)
endif()
option(DESCENT_PCH "Precompile what most files include: some 0.4 CPU seconds less a file" ${pch_default})
if(DESCENT_PCH)
  file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled.cpp "// Nothing: its header is wanted.\n")
  add_library(descent_pch OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)
endif()

# descent_precompile(<target>): compiles it with that header.
function(descent_precompile target)
  if(DESCENT_PCH)
    target_precompile_headers(${target} REUSE_FROM descent_pch)
  endif()
endfunction()
