#include "analysis/steps_error.hpp"

#include <cmath>
#include <map>
#include <tuple>

#include "analysis/tables.hpp"
#include "descent/stats/pooled.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {

std::vector<double> log_steps(const SeriesRuns& runs) {
  std::vector<double> logs;
  for (const stats::Duration& run : runs.runs)
    if (run.reached && run.time > 0) logs.push_back(std::log(run.time));
  return logs;
}

LogError steps_error(double variance, double freedom, std::size_t runs) {
  const auto n = static_cast<double>(runs);
  return {std::sqrt(variance / n + variance * variance / (2 * (n - 1))), freedom};
}

std::optional<LogError> own_error(const SeriesRuns& runs) {
  const std::vector<double> logs = log_steps(runs);
  if (logs.size() < 2 || logs.size() != runs.runs.size()) return {};
  return steps_error(stats::variance(logs), static_cast<double>(logs.size() - 1), logs.size());
}

void pool_steps_errors(record::Report& report) {
  using Alike = std::tuple<std::string, std::string, record::RateRule, record::TargetKind, double>;
  std::map<Alike, std::vector<record::Convergence*>> groups;
  for (record::Convergence& row : report.convergence)
    if (row.steps_log_sd) {
      const record::Series& series = *find_series(report, row.series);
      groups[{series.workload, series.optimizer, series.lr_rule, row.target_kind, row.target_value}].push_back(&row);
    }
  for (const auto& [alike, rows] : groups) {
    std::vector<stats::Variance> variances;
    double most = 0;
    for (const record::Convergence* row : rows) {
      variances.push_back({*row->steps_log_sd * *row->steps_log_sd, *row->steps_freedom});
      if (variances.back().value > 0) most += variances.back().freedom;
    }
    const auto common = stats::common_variance(variances);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      record::Convergence& row = *rows[i];
      const stats::Variance variance =
          common && variances[i].value > 0 ? stats::moderated(variances[i], *common, most) : variances[i];
      row.steps_log_sd = std::sqrt(variance.value);
      row.steps_freedom = variance.freedom;
      const auto interval = interval_of(
          *row.ert_steps, steps_error(variance.value, variance.freedom, static_cast<std::size_t>(row.runs)));
      row.mean_low = interval.low, row.mean_high = interval.high;
    }
  }
}

SeriesRuns runs_of(const record::Report& report, const record::Series& series, const record::Workload& workload,
                   const Target& target) {
  SeriesRuns runs = runs_to_target(report, series, workload, target);
  for (const record::Convergence& row : report.convergence)
    if (row.series == series.id && row.target_kind == target.kind && row.target_value == target.value &&
        row.steps_log_sd)
      runs.error = steps_error(*row.steps_log_sd * *row.steps_log_sd, *row.steps_freedom, runs.runs.size());
  return runs;
}

}  // namespace descent::analysis
