// Loss against seconds, epochs and steps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

constexpr std::size_t kMostDots = 20000, kFewestDots = 150;

/// What the seeds of a series show at one step.
struct Point {
  double epoch = 0;
  std::vector<double> losses;
};

std::map<std::int64_t, Point> points_of(const record::Report& report, const record::Series& series) {
  std::map<std::int64_t, Point> points;
  for (const record::Trajectory& run : report.trajectories) {
    if (run.series != series.id) continue;
    for (std::size_t i = 0; i < run.curve.step.size() && i < run.curve.loss.size(); ++i) {
      if (!run.curve.loss[i]) continue;
      Point& point = points[run.curve.step[i]];
      point.losses.push_back(*run.curve.loss[i]);
      if (i < run.curve.epoch.size()) point.epoch = run.curve.epoch[i];
    }
  }
  return points;
}

double middle(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

class LossCurves : public PictureKind {
 public:
  int order() const override { return 20; }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "Loss while training";
    const bool landscape = is_landscape(view);  // its loss has no batches: noise is in its gradient alone
    picture.shows = fmt::format(
        "Each line is a batch size: the median over the seeds of the loss{}. The band goes from the lowest to the "
        "highest seed.{}",
        landscape ? "" : " over all training rows",
        landscape ? "" : " Each dot is the loss of one batch of one run, taken before the step that the batch is for.");
    const record::Report& report = *view.report;
    const std::size_t most = dots_of_each(view);
    if (most < record::kMostBatchLosses && !landscape)
      picture.shows +=
          fmt::format(" This page has the first {} of these.", count_text(static_cast<std::int64_t>(most)));
    PageTable curves{"curves",
                     "Loss over all training rows",
                     {{"series", "batch"},
                      {"rows", "rows a step", "rows"},
                      {"step", "steps"},
                      {"epoch", "epochs"},
                      {"median", "median loss"},
                      {"low", "lowest seed"},
                      {"high", "highest seed"},
                      {"gap", "share of the starting gap", "1"},
                      {"gap_low", "from", "1"},
                      {"gap_high", "to", "1"}}};
    PageTable batches{"batches",
                      "Losses of single batches of one run",
                      {{"series", "batch"}, {"step", "steps before it"}, {"loss", "loss of the batch"}}};
    PageTable steps{"steps",
                    "Seconds of a step, on the fastest threads of each batch size",
                    {{"series", "batch"}, {"seconds", "time of a step", "s"}, {"epochs", "epochs of a step"}}};
    for (const Row& row : view.rows) {
      const std::string name = short_name(view, *row.series);
      add_curve(report, *view.workload, row, name, curves);
      if (!landscape) add_batches(report, row, name, most, batches);
      steps.add({name, page_number(row.best_seconds_per_step), page_number(epochs_of_step(report, *row.series))});
    }
    if (curves.rows.empty()) {
      picture.missing = "No run has been trained here, so that there is no loss to draw.";
      return picture;
    }
    if (view.workload->optimum_value && view.target.kind == record::TargetKind::suboptimality && !view.targets.empty())
      picture.marks["target"] = page_number(view.target.value);
    picture.concludes = conclusion(view);
    picture.tables = {std::move(curves), std::move(batches), std::move(steps)};
    return picture;
  }

 private:
  static void add_curve(const record::Report& report, const record::Workload& workload, const Row& row,
                        const std::string& name, PageTable& table) {
    record::Real start;
    for (const record::Trajectory& run : report.trajectories)
      if (run.series == row.series->id && run.f0 && !start) start = run.f0;
    const auto share = [&](double loss) -> record::Real {
      if (!workload.optimum_value || !start || !(*start > *workload.optimum_value)) return {};
      const double gap = (loss - *workload.optimum_value) / (*start - *workload.optimum_value);
      return gap > 0 ? record::Real(gap) : record::Real();  // below the optimum by rounding: no place on a log axis
    };
    for (auto& [step, point] : points_of(report, *row.series)) {
      const double median = middle(point.losses), low = point.losses.front(), high = point.losses.back();
      table.add({name, rows_of_step(*row.series), step, page_number(point.epoch), page_number(median), page_number(low),
                 page_number(high), page_number(share(median)), page_number(share(low)), page_number(share(high))});
    }
  }

  static record::Real epochs_of_step(const record::Report& report, const record::Series& series) {
    for (const record::Trajectory& run : report.trajectories)
      if (run.series == series.id && run.curve.step.size() > 1 && run.curve.epoch.size() == run.curve.step.size() &&
          run.curve.step.back() > 0)
        return run.curve.epoch.back() / static_cast<double>(run.curve.step.back());
    return {};
  }

  /// How many dots each batch size may have, so that all of a page stay within kMostDots.
  static std::size_t dots_of_each(const View& view) {
    std::size_t runs = 0;
    for (const record::Report& report : view.all)
      runs += static_cast<std::size_t>(std::count_if(report.series.begin(), report.series.end(),
                                                     [](const record::Series& series) { return !series.full_batch; }));
    return std::clamp(kMostDots / std::max<std::size_t>(1, runs), kFewestDots, record::kMostBatchLosses);
  }

  /// Of the first seed, where its steps take batches: one after the other, or where a report has none of these, those
  /// at the points of its curve.
  static void add_batches(const record::Report& report, const Row& row, const std::string& name, std::size_t most,
                          PageTable& table) {
    if (row.series->full_batch) return;
    const record::Trajectory* first = nullptr;
    for (const record::Trajectory& run : report.trajectories)
      if (run.series == row.series->id && (first == nullptr || run.seed < first->seed)) first = &run;
    if (first == nullptr) return;
    for (std::size_t i = 0; i < std::min(most, first->batch_losses.size()); ++i)
      if (first->batch_losses[i]) table.add({name, i, page_number(first->batch_losses[i])});
    if (!first->batch_losses.empty()) return;
    const record::Curve& curve = first->curve;
    for (std::size_t i = 0; i < curve.step.size() && i < curve.batch_loss.size(); ++i)
      if (curve.batch_loss[i]) table.add({name, curve.step[i], page_number(curve.batch_loss[i])});
  }

  /// Why the curve is noisy, by the smallest batch that says so, and how far the largest is from that.
  static std::string conclusion(const View& view) {
    const auto noise_of = [&](const Row& row) -> const record::CurveNoise* {
      for (const record::CurveNoise& noise : view.report->curve_noise)
        if (noise.series == row.series->id && noise.evaluation_sd_measured) return &noise;
      return nullptr;
    };
    std::vector<std::pair<const Row*, const record::CurveNoise*>> noisy;
    for (const Row& row : view.rows)
      if (const record::CurveNoise* const noise = noise_of(row); noise != nullptr && !row.series->full_batch)
        noisy.emplace_back(&row, noise);
    if (noisy.empty()) return "";
    const auto& [row, noise] = noisy.front();
    const std::string name = batch_phrase(*view.report, *row->series);
    const std::string rose = noise->uphill_full
                                 ? fmt::format("rose in {:.0f} % of the steps before and after which it was evaluated",
                                               100 * *noise->uphill_full)
                                 : "";
    if (is_landscape(view)) return rose.empty() ? "" : fmt::format("In the runs of {} the loss {}.", name, rose);
    std::string text = fmt::format(
        "The dots scatter because each batch holds other rows. With {} a batch's loss differs from the loss over all "
        "rows by a standard deviation of {}{}.",
        name, three_digits(*noise->evaluation_sd_measured),
        noise->evaluation_sd_predicted
            ? fmt::format(" (expected from how the rows differ: {})", three_digits(*noise->evaluation_sd_predicted))
            : "");
    if (noisy.size() > 1 && *noise->evaluation_sd_measured > 0)
      text += fmt::format(" With {} that is {}.", batch_phrase(*view.report, *noisy.back().first->series),
                          three_digits(*noisy.back().second->evaluation_sd_measured));
    if (noise->uphill_batch)
      text += fmt::format(" In {:.0f} % of the steps with {} the batch has a higher loss than the batch before it.",
                          100 * *noise->uphill_batch, name);
    if (!rose.empty()) text += fmt::format(" The loss over all rows {}.", rose);
    return text;
  }
};

const auto registration = picture<LossCurves>("loss_curves");

}  // namespace
}  // namespace descent::report
