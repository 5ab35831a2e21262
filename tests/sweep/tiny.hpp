#pragma once

#include <string>
#include <vector>

#include "descent/sweep/sweep.hpp"
#include "record/words.hpp"

namespace descent::sweep {

/// A sweep of a few seconds: two losses on three blobs, without timings.
inline SweepOptions tiny_options() {
  SweepOptions options = preset_options("quick");
  options.data = "synthetic:blobs?n=240&d=5&classes=3&separation=2&noise=0.02&seed=1";
  options.losses = {"softmax_cross_entropy", "multiclass_svm"};
  options.batch_sizes = {8, 32, 0};
  options.threads = {1, 2};
  options.oversubscribe = true;
  options.pin = false;
  options.seeds = 2;
  options.trajectory_engine = "eigen";
  options.engines = {"eigen"};
  options.max_epochs = 10;
  options.max_steps = 200;
  options.invocations = 0;
  options.shard_what = "statistics";
  return options;
}

/// The same sweep with the engine `fused`, timed in two processes.
inline SweepOptions killed_options() {
  SweepOptions options = tiny_options();
  options.trajectory_engine = default_trajectory_engine();
  options.engines = {options.trajectory_engine};
  options.losses = {"softmax_cross_entropy"};
  options.threads = {1};
  options.shard_what = "all";
  options.invocations = 2;
  options.aa_cells = 0;
  return options;
}

/// Counts the pieces of work, and cancels the sweep after a given number.
class Listener : public SweepObserver {
 public:
  void stage(const std::string& name, std::size_t) override { stages.push_back(name); }
  void piece(const std::string& what, double, bool from_journal) override {
    (from_journal ? resumed : fresh).push_back(what);
    if (cancel_after > 0 && fresh.size() >= cancel_after) cancel = true;
  }
  void progress(double done_share, double remaining_seconds, const std::string&) override {
    honest = honest && done_share >= 0 && done_share <= 1 && remaining_seconds >= 0;
    if (!stages.empty() && stages.back() == "train" && done_share > 1 - 1e-9) ++trained_out;
  }
  void warn(const std::string& text) override { warnings.push_back(text); }

  std::vector<std::string> stages, fresh, resumed, warnings;
  std::size_t cancel_after = 0;
  std::atomic<bool> cancel{false};
  bool honest = true;
  std::size_t trained_out = 0;  // how many times the end of training was reported
};

}  // namespace descent::sweep
