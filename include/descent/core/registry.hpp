#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::core {

/// Leaves (losses, readers, rules, engines, …) that register themselves under a name, one line each:
///   static const Registration<Engine> registration{"eigen", [](const Arguments&) { return
///   std::make_unique<EigenEngine>(); }};
/// Names come out sorted: static initialisation has no order across files.
template <class T>
class Registry {
 public:
  using Factory = std::unique_ptr<T> (*)(const Arguments&);
  struct Entry {
    std::string name;
    std::string file;  ///< __FILE__ of the leaf: a test holds the registry against the folder
    Factory make;
  };

  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  void add(Entry entry) {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), entry,
                                     [](const Entry& a, const Entry& b) { return a.name < b.name; });
    entries_.insert(at, std::move(entry));
  }

  const std::vector<Entry>& entries() const noexcept { return entries_; }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const Entry& entry : entries_) result.push_back(entry.name);
    return result;
  }

  /// Makes the leaf that `spec`, "name" or "name(key=value,…)", asks for. Throws UsageError that names `kind`
  /// ("loss"), what was found and the nearest name that exists.
  std::unique_ptr<T> make(std::string_view kind, std::string_view spec, Suggest suggest = Suggest::near) const {
    const Arguments arguments = parse_arguments(spec);
    for (const Entry& entry : entries_)
      if (entry.name == arguments.name) return entry.make(arguments);
    throw UsageError(unknown_name(kind, arguments.name, names(), suggest));
  }

 private:
  std::vector<Entry> entries_;
};

template <class T>
struct Registration {
  Registration(const char* name, typename Registry<T>::Factory make, const char* file = __builtin_FILE()) {
    Registry<T>::instance().add({name, file, make});
  }
};

}  // namespace descent::core
