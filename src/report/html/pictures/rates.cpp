// Every trial of the search for learning rates, and what too small and too large a rate do.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

class Rates : public PictureKind {
 public:
  int order() const override { return 60; }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "Learning rates: every trial of the search";
    picture.shows =
        "Each dot is a trial: a learning rate on one seed, and the steps that it took to the target. Crosses at the "
        "upper edge did not reach it: they were stopped, ran out of steps, or diverged. The vertical line is the rate "
        "that was chosen for that batch size.";
    PageTable trials{"trials",
                     "Trials of the search",
                     {{"batch", "batch"},
                      {"rows", "rows a step", "rows"},
                      {"rate", "learning rate"},
                      {"seed", "seed"},
                      {"steps", "steps to target"},
                      {"taken", "steps taken"},
                      {"status", "how it ended"}}};
    PageTable chosen{"chosen",
                     "Chosen learning rates",
                     {{"batch", "batch"},
                      {"rows", "rows a step", "rows"},
                      {"rate", "learning rate"},
                      {"rule", "rule"},
                      {"edge", "at the edge of the search"}}};
    std::string last;
    for (const Row& row : view.rows) {
      if (row.series->id == last) continue;  // a row per engine
      last = row.series->id;
      const std::string name = short_name(view, *row.series);
      for (const record::Tuning& trial : view.report->tunings)
        if (trial.series == row.series->id)
          trials.add({name, rows_of_step(*row.series), page_number(trial.lr), trial.seed,
                      page_number(trial.steps_to_target), trial.steps, to_text(trial.status)});
      if (row.series->chosen_lr > 0)
        chosen.add({name, rows_of_step(*row.series), page_number(row.series->chosen_lr), to_text(row.series->lr_rule),
                    row.series->lr_at_edge ? "yes" : "no"});
    }
    if (trials.rows.empty()) {
      picture.missing = "No learning rate was searched for here: the rates were given.";
      if (!chosen.rows.empty()) picture.tables.push_back(std::move(chosen));
      return picture;
    }
    picture.concludes = conclusion(view, trials);
    PageTable shown = demonstrations(view);
    if (!shown.rows.empty()) {
      picture.shows +=
          " The curves are the loss over all rows of three runs of the smallest batch size on one seed, which differ "
          "in their learning rate alone.";
      picture.concludes += " " + demonstrated(view);
    }
    picture.tables = {std::move(trials), std::move(chosen), std::move(shown)};
    return picture;
  }

 private:
  /// "an eighth of the rate", "the rate", "64 times the rate".
  static std::string multiple(double factor) {
    if (factor == 1) return "the rate";
    return factor == 0.125 ? "an eighth of the rate"
                           : fmt::format("{} times the rate",
                                         factor < 10 ? three_digits(factor) : count_text(std::llround(factor)));
  }

  /// The run of that series that the demonstrations stand beside: of the same seed, at the rate itself.
  static const record::Trajectory* at_the_rate(const View& view, const record::Demonstration& shown) {
    for (const record::Trajectory& run : view.report->trajectories)
      if (run.series == shown.series && run.seed == shown.seed) return &run;
    return nullptr;
  }

  static PageTable demonstrations(const View& view) {
    PageTable table{"shown",
                    "Three learning rates on one seed",
                    {{"name", "run"},
                     {"factor", "times the rate"},
                     {"rate", "learning rate"},
                     {"step", "steps"},
                     {"loss", "loss over all rows"},
                     {"gap", "share of the starting gap", "1"},
                     {"status", "how it ended"}}};
    const record::Workload& workload = *view.workload;
    const auto add = [&](double factor, double rate, std::span<const std::int64_t> steps,
                         std::span<const record::Real> losses, record::RunStatus status) {
      const record::Real start = losses.empty() ? record::Real() : losses.front();
      for (std::size_t i = 0; i < std::min(steps.size(), losses.size()); ++i) {
        record::Real gap;
        if (workload.optimum_value && start && losses[i] && *start > *workload.optimum_value)
          gap = (*losses[i] - *workload.optimum_value) / (*start - *workload.optimum_value);
        table.add({multiple(factor), page_number(factor), page_number(rate), steps[i], page_number(losses[i]),
                   page_number(gap && *gap > 0 ? gap : record::Real()), to_text(status)});
      }
    };
    const record::Trajectory* run = nullptr;
    for (const record::Demonstration& shown : view.report->demonstrations) {
      if (run == nullptr) {
        run = at_the_rate(view, shown);
        if (run != nullptr) add(1, run->lr, run->curve.step, run->curve.loss, run->status);
      }
      add(shown.rate_factor, shown.lr, shown.step, shown.loss, shown.status);
    }
    return table;
  }

  /// Of the last point of the curve up to that step.
  static record::Real loss_after(const record::Curve& curve, std::int64_t step) {
    record::Real loss;
    for (std::size_t i = 0; i < std::min(curve.step.size(), curve.loss.size()) && curve.step[i] <= step; ++i)
      loss = curve.loss[i];
    return loss;
  }

  static std::string demonstrated(const View& view) {
    std::vector<std::string> parts;
    std::string verdict;
    for (const record::Demonstration& shown : view.report->demonstrations) {
      const record::Trajectory* const run = at_the_rate(view, shown);
      if (run == nullptr || shown.step.empty()) continue;
      const std::string steps = count_text(shown.step.back());
      if (shown.status == record::RunStatus::diverged) {
        parts.push_back(fmt::format("at {} the run diverges within {} steps", multiple(shown.rate_factor), steps));
      } else if (shown.rate_factor > 1) {
        parts.push_back(
            fmt::format("even at {} the run does not diverge within {} steps", multiple(shown.rate_factor), steps));
      } else if (const record::Real there = loss_after(run->curve, shown.step.back()); shown.loss.back() && there) {
        const double small = *shown.loss.back(), chosen = *there;
        parts.push_back(fmt::format("at {} the loss is {} after {} steps, at the rate itself {}",
                                    multiple(shown.rate_factor), three_digits(small), steps, three_digits(chosen)));
        verdict = small > chosen ? " Too small a rate is slower."
                                 : " The smaller rate is slower at first, and then lower: its steps carry less noise.";
      }
    }
    return parts.empty() ? "" : capital(fmt::format("{}.", listed(parts))) + verdict;
  }

  static std::string conclusion(const View& view, const PageTable& trials) {
    const auto diverged = std::count_if(trials.rows.begin(), trials.rows.end(), [](const auto& row) {
      return row[6] == to_text(record::TrialStatus::diverged);
    });
    std::string text;
    const record::Series *small = nullptr, *large = nullptr;
    for (const Row& row : view.rows) {
      if (row.series->full_batch || row.series->lr_rule != record::RateRule::tuned || !(row.series->chosen_lr > 0))
        continue;
      if (small == nullptr) small = row.series;
      if (small->optimizer == row.series->optimizer) large = row.series;
    }
    if (small != nullptr && large != small) {
      const double more = rows_of_step(*large) / rows_of_step(*small);
      text = fmt::format(
          "From batch {} to {} the chosen rate grows by a factor of {}. The linear scaling rule would say {}, the "
          "square-root rule {}. ",
          count_text(small->batch), count_text(large->batch), three_digits(large->chosen_lr / small->chosen_lr),
          three_digits(more), three_digits(std::sqrt(more)));
    }
    const std::string all = count_text(static_cast<std::int64_t>(trials.rows.size()));
    return text + (diverged == 0
                       ? fmt::format("None of the {} trials diverged.", all)
                       : fmt::format("{} of {} trials diverged: their rate was too large.", count_text(diverged), all));
  }
};

const auto registration = picture<Rates>("rates");

}  // namespace
}  // namespace descent::report
