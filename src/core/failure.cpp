#include "descent/core/failure.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <system_error>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

/// Without a call that needs memory. What was needed is not known here.
const char* no_memory_text() noexcept {
  static char text[200];
  rlimit address{}, data{};
  const bool has_address = getrlimit(RLIMIT_AS, &address) == 0 && address.rlim_cur != RLIM_INFINITY,
             has_data = getrlimit(RLIMIT_DATA, &data) == 0 && data.rlim_cur != RLIM_INFINITY;
  char limits[100] = "";
  if (has_address || has_data)
    std::snprintf(limits, sizeof limits, " within the %.1f MB that ulimit -%c allows",
                  1e-6 * static_cast<double>(has_address ? address.rlim_cur : data.rlim_cur), has_address ? 'v' : 'd');
  std::snprintf(text, sizeof text,
                "memory: found too little for this data and these threads%s; expected more memory or smaller data",
                limits);
  return text;
}

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
    return no_memory_text();
  } catch (const std::system_error& failed) {
    return failed.code() == std::errc::resource_unavailable_try_again ? kNoThreads
           : failed.code() == std::errc::not_enough_memory            ? no_memory_text()
                                                                      : nullptr;
  } catch (const std::runtime_error& failed) {
    // oneTBB reports this only by its text.
    return std::strstr(failed.what(), "pthread_create") != nullptr ? kNoThreads : nullptr;
  } catch (...) {
    return nullptr;
  }
}

}  // namespace descent::core
