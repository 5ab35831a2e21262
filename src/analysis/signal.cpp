#include "analysis/signal.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/tables.hpp"
#include "analysis/uphill.hpp"

namespace descent::analysis {
namespace {

// points whose δ is within this factor of the target count as at it: three grid points or more
constexpr double kAbout = 1.3;

}  // namespace

void add_signal(const record::Report& report, const record::Series& series, const record::Workload& workload,
                const Target& target, record::Convergence& row) {
  if (!series.stochastic || target.kind != record::TargetKind::suboptimality || !(target.value > 0)) return;
  double squares = 0, count = 0;
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id || run.status != record::RunStatus::completed) continue;
    const std::vector<double> delta = progress_of(run, workload, target);
    for (std::size_t i = 0; i < std::min(delta.size(), run.curve.gradient_norm.size()); ++i) {
      const record::Real& norm = run.curve.gradient_norm[i];
      if (!norm || delta[i] > kAbout * target.value || delta[i] * kAbout < target.value) continue;
      squares += *norm * *norm, ++count;
    }
  }
  if (!(squares > 0)) return;
  row.gradient_norm = std::sqrt(squares / count);
  // trΣ hardly depends on the path, so that of gradient descent is used.
  const record::Moment* const moment = checkpoint_near(report, workload.id, target.value);
  if (moment == nullptr || !(moment->trace_covariance >= 0)) return;
  const double factor = variance_factor(series.sampling, rows_of(report, workload), series.batch);
  row.noise_to_signal = std::sqrt(factor * moment->trace_covariance) / *row.gradient_norm;
}

}  // namespace descent::analysis
