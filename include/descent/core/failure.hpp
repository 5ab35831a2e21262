#pragma once

#include <exception>
#include <string>

namespace descent::core {

/// One line for people about an exception. For InputError and UsageError it is their text. For exceptions that the
/// system and the standard library throw when memory, threads or files run out, it names place, found and expected.
std::string failure_text(const std::exception_ptr& error);

/// The same for an exception that nobody can catch (thrown in a library's thread, or when there may be no memory for a
/// text): the line if memory or threads ran out, else null.
const char* uncaught_failure_text(const std::exception_ptr& error) noexcept;

}  // namespace descent::core
