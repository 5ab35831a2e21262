// How runs leave the saddle of a landscape: the share that is still there, and the noise that helps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/core/text.hpp"
#include "descent/stats/binomial.hpp"
#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

struct Leaving {
  const record::Escape* escape;
  const record::Series* series;
};

/// Of the view's target where it is an escape, else of the report's first; by noise, the most first.
std::vector<Leaving> leaving_of(const View& view) {
  std::vector<Leaving> all;
  if (view.report->escapes.empty()) return all;
  const bool asked = view.target.kind == record::TargetKind::escape;
  const double distance = asked ? view.target.value : view.report->escapes.front().distance;
  for (const record::Escape& escape : view.report->escapes)
    if (const record::Series* const series = record::find_series(*view.report, escape.series);
        series != nullptr && escape.runs > 0 && escape.distance == distance)
      all.push_back({&escape, series});
  std::stable_sort(all.begin(), all.end(), [](const Leaving& a, const Leaving& b) {
    return a.escape->noise.value_or(0) > b.escape->noise.value_or(0);
  });
  return all;
}

class Escape : public PictureKind {
 public:
  int order() const override { return 26; }
  bool concerns(const View& view) const override { return !view.report->escapes.empty(); }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "How noise leads away from the saddle";
    const std::vector<Leaving> all = leaving_of(view);
    if (all.empty()) {
      picture.missing = "No run has been trained here, so that nothing is known of the way from the saddle.";
      return picture;
    }
    const auto has_median = [](const Leaving& one) {
      return one.escape->median_steps && one.escape->noise.value_or(0) > 0;
    };
    picture.shows = fmt::format(
        "Each line is the share of the runs that are not yet {} away from the saddle (Kaplan–Meier). Its band is a 95 "
        "% "
        "interval, drawn while some runs have left and some have not. The axis of steps ends soon after the last run "
        "that left.{}",
        core::shortest(all.front().escape->distance),
        std::count_if(all.begin(), all.end(), has_median) > 1
            ? " Each dot is the number of steps until half of the runs have left, with a 95 % interval, against the "
              "noise of a step: its standard deviation along the way out, σ/√batch."
            : "");
    PageTable survival{"survival",
                       "Share of the runs that are still at the saddle",
                       {{"series", "batch"},
                        {"noise", "noise of a step"},
                        {"step", "steps"},
                        {"share", "share still there", "1"},
                        {"low", "from", "1"},
                        {"high", "to", "1"}}};
    PageTable medians{"medians",
                      "Steps until half of the runs have left",
                      {{"series", "batch"},
                       {"optimizer", "optimizer"},
                       {"noise", "noise of a step"},
                       {"runs", "runs"},
                       {"left", "runs that left"},
                       {"median", "median steps"},
                       {"low", "from"},
                       {"high", "to"},
                       {"theory", "steps by theory"}}};
    for (const Leaving& one : all) {
      const record::Escape& escape = *one.escape;
      const std::string name = short_name(view, *one.series);
      add_survival(one, name, survival);
      medians.add({name, one.series->optimizer, page_number(escape.noise), escape.runs, escape.escaped,
                   page_number(escape.median_steps), page_number(escape.median_low), page_number(escape.median_high),
                   page_number(escape.predicted_steps)});
    }
    picture.concludes = conclusion(view, all);
    picture.tables = {std::move(survival), std::move(medians)};
    return picture;
  }

 private:
  /// All runs start at the saddle's side and are watched as long, so that a share of them has a binomial's interval up
  /// to where the first one ended without having left.
  static void add_survival(const Leaving& one, const std::string& name, PageTable& table) {
    const record::Escape& escape = *one.escape;
    const auto add = [&](double step, double share) {
      const auto there = static_cast<int>(std::lround(share * escape.runs));
      const stats::Interval ends = stats::binomial_interval(there, escape.runs);
      const bool told = one.series->stochastic && escape.runs > 1;
      table.add({name, page_number(escape.noise), page_number(step), page_number(share),
                 page_number(told ? record::Real(ends.low) : record::Real()),
                 page_number(told ? record::Real(ends.high) : record::Real())});
    };
    add(0, 1);
    for (std::size_t i = 0; i < escape.survival_step.size(); ++i)
      add(escape.survival_step[i], escape.survival_share[i]);
  }

  static std::string conclusion(const View& view, const std::vector<Leaving>& all) {
    std::string text;
    const auto told = [](const Leaving& one) { return one.escape->median_steps && one.escape->noise.value_or(0) > 0; };
    const auto most = std::find_if(all.begin(), all.end(), told);
    // Of one method: another may be faster with any noise.
    const auto least = std::find_if(all.rbegin(), all.rend(), [&](const Leaving& one) {
      return told(one) && one.series->optimizer == most->series->optimizer;
    });
    if (most != all.end() && most->series != least->series)
      text = fmt::format(
          "With noise of {} half of the runs of {} have left after {} steps, with noise of {} after {}: noise {}.",
          three_digits(*most->escape->noise), most->series->optimizer,
          steps_text(std::round(*most->escape->median_steps)), three_digits(*least->escape->noise),
          steps_text(std::round(*least->escape->median_steps)),
          *least->escape->median_steps > *most->escape->median_steps ? "helps to leave the saddle"
                                                                     : "does not help to leave the saddle here");
    for (const record::EscapeLaw& law : view.report->escape_laws)
      if (law.steps_per_decade && law.distance == all.front().escape->distance) {
        text += fmt::format(
            "{}A tenth of the noise takes {} steps more{}: the delay grows with the logarithm of 1/noise.",
            text.empty() ? "" : " ", three_digits(*law.steps_per_decade),
            law.predicted_per_decade ? fmt::format(" (theory: {})", three_digits(*law.predicted_per_decade)) : "");
        break;
      }
    for (const Leaving& one : all)
      if (one.escape->noise.value_or(0) == 0 && one.escape->escaped == 0) {
        text += fmt::format("{}Without noise {} is still at the saddle after {} steps.", text.empty() ? "" : " ",
                            batch_phrase(*view.report, *one.series), count_text(one.series->budget_steps));
        break;
      }
    return text;
  }
};

const auto registration = picture<Escape>("escape");

}  // namespace
}  // namespace descent::report
