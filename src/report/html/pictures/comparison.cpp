// Several reports: how many times as fast the later ones are as the first, cell by cell and by machine.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

class Comparison : public PictureKind {
 public:
  int order() const override { return 5; }
  bool concerns(const View& view) const override { return view.comparisons != nullptr && !view.comparisons->empty(); }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "The reports compared";
    picture.shows = fmt::format(
        "Each dot is a cell that two reports timed: how many times as fast its steps are in the later report as in "
        "{}, with the interval of the comparison. More than 1 is faster. The fastest cell of each report has a chart "
        "of its own.",
        phrase_of(view.names.front()));
    PageTable cells{"cells",
                    "Ratios cell by cell",
                    {{"report", "report"},
                     {"cell", "cell"},
                     {"batch", "rows a step", "rows"},
                     {"threads", "threads"},
                     {"ratio", "times as fast"},
                     {"low", "from"},
                     {"high", "to"},
                     {"verdict", "verdict"},
                     {"base", "time of a step, first report", "s"},
                     {"seconds", "time of a step, later report", "s"}}};
    PageTable machines{"machines",
                       "The fastest cell of each report",
                       {{"report", "report"},
                        {"cell", "cell"},
                        {"seconds", "time to target", "s"},
                        {"low", "from", "s"},
                        {"high", "to", "s"},
                        {"ratio", "times as fast as the first"}}};
    std::vector<std::string> sentences;
    for (const ComparedReport& compared : *view.comparisons) {
      if (!compared.comparison) {
        sentences.push_back(capital(
            fmt::format("{} cannot be compared with the first: {}.", phrase_of(compared.name), compared.reason)));
        continue;
      }
      sentences.push_back(fill(view, compared, cells));
    }
    add_machines(view, machines);
    picture.concludes = fmt::format("{}", fmt::join(sentences, " "));
    if (cells.rows.empty()) {
      picture.missing = picture.concludes.empty() ? "The reports timed no cell of this loss and engine in common."
                                                  : picture.concludes;
      picture.concludes.clear();
      return picture;
    }
    picture.tables = {std::move(cells), std::move(machines)};
    return picture;
  }

 private:
  static std::string fill(const View& view, const ComparedReport& compared, PageTable& table) {
    double sum = 0;
    int faster = 0, slower = 0, same = 0, all = 0;
    for (const join::CellRatio& row : compared.comparison->cells) {
      if (row.workload != view.workload->id || row.engine != view.engine || !row.ratio || !(*row.ratio > 0)) continue;
      ++all;
      sum += std::log(*row.ratio);
      faster += row.verdict == join::CellVerdict::faster;
      slower += row.verdict == join::CellVerdict::slower;
      same += row.verdict == join::CellVerdict::same;
      const record::Cell* const cell = record::find_cell(*view.report, row.cell);
      const std::string name =
          cell == nullptr ? row.name : record::cell_name(*view.report, *cell, record::batch_name(*view.report, *cell));
      table.add({compared.name, name, row.batch, row.threads, page_number(row.ratio), page_number(row.low),
                 page_number(row.high), record::to_text(row.verdict), page_number(row.base_seconds),
                 page_number(row.new_seconds)});
    }
    if (all == 0)
      return capital(
          fmt::format("{} timed no cell of this loss and engine that the first timed too.", phrase_of(compared.name)));
    return capital(
        fmt::format("{} is {} times as fast as the first on average over {} (geometric mean): {} faster, {} slower, {} "
                    "the same, {} "
                    "inconclusive.",
                    phrase_of(compared.name), three_digits(std::exp(sum / all)), counted(all, "cell"), faster, slower,
                    same, all - faster - slower - same));
  }

  /// "report 2 (AMD EPYC, 4 cores)" of "2. AMD EPYC, 4 cores", as names of several reports are.
  static std::string phrase_of(const std::string& name) {
    const std::size_t end = name.find(". ");
    return end == std::string::npos ? name : fmt::format("report {} ({})", name.substr(0, end), name.substr(end + 2));
  }

  static void add_machines(const View& view, PageTable& table) {
    record::Real first;
    for (std::size_t i = 0; i < view.all.size(); ++i)
      for (const record::Summary& summary : view.all[i].summary) {
        if (summary.workload != view.workload->id || summary.target_kind != view.target.kind ||
            summary.target_value != view.target.value || !summary.best_seconds)
          continue;
        if (i == 0) first = summary.best_seconds;
        const record::Cell* const cell = record::find_cell(view.all[i], summary.best_cell);
        table.add({view.names[i], cell == nullptr ? summary.best_cell : record::cell_name(view.all[i], *cell),
                   page_number(summary.best_seconds), page_number(summary.low), page_number(summary.high),
                   page_number(first ? record::Real(*first / *summary.best_seconds) : record::Real())});
      }
  }
};

const auto registration = picture<Comparison>("comparison");

}  // namespace
}  // namespace descent::report
