#include "descent/join/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "descent/analysis/process_seconds.hpp"
#include "descent/record/find.hpp"
#include "descent/stats/change_points.hpp"
#include "descent/stats/summary.hpp"
#include "join/comparing.hpp"

namespace descent::join {
namespace {

/// A text that identifies the machine.
std::string machine_of(const record::Report& report) {
  std::string key;
  for (const char* name : {"model", "machine_id_hash", "cores", "cpuset", "quota"}) {
    const auto found = report.context.machine.find(name);
    key += (key.empty() ? "" : "/") + (found == report.context.machine.end() ? std::string() : found->second);
  }
  return key;
}

std::string data_of(const record::Report& report, const std::string& workload) {
  const record::Workload* const found = record::find_workload(report, workload);
  for (const record::DatasetRecord& data : report.datasets)
    if (found != nullptr && data.id == found->dataset) return data.content_hash;
  return "";
}

/// The cells' courses, in the order in which they first appear in the reports.
struct Courses {
  std::vector<CellCourse> all;
  std::map<std::string, std::size_t> at;
};

void add_values(const record::Report& report, std::size_t index, Courses& courses) {
  for (const TimedCell& timed : timed_in_both(report, report)) {
    const std::string machine = machine_of(report);
    const std::string key = fmt::format("{}\n{}\n{}", machine, timed.cell->id, data_of(report, timed.cell->workload));
    const auto [place, fresh] = courses.at.try_emplace(key, courses.all.size());
    if (fresh) courses.all.emplace_back();
    CellCourse& course = courses.all[place->second];
    if (fresh) {
      course.machine = machine, course.cell = timed.cell->id, course.name = record::cell_name(report, *timed.cell);
      if (const record::Workload* const workload = record::find_workload(report, timed.cell->workload))
        course.loss = workload->loss;
    }
    course.reports.push_back(index);
    course.seconds.push_back(std::exp(stats::median(timed.seconds.base)));
  }
}

void find_steps(CellCourse& course, double level) {
  std::vector<std::size_t> ends{0};
  const std::vector<stats::ChangePoint> points = stats::change_points(course.seconds, level);
  for (const stats::ChangePoint& point : points) ends.push_back(point.at);
  ends.push_back(course.seconds.size());
  const auto middle = [&](std::size_t i) {
    return stats::median(std::span(course.seconds).subspan(ends[i], ends[i + 1] - ends[i]));
  };
  for (std::size_t i = 0; i < points.size(); ++i)
    course.steps.push_back({course.reports[points[i].at], middle(i) / middle(i + 1), points[i].p});
}

}  // namespace

History history_of(std::span<const Labelled> reports, double fail_if_slower) {
  History history;
  history.fail_if_slower = fail_if_slower;
  std::vector<const Labelled*> order;
  for (const Labelled& report : reports) order.push_back(&report);
  std::stable_sort(order.begin(), order.end(), [](const Labelled* a, const Labelled* b) {
    return a->report->context.date < b->report->context.date;
  });
  Courses courses;
  std::map<std::string, int> machines;
  for (std::size_t i = 0; i < order.size(); ++i) {
    history.reports.push_back(side_of(*order[i]));
    ++machines[machine_of(*order[i]->report)];
    add_values(*order[i]->report, i, courses);
  }
  history.machines = static_cast<int>(machines.size());
  const double level = history.level / static_cast<double>(std::max<std::size_t>(1, courses.all.size()));
  history.reports_needed = static_cast<int>(stats::values_for_step(level));
  for (CellCourse& course : courses.all) {
    find_steps(course, level);
    history.enough = history.enough || static_cast<int>(course.seconds.size()) >= history.reports_needed;
    if (!course.steps.empty() && 1 / course.steps.back().ratio > 1 + fail_if_slower) {
      const Side& since = history.reports[course.steps.back().at];
      history.failures.push_back(fmt::format("{}, {}: takes {:.2f} times as long since {} ({})", course.loss,
                                             course.name, 1 / course.steps.back().ratio, since.label,
                                             since.date.substr(0, 10)));
    }
    history.cells.push_back(std::move(course));
  }
  return history;
}

}  // namespace descent::join
