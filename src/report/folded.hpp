#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "descent/report/text_table.hpp"

namespace descent::report {

/// The text in lines of at most `width` columns, broken at spaces; a word that is longer is cut.
std::vector<std::string> folded(const std::string& text, std::size_t width);

/// A label of `label_width` columns and the text folded beside it, in lines of at most `width` columns in all.
void write_labelled(std::ostream& out, const std::string& label, std::size_t label_width, const std::string& text,
                    std::size_t width, Ink label_ink, Ink ink, bool color);

}  // namespace descent::report
