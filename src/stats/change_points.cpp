#include "descent/stats/change_points.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "descent/core/random.hpp"
#include "descent/stats/two_samples.hpp"

namespace descent::stats {
namespace {

constexpr int kPermutations = 100000;

/// The split with the largest |U − nm/2| of the values before it against those from it on; U counts ties as half.
struct Split {
  std::size_t at = 0;
  double statistic = 0;
};
Split best_split(std::span<const double> ranks) {
  const auto count = static_cast<double>(ranks.size());
  Split best;
  double sum = 0;
  for (std::size_t i = 1; i < ranks.size(); ++i) {
    sum += ranks[i - 1];
    const auto before = static_cast<double>(i);
    const double statistic = std::abs(sum - before * (count + 1) / 2);
    if (statistic > best.statistic) best = {i, statistic};
  }
  return best;
}

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<double> ranks;
  for (const double value : values) {
    double rank = 0.5;
    for (const double other : values) rank += other < value ? 1 : other == value ? 0.5 : 0;
    ranks.push_back(rank);
  }
  return ranks;
}

/// The statistics of permutations of `count` values without ties, ascending. The result is cached, since all cells of a
/// history have the same number of values.
const std::vector<double>& permuted(std::size_t count) {
  thread_local std::map<std::size_t, std::vector<double>> known;
  std::vector<double>& statistics = known[count];
  if (!statistics.empty()) return statistics;
  core::CounterRandom random(count, core::Purpose::bootstrap);
  std::vector<double> ranks(count);
  std::iota(ranks.begin(), ranks.end(), 1.0);
  for (int i = 0; i < kPermutations; ++i) {
    for (std::size_t left = count; left > 1; --left)
      std::swap(ranks[left - 1], ranks[random.next_below(static_cast<std::uint32_t>(left))]);
    statistics.push_back(best_split(ranks).statistic);
  }
  std::sort(statistics.begin(), statistics.end());
  return statistics;
}

double p_of(const Split& split, std::size_t count) {
  const std::vector<double>& chance = permuted(count);
  const auto as_large = chance.end() - std::lower_bound(chance.begin(), chance.end(), split.statistic - 1e-9);
  return static_cast<double>(as_large + 1) / (kPermutations + 1);
}

void find(std::span<const double> values, std::size_t from, double level, std::vector<ChangePoint>& found) {
  if (values.size() < values_for_step(level)) return;
  const Split split = best_split(ranks_of(values));
  if (split.at == 0) return;
  const double p = p_of(split, values.size());
  if (p > level) return;
  find(values.first(split.at), from, level, found);
  found.push_back({from + split.at, p});
  find(values.subspan(split.at), from + split.at, level, found);
}

}  // namespace

std::vector<ChangePoint> change_points(std::span<const double> values, double level) {
  std::vector<ChangePoint> found;
  find(values, 0, level, found);
  return found;
}

std::size_t values_for_step(double level) {
  // A step in the middle separates the two halves perfectly: this holds for two of all ways to choose a half.
  std::size_t count = 2;
  while (count < 100 && 2 * least_rank_p(count / 2, count - count / 2) > level) ++count;
  return count;
}

}  // namespace descent::stats
