#pragma once

#include <span>
#include <string_view>

namespace descent::report {

/// A file that CMake put into the program: web/… of this folder, or a library of third_party.
struct Asset {
  std::string_view name, text;
};

std::string_view page_template() noexcept;
/// Style sheets and scripts in the order in which a page has them.
std::span<const Asset> page_styles() noexcept;
std::span<const Asset> page_scripts() noexcept;

}  // namespace descent::report
