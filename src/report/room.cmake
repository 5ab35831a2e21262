# Puts the page's template, style sheets and scripts into the program: html/web and third_party, byte for byte.
set(web ${PROJECT_SOURCE_DIR}/src/report/html/web)
set(page_scripts ${PROJECT_SOURCE_DIR}/third_party/d3/d3.min.js ${PROJECT_SOURCE_DIR}/third_party/plot/plot.umd.min.js)
file(STRINGS ${PROJECT_SOURCE_DIR}/third_party/SHA256SUMS sums)
foreach(line ${sums})
  string(REGEX MATCH "^([0-9a-f]+)  (.*)$" matched "${line}")
  file(SHA256 ${PROJECT_SOURCE_DIR}/third_party/${CMAKE_MATCH_2} found)
  if(NOT found STREQUAL CMAKE_MATCH_1)
    message(FATAL_ERROR "third_party/${CMAKE_MATCH_2}: found SHA-256 ${found}, expected ${CMAKE_MATCH_1}")
  endif()
endforeach()
# Helpers before the pictures that use them; page.js, which begins to draw, last.
file(GLOB helpers CONFIGURE_DEPENDS ${web}/*.js)
list(REMOVE_ITEM helpers ${web}/page.js)
file(GLOB pictures CONFIGURE_DEPENDS ${web}/pictures/*.js)
list(APPEND page_scripts ${helpers} ${pictures} ${web}/page.js)
set(page_assets ${PROJECT_BINARY_DIR}/generated/page_assets.cpp)
add_custom_command(OUTPUT ${page_assets}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${page_assets} -DTEMPLATE=${web}/page.html -DSTYLES=${web}/page.css
          "-DSCRIPTS=${page_scripts}" -P ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
  DEPENDS ${web}/page.html ${web}/page.css ${page_scripts} ${PROJECT_SOURCE_DIR}/cmake/embed_page.cmake
  VERBATIM COMMENT "Embedding the page's template and scripts")
target_sources(descent_report PRIVATE ${page_assets})
# The scripts are literals longer than the standard asks of every compiler.
set_source_files_properties(${page_assets} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -Wno-overlength-strings)
