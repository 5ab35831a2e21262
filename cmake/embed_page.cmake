# Writes OUTPUT: TEMPLATE, STYLES and SCRIPTS (lists of files) as the texts that src/report/html/assets.hpp declares.
function(literal file result)
  file(READ ${file} text)
  string(FIND "${text}" ")asset\"" found)
  if(NOT found EQUAL -1 OR NOT text)
    message(FATAL_ERROR "${file}: found no text, or the end mark of a literal in it; expected neither")
  endif()
  set(${result} "R\"asset(${text})asset\"" PARENT_SCOPE)
endfunction()

# Each file becomes a named array of characters. GCC cannot count the letters of such a long text in a constant
# expression.
function(array name files)
  set(lines "")
  set(number 0)
  foreach(file ${files})
    get_filename_component(base ${file} NAME)
    literal(${file} text)
    string(APPEND code "constexpr char ${name}${number}[] = ${text};\n")
    string(APPEND lines "    {\"${base}\", {${name}${number}, sizeof ${name}${number} - 1}},\n")
    math(EXPR number "${number} + 1")
  endforeach()
  set(code "${code}constexpr Asset ${name}[]{\n${lines}};\n" PARENT_SCOPE)
endfunction()

set(code "// Made by cmake/embed_page.cmake.\n#include \"report/html/assets.hpp\"\n\nnamespace descent::report {\nnamespace {\n\n")
array(kStyles "${STYLES}")
array(kScripts "${SCRIPTS}")
array(kTemplates "${TEMPLATE}")
string(APPEND code "\n}  // namespace\n\n"
  "std::string_view page_template() noexcept { return kTemplates[0].text; }\n"
  "std::span<const Asset> page_styles() noexcept { return kStyles; }\n"
  "std::span<const Asset> page_scripts() noexcept { return kScripts; }\n\n}  // namespace descent::report\n")
file(WRITE ${OUTPUT} "${code}")
