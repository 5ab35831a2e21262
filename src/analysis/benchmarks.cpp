#include <fmt/format.h>

#include <cmath>

#include "analysis/tables.hpp"
#include "analysis/times.hpp"
#include "descent/record/find.hpp"
#include "descent/stats/summary.hpp"

namespace descent::analysis {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

/// A name like those of Google Benchmark: slashes between arguments, real_time last.
std::string row_name(const record::Report& report, const record::Series& series, const record::Cell& cell) {
  const record::Workload* const workload = find_workload(report, series.workload);
  return fmt::format("train_step/{}/{}/batch:{}/threads:{}/engine:{}/real_time",
                     workload != nullptr ? workload->loss : series.workload, series.optimizer, series.batch,
                     cell.threads, cell.engine);
}

}  // namespace

void derive_benchmarks(record::Report& report) {
  report.benchmarks.clear();
  for (const record::Series& series : report.series) {
    if (record::is_scaled(series.lr_rule)) continue;  // the same steps as the tuned series
    for (const record::Cell* const cell : timed_cells(report, series)) {
      const CellTimes times = cell_times(report, series, *cell);
      std::vector<double> means;
      for (const double seconds : times.means) means.push_back(kNanosecondsPerSecond * seconds);
      if (means.empty()) continue;
      record::BenchmarkRow row;
      row.name = row.run_name = row_name(report, series, *cell);
      row.cell = cell->id;
      row.run_type = record::RunType::iteration;
      row.repetitions = static_cast<std::int64_t>(means.size());
      row.threads = 1;  // Google Benchmark's own threads; ours are in the name
      row.oversubscribed = times.oversubscribed;
      row.time_unit = "ns";  // compare.py prints whole numbers
      const auto fill = [&](double time) {
        row.real_time = row.cpu_time = time;
        const double seconds = time / kNanosecondsPerSecond;
        row.examples_per_s = series.rows_per_step / seconds;
        row.flop_per_s = times.work.flops / seconds;
        row.bytes_per_s = times.work.bytes / seconds;
        row.fraction_of_roof.reset();
        for (const record::Throughput& throughput : report.throughput)
          if (throughput.series == series.id && throughput.cell == cell->id && throughput.fraction_of_roof &&
              throughput.seconds_per_step)
            row.fraction_of_roof = *throughput.fraction_of_roof * *throughput.seconds_per_step / seconds;
      };
      for (std::size_t i = 0; i < means.size(); ++i) {
        row.repetition_index = static_cast<std::int64_t>(i);
        row.iterations = 1;
        fill(means[i]);
        report.benchmarks.push_back(row);
      }
      if (means.size() < 2) continue;
      row.run_type = record::RunType::aggregate;
      row.repetition_index = 0;
      row.iterations = static_cast<std::int64_t>(means.size());
      const double mean = stats::mean(means), deviation = std::sqrt(stats::variance(means));
      for (const auto& [aggregate, time] :
           {std::pair{"mean", mean}, std::pair{"median", stats::median(means)}, std::pair{"stddev", deviation}}) {
        row.aggregate_name = aggregate;
        row.name = row.run_name + "_" + aggregate;
        if (aggregate == std::string("stddev")) {
          row.real_time = row.cpu_time = time;
          row.examples_per_s.reset(), row.flop_per_s.reset(), row.bytes_per_s.reset(), row.fraction_of_roof.reset();
        } else {
          fill(time);
        }
        report.benchmarks.push_back(row);
      }
    }
  }
}

}  // namespace descent::analysis
