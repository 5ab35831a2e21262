// Contours of a landscape, and the paths of runs over them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

constexpr int kLevels = 14;

/// Values of f such that as much of the grid lies between any two neighbours: contours stand evenly on flat ground and
/// on steep.
nlohmann::json levels_of(const record::LandscapeGrid& grid) {
  std::vector<double> values;
  for (const record::Real& value : grid.value)
    if (value) values.push_back(*value);
  std::sort(values.begin(), values.end());
  nlohmann::json levels = nlohmann::json::array();
  for (std::size_t i = 0; i < kLevels && !values.empty(); ++i) {
    const double level = values[(2 * i + 1) * (values.size() - 1) / (2 * kLevels)];
    if (const nlohmann::json number = page_number(level); levels.empty() || levels.back() != number)
      levels.push_back(number);
  }
  return levels;
}

class Landscape : public PictureKind {
 public:
  int order() const override { return 24; }
  bool concerns(const View& view) const override { return !view.report->landscapes.empty(); }

  Picture draw(const View& view) const override {
    const record::LandscapeGrid& grid = view.report->landscapes.front();
    Picture picture;
    picture.title = "The landscape and the paths of the runs";
    picture.shows = fmt::format(
        "Thin lines join points of equal loss f(x, y) = {}, computed on a grid of {} × {} points. Each coloured line "
        "is "
        "the path of the first run of a batch size. It starts at the ring, and each dot is a step at which the loss "
        "was "
        "evaluated.",
        grid.formula, grid.x.size(), grid.y.size());
    PageTable paths{
        "paths",
        "Paths of the first runs",
        {{"series", "batch"}, {"seed", "seed"}, {"step", "steps"}, {"x", "x"}, {"y", "y"}, {"loss", "loss"}}};
    for (const Row& row : view.rows) add_path(view, row, paths);
    PageTable points{"points", "Where the gradient is 0", {{"x", "x"}, {"y", "y"}, {"kind", "what is there"}}};
    for (std::size_t i = 0; i < grid.critical_kind.size(); ++i)
      points.add({page_number(grid.critical_x[i]), page_number(grid.critical_y[i]),
                  grid.critical_kind[i] == record::CriticalKind::degenerate ? "saddle without curvature"
                                                                            : to_text(grid.critical_kind[i])});
    PageTable values{"grid", "Loss on the grid", {{"x", "x"}, {"y", "y"}, {"value", "loss"}}};
    for (std::size_t j = 0; j < grid.y.size(); ++j)
      for (std::size_t i = 0; i < grid.x.size(); ++i)
        values.add({page_number(grid.x[i]), page_number(grid.y[j]), page_number(grid.value[j * grid.x.size() + i])});
    picture.marks["across"] = grid.x.size();
    picture.marks["levels"] = levels_of(grid);
    picture.concludes = conclusion(view, paths);
    picture.tables = {std::move(paths), std::move(points), std::move(values)};
    return picture;
  }

 private:
  static const record::Trajectory* first_run(const View& view, const record::Series& series) {
    const record::Trajectory* first = nullptr;
    for (const record::Trajectory& run : view.report->trajectories)
      if (run.series == series.id && !run.curve.x.empty() && (first == nullptr || run.seed < first->seed)) first = &run;
    return first;
  }

  static void add_path(const View& view, const Row& row, PageTable& table) {
    const record::Trajectory* const run = first_run(view, *row.series);
    if (run == nullptr) return;
    const record::Curve& curve = run->curve;
    for (std::size_t i = 0; i < std::min(curve.step.size(), curve.x.size()); ++i)
      if (curve.x[i] && curve.y[i])
        table.add({short_name(view, *row.series), run->seed, curve.step[i], page_number(curve.x[i]),
                   page_number(curve.y[i]), page_number(curve.loss[i])});
  }

  /// At which places these runs ended, with the runs of each: near one of the critical points, or at no such point.
  static std::string conclusion(const View& view, const PageTable& paths) {
    if (paths.rows.empty()) return "";
    std::vector<std::pair<std::string, std::vector<std::string>>> places;
    std::string last;
    for (const Row& row : view.rows) {
      if (row.series->id == last) continue;  // a row per engine
      last = row.series->id;
      const record::Trajectory* const run = first_run(view, *row.series);
      if (run == nullptr || !run->curve.x.back() || !run->curve.y.back()) continue;
      const std::string place = place_of(view.report->landscapes.front(), *run->curve.x.back(), *run->curve.y.back());
      auto found = std::find_if(places.begin(), places.end(), [&](const auto& one) { return one.first == place; });
      if (found == places.end()) found = places.insert(found, {place, {}});
      found->second.push_back(batch_phrase(*view.report, *row.series));
    }
    std::string text;
    for (const auto& [place, runs] : places)
      text += fmt::format("{}The first run{} of {} end{} {}.", text.empty() ? "" : " ", runs.size() > 1 ? "s" : "",
                          listed(runs), runs.size() > 1 ? "" : "s", place);
    return text;
  }

  /// "near the minimum at (0, 1)": within a tenth of the picture; else "at (0.3, 2)".
  static std::string place_of(const record::LandscapeGrid& grid, double x, double y) {
    const double near = 0.1 * (grid.x.back() - grid.x.front());
    std::size_t best = grid.critical_x.size();
    double least = near;
    for (std::size_t i = 0; i < grid.critical_x.size(); ++i)
      if (const double away = std::hypot(x - grid.critical_x[i], y - grid.critical_y[i]); away <= least)
        least = away, best = i;
    if (best == grid.critical_x.size()) return fmt::format("at ({}, {})", three_digits(x), three_digits(y));
    const record::CriticalKind kind = grid.critical_kind[best];
    return fmt::format("near the {} at ({}, {})", kind == record::CriticalKind::degenerate ? "saddle" : to_text(kind),
                       three_digits(grid.critical_x[best]), three_digits(grid.critical_y[best]));
  }
};

const auto registration = picture<Landscape>("landscape");

}  // namespace
}  // namespace descent::report
