#include "descent/loss/explain.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <iostream>
#include <utility>

#include "app/commands.hpp"
#include "descent/core/error.hpp"
#include "descent/core/text.hpp"
#include "descent/report/glossary.hpp"
#include "descent/report/text_table.hpp"

namespace descent::app {
namespace {

std::vector<double> parse_scores(const std::string& text) {
  std::vector<double> scores;
  for (const std::string_view part : core::split(text, ',')) {
    const auto score = core::parse_real(core::trim(part));
    if (!score || !std::isfinite(*score))
      throw core::UsageError(
          fmt::format("--scores: found '{}'; expected finite numbers with commas between them", core::trim(part)));
    scores.push_back(*score);
  }
  return scores;
}

std::int32_t parse_label(const std::string& text) {
  const auto label = core::parse_integer(text);
  if (!label || *label < 0 || *label > 1'000'000)
    throw core::UsageError(fmt::format("--label: found '{}'; expected a whole number from 0", text));
  return static_cast<std::int32_t>(*label);
}

/// Four decimals, or four digits where that would lose a large or small number.
std::string number(double value) {
  const double size = std::abs(value);
  return size == 0 || (size >= 1e-3 && size < 1e6) ? fmt::format("{:.4f}", value) : fmt::format("{:.4g}", value);
}

}  // namespace

int execute(const ExplainCommand& command) {
  if (command.loss == "words") {
    report::write_glossary(std::cout, shows_color(STDOUT_FILENO), width_of_terminal(STDOUT_FILENO));
    return 0;
  }
  const auto loss = [&] {
    try {
      return loss::make_loss(command.loss);
    } catch (const core::UsageError& error) {  // of the registry, which does not know the place
      throw core::UsageError(fmt::format("explain: {}", error.what()));
    }
  }();
  for (const auto& [option, text] : {std::pair("--scores", &command.scores), {"--label", &command.label}})
    if (text->empty()) throw core::UsageError(fmt::format("explain: found no {}; expected one, see --help", option));
  const loss::Explanation told = loss::explain(*loss, parse_scores(command.scores), parse_label(command.label));
  const bool color = shows_color(STDOUT_FILENO);
  const bool one_output = told.scores.size() == 1;

  report::TextTable head({{""}, {""}});
  head.add({{told.loss, report::Ink::strong}, told.formula});
  head.add({"source", told.source});
  head.write(std::cout, color);
  std::cout << '\n';

  using enum report::TextTable::Align;
  report::TextTable table({{one_output ? "output" : "class", right},
                           {"score", right},
                           {"term", right},  // where the loss is a log of a probability there are no terms of a sum
                           {"gradient", right},
                           {told.probabilities.empty() ? "" : "probability", right},
                           {""}});
  for (std::size_t k = 0; k < told.scores.size(); ++k) {
    const bool right_one = !one_output && static_cast<std::int32_t>(k) == told.label;
    const bool predicted = !one_output && static_cast<std::int32_t>(k) == told.predicted;
    const char* const mark = right_one && predicted ? "the label, predicted"
                             : right_one            ? "the label"
                             : predicted            ? "predicted"
                                                    : "";
    table.add({std::to_string(k),
               number(told.scores[k]),
               told.terms_sum_to_value ? number(told.terms[k]) : "",
               number(told.gradient[k]),
               told.probabilities.empty() ? "" : number(told.probabilities[one_output ? 1 : k]),
               {mark, right_one ? report::Ink::good : report::Ink::plain}});
  }
  table.write(std::cout, color);
  std::cout << "\nloss " << report::paint(number(told.value), report::Ink::strong, color)
            << fmt::format(" · predicted class {}, label {}: {} (0-1 loss {:.0f})\n", told.predicted, told.label,
                           told.zero_one == 0 ? "right" : "wrong", told.zero_one);
  return 0;
}

}  // namespace descent::app
