#include "app/noise_check.hpp"

#include <algorithm>
#include <cmath>

#include "descent/train/optimizer.hpp"

namespace descent::app {

sweep::SweepOptions noise_check_options(int cpus) {
  constexpr double kSmallest = 16, kLargest = 2048;
  sweep::SweepOptions options = sweep::preset_options("quick");
  options.data = "synthetic:blobs?n=2048&d=32&classes=4&test=64";
  options.losses = {"binary_cross_entropy",  "huber",   "logistic",     "multiclass_squared_svm",
                    "softmax_cross_entropy", "squared", "squared_hinge"};
  std::erase_if(options.optimizers, [](const std::string& name) { return !train::make_optimizer(name)->stochastic(); });
  options.engines = {options.trajectory_engine};
  if (options.trajectory_engine != "eigen") options.engines.emplace_back("eigen");
  options.threads = {1};
  if (cpus > 1) options.threads.push_back(cpus);
  options.batch_sizes = {1};
  const std::size_t per_batch = comparisons_of(options);
  const std::size_t batches = std::max<std::size_t>(3, (kLeastComparisons + per_batch - 1) / per_batch);
  options.batch_sizes.clear();
  for (std::size_t i = 0; i < batches; ++i)  // evenly over the logarithm
    options.batch_sizes.push_back(std::llround(
        kSmallest * std::pow(kLargest / kSmallest, static_cast<double>(i) / static_cast<double>(batches - 1))));
  options.learning_rates = {0.01};
  options.seeds = 1;
  options.max_epochs = 1;
  options.max_steps = 20;
  options.invocations = 8;
  options.aa_cells = sweep::kAllCells;
  return options;
}

std::size_t comparisons_of(const sweep::SweepOptions& options) {
  return options.losses.size() * options.batch_sizes.size() * options.engines.size() * options.threads.size();
}

}  // namespace descent::app
