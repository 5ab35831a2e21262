// Every loss of one example and its derivative, against the margin or the residual.
#include <fmt/format.h>

#include <algorithm>

#include "report/format.hpp"
#include "report/html/picture.hpp"
#include "report/phrases.hpp"

namespace descent::report {
namespace {

/// "huber" of "huber(delta=1)".
std::string family_of(const std::string& loss) { return loss.substr(0, loss.find('(')); }

/// From which `at` on the loss and its derivative are 0; none where it never is.
record::Real silent_from(const record::LossShape& shape) {
  record::Real from;
  for (std::size_t i = shape.at.size(); i-- > 0 && shape.value[i] == 0 && shape.derivative[i] == 0;) from = shape.at[i];
  return from;
}

const record::LossShape* shape_of(const record::Report& report, const std::string& loss) {
  const auto found = std::find_if(report.loss_shapes.begin(), report.loss_shapes.end(),
                                  [&](const record::LossShape& shape) { return shape.loss == loss; });
  return found == report.loss_shapes.end() ? nullptr : &*found;
}

class LossShapes : public PictureKind {
 public:
  int order() const override { return 70; }
  bool concerns(const View& view) const override { return !is_landscape(view); }

  Picture draw(const View& view) const override {
    Picture picture;
    picture.title = "The losses and their derivatives";
    picture.shows =
        "Each line is the loss of one example, or its derivative: how hard the example pulls at the score. Losses of "
        "the margin (how far the score is on the right side) stand apart from those of the residual (score less "
        "label). The dotted 0-1 loss counts wrong predictions. Losses of several classes are drawn for two.";
    if (view.report->loss_shapes.empty()) {
      picture.missing =
          "This report does not have the shapes of losses: its data have no labels, or it is a share of a sweep.";
      return picture;
    }
    PageTable table{"shapes",
                    "Losses of one example",
                    {{"loss", "loss"},
                     {"argument", "of the"},
                     {"at", "margin or residual"},
                     {"value", "loss"},
                     {"derivative", "derivative"},
                     {"wrong", "0-1 loss"}}};
    for (const record::LossShape& shape : view.report->loss_shapes)
      for (std::size_t i = 0; i < shape.at.size(); ++i)
        table.add({shape.loss, to_text(shape.argument), page_number(shape.at[i]), page_number(shape.value[i]),
                   page_number(shape.derivative[i]), shape.wrong[i]});
    picture.tables.push_back(std::move(table));
    picture.marks["loss"] = view.workload->loss;
    picture.concludes = conclusion(view);
    return picture;
  }

 private:
  static std::string conclusion(const View& view) {
    const record::LossShape* const shape = shape_of(*view.report, view.workload->loss);
    if (shape == nullptr) return "";
    std::string text;
    if (shape->argument == record::ShapeArgument::residual) {
      text = fmt::format(
          "{} also punishes scores that are right by more than they need: its derivative at a residual "
          "of 2 is {}, though the prediction is right.",
          shape->loss, three_digits(derivative_at(*shape, 2)));
    } else if (const record::Real silent = silent_from(*shape)) {
      text = fmt::format(
          "{} and its derivative are 0 from a margin of {} on: examples that are right by that much change no weight.",
          shape->loss, three_digits(*silent));
    } else {
      text = fmt::format(
          "The derivative of {} is never 0: at a margin of 2, where the prediction is right, it is still {}.",
          shape->loss, three_digits(derivative_at(*shape, 2)));
    }
    std::vector<std::string> others;
    for (const record::LossShape& other : view.report->loss_shapes)
      if (const record::Real silent = silent_from(other);
          other.loss != shape->loss && family_of(other.loss) == family_of(shape->loss) && silent)
        others.push_back(fmt::format("for {} it is {}", other.loss, three_digits(*silent)));
    if (!others.empty()) text += fmt::format(" The parameter moves that margin: {}.", listed(others));
    return text + active_text(view);
  }

  static double derivative_at(const record::LossShape& shape, double at) {
    double found = 0;
    for (std::size_t i = 0; i < shape.at.size(); ++i)
      if (shape.at[i] <= at + 1e-9) found = shape.derivative[i];
    return found;
  }

  /// The share of rows that still pulled at the weights when the runs of the fastest series ended.
  static std::string active_text(const View& view) {
    for (const Row& row : view.rows)
      for (const record::Trajectory& run : view.report->trajectories) {
        if (run.series != row.series->id || run.curve.active_fraction.empty() || !run.curve.active_fraction.back())
          continue;
        return fmt::format(" In this run, with {}, {} of the rows had a derivative other than 0 at the end.",
                           batch_phrase(*view.report, *row.series), percent(*run.curve.active_fraction.back()));
      }
    return "";
  }
};

const auto registration = picture<LossShapes>("loss_shapes");

}  // namespace
}  // namespace descent::report
