#include "sweep/stages/loss_shapes.hpp"

#include <fmt/format.h>

#include <string>

#include "descent/core/text.hpp"
#include "descent/loss/loss.hpp"

namespace descent::sweep {
namespace {

constexpr int kPoints = 61;
constexpr double kEnd = 3;

/// "huber(delta=1)" gives itself, "huber(delta=0.5)" and "huber(delta=2)"; "hinge" gives only itself.
std::vector<std::string> with_parameters(const std::string& name) {
  std::vector<std::string> names{std::string(loss::make_loss(name)->name())};
  const core::Arguments arguments = core::parse_arguments(names.front());
  if (arguments.values.size() != 1) return names;
  const auto& [key, text] = *arguments.values.begin();
  const std::optional<double> value = core::parse_real(text);
  if (!value) return names;
  for (const double factor : {0.5, 2.0})
    names.push_back(fmt::format("{}({}={})", arguments.name, key, core::shortest(factor * *value)));
  return names;
}

record::LossShape shape_of(const loss::Loss& loss) {
  const bool distance = loss.traits().family == loss::LossTraits::Family::distance;
  const std::size_t outputs = loss.outputs(2);
  const std::int32_t label = outputs == 1 ? 1 : 0;  // the positive label; of two classes, the first
  record::LossShape shape;
  shape.loss = loss.name();
  shape.argument = distance ? record::ShapeArgument::residual : record::ShapeArgument::margin;
  for (int i = 0; i < kPoints; ++i) {
    const double at = kEnd * (2 * i - (kPoints - 1)) / (kPoints - 1);
    std::vector<double> scores(outputs), slope(outputs);
    scores[0] = distance ? 1 + at : at;  // r = s − y with y = +1
    loss.gradient(scores, label, slope);
    shape.at.push_back(at);
    shape.value.push_back(loss.value(scores, label));
    shape.derivative.push_back(slope[0]);
    const bool right = outputs == 1 ? scores[0] > 0 : scores[0] >= scores[1];  // of tied classes the first is predicted
    shape.wrong.push_back(right ? 0 : 1);
  }
  return shape;
}

}  // namespace

std::vector<record::LossShape> loss_shapes() {
  std::vector<record::LossShape> shapes;
  for (const std::string& name : loss::LossRegistry::instance().names())
    for (const std::string& one : with_parameters(name)) shapes.push_back(shape_of(*loss::make_loss(one)));
  return shapes;
}

}  // namespace descent::sweep
