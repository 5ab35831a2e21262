#pragma once

#include <exception>
#include <string>

namespace descent::core {

/// One line for a person on whatever was thrown: the text of InputError and UsageError; for what the system and the
/// standard library throw where memory, threads or files run out, place, found and expected.
std::string failure_text(const std::exception_ptr& error);

/// The same where nobody can catch it (thrown in a library's thread, or where memory for a text may be lacking): the
/// line where it is a want of memory or threads, else null.
const char* uncaught_failure_text(const std::exception_ptr& error) noexcept;

}  // namespace descent::core
