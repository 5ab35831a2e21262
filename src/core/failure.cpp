#include "descent/core/failure.hpp"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

constexpr const char* kNoMemory =
    "memory: found too little for this data and these threads; expected more memory or smaller data";
constexpr const char* kNoThreads =
    "threads: found no room for another one; expected room for all: see ulimit -u, ulimit -v and the limits of the "
    "control group";

}  // namespace

std::string failure_text(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const UsageError& wrong) {
    return wrong.what();
  } catch (const InputError& wrong) {
    return wrong.what();
  } catch (...) {
    if (const char* const text = uncaught_failure_text(error)) return text;
  }
  try {
    std::rethrow_exception(error);
  } catch (const std::filesystem::filesystem_error& failed) {
    return fmt::format("{}: {}; expected a path that can be used", failed.path1().string(), failed.code().message());
  } catch (const std::exception& other) {
    return fmt::format("found an error that no check foresaw: {}; expected none, please report it", other.what());
  } catch (...) {
    return "found an error that no check foresaw; expected none, please report it";
  }
}

const char* uncaught_failure_text(const std::exception_ptr& error) noexcept {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return kNoMemory;
  } catch (const std::system_error& failed) {
    return failed.code() == std::errc::resource_unavailable_try_again ? kNoThreads
           : failed.code() == std::errc::not_enough_memory            ? kNoMemory
                                                                      : nullptr;
  } catch (const std::runtime_error& failed) {
    // oneTBB reports this only by its text.
    return std::strstr(failed.what(), "pthread_create") != nullptr ? kNoThreads : nullptr;
  } catch (...) {
    return nullptr;
  }
}

}  // namespace descent::core
