# Flags that every target shares. Floating point is exactly what the source says.
option(DESCENT_WERROR "Warnings are errors: for developers; a newer compiler's new warning must not stop a user's build" OFF)
add_library(descent_flags INTERFACE)
target_compile_features(descent_flags INTERFACE cxx_std_20)
target_compile_options(descent_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${DESCENT_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # GCC 12 sees overlaps in std::string::insert that are not there
  -ffp-contract=off -fno-math-errno -fno-trapping-math)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  # Sixteen virtual lanes are arrays of vectors, which vectors without a fixed size cannot be part of: NEON it is.
  target_compile_definitions(descent_flags INTERFACE
    "HWY_DISABLED_TARGETS=(HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
  # What Highway compiles its NEON code for: GCC inlines nothing between code with and without an instruction set.
  target_compile_options(descent_flags INTERFACE -march=armv8-a+crypto)
endif()
target_include_directories(descent_flags INTERFACE ${PROJECT_SOURCE_DIR}/include)
# Where the source lies must not change a byte of what is released; registrations carry their file's name.
target_compile_options(descent_flags INTERFACE $<$<CONFIG:Release>:-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=>)
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -DNDEBUG")

if(DESCENT_SANITIZE)
  target_compile_options(descent_flags INTERFACE -fsanitize=${DESCENT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Instrumented code hides from GCC 12 that std::function members are set.
  target_compile_options(descent_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(descent_flags INTERFACE -fsanitize=${DESCENT_SANITIZE})
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    # Instruction sets of which no test machine has only these: each loss and probe would be compiled for them too.
    target_compile_definitions(descent_flags INTERFACE "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4)")
  endif()
  # DESCENT_SANITIZE_ADDRESS, DESCENT_SANITIZE_THREAD: for the few lines that a sanitizer cannot bear. Compilers tell each in
  # a way of its own.
  string(TOUPPER "${DESCENT_SANITIZE}" sanitizers)
  string(REPLACE "," ";" sanitizers "${sanitizers}")
  list(TRANSFORM sanitizers PREPEND DESCENT_SANITIZE_)
  target_compile_definitions(descent_flags INTERFACE ${sanitizers})
endif()
find_program(DESCENT_CCACHE ccache)
if(DESCENT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${DESCENT_CCACHE})
endif()

# One precompiled header of the standard library and fmt for all rooms. Not beside a compiler cache, which would miss whenever
# the header is made anew.
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
