// Time to target over batch sizes and threads, and its two factors.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/answer.hpp"
#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

std::string verdict(const record::Summary* summary, const TimedCell& timed) {
  if (timed.time == nullptr || !timed.time->seconds) return "not reached";
  if (summary == nullptr) return "";
  const auto among = [&](const std::vector<std::string>& cells) {
    return std::find(cells.begin(), cells.end(), timed.cell->id) != cells.end();
  };
  if (timed.cell->id == summary->best_cell) return summary->suspect ? "least time, not ranked" : "fastest";
  if (among(summary->tied)) return "perhaps as fast";
  if (among(summary->untold)) return "not compared";
  return timed.steps->oversubscribed ? "more threads than CPUs" : "slower";
}

struct Extremes {
  double least = 0, most = 0;
  int count = 0;
  void take(double value) {
    least = count == 0 ? value : std::min(least, value);
    most = count == 0 ? value : std::max(most, value);
    ++count;
  }
  double ratio() const { return count > 1 && least > 0 ? most / least : 1; }
};

class HeatMap : public PictureKind {
 public:
  int order() const override { return 10; }

  Picture draw(const View& view) const override {
    const record::Summary* const summary = summary_of(*view.report, view.workload->id, view.target);
    Picture picture;
    picture.title = "Time to target by batch size and threads";
    picture.shows = fmt::format(
        "Each square is a batch size on a number of threads: a cell. The darker, the less time it is expected to take "
        "{}. That time is steps × seconds per step, and both have a chart of their own. Frames mark the fastest cell "
        "and every cell that may be as fast.",
        until_text(view));
    PageTable cells{"cells",
                    "Time to target of every cell",
                    {{"batch", "batch"},
                     {"rows", "rows a step", "rows"},
                     {"threads", "threads"},
                     {"seconds", "time to target", "s"},
                     {"low", "from", "s"},
                     {"high", "to", "s"},
                     {"steps", "steps to target"},
                     {"step_seconds", "time of a step", "s"},
                     {"step_low", "from", "s"},
                     {"step_high", "to", "s"},
                     {"core_seconds", "core-seconds", "s"},
                     {"pareto", "in the Pareto set"},
                     {"verdict", "verdict"}}};
    Extremes all, by_batch, by_threads;
    for (const Row& row : view.rows) {
      const std::string name = short_name(view, *row.series);
      for (const TimedCell& timed : row.cells) {
        const record::TimeToTarget* const time = timed.time;
        if (time != nullptr && time->seconds) all.take(*time->seconds);
        if (time != nullptr && time->seconds && row.is_best) by_threads.take(*time->seconds);
        cells.add({name, rows_of_step(*row.series), timed.cell->threads,
                   page_number(time == nullptr ? record::Real() : time->seconds),
                   page_number(time == nullptr ? record::Real() : time->low),
                   page_number(time == nullptr ? record::Real() : time->high),
                   page_number(row.convergence == nullptr ? record::Real() : row.convergence->ert_steps),
                   page_number(timed.seconds_per_step()), page_number(timed.steps->low), page_number(timed.steps->high),
                   page_number(time == nullptr ? record::Real() : time->core_seconds),
                   time != nullptr && time->pareto ? "yes" : "no", verdict(summary, timed)});
      }
      if (row.best.time != nullptr) by_batch.take(*row.best.time->seconds);
    }
    if (cells.rows.empty()) {
      picture.missing = "No steps were timed here, so that there are no times to draw.";
      return picture;
    }
    picture.concludes = conclusion(view, all, by_batch, by_threads, cells.rows.size());
    picture.tables.push_back(std::move(cells));
    return picture;
  }

 private:
  static std::string conclusion(const View& view, const Extremes& all, const Extremes& by_batch,
                                const Extremes& by_threads, std::size_t cells) {
    if (all.count == 0) return "No cell reached this target: only the time of a step is known.";
    std::string text;
    const bool methods = std::any_of(view.rows.begin(), view.rows.end(), [&](const Row& row) {
      return !row.series->full_batch && row.series->optimizer != view.rows.front().series->optimizer;
    });
    const char* const batch = methods ? "batch size and method" : "batch size";
    if (by_batch.count > 1)
      text += fmt::format("Each on its best number of threads, the slowest {} takes {} times as long as the fastest. ",
                          batch, three_digits(by_batch.ratio()));
    if (by_threads.count > 1)
      text += fmt::format("At the fastest {}, the slowest number of threads takes {} times as long as the fastest. ",
                          batch, three_digits(by_threads.ratio()));
    if (by_batch.count > 1 && by_threads.count > 1 && by_batch.ratio() != by_threads.ratio())
      text += fmt::format("Here the {} more than the {}. ",
                          by_batch.ratio() > by_threads.ratio()
                              ? fmt::format("{} {}", batch, methods ? "matter" : "matters")
                              : std::string("number of threads matters"),
                          by_batch.ratio() > by_threads.ratio() ? "number of threads" : batch);
    if (static_cast<std::size_t>(all.count) < cells)
      text +=
          fmt::format("{} of {} cells did not reach the target.", cells - static_cast<std::size_t>(all.count), cells);
    while (!text.empty() && text.back() == ' ') text.pop_back();
    if (text.empty()) text = fmt::format("There is one cell alone: {}.", seconds_with_interval(all.least, {}, {}));
    return text;
  }
};

const auto registration = picture<HeatMap>("heat_map");

}  // namespace
}  // namespace descent::report
