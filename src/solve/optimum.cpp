#include "descent/solve/optimum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/core/random.hpp"
#include "descent/core/text.hpp"
#include "descent/solve/mean_loss.hpp"
#include "solve/curvature.hpp"
#include "solve/dual.hpp"
#include "solve/duality.hpp"
#include "solve/recession.hpp"
#include "solve/smooth.hpp"

namespace descent::solve {
namespace {

constexpr int kStarts = 6, kStartsOfSmallData = 48;  // of the multistart on a non-convex loss
constexpr double kNearNorm = 1e-7;                   // norm of the gradient below which starts can be compared
constexpr double kCheapStart = 2e6;                  // rows × parameters
constexpr const char* kStopped = "stopped before the gap asked for";
constexpr int kMostDoublings = 60;
constexpr double kEarlyNorm = 1e-6;   // norm of the gradient below which the direction of w is watched
constexpr double kStillNorm = 1e-10;  // wanted norm of the gradient without a regulariser
constexpr double kTinyL2 = 1e-8;      // stands in for l2 = 0 when only a dual solver works
constexpr double kTinyGap = 1e-4;     // relative gap, with kTinyL2, below which the active set continues alone

void solve_kinked(MeanLoss& f, machine::Team& team, const OptimumOptions& options, const SolverClock& clock,
                  Optimum& result) {
  const DualResult solved =
      dual_ascent(f, team, {options.kinked_relative_gap, options.kinked_gap_share}, options.seed, clock);
  result.solver = solved.finished ? "dual coordinate ascent + Newton" : "dual coordinate ascent";
  result.weights = solved.weights;
  result.value = solved.primal;
  result.dual = solved.dual;
  result.gap = std::max(0.0, solved.gap());
  result.kind = record::OptimumKind::certified;
  if (!solved.reached) result.note = kStopped;
}

void solve_smooth(MeanLoss& f, const OptimumOptions& options, const SolverClock& clock, Optimum& result) {
  result.weights.assign(f.parameters(), 0.0);
  // ‖∇f‖²/(2 l2) bounds f − f*; f(0) bounds the scale from above until f* is known.
  double value = f.value(result.weights), norm = 0;
  double tolerance = std::sqrt(2 * f.l2() * options.relative_gap * 0.1 * value);
  for (int round = 0; round < 4; ++round) {
    norm = minimise_smooth(f, result.weights, tolerance, clock);
    value = f.value(result.weights);
    const double wanted = std::sqrt(2 * f.l2() * options.relative_gap * std::abs(value));
    if (norm <= wanted || clock.over()) break;
    tolerance = 0.5 * wanted;
  }
  result.solver = "L-BFGS + Newton-CG";
  result.value = value;
  result.gradient_norm = norm;
  if (!f.loss().traits().smooth) {
    result.kind = record::OptimumKind::best_known,
    result.note = "kinked, and the loss tells no dual form: no certificate";
    return;
  }
  result.gap = std::min(norm * norm / (2 * f.l2()), value);  // no loss is below 0, so neither is f*
  result.kind = record::OptimumKind::certified;
  if (*result.gap > options.relative_gap * value) result.note = kStopped;
  if (const auto ends = extreme_curvature(f, result.weights, clock))
    result.curvature_least = ends->first, result.curvature_most = ends->second;
}

void limit(MeanLoss& f, const OptimumOptions& options) {
  if (options.give_up_at) f.stop_at(*options.give_up_at, options.cancel);
}

/// The part of f that belongs to each one-versus-rest output: outputs share no weights.
std::vector<double> output_values(MeanLoss& f, std::span<const double> w) {
  const data::Dataset& data = f.data();
  const std::size_t n = data.rows(), d = f.features();
  std::vector<double> scores(f.outputs() * n), values;
  f.scores(w, scores);
  for (std::size_t k = 0; k < f.outputs(); ++k) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i)
      sum += f.loss().value(std::span(scores).subspan(k * n + i, 1), data.labels[i] == static_cast<int>(k) ? 1 : 0);
    values.push_back(sum / static_cast<double>(n) + 0.5 * f.l2() * norm_squared(w.subspan(k * d, d)));
  }
  return values;
}

/// Root mean square of each feature, (features,); 1 for one that is always 0.
std::vector<double> feature_sizes(const data::Dataset& data) {
  std::vector<double> sizes(data.width(), 0.0);
  std::vector<float> x(data.width());
  for (std::size_t i = 0; i < data.rows(); ++i) {
    data.features.storage().read(i, x.data());
    for (std::size_t j = 0; j < sizes.size(); ++j) sizes[j] += std::pow(x[j], 2);
  }
  for (double& size : sizes) size = size > 0 ? std::sqrt(size / static_cast<double>(data.rows())) : 1;
  return sizes;
}

/// The weights of start number `start`: the minimiser of a convex loss; zero; that minimiser scaled up, which brings
/// the loss close to the 0-1 loss; and random weights with scores of about 1, 4, 16 or 64, with and without the
/// minimiser added.
std::vector<double> start_at(int start, const std::vector<double>& convex, const std::vector<double>& sizes,
                             std::uint64_t seed) {
  constexpr int kScaled = 3, kAmplitudes = 4;  // after the first two
  if (start == 0) return convex;
  std::vector<double> w(convex.size(), 0.0);
  if (start == 1) return w;
  if (start < 2 + kScaled) {
    for (std::size_t j = 0; j < w.size(); ++j) w[j] = std::pow(4.0, start - 1) * convex[j];
    return w;
  }
  core::CounterRandom random(seed, core::Purpose::initial, static_cast<std::uint64_t>(start));
  const double amplitude = std::pow(4.0, start % kAmplitudes) / std::sqrt(static_cast<double>(sizes.size()));
  const bool beside = start / kAmplitudes % 2 == 0;
  for (std::size_t j = 0; j < w.size(); ++j)
    w[j] = (beside ? convex[j] : 0) + amplitude / sizes[j % sizes.size()] * random.next_normal();
  return w;
}

/// The best of several starts. With one-versus-rest outputs, the best start is chosen for each output by itself.
void solve_non_convex(MeanLoss& f, const data::Dataset& data, machine::Team& team, const OptimumOptions& options,
                      const SolverClock& clock, Optimum& result) {
  std::vector<double> seeded(f.parameters(), 0.0);
  // values of the convex loss, and of a start that may not be the best
  std::vector<record::SolverPoint> unused, of_start;
  const double f0 = f.value(seeded);
  double passes_of_convex = 0;
  if (const auto loss = f.loss().convex_start()) {
    MeanLoss convex(data, *loss, std::max(f.l2(), kTinyL2), team);
    limit(convex, options);
    minimise_smooth(convex, seeded, 1e-4, {clock.max_seconds, clock.cancel, unused, clock.seconds});
    passes_of_convex = convex.passes();
  }
  const bool apart = f.outputs() > 1 && f.loss().traits().family == loss::LossTraits::Family::margin;
  const std::size_t parts = apart ? f.outputs() : 1, part = f.parameters() / parts;
  std::vector<double> best(parts, std::numeric_limits<double>::infinity());
  double least_seen = f0;
  const std::vector<double> sizes = feature_sizes(data);
  result.weights.assign(f.parameters(), 0.0);
  clock.note(0, f0);
  const double work = static_cast<double>(data.rows()) * static_cast<double>(f.parameters());
  const int starts = work <= kCheapStart ? kStartsOfSmallData : kStarts;
  const auto descend = [&](std::vector<double> w, double tolerance) {
    of_start.clear();
    result.gradient_norm = minimise_smooth(f, w, tolerance, {clock.max_seconds, clock.cancel, of_start, clock.seconds});
    for (const record::SolverPoint& point : of_start) {
      least_seen = std::min(least_seen, point.value);
      result.passage.push_back({passes_of_convex + point.passes, point.seconds, least_seen});
    }
    const std::vector<double> values = apart ? output_values(f, w) : std::vector<double>{f.value(w)};
    for (std::size_t k = 0; k < parts; ++k) {
      if (!(values[k] < best[k])) continue;
      best[k] = values[k];
      std::copy_n(w.begin() + static_cast<std::ptrdiff_t>(k * part), part,
                  result.weights.begin() + static_cast<std::ptrdiff_t>(k * part));
    }
  };
  for (int start = 0; start < starts && !(start > 1 && clock.over()); ++start)
    descend(start_at(start, seeded, sizes, options.seed), kNearNorm);
  descend(result.weights, 1e-9);  // all outputs together, so that the gradient belongs to the reported weights
  result.value = f.value(result.weights);
  result.solver = "multistart L-BFGS + Newton-CG";
  result.kind = record::OptimumKind::best_known;
  result.note = "not convex: best of several starts";
  if (f.l2() <= 0 && f.loss().recedes() != false) result.note += "; l2 is 0: the infimum may lie at infinite weights";
}

/// Does the loss have no minimiser? If so, fills in the result with the value that f approaches.
bool goes_for_ever(MeanLoss& f, const std::vector<double>& before, const SolverClock& clock, Optimum& result) {
  if (separates(f, result.weights)) {
    result.note = "l2 is 0 and the data are separable: no minimiser, infimum 0";
  } else {
    const Recession recession = find_recession(f, clock);
    if (recession.direction.empty()) {
      if (recession.finished || !moves_for_ever(f, before, result.weights)) return false;
      result.kind = record::OptimumKind::none,
      result.note = "l2 is 0 and the weights grow without end: no minimiser was found";
      return true;
    }
    // The losses of rows with a positive margin along the direction vanish; the other rows keep their least value.
    double value = f.value(result.weights), length = 1;
    std::vector<double> trial(f.parameters());
    for (int doubling = 0; doubling < kMostDoublings; ++doubling, length *= 2) {
      for (std::size_t j = 0; j < trial.size(); ++j) trial[j] = result.weights[j] + length * recession.direction[j];
      const double next = f.value(trial);
      if (!(next < value)) break;
      value = next, result.weights = trial;
    }
    result.gradient_norm = minimise_smooth(f, result.weights, kStillNorm, clock);
    value = f.value(result.weights);
    const auto bound = newton_bound(f, result.weights, clock);
    result.note = fmt::format("l2 is 0 and the loss falls for ever along one direction: no minimiser, infimum {}{:.9g}",
                              bound && value - *bound <= 1e-8 * value ? "" : "at most ", value);
  }
  result.kind = record::OptimumKind::none;
  return true;
}

/// No strong convexity, hence no bound from the gradient's norm.
void solve_without_regulariser(MeanLoss& f, const data::Dataset& data, machine::Team& team,
                               const OptimumOptions& options, const SolverClock& clock, Optimum& result) {
  result.weights.assign(f.parameters(), 0.0);
  std::optional<double> bound;
  const std::optional<bool> recedes = f.loss().recedes();
  if (f.loss().box_dual()) {
    MeanLoss almost(data, f.loss(), kTinyL2, team);
    limit(almost, options);
    const DualResult solved = dual_ascent(almost, team, {kTinyGap}, options.seed, clock, true);
    result.weights = solved.weights;
    result.solver = "dual coordinate ascent, l2 1e-8 in place of 0";
    bound = fenchel_bound(f, solved.slopes, result.weights);
  } else {
    minimise_smooth(f, result.weights, kEarlyNorm, clock);
    const std::vector<double> before = result.weights;
    result.gradient_norm = minimise_smooth(f, result.weights, kStillNorm, clock);
    result.solver = "L-BFGS + Newton-CG";
    if (recedes == true && goes_for_ever(f, before, clock, result)) return;
    if (recedes) bound = newton_bound(f, result.weights, clock);  // the bound assumes that a minimiser exists
  }
  result.value = f.value(result.weights);
  if (f.loss().traits().family != loss::LossTraits::Family::distance && separates(f, result.weights)) {
    // Separating weights, scaled up far enough, have a loss of exactly 0. Scaling by powers of two keeps the direction
    // exactly.
    std::vector<double> scaled = result.weights;
    for (int doubling = 0; doubling < kMostDoublings && f.value(scaled) > 0; ++doubling)
      for (double& entry : scaled) entry *= 2;
    if (f.value(scaled) == 0) {
      result.kind = record::OptimumKind::certified, result.value = 0.0, result.gap = 0.0, result.weights = scaled;
      result.note = "l2 is 0 and the data are separable: f* = 0";
      return;
    }
  }
  if (bound) {
    result.dual = std::max(0.0, *bound);  // no loss is below 0
    result.gap = std::max(0.0, *result.value - *result.dual);
    const double wanted = f.loss().traits().smooth ? options.relative_gap : options.kinked_relative_gap;
    result.kind = record::OptimumKind::certified, result.note = *result.gap > wanted * *result.value ? kStopped : "";
  } else {
    result.kind = record::OptimumKind::best_known, result.note = "l2 is 0: no certificate";
  }
}

}  // namespace

Optimum solve_optimum(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team,
                      const OptimumOptions& options) {
  Optimum result;
  const SolverClock clock{options.max_seconds, options.cancel, result.passage};
  MeanLoss f(data, loss, l2, team);
  limit(f, options);
  if (!loss.traits().convex)
    solve_non_convex(f, data, team, options, clock, result);
  else if (l2 <= 0)
    solve_without_regulariser(f, data, team, options, clock, result);
  else if (loss.box_dual())
    solve_kinked(f, team, options, clock, result);
  else
    solve_smooth(f, options, clock, result);
  if (!f.stopped()) return result;
  Optimum none;
  none.kind = record::OptimumKind::none;
  none.note = "given up inside a pass over the rows: there was no more time";
  return none;
}

std::optional<double> starting_value(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team,
                                     const OptimumOptions& options) {
  MeanLoss f(data, loss, l2, team);
  limit(f, options);
  const double value = f.value(std::vector<double>(f.parameters(), 0.0));
  return f.stopped() ? std::nullopt : std::optional(value);
}

double optimum_bytes(std::size_t rows, const loss::Loss& loss, std::size_t features, std::size_t outputs) {
  constexpr int most_groups = 64, rows_of_group = 96;  // groups of rows, each with a gradient of its own
  const auto groups = static_cast<double>(std::min<std::size_t>(most_groups, rows / rows_of_group + 1));
  const double vectors = loss.box_dual() ? 4 : 2 * kSmoothHistory + 12;
  const auto d = static_cast<double>(features), parameters = d * static_cast<double>(outputs);
  const double beside = loss.box_dual()             ? dual_doubles(rows, loss, features, outputs)
                        : features <= kMostFactored ? 2 * d * d
                                                    : 0;
  // The gradient's pass keeps every score.
  const double scores = loss.box_dual() ? 0 : static_cast<double>(rows) * static_cast<double>(outputs);
  return ((vectors + groups) * parameters + beside + scores) * static_cast<double>(sizeof(double));
}

double exact_value(const data::Dataset& data, const loss::Loss& loss, double l2, std::span<const double> w,
                   machine::Team& team) {
  return MeanLoss(data, loss, l2, team).value(w);
}

}  // namespace descent::solve
