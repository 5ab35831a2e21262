// Every trial of the search for learning rates.
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
        "upper edge did not come to it: stopped, out of steps, or diverged. The vertical line is the rate that was "
        "chosen for that batch size.";
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
    picture.tables = {std::move(trials), std::move(chosen)};
    return picture;
  }

 private:
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
          "From batch {} to {} the chosen rate grows by a factor of {}. The rule of proportion would say {}, the rule "
          "of the square root {}. ",
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
