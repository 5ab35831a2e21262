// Steps to target against the batch size, and what each doubling of the batch saves.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/analysis/run_steps.hpp"
#include "report/answer.hpp"
#include "report/batch_sizes.hpp"
#include "report/doubling_table.hpp"
#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

constexpr int kFitPoints = 60;

class Steps : public PictureKind {
 public:
  int order() const override { return 30; }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "Steps to target by batch size: diminishing returns";
    picture.shows = fmt::format(
        "Each dot is the number of steps that a batch size is expected to take {}, with a 95 % interval. On the dashed "
        "line, twice the batch takes half the steps.",
        until_text(view));
    PageTable steps{"steps",
                    "Steps to target",
                    {{"batch", "batch"},
                     {"rows", "rows a step", "rows"},
                     {"optimizer", "optimizer"},
                     {"steps", "steps to target"},
                     {"low", "from"},
                     {"high", "to"},
                     {"interval", "interval by"},
                     {"reached", "runs that reached it"},
                     {"runs", "runs"},
                     {"diverged", "diverged"},
                     {"epochs", "epochs"},
                     {"perfect", "steps by perfect scaling"}}};
    add_steps(view, steps);
    const bool some = std::any_of(steps.rows.begin(), steps.rows.end(),
                                  [](const std::vector<nlohmann::json>& row) { return !row[3].is_null(); });
    if (!some) {
      picture.missing = steps.rows.empty() ? "No run has been trained for this target."
                                           : "No batch size reached this target within the steps that it was allowed.";
      if (!steps.rows.empty()) picture.tables.push_back(std::move(steps));
      return picture;
    }
    const std::vector<const record::Doubling*> doublings = doublings_of(*view.report, *view.workload, view.target);
    if (!doublings.empty())
      picture.shows +=
          " The bars are the factors by which each doubling of the batch divides the steps and the time: 2 is perfect, "
          "1 "
          "is no gain.";
    picture.concludes = conclusion(view, doublings);
    picture.tables = {std::move(steps), doubling_rows(doublings), fit(view, picture), each_run(view)};
    return picture;
  }

 private:
  static void add_steps(const View& view, PageTable& table) {
    for (const Row& row : view.rows) {
      const record::Convergence* const found = row.convergence;
      if (found == nullptr || found->runs == 0) continue;
      // From the smallest batch of its optimizer that reached the target.
      record::Real perfect;
      for (const Row& other : view.rows)
        if (!perfect && other.series->optimizer == row.series->optimizer && other.convergence != nullptr &&
            other.convergence->ert_steps)
          perfect = *other.convergence->ert_steps * rows_of_step(*other.series) / rows_of_step(*row.series);
      table.add({short_name(view, *row.series), rows_of_step(*row.series), row.series->optimizer,
                 page_number(found->ert_steps), page_number(found->mean_low), page_number(found->mean_high),
                 found->interval_kind == record::IntervalKind::none ? "" : to_text(found->interval_kind),
                 found->reached, found->runs, found->diverged, page_number(found->epochs), page_number(perfect)});
    }
  }

  /// What is behind an interval: each seed's own steps.
  static PageTable each_run(const View& view) {
    PageTable table{"runs",
                    "Each seed's own steps to target",
                    {{"batch", "batch"},
                     {"rows", "rows a step", "rows"},
                     {"optimizer", "optimizer"},
                     {"steps", "steps taken"},
                     {"reached", "reached it"}}};
    std::string last;
    for (const Row& row : view.rows) {
      if (row.series->id == last) continue;  // a row per engine
      last = row.series->id;
      for (const stats::Duration& run : analysis::run_steps(*view.report, *row.series, view.target))
        table.add({short_name(view, *row.series), rows_of_step(*row.series), row.series->optimizer,
                   page_number(run.time), run.reached ? "yes" : "no"});
    }
    return table;
  }

  static PageTable doubling_rows(const std::vector<const record::Doubling*>& doublings) {
    PageTable table{"doublings",
                    "What a doubling of the batch saves",
                    {{"doubling", "doubling"},
                     {"optimizer", "optimizer"},
                     {"rows", "from batch", "rows"},
                     {"steps", "steps divided by"},
                     {"steps_low", "from"},
                     {"steps_high", "to"},
                     {"time", "time divided by"},
                     {"time_low", "from"},
                     {"time_high", "to"},
                     {"regime", "regime"}}};
    for (const record::Doubling* row : doublings)
      table.add({fmt::format("{}→{}", count_text(row->batch), count_text(2 * row->batch)), row->optimizer, row->batch,
                 page_number(row->step_gain), page_number(row->step_gain_low), page_number(row->step_gain_high),
                 page_number(row->time_gain), page_number(row->time_gain_low), page_number(row->time_gain_high),
                 row->regime == record::Regime::none ? "" : to_text(row->regime)});
    return table;
  }

  /// S(B) = S_min (1 + B_crit/B) over the batches that it was fitted to, where the data do not reject it.
  static PageTable fit(const View& view, Picture& picture) {
    PageTable table{"fit",
                    "The fit S_min (1 + B_crit/B), where it holds",
                    {{"optimizer", "optimizer"}, {"rows", "rows a step", "rows"}, {"steps", "steps by the fit"}}};
    nlohmann::json halves = nlohmann::json::array();
    for (const record::Returns* row : headline_returns(*view.report, *view.workload, view.target)) {
      if (row->half_efficiency_batch)
        halves.push_back({row->optimizer, page_number(row->half_efficiency_batch), page_number(row->half_low),
                          page_number(row->half_high)});
      const bool holds = row->fit_status == record::FitStatus::ok || row->fit_status == record::FitStatus::left_out;
      if (!holds || !row->s_min || !row->b_crit || row->batches_used.size() < 2) continue;
      const auto [first, last] = std::minmax_element(row->batches_used.begin(), row->batches_used.end());
      const double low = static_cast<double>(*first), high = static_cast<double>(*last);
      if (!(low > 0)) continue;
      for (int i = 0; i < kFitPoints; ++i) {
        const double batch = low * std::pow(high / low, i / (kFitPoints - 1.0));
        table.add({row->optimizer, page_number(batch), page_number(*row->s_min * (1 + *row->b_crit / batch))});
      }
    }
    picture.marks["half"] = std::move(halves);
    return table;
  }

  /// From the first doubling to the last of the first method.
  static std::string trend(const std::vector<const record::Doubling*>& doublings) {
    const record::Doubling *first = nullptr, *last = nullptr;
    for (const record::Doubling* row : doublings) {
      if (!row->step_gain || row->optimizer != doublings.front()->optimizer) continue;
      if (first == nullptr) first = row;
      last = row;
    }
    if (first == last || !(*first->step_gain > *last->step_gain)) return "";
    const bool told = first->step_gain_low && last->step_gain_high && *first->step_gain_low > *last->step_gain_high;
    return fmt::format(" The first doubling here divides them by {}, the last by {}: {}.",
                       three_digits(*first->step_gain), three_digits(*last->step_gain),
                       told ? "returns diminish" : "that returns diminish is not certain, as the intervals overlap");
  }

  static std::string conclusion(const View& view, const std::vector<const record::Doubling*>& doublings) {
    std::string text;
    const std::vector<const record::Returns*> all = headline_returns(*view.report, *view.workload, view.target);
    for (const record::Returns* row : all)
      if (const std::string half = half_efficiency_text(*row); !half.empty())
        text += fmt::format("{}{} the batch saves a factor of √2 or more in steps {}.", text.empty() ? "" : " ",
                            all.size() > 1 ? fmt::format("With {}, doubling", row->optimizer) : "Doubling", half);
    std::vector<std::string> gains;
    for (const record::Doubling* row : doublings) {
      const bool called = row->batch == 32 || row->batch == 8192 || doublings.size() <= 2;
      if (called && row->step_gain)
        gains.push_back(fmt::format("from {} to {} {}by {}{}", count_text(row->batch), count_text(2 * row->batch),
                                    gains.empty() ? "divides the steps " : "", three_digits(*row->step_gain),
                                    ends_text(row->step_gain_low, row->step_gain_high, three_digits)));
    }
    if (!gains.empty()) text += fmt::format("{}Doubling the batch {}.", text.empty() ? "" : " ", listed(gains));
    text += trend(doublings);
    if (text.empty() && doublings.empty())
      text = "No batch size of this run is twice another, so that the gain of a doubling is not known.";
    return text;
  }
};

const auto registration = picture<Steps>("steps");

}  // namespace
}  // namespace descent::report
