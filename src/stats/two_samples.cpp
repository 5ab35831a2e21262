#include "descent/stats/two_samples.hpp"

#include <algorithm>
#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "descent/stats/binomial.hpp"
#include "descent/stats/summary.hpp"

namespace descent::stats {
namespace {

constexpr std::size_t kMostExact = 120;  // values of both samples together: with ties, some 30 million sums

/// Twice the mean rank of each value, those of `a` first: whole numbers even with ties.
std::vector<std::size_t> doubled_ranks(std::span<const double> a, std::span<const double> b) {
  std::vector<double> values(a.begin(), a.end());
  values.insert(values.end(), b.begin(), b.end());
  std::vector<std::size_t> order(values.size()), ranks(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin + 1;
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = begin + end + 1;  // mean of begin + 1 … end, doubled
    begin = end;
  }
  return ranks;
}

/// P(sum of `count` of the ranks, drawn at random, = s) for each s: Pagano and Tritchler's counting (1983) without its
/// transform.
std::vector<double> distribution_of_sum(const std::vector<std::size_t>& ranks, std::size_t count) {
  const std::size_t most = std::accumulate(ranks.begin(), ranks.end(), std::size_t{0});
  std::vector<std::vector<double>> ways(count + 1);
  for (std::vector<double>& row : ways) row.assign(most + 1, 0);
  ways[0][0] = 1;
  std::size_t seen = 0, sum = 0;
  for (const std::size_t rank : ranks) {
    ++seen, sum += rank;
    // Counts are kept as probabilities, so that no number exceeds 1.
    const auto all = static_cast<double>(seen);
    for (std::size_t k = std::min(count, seen);; --k) {
      const auto taken = static_cast<double>(k);
      for (std::size_t s = sum + 1; s-- > 0;) {
        const double with = k > 0 && s >= rank ? ways[k - 1][s - rank] * (taken / all) : 0;
        ways[k][s] = ways[k][s] * ((all - taken) / all) + with;
      }
      if (k == 0) break;
    }
  }
  return ways[count];
}

RankTest by_normal(double u, std::size_t n, std::size_t m, const std::vector<std::size_t>& ranks) {
  const auto a = static_cast<double>(n), b = static_cast<double>(m), all = a + b;
  double squares = 0;  // of the ranks about their mean: corrects for ties by itself
  for (const std::size_t rank : ranks) squares += std::pow(0.5 * static_cast<double>(rank) - 0.5 * (all + 1), 2);
  const double deviation = std::sqrt(a * b * squares / (all * (all - 1))), centre = a * b / 2;
  RankTest test{u, 1, 1, 1};
  if (!(deviation > 0)) return test;
  test.p_less = normal_below((u - centre + 0.5) / deviation);
  test.p_greater = normal_below((centre - u + 0.5) / deviation);
  test.p = std::min(1.0, 2 * std::min(test.p_less, test.p_greater));
  return test;
}

/// P(U = 0), P(U = 1), … without ties. The result is cached, since the next cell mostly has the same number of values.
const std::vector<double>& distribution_of_u(std::size_t n, std::size_t m) {
  thread_local std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> known;
  std::vector<double>& chances = known[{n, m}];
  if (!chances.empty()) return chances;
  std::vector<std::size_t> ranks(n + m);
  std::iota(ranks.begin(), ranks.end(), std::size_t{1});
  const std::vector<double> sums = distribution_of_sum(ranks, n);
  const auto least = sums.begin() + static_cast<std::ptrdiff_t>(n * (n + 1) / 2);
  chances.assign(least, least + static_cast<std::ptrdiff_t>(n * m + 1));
  return chances;
}

bool has_ties(std::vector<std::size_t> ranks) {
  std::sort(ranks.begin(), ranks.end());
  return std::adjacent_find(ranks.begin(), ranks.end()) != ranks.end();
}

/// The largest C with P(U <= C − 1) <= tail, and that probability; 0 where there is none.
std::pair<std::size_t, double> critical(std::size_t n, std::size_t m, double tail) {
  if (n + m > kMostExact) {
    const auto a = static_cast<double>(n), b = static_cast<double>(m);
    const double c = a * b / 2 + normal_quantile(tail) * std::sqrt(a * b * (a + b + 1) / 12);
    return {c < 1 ? 0 : static_cast<std::size_t>(c), tail};
  }
  double below = 0;
  std::size_t c = 0;
  for (const double p : distribution_of_u(n, m)) {
    if (below + p > tail * (1 + 1e-12)) break;
    below += p, ++c;
  }
  return {c, below};
}

}  // namespace

RankTest rank_test(std::span<const double> a, std::span<const double> b) {
  const std::vector<std::size_t> ranks = doubled_ranks(a, b);
  const std::size_t sum =
      std::accumulate(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(a.size()), std::size_t{0});
  const double u = 0.5 * static_cast<double>(sum - a.size() * (a.size() + 1));
  if (ranks.size() > kMostExact) return by_normal(u, a.size(), b.size(), ranks);
  RankTest test{u, 0, 0, 1};
  const auto add_up = [&test](const std::vector<double>& chances, std::size_t at) {
    for (std::size_t i = 0; i < chances.size(); ++i) {
      if (i <= at) test.p_less += chances[i];
      if (i >= at) test.p_greater += chances[i];
    }
  };
  if (has_ties(ranks))
    add_up(distribution_of_sum(ranks, a.size()), sum);
  else
    add_up(distribution_of_u(a.size(), b.size()), static_cast<std::size_t>(std::llround(u)));
  test.p_less = std::min(test.p_less, 1.0), test.p_greater = std::min(test.p_greater, 1.0);
  test.p = std::min(1.0, 2 * std::min(test.p_less, test.p_greater));
  return test;
}

Shift shift_between(std::span<const double> a, std::span<const double> b, double confidence) {
  std::vector<double> differences;
  for (const double x : a)
    for (const double y : b) differences.push_back(y - x);
  std::sort(differences.begin(), differences.end());
  Shift shift;
  shift.centre = median(differences);
  const auto [c, tail] = critical(a.size(), b.size(), (1 - confidence) / 2);
  if (c == 0) return shift;
  shift.interval = Interval{differences[c - 1], differences[differences.size() - c]};
  shift.confidence = 1 - 2 * tail;
  return shift;
}

std::optional<Interval> welch_interval(std::span<const double> a, std::span<const double> b, double confidence) {
  if (a.size() < 2 || b.size() < 2) return {};
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  const double of_a = variance(a) / n, of_b = variance(b) / m, centre = mean(b) - mean(a);
  if (!(of_a + of_b > 0)) return Interval{centre, centre};
  const double freedom = (of_a + of_b) * (of_a + of_b) / (of_a * of_a / (n - 1) + of_b * of_b / (m - 1));
  const double half = t_quantile(freedom, confidence) * std::sqrt(of_a + of_b);
  return Interval{centre - half, centre + half};
}

double least_rank_p(std::size_t count_a, std::size_t count_b) {
  const auto all = static_cast<unsigned>(count_a + count_b);
  return 1 / boost::math::binomial_coefficient<double>(all, static_cast<unsigned>(count_a));
}

std::size_t values_needed(double p) {
  std::size_t n = 1;
  while (n < 100 && least_rank_p(n, n) >= p) ++n;
  return n;
}

namespace {

std::vector<std::size_t> ascending(std::span<const double> p) {
  std::vector<std::size_t> order(p.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return p[i] < p[j]; });
  return order;
}

}  // namespace

std::vector<double> holm(std::span<const double> p) {
  std::vector<double> corrected(p.size());
  double most = 0;
  std::size_t left = p.size();
  for (const std::size_t i : ascending(p)) {
    most = std::max(most, std::min(1.0, static_cast<double>(left--) * p[i]));
    corrected[i] = most;
  }
  return corrected;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<double> corrected(p.size());
  const std::vector<std::size_t> order = ascending(p);
  double least = 1;
  for (std::size_t rank = order.size(); rank > 0; --rank) {
    const std::size_t i = order[rank - 1];
    least = std::min(least, p[i] * static_cast<double>(p.size()) / static_cast<double>(rank));
    corrected[i] = least;
  }
  return corrected;
}

}  // namespace descent::stats
