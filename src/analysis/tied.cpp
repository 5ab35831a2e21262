#include "analysis/tied.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "analysis/tables.hpp"
#include "descent/stats/draws.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

// The share of replicates, which is compared with 5 %, has a standard error of 0.2 %: hardly any tied set depends on
// the seed.
constexpr std::uint64_t kReplicates = 10000;
constexpr double kLevel = 0.05;

/// Logarithms of seconds per step, a list for each cell. If all cells have at least two processes in common, the lists
/// have one entry for each of these; else each cell has its own list, and cells are drawn independently.
struct Seconds {
  bool joint = false;
  std::vector<double> centres;                  ///< mean of each cell
  std::vector<std::vector<double>> deviations;  ///< from it
};

/// Invocations that timed every cell. Suspect cells are timed again in further processes; these are not used for
/// comparisons that rely on common processes.
std::vector<int> common_invocations(const std::vector<Contender>& cells) {
  std::vector<int> common;
  for (const int id : cells[0].times.ids)
    if (std::count(common.begin(), common.end(), id) == 0 &&
        std::all_of(cells.begin(), cells.end(), [&](const Contender& cell) {
          return std::find(cell.times.ids.begin(), cell.times.ids.end(), id) != cell.times.ids.end();
        }))
      common.push_back(id);
  return common;
}

Seconds seconds_of(const std::vector<Contender>& cells) {
  const std::vector<int> common = common_invocations(cells);
  Seconds result;
  result.joint = common.size() > 1;
  for (const Contender& cell : cells) {
    const CellTimes& times = cell.times;
    std::vector<double> logs;
    for (const int id : result.joint ? common : times.ids)
      logs.push_back(std::log(times.means[static_cast<std::size_t>(std::find(times.ids.begin(), times.ids.end(), id) -
                                                                   times.ids.begin())]));
    result.centres.push_back(stats::mean(logs));
    for (double& value : logs) value -= result.centres.back();
    result.deviations.push_back(std::move(logs));
  }
  return result;
}

/// One draw of the error of a mean of logarithms, from one normal number per process and one χ². Cells use the same
/// numbers, so that effects common to a process cancel in differences, and each difference follows Student's t.
double drawn_error(const std::vector<double>& deviations, const std::vector<double>& normals, double chi_squared) {
  double sum = 0;
  for (std::size_t p = 0; p < deviations.size(); ++p) sum += normals[p] * deviations[p];
  const auto n = static_cast<double>(deviations.size());
  return sum / std::sqrt(n * (n - 1)) * std::sqrt((n - 1) / chi_squared);
}

std::vector<double> normals_of(core::CounterRandom& random, std::size_t count) {
  std::vector<double> result(count);
  for (double& value : result) value = random.next_normal();
  return result;
}

/// Errors of ln seconds by cell, one per replicate; infinite if a resample of the runs had no success.
struct Errors {
  std::vector<std::vector<double>> by_cell;
  std::map<const record::Series*, double> of_steps;  ///< how far the steps of a series scatter, in ln
};

/// Half the width of the range that contains the middle two thirds of the finite values: for normal values, their
/// standard deviation.
double spread_of(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  return values.empty() ? 0 : 0.5 * (stats::quantile(values, 0.8413) - stats::quantile(values, 0.1587));
}

/// Cells of one series share its steps, and cells timed in common processes share each process's effects: both are
/// drawn once and cancel in differences.
Errors joint_errors(const std::vector<Contender>& cells, const Seconds& seconds) {
  const std::uint64_t seed = seed_of(cells[0].series->workload + to_text(cells[0].row->target_kind) +
                                     std::to_string(cells[0].row->target_value));
  Errors errors;
  errors.by_cell.resize(cells.size());
  std::map<const record::Series*, std::vector<double>> steps;
  for (const Contender& cell : cells) {
    auto [drawn, added] = steps.try_emplace(cell.series);
    if (!added) continue;
    core::CounterRandom random(seed_of(cell.series->id, seed), core::Purpose::bootstrap);
    for (std::uint64_t number = 0; number < kReplicates; ++number)
      drawn->second.push_back(std::log(draw_steps(random, cell.runs, *cell.row->steps) / *cell.row->steps));
    errors.of_steps[cell.series] = spread_of(drawn->second);
  }
  core::CounterRandom random(seed, core::Purpose::bootstrap);
  for (std::uint64_t number = 0; number < kReplicates; ++number) {
    std::vector<double> normals;
    double chi_squared = 1;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::vector<double>& deviations = seconds.deviations[c];
      if (c == 0 || !seconds.joint) {
        normals = normals_of(random, deviations.size());
        chi_squared = stats::draw_chi_squared(random, static_cast<double>(deviations.size() - 1));
      }
      errors.by_cell[c].push_back(steps[cells[c].series][number] + drawn_error(deviations, normals, chi_squared));
    }
  }
  return errors;
}

/// The least error of these cells, for each replicate in which one of them reaches the target.
std::vector<double> least_of(const Errors& errors, const std::vector<bool>& cells) {
  std::vector<double> result;
  for (std::uint64_t number = 0; number < kReplicates; ++number) {
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < cells.size(); ++c)
      if (cells[c]) least = std::min(least, errors.by_cell[c][number]);
    if (std::isfinite(least)) result.push_back(least);
  }
  return result;
}

/// Standard error of the difference of two cells' mean ln seconds, pooled over all pairs: from the deviations after
/// effects common to a process are removed.
double error_of_difference(const Seconds& seconds) {
  const auto cells = static_cast<double>(seconds.deviations.size());
  double sum = 0;
  for (const std::vector<double>& deviations : seconds.deviations) {
    const auto n = static_cast<double>(deviations.size());
    for (std::size_t p = 0; p < deviations.size(); ++p) {
      double shared = 0;
      if (seconds.joint)
        for (const std::vector<double>& other : seconds.deviations) shared += other[p] / cells;
      sum += (deviations[p] - shared) * (deviations[p] - shared) / (n * (n - 1));
    }
  }
  return std::sqrt(2 * sum / (seconds.joint ? cells - 1 : cells));
}

/// Differences between pairs of cells, each divided by its own scale. Two cells of one series have the same steps, so
/// their difference has a small scale: without scales, noisy series would hide differences between thread counts.
class Pairs {
 public:
  Pairs(const std::vector<Contender>& cells, const Seconds& seconds, const Errors& errors)
      : count_(cells.size()), scale_(cells.size() * cells.size()) {
    const double of_seconds = error_of_difference(seconds);
    for (std::size_t a = 0; a < count_; ++a)
      for (std::size_t b = 0; b < count_; ++b) {
        double squares = of_seconds * of_seconds;
        if (cells[a].series != cells[b].series)
          for (const std::size_t c : {a, b})
            squares += errors.of_steps.at(cells[c].series) * errors.of_steps.at(cells[c].series);
        scale_[a * count_ + b] = 1 / std::max(1e-9, std::sqrt(squares));
      }
  }
  double over_scale(std::size_t a, std::size_t b, double difference) const {
    return difference * scale_[a * count_ + b];
  }

 private:
  std::size_t count_;
  std::vector<double> scale_;
};

}  // namespace

std::vector<std::string> take_untold(std::vector<Contender>& cells) {
  const auto alone = [](const Contender& cell) {
    return one_seed(*cell.series, cell.runs) || cell.times.means.size() < 2;
  };
  std::vector<std::string> untold;
  std::vector<Contender> compared;
  const bool best_alone = alone(cells[0]);
  for (Contender& cell : cells) {
    if (!compared.empty() && (best_alone || alone(cell)))
      untold.push_back(cell.cell->id);
    else
      compared.push_back(std::move(cell));
  }
  cells = std::move(compared);
  return untold;
}

TiedSet tied_with_first(const std::vector<Contender>& cells) {
  if (cells.size() < 2) return {};
  const Seconds seconds = seconds_of(cells);
  const Errors errors = joint_errors(cells, seconds);
  const Pairs pairs(cells, seconds, errors);
  std::vector<double> figures;
  for (std::size_t c = 0; c < cells.size(); ++c) figures.push_back(std::log(*cells[c].row->steps) + seconds.centres[c]);
  // A cell that does not reach the target in that many replicates cannot be called slower, and is not used to call
  // others slower.
  std::vector<bool> stays(cells.size(), false);
  std::vector<std::size_t> left;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const auto never = std::count_if(errors.by_cell[c].begin(), errors.by_cell[c].end(),
                                     [](double error) { return std::isinf(error); });
    stays[c] = static_cast<double>(never) > kLevel * static_cast<double>(kReplicates);
    if (!stays[c]) left.push_back(c);
  }
  while (left.size() > 1) {
    double most = 0;
    std::size_t slower = left[0];
    for (const std::size_t a : left)
      for (const std::size_t b : left)
        if (const double apart = pairs.over_scale(a, b, figures[a] - figures[b]); apart > most)
          most = apart, slower = a;
    std::uint64_t as_far = 0;
    for (std::uint64_t number = 0; number < kReplicates; ++number) {
      bool farther = false;
      for (std::size_t i = 0; i < left.size() && !farther; ++i)
        for (std::size_t j = 0; j < i && !farther; ++j) {
          const double a = errors.by_cell[left[i]][number], b = errors.by_cell[left[j]][number];
          farther =
              std::isinf(a) || std::isinf(b) || std::abs(pairs.over_scale(left[i], left[j], a - b)) >= most - 1e-9;
        }
      as_far += farther;
    }
    // The report may use the median of the processes, while this test uses their mean: the cell that is fastest in the
    // report is never removed.
    if (static_cast<double>(as_far) > kLevel * static_cast<double>(kReplicates) || slower == 0) break;
    std::erase(left, slower);
  }
  for (const std::size_t c : left) stays[c] = true;
  stays[0] = true;
  TiedSet tied;
  for (std::size_t c = 1; c < cells.size(); ++c)
    if (stays[c]) tied.cells.push_back(&cells[c]);
  if (!tied.cells.empty()) tied.luck = -stats::quantile(least_of(errors, stays), kLevel / 2);
  return tied;
}

}  // namespace descent::analysis
