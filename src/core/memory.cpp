#include "descent/core/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "descent/core/control_groups.hpp"
#include "descent/core/error.hpp"

namespace descent::core {
namespace {

constexpr std::size_t kUnknown = std::numeric_limits<std::size_t>::max();

/// The value of a key in a file like /proc/meminfo, in bytes; the file has kibibytes.
std::optional<std::size_t> bytes_of(const char* path, const std::string& wanted) {
  std::ifstream file(path);
  std::string key, rest;
  while (file >> key) {
    std::size_t kibibytes = 0;
    if (key == wanted && file >> kibibytes) return kibibytes * 1024;
    std::getline(file, rest);
  }
  return std::nullopt;
}

/// Bytes that a limit of this process leaves when `used` bytes are taken.
std::size_t left_of(__rlimit_resource resource, std::optional<std::size_t> used) {
  rlimit limit{};
  if (!used || getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return kUnknown;
  return limit.rlim_cur - std::min<std::size_t>(limit.rlim_cur, *used);
}

std::string in_gigabytes(double bytes) {
  if (bytes < 1e8) return fmt::format("{:.1f} MB", bytes / 1e6);
  if (bytes < 1e13) return fmt::format("{:.1f} GB", bytes / 1e9);
  return fmt::format("{:.3g} TB", bytes / 1e12);
}

}  // namespace

std::size_t available_memory_beside_bytes() {
  const auto groups = memory_left_by_groups();
  return std::min(bytes_of("/proc/meminfo", "MemAvailable:").value_or(kUnknown),
                  groups ? static_cast<std::size_t>(*groups) : kUnknown);
}

std::size_t available_address_bytes() {
  constexpr const char* status = "/proc/self/status";
  return std::min(left_of(RLIMIT_AS, bytes_of(status, "VmSize:")), left_of(RLIMIT_DATA, bytes_of(status, "VmData:")));
}

std::size_t available_memory_bytes() { return std::min(available_memory_beside_bytes(), available_address_bytes()); }

void expect_memory(const std::string& place, double bytes) {
  constexpr double always_there = 16 << 20;  // bytes; less than this is not checked
  if (bytes > always_there) expect_memory(place, bytes, available_memory_bytes());
}

void expect_memory(const std::string& place, double bytes, std::size_t available) {
  if (bytes > static_cast<double>(available))
    throw InputError(fmt::format("{} needs {}; expected at most the {} of memory that are available", place,
                                 in_gigabytes(bytes), in_gigabytes(static_cast<double>(available))));
}

}  // namespace descent::core
