#include "solve/dual.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "solve/dual_part.hpp"

namespace descent::solve {
namespace {

constexpr double kFirstFinish = 100;  // epochs before the exact methods are tried; then again after four times as many
constexpr double kLeastWork = 4e9;    // multiply-adds that the exact methods may always take on each part: some seconds
constexpr double kLeastGap = 1e-11;   // relative: what double precision can tell

std::vector<double> row_norms_squared(const data::Dataset& data) {
  std::vector<double> norms(data.rows());
  std::vector<float> x(data.width());
  for (std::size_t i = 0; i < norms.size(); ++i) {
    data.features.storage().read(i, x.data());
    for (std::size_t j = 0; j < data.width(); ++j) norms[i] += static_cast<double>(x[j]) * x[j];
  }
  return norms;
}

}  // namespace

double dual_doubles(std::size_t rows, const loss::Loss& loss, std::size_t features, std::size_t outputs) {
  constexpr double of_variable = 10;
  const bool together = loss.traits().family == loss::LossTraits::Family::multiclass;
  const std::size_t weights = together ? features * outputs : features, parts = together ? 1 : outputs;
  const double wide = weights <= kMostFactored ? static_cast<double>(weights) : 0;
  return of_variable * static_cast<double>(rows * outputs) + static_cast<double>(parts) * 2 * wide * wide;
}

double KinkedGap::relative(double f0, double primal) const {
  if (!(primal > 0)) return of_value;
  const double asked = of_start > 0 ? of_start * (f0 - primal) / primal : of_value;
  return std::min(of_value, std::max(asked, kLeastGap));
}

DualResult dual_ascent(MeanLoss& f, machine::Team& team, const KinkedGap& wanted, std::uint64_t seed,
                       const SolverClock& clock, bool stands_for_none) {
  const loss::BoxDual box = f.loss().box_dual().value();
  const std::vector<double> norms = row_norms_squared(f.data());
  std::vector<double> w(f.parameters(), 0.0);
  std::vector<std::unique_ptr<DualPart>> duals;
  if (f.loss().traits().family == loss::LossTraits::Family::multiclass) {
    duals.push_back(make_multiclass_dual(f, box, norms, w.data(), seed));
  } else {
    for (std::size_t k = 0; k < f.outputs(); ++k)
      duals.push_back(make_output_dual(f, k, box, norms, w.data() + k * f.features(), seed + k));
  }

  DualResult best;
  best.primal = f.value(w), best.dual = 0, best.weights = w;
  double epochs_done = 0, next_finish = kFirstFinish, other_passes = 0;
  clock.note(0, best.primal);
  const auto look = [&](const std::vector<double>& at) {
    const double primal = f.value(at);
    if (primal < best.primal) best.primal = primal, best.weights = at;
  };
  const auto take = [&] {
    double dual = -0.5 * f.l2() * norm_squared(w);
    for (const auto& part : duals) dual += part->linear_term();
    best.dual = std::max(best.dual, dual);
    look(w);
    clock.note(epochs_done + other_passes, best.primal);
  };
  const double f0 = best.primal;
  const auto needed = [&] { return wanted.relative(f0, best.primal); };
  const auto reached = [&] { return best.gap() <= std::max(needed() * best.primal, 0.0); };
  const auto finish = [&] {  // allows as much work as ascent has taken, and at least what tiny problems need
    const double spent = 2 * epochs_done * static_cast<double>(f.data().rows() * f.parameters());
    const Finish how{needed() / 2, std::max(kLeastWork, spent / static_cast<double>(duals.size()))};
    std::vector<double> better(w.size());
    std::vector<double> passes(duals.size());
    team.for_each(duals.size(), [&](std::size_t k) { passes[k] = duals[k]->finish(how, better, clock); });
    other_passes += std::accumulate(passes.begin(), passes.end(), 0.0);
    best.finished = true;
    look(better);
    take();
  };
  for (int count = 2; !reached() && !clock.over();) {
    team.for_each(duals.size(), [&](std::size_t k) { duals[k]->epochs(count, clock); });
    epochs_done += count;
    take();
    count = std::min(64, count + count / 2);
    if (reached() || epochs_done < next_finish) continue;
    finish();
    next_finish = 4 * epochs_done;
  }
  best.reached = reached();
  if (!stands_for_none) return best;
  finish();
  best.slopes.assign(f.outputs() * f.data().rows(), 0.0);
  for (const auto& part : duals) part->slopes_without_norm(best.slopes);
  return best;
}

}  // namespace descent::solve
