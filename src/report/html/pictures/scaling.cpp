// Speed-up against threads, and every timed kernel under the roofs of the machine.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/analysis/process_seconds.hpp"
#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

/// Half-width of the interval of a time in its logarithm; 0 where there is none.
double log_width(const record::Throughput& row) {
  return row.low && row.high && *row.low > 0 ? 0.5 * std::log(*row.high / *row.low) : 0;
}

class Scaling : public PictureKind {
 public:
  int order() const override { return 50; }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "Speed-up by threads, and the roofs of this machine";
    PageTable table{"speed",
                    "Speed and roof of every cell",
                    {{"batch", "batch"},
                     {"rows", "rows a step", "rows"},
                     {"threads", "threads"},
                     {"seconds", "time of a step", "s"},
                     {"speed_up", "speed-up"},
                     {"low", "from"},
                     {"high", "to"},
                     {"at_roof", "speed-up at the roof"},
                     {"gflops", "arithmetic", "GFLOP/s"},
                     {"gbs", "bytes", "GB/s"},
                     {"intensity", "arithmetic per byte", "FLOP/byte"},
                     {"roof", "roof that binds"},
                     {"share", "share of the roof", "%"},
                     {"oversubscribed", "more threads than CPUs"}}};
    for (const Row& row : view.rows) add(view, row, table);
    if (table.rows.empty()) {
      picture.missing = "No steps were timed here, so that there is no speed to draw.";
      return picture;
    }
    PageTable most = roofs(view);
    picture.shows = shows(table, most);
    picture.concludes = conclusion(view);
    picture.tables = {std::move(table), std::move(most), each_process(view)};
    return picture;
  }

 private:
  /// Of the charts that there are: a report may have no single thread to compare with, or no roofs.
  static std::string shows(const PageTable& table, const PageTable& roofs) {
    const auto any = [&](std::size_t column) {
      return std::any_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return !row[column].is_null(); });
    };
    std::string text;
    if (any(4))
      text =
          "The speed-up is how many times as fast as on one thread a step is, with 95 % intervals; the dashed line is "
          "as many times as there are threads. ";
    if (any(10) && !roofs.rows.empty())
      text +=
          "Each dot under the roofs is a timed step: its arithmetic per second against its arithmetic per byte that it "
          "reads. The lines are the most that this machine was measured to do.";
    return text.empty() ? "The table has the time of a step of every cell." : text;
  }

  static void add(const View& view, const Row& row, PageTable& table) {
    const record::Throughput* base = nullptr;
    for (const TimedCell& timed : row.cells)
      if (timed.cell->threads == 1) base = timed.steps;
    for (const TimedCell& timed : row.cells) {
      const record::Throughput& steps = *timed.steps;
      // Of a ratio: both intervals, as independent ones.
      const double width =
          base == nullptr || base == &steps ? 0 : std::exp(std::hypot(log_width(steps), log_width(*base)));
      const auto moved = [&](double factor) -> record::Real {
        return steps.speed_up && width > 0 ? record::Real(*steps.speed_up * factor) : record::Real();
      };
      const bool has_roof = steps.speed_up && steps.fraction_of_roof && *steps.fraction_of_roof > 0;
      const bool has_bytes = steps.flop_per_s && steps.bytes_per_s && *steps.bytes_per_s > 0;
      table.add({short_name(view, *row.series), rows_of_step(*row.series), timed.cell->threads,
                 page_number(steps.seconds_per_step), page_number(steps.speed_up),
                 page_number(moved(width > 0 ? 1 / width : 0)), page_number(moved(width)),
                 page_number(has_roof ? record::Real(*steps.speed_up / *steps.fraction_of_roof) : record::Real()),
                 page_number(steps.flop_per_s ? record::Real(*steps.flop_per_s / 1e9) : record::Real()),
                 page_number(steps.bytes_per_s ? record::Real(*steps.bytes_per_s / 1e9) : record::Real()),
                 page_number(has_bytes ? record::Real(*steps.flop_per_s / *steps.bytes_per_s) : record::Real()),
                 steps.roof == record::RoofKind::none ? "" : to_text(steps.roof),
                 page_number(steps.fraction_of_roof ? record::Real(100 * *steps.fraction_of_roof) : record::Real()),
                 steps.oversubscribed ? "yes" : "no"});
    }
  }

  /// What is behind an interval: the seconds of each process, over those of one thread as the speed-up takes them.
  static PageTable each_process(const View& view) {
    PageTable table{"processes",
                    "Each process by itself",
                    {{"batch", "batch"},
                     {"threads", "threads"},
                     {"process", "process"},
                     {"seconds", "time of a step", "s"},
                     {"speed_up", "speed-up"}}};
    for (const Row& row : view.rows)
      for (const TimedCell& timed : row.cells) {
        const record::Throughput& steps = *timed.steps;
        const auto both = analysis::process_seconds(*view.report, *view.report, *row.series, *timed.cell, {});
        for (const analysis::ProcessSeconds& process : both.base)
          table.add({short_name(view, *row.series), timed.cell->threads, process.invocation,
                     page_number(process.seconds),
                     page_number(steps.speed_up && steps.seconds_per_step && process.seconds > 0
                                     ? record::Real(*steps.speed_up * *steps.seconds_per_step / process.seconds)
                                     : record::Real())});
      }
    return table;
  }

  /// A line per thread count that was measured.
  static PageTable roofs(const View& view) {
    PageTable table{"roofs",
                    "What the machine was measured to do at the most",
                    {{"threads", "threads"},
                     {"read", "reads from memory", "GB/s"},
                     {"l3", "reads from L3", "GB/s"},
                     {"l2", "reads from L2", "GB/s"},
                     {"peak", "multiply-adds", "GFLOP/s"}}};
    for (const record::Roof& roof : view.report->roofs)
      table.add({roof.threads, page_number(roof.read_gb_per_s), page_number(roof.read_l3_gb_per_s),
                 page_number(roof.read_l2_gb_per_s), page_number(roof.fma_f32_gflop_per_s)});
    return table;
  }

  static std::string conclusion(const View& view) {
    const TimedCell* best = nullptr;
    const Row* of = nullptr;
    const TimedCell* nearest = nullptr;
    const Row* nearest_of = nullptr;
    bool several = false;
    for (const Row& row : view.rows)
      for (const TimedCell& timed : row.cells) {
        if (timed.steps->oversubscribed) continue;
        several = several || timed.cell->threads != view.rows.front().cells.front().cell->threads;
        if (timed.steps->speed_up && (best == nullptr || *timed.steps->speed_up > *best->steps->speed_up))
          best = &timed, of = &row;
        if (timed.steps->fraction_of_roof &&
            (nearest == nullptr || *timed.steps->fraction_of_roof > *nearest->steps->fraction_of_roof))
          nearest = &timed, nearest_of = &row;
      }
    std::string text;
    if (!several) text = "Every step was timed on the same number of threads, so that no speed-up is known. ";
    if (several && best != nullptr)
      text = fmt::format(
          "The largest speed-up is {} times: {} on {}{}. ", three_digits(*best->steps->speed_up),
          batch_phrase(*view.report, *of->series), counted(best->cell->threads, "thread"),
          best->steps->efficiency ? fmt::format(", {:.0f} % of the ideal", 100 * *best->steps->efficiency) : "");
    if (several && best != nullptr && *best->steps->speed_up < 1.1)
      text += "More threads hardly make a step faster here. ";
    if (nearest != nullptr)
      text += fmt::format("Nearest to its roof is {} on {}: {:.0f} % of what {} allows.",
                          batch_phrase(*view.report, *nearest_of->series), counted(nearest->cell->threads, "thread"),
                          100 * *nearest->steps->fraction_of_roof, roof_phrase(nearest->steps->roof));
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
  }

  static std::string roof_phrase(record::RoofKind roof) {
    switch (roof) {
      case record::RoofKind::fma:
        return "the arithmetic of floats";
      case record::RoofKind::int8:
        return "the arithmetic of 8-bit numbers";
      case record::RoofKind::read:
        return "reading the rows";
      case record::RoofKind::join:
        return "waiting of threads for each other";
      default:
        return "the machine";
    }
  }
};

const auto registration = picture<Scaling>("scaling");

}  // namespace
}  // namespace descent::report
