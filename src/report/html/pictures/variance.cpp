// Variance of the gradient against the batch size, and the noise scale along the path.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/core/text.hpp"
#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

/// As the workload's batches are drawn; one of a shuffled epoch, by itself, is one of distinct rows.
record::Sampling sampling_of(const View& view) {
  for (const Row& row : view.rows)
    if (row.series->stochastic && row.series->sampling == record::Sampling::iid_replace)
      return record::Sampling::iid_replace;
  return record::Sampling::iid_distinct;
}

/// "at the start", "where 10 % of the starting gap is left": of a checkpoint, which may be named by that share.
std::string where_text(const record::Noise& row) {
  if (const auto share = core::parse_real(row.checkpoint); share && *share > 0)
    return fmt::format("where {} of the starting gap is left", percent(*share));
  return "at the " + row.checkpoint;
}

class Variance : public PictureKind {
 public:
  int order() const override { return 40; }
  bool concerns(const View& view) const override { return !is_landscape(view); }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "Noise of the gradient by batch size";
    picture.shows =
        "Each dot is the measured variance of a batch's gradient about the gradient over all rows, with a 95 % "
        "interval. The line is the law: the variance of one row's gradient ÷ batch, less where a batch holds most of "
        "the rows.";
    PageTable variance{"variance",
                       "Variance of a batch's gradient, near the target",
                       {{"batch", "batch", "rows"},
                        {"law", "variance by the law"},
                        {"measured", "measured variance"},
                        {"low", "from"},
                        {"high", "to"},
                        {"samples", "batches drawn"},
                        {"checkpoint", "weights"}}};
    PageTable scale{"scale",
                    "Noise scale along the path",
                    {{"checkpoint", "weights"},
                     {"gap", "share of the starting gap", "1"},
                     {"scale", "noise scale", "rows"},
                     {"sampled", "the same, by samples", "rows"},
                     {"low", "from", "rows"},
                     {"high", "to", "rows"}}};
    const record::Noise* const law = fill(view, variance, scale);
    if (variance.rows.empty()) {
      picture.missing = "Gradients of single batches were not measured here.";
      return picture;
    }
    if (std::any_of(scale.rows.begin(), scale.rows.end(),
                    [](const auto& row) { return !row[1].is_null() && (!row[2].is_null() || !row[3].is_null()); }))
      picture.shows +=
          " The noise scale, on the way from the start to the optimum, is the batch size at which the noise of the "
          "gradient is as large as the gradient.";
    picture.concludes = conclusion(law, scale);
    picture.tables = {std::move(variance), std::move(scale), each_batch(view, law)};
    return picture;
  }

 private:
  /// Fills both tables; returns a row near the target that has the law's slope, or null.
  static const record::Noise* fill(const View& view, PageTable& variance, PageTable& scale) {
    const record::Sampling sampling = sampling_of(view);
    const double wanted =
        view.target.kind == record::TargetKind::suboptimality && view.target.value > 0 ? view.target.value : 1e-300;
    const record::Noise* near = nullptr;
    std::vector<const record::Noise*> path;
    const auto away = [&](const record::Noise& row) {
      return row.delta && *row.delta > 0 ? std::abs(std::log(*row.delta / wanted))
                                         : std::numeric_limits<double>::infinity();
    };
    for (const record::Noise& row : view.report->noise) {
      if (row.sampling != sampling) continue;
      if (near == nullptr || away(row) < away(*near)) near = &row;
      const auto same = std::find_if(path.begin(), path.end(),
                                     [&](const record::Noise* other) { return other->checkpoint == row.checkpoint; });
      if (same == path.end())
        path.push_back(&row);
      else if (!(*same)->two_batch_noise_scale && row.two_batch_noise_scale)
        *same = &row;
    }
    if (near == nullptr) return nullptr;
    const record::Noise* law = nullptr;
    std::vector<const record::Noise*> rows;
    for (const record::Noise& row : view.report->noise)
      if (row.sampling == sampling && row.checkpoint == near->checkpoint) rows.push_back(&row);
    std::stable_sort(rows.begin(), rows.end(),
                     [](const record::Noise* a, const record::Noise* b) { return a->batch < b->batch; });
    for (const record::Noise* row : rows) {
      if (row->law_slope) law = row;
      variance.add({row->batch, page_number(row->predicted_variance), page_number(row->measured_variance),
                    page_number(row->measured_low), page_number(row->measured_high), row->samples, where_text(*row)});
    }
    std::stable_sort(path.begin(), path.end(), [](const record::Noise* a, const record::Noise* b) {
      return a->delta.value_or(0) > b->delta.value_or(0);
    });
    for (const record::Noise* row : path)
      scale.add({where_text(*row), page_number(row->delta && *row->delta > 0 ? row->delta : record::Real()),
                 page_number(row->noise_scale), page_number(row->two_batch_noise_scale),
                 page_number(row->two_batch_low), page_number(row->two_batch_high)});
    return law;
  }

  /// What is behind a measured variance: each batch that was drawn there, by its squared distance from the gradient
  /// over all rows.
  static PageTable each_batch(const View& view, const record::Noise* law) {
    PageTable table{"batches",
                    "Each batch that was drawn",
                    {{"batch", "batch", "rows"}, {"squared", "squared distance from the whole gradient"}}};
    const record::Sampling sampling = sampling_of(view);
    for (const record::Moment& moment : view.report->moments)
      if (law != nullptr && moment.sampling == sampling && moment.checkpoint == law->checkpoint)
        for (const double squared : moment.sampled) table.add({moment.batch, page_number(squared)});
    return table;
  }

  /// To three significant digits: "1,840,000".
  static std::string rounded(double rows) {
    const double unit = rows >= 1000 ? std::pow(10, std::floor(std::log10(rows)) - 2) : 1;
    return steps_text(std::round(rows / unit) * unit);
  }

  static std::string conclusion(const record::Noise* law, const PageTable& scale) {
    std::string text;
    if (law != nullptr && law->law_slope) {
      const bool holds =
          law->law_slope_low && law->law_slope_high && *law->law_slope_low <= 1 && 1 <= *law->law_slope_high;
      text = fmt::format(
          "The measured variance falls as batch^-{}{}. The law says batch^-1, which these data {}. By the law, twice "
          "the batch halves the variance, and so takes only 29 % off the noise, which is its square root. ",
          three_digits(*law->law_slope), ends_text(law->law_slope_low, law->law_slope_high, three_digits),
          holds ? "support" : "do not support");
    }
    record::Real first, last;
    for (const std::vector<nlohmann::json>& row : scale.rows) {
      if (row[2].is_null()) continue;
      last = row[2].get<double>();
      if (!first) first = last;
    }
    if (first && last && *first > 0 && scale.rows.size() > 1)
      text += fmt::format("The noise scale goes from {} rows at the start to {} rows at the end: {}", rounded(*first),
                          rounded(*last),
                          *last > *first ? "the nearer the optimum, the larger the batch that pays."
                                         : "here it does not grow on the way.");
    return text;
  }
};

const auto registration = picture<Variance>("variance");

}  // namespace
}  // namespace descent::report
