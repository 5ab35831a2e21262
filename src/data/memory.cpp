#include "data/memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::data {
namespace {

std::optional<std::size_t> number_in_file(const char* path) {
  std::ifstream file(path);
  std::size_t number = 0;
  if (file >> number) return number;
  return std::nullopt;  // missing, or "max"
}

std::optional<std::size_t> memory_kernel_can_give() {
  std::ifstream file("/proc/meminfo");
  std::string key, unit;
  std::size_t kibibytes = 0;
  while (file >> key >> kibibytes) {
    if (key == "MemAvailable:") return kibibytes * 1024;
    std::getline(file, unit);
  }
  return std::nullopt;
}

/// Bytes of a group's memory that cache files and would be given back at once.
std::size_t file_cache_bytes(const char* path) {
  std::ifstream file(path);
  std::string key;
  std::size_t bytes = 0, sum = 0;
  while (file >> key >> bytes)
    if (key == "active_file" || key == "inactive_file") sum += bytes;
  return sum;
}

/// What control groups leave, version 2 and 1. A container sees its own group at the root.
std::optional<std::size_t> memory_group_leaves() {
  struct Files {
    const char *limit, *used, *details;
  };
  for (const Files& files :
       {Files{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"},
        Files{"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes",
              "/sys/fs/cgroup/memory/memory.stat"}}) {
    const auto limit = number_in_file(files.limit), used = number_in_file(files.used);
    if (!limit || !used) continue;
    const std::size_t held = *used - std::min(*used, file_cache_bytes(files.details));
    return *limit - std::min(*limit, held);
  }
  return std::nullopt;
}

/// What a limit on the address space leaves.
std::optional<std::size_t> memory_limit_leaves() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  const auto pages = number_in_file("/proc/self/statm");
  if (!pages) return std::nullopt;
  const std::size_t used = *pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return limit.rlim_cur - std::min<std::size_t>(limit.rlim_cur, used);
}

std::string in_gigabytes(double bytes) {
  if (bytes < 1e8) return fmt::format("{:.1f} MB", bytes / 1e6);
  if (bytes < 1e13) return fmt::format("{:.1f} GB", bytes / 1e9);
  return fmt::format("{:.3g} TB", bytes / 1e12);
}

}  // namespace

std::size_t available_memory_bytes() {
  constexpr std::size_t unknown = std::numeric_limits<std::size_t>::max();
  return std::min({memory_kernel_can_give().value_or(unknown), memory_group_leaves().value_or(unknown),
                   memory_limit_leaves().value_or(unknown)});
}

void expect_memory(const std::string& place, double bytes) {
  constexpr double always_there = 16 << 20;  // not worth a look at the system
  if (bytes <= always_there) return;
  const auto available = static_cast<double>(available_memory_bytes());
  if (bytes > available)
    throw core::InputError(fmt::format("{} needs {}; expected at most the {} of memory that are available", place,
                                       in_gigabytes(bytes), in_gigabytes(available)));
}

double spectrum_bytes(std::size_t rows, std::size_t columns) {
  // A basis of as many vectors as the rows span, and two more; few searches take a dozen.
  const auto vectors = static_cast<double>(std::min<std::size_t>({rows, columns, 12}) + 2);
  return vectors * static_cast<double>(sizeof(double)) * static_cast<double>(columns);
}

void expect_dense_features(const std::string& place, std::size_t rows, std::size_t columns) {
  const double bytes = static_cast<double>(sizeof(float)) * static_cast<double>(rows) *
                       static_cast<double>(core::padded_stride<float>(columns + 1));
  expect_memory(fmt::format("{}: {} rows x {} features, stored densely,", place, core::with_thousands(rows),
                            core::with_thousands(columns)),
                bytes + spectrum_bytes(rows, columns));
}

core::Matrix<float> dense_features(const std::string& place, std::size_t rows, std::size_t columns) {
  expect_dense_features(place, rows, columns);
  return {rows, columns, columns + 1};
}

}  // namespace descent::data
