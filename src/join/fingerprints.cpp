#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "descent/join/merge.hpp"
#include "descent/record/find.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

using Texts = std::map<std::string, std::string>;

std::string value_of(const Texts& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "nothing" : found->second;
}

/// Adds the differences between two sets of texts, without the names in `skip`; returns how many were added.
int add_differences(Fingerprint kind, const Texts& base, const Texts& found, const std::set<std::string>& skip,
                    std::vector<Difference>& differences) {
  std::set<std::string> names;
  for (const Texts* texts : {&base, &found})
    for (const auto& [name, value] : *texts)
      if (!skip.contains(name)) names.insert(name);
  int added = 0;
  for (const std::string& name : names) {
    const std::string a = sorted_list(value_of(base, name)), b = sorted_list(value_of(found, name));
    if (a == b) continue;
    differences.push_back({kind, name, a, b, ""});
    ++added;
  }
  return added;
}

/// The columns that identify a machine. The other columns of `machine` are its state, which may differ from day to day.
const std::set<std::string> kMachineNames{"model",   "machine_id_hash",  "cores",  "logical_cpus",
                                          "sockets", "threads_per_core", "cpuset", "quota",
                                          "simd",    "numa_nodes"};
/// Columns that may differ between two runs although nothing was changed.
const std::set<std::string> kPassing{"boot_id", "memory", "memory_limit", "numa_memory"};
/// Options that say where a report goes, and which part of it was run.
const std::set<std::string> kOwnOptions{"shard", "shard-what", "out", "budget", "resume", "quiet", "data"};

void compare_machines(const record::Context& base, const record::Context& found, Comparison& comparison) {
  Texts identity_base, identity_found, state_base, state_found;
  const auto split = [](const Texts& machine, Texts& identity, Texts& state) {
    for (const auto& [name, value] : machine) (kMachineNames.contains(name) ? identity : state)[name] = value;
  };
  split(base.machine, identity_base, state_base), split(found.machine, identity_found, state_found);
  comparison.same_machine =
      add_differences(Fingerprint::machine, identity_base, identity_found, {}, comparison.differences) == 0;
  add_differences(Fingerprint::machine, state_base, state_found, kPassing, comparison.differences);
}

std::string names_of(const record::Report& report) {
  std::vector<std::string> names;
  for (const record::Workload& workload : report.workloads) names.push_back(workload.id);
  return names.empty() ? "no workload" : fmt::format("{}", fmt::join(names, ", "));
}

/// The data of a workload that both reports have must be the same rows in the same form.
void expect_equal_data(const record::Report& base, const record::Report& found, Comparison& comparison) {
  const auto data_of = [](const record::Report& report, const std::string& id) -> const record::DatasetRecord* {
    for (const record::DatasetRecord& data : report.datasets)
      if (data.id == id) return &data;
    return nullptr;
  };
  bool common = false;
  std::set<std::string> seen;
  for (const record::Workload& workload : base.workloads) {
    if (record::find_workload(found, workload.id) == nullptr) continue;
    common = true;
    const record::DatasetRecord* const a = data_of(base, workload.dataset);
    const record::DatasetRecord* const b = data_of(found, workload.dataset);
    if (a == nullptr || b == nullptr || !seen.insert(a->id).second) continue;
    const auto expect = [&](const char* column, const std::string& has, const std::string& expected) {
      if (has != expected)
        throw NotComparable(fmt::format("cannot compare: data set {}: {}: found {} in {}, expected {} as in {}", a->id,
                                        column, has, comparison.found.label, expected, comparison.base.label));
    };
    expect("rows", std::to_string(b->n), std::to_string(a->n));
    expect("columns", std::to_string(b->d), std::to_string(a->d));
    expect("classes", std::to_string(b->classes), std::to_string(a->classes));
    expect("preprocess", b->preprocess, a->preprocess);
    expect("content_hash", b->content_hash, a->content_hash);
    if (a->validation_hash != b->validation_hash)
      comparison.differences.push_back({Fingerprint::data, a->id + ": validation_hash", a->validation_hash,
                                        b->validation_hash, "times to an accuracy are not compared"});
  }
  if (!common)
    throw NotComparable(fmt::format("cannot compare: found no workload in common; {} has {}; {} has {}",
                                    comparison.base.label, names_of(base), comparison.found.label, names_of(found)));
}

}  // namespace

void compare_fingerprints(const record::Report& base, const record::Report& found, Comparison& comparison) {
  expect_equal_data(base, found, comparison);
  const record::Context &a = base.context, &b = found.context;
  compare_machines(a, b, comparison);
  // The program's hash is compared only if the commit is the same: another commit always has another hash.
  const bool other_commit = value_of(a.build, "git_commit") != value_of(b.build, "git_commit");
  const std::set<std::string> skip =
      other_commit ? std::set<std::string>{"git_dirty", "executable_hash"} : std::set<std::string>{"git_dirty"};
  comparison.same_build =
      add_differences(Fingerprint::build, a.build, b.build, skip, comparison.differences) +
          add_differences(Fingerprint::build, a.libraries, b.libraries, {}, comparison.differences) ==
      0;
  comparison.same_arithmetic =
      add_differences(Fingerprint::arithmetic, a.arithmetic, b.arithmetic, {}, comparison.differences) == 0;
  add_differences(Fingerprint::options, a.configuration, b.configuration, kOwnOptions, comparison.differences);
}

}  // namespace descent::join
