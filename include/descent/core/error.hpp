#pragma once

#include <stdexcept>
#include <string>

namespace descent::core {

/// A file or value that a user supplied is wrong. The text names place, found and expected in one line,
/// for example "a.svm:17: feature index 0; expected 1 or more". Caught only in main: exit status 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The command line or configuration asks for something that does not exist or cannot be combined. Exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace descent::core
