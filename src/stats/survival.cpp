#include "descent/stats/survival.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>

namespace descent::stats {

std::optional<double> expected_running_time(std::span<const Duration> runs) {
  double spent = 0;
  int successes = 0;
  for (const Duration& run : runs) spent += run.time, successes += run.reached;
  if (successes == 0) return {};
  return spent / successes;
}

namespace {

/// At equal times events come before censorings: a run censored at t was still at risk there.
std::vector<Duration> in_order(std::span<const Duration> runs) {
  std::vector<Duration> sorted(runs.begin(), runs.end());
  std::sort(sorted.begin(), sorted.end(), [](const Duration& a, const Duration& b) {
    return a.time != b.time ? a.time < b.time : a.reached > b.reached;
  });
  return sorted;
}

}  // namespace

std::vector<SurvivalPoint> survival_curve(std::span<const Duration> runs) {
  const std::vector<Duration> sorted = in_order(runs);
  std::vector<SurvivalPoint> curve;
  double share = 1;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto at_risk = static_cast<double>(sorted.size() - i);
    if (sorted[i].reached) share *= 1 - 1 / at_risk;
    if (curve.empty() || curve.back().time != sorted[i].time) curve.push_back({sorted[i].time, share});
    curve.back().share = share;
  }
  return curve;
}

KaplanMeier kaplan_meier(std::span<const Duration> runs, double confidence) {
  const std::vector<Duration> sorted = in_order(runs);
  KaplanMeier result;
  const double z = boost::math::quantile(boost::math::normal(), 0.5 + confidence / 2);
  double survival = 1, greenwood = 0, last = 0;
  std::optional<double> low, high;
  for (std::size_t i = 0; i < sorted.size();) {
    const double time = sorted[i].time;
    const auto at_risk = static_cast<double>(sorted.size() - i);
    double events = 0;
    std::size_t next = i;
    for (; next < sorted.size() && sorted[next].time == time; ++next) events += sorted[next].reached;
    result.restricted_mean += survival * (time - last);
    last = time;
    if (events > 0) {
      survival *= 1 - events / at_risk;
      if (at_risk > events) greenwood += events / (at_risk * (at_risk - events));
      if (!result.median && survival <= 0.5 + 1e-12) result.median = time;
      // log(−log S) ± z · √(Greenwood) / |log S|; the median's interval consists of the times at which this does not
      // exclude ½.
      double lower = 0, upper = 0;
      if (survival > 1e-12 && survival < 1) {
        const double scale = z * std::sqrt(greenwood) / std::abs(std::log(survival));
        lower = std::pow(survival, std::exp(scale)), upper = std::pow(survival, std::exp(-scale));
      }
      if (!low && lower <= 0.5) low = time;
      if (!high && upper <= 0.5) high = time;
    }
    i = next;
  }
  const bool some = std::any_of(sorted.begin(), sorted.end(), [](const Duration& run) { return run.reached; });
  if (some) result.median_interval = OpenInterval{low ? low : last, high};
  return result;
}

}  // namespace descent::stats
