#include "sweep/plan/option_values.hpp"

#include <fmt/format.h>

#include <cmath>

#include "descent/train/landscape.hpp"
#include "sweep/plan/option_text.hpp"

namespace descent::sweep {

using Text = std::string;

void set_batch_sizes(SweepOptions& options, const Text& place, const Text& text) {
  constexpr const char* expected = "whole numbers of 1 or more, or full";
  options.batch_sizes.clear();
  options.batch_sizes_given = true;
  for (const Text& part : parts(place, text, expected))
    options.batch_sizes.push_back(part == "full" ? 0 : whole(place, part, expected));
  keep_each_once(options.batch_sizes);
}

OptionText get_batch_sizes(const SweepOptions& options) {
  return list_text(options.batch_sizes, [](std::int64_t batch) { return batch == 0 ? "full" : std::to_string(batch); });
}

std::vector<int> powers_of_two_up_to(int all) {
  std::vector<int> result;
  for (int threads = 1; threads < all; threads *= 2) result.push_back(threads);
  result.push_back(all);
  return result;
}

void set_threads(SweepOptions& options, const Text& place, const Text& text) {
  constexpr const char* expected = "whole numbers of 1 or more, or all";
  options.threads.clear();
  for (const Text& part : parts(place, text, expected)) {
    if (part != "all") {
      options.threads.push_back(small_whole(place, part, expected));
      continue;
    }
    const std::vector<int> all = powers_of_two_up_to(machine::available_cpus());
    options.threads.insert(options.threads.end(), all.begin(), all.end());
  }
  std::sort(options.threads.begin(), options.threads.end());
  keep_each_once(options.threads);
}

OptionText get_threads(const SweepOptions& options) {
  return list_text(options.threads, [](int threads) { return std::to_string(threads); });
}

void set_targets(SweepOptions& options, const Text& place, const Text& text) {
  constexpr double least = 1e-300;  // smaller ones are 0 in double, or nearly
  constexpr const char* expected =
      "numbers from 1e-300 to below 1, shares of the starting gap; accuracy, loss:X or escape:X";
  constexpr const char* loss_expected = "loss:X, X a finite number";
  constexpr const char* distance_expected = "escape:X, X a distance above 0";
  std::vector<double> shares, losses;
  std::optional<double> distance;
  for (const Text& part : parts(place, text, expected)) {
    if (part == "accuracy")
      options.accuracy_target = true;
    else if (part.starts_with("loss:"))
      losses.push_back(real(place, part.substr(5), loss_expected, [](double) { return true; }));
    else if (part == "escape")
      distance = kEscapeDistance;
    else if (part.starts_with("escape:"))
      distance = real(place, part.substr(7), distance_expected, [](double x) { return x > 0; });
    else
      shares.push_back(real(place, part, expected, [](double x) { return x >= least && x < 1; }));
  }
  // If only accuracy was given, it is added to the default targets: learning rates are searched for one of those.
  if (shares.empty() && losses.empty() && !distance) return;
  for (std::vector<double>* const values : {&shares, &losses}) {
    std::sort(values->rbegin(), values->rend());  // descending: the last one, the hardest, is the headline
    keep_each_once(*values);
  }
  options.targets = shares, options.loss_targets = losses, options.escape_target = distance;
}

void set_landscape_targets(SweepOptions& options) {
  const auto landscape = train::make_landscape(train::landscape_of(options.data));
  if (landscape->saddle()) {
    options.escape_target = kEscapeDistance;
    // Without noise, runs that start on a line that leads into the saddle never leave it.
    if (options.data.find("sigma=") == Text::npos)
      options.data += fmt::format("{}sigma={}", options.data.find('?') == Text::npos ? '?' : '&', kSaddleNoise);
  }
  if (!landscape->minimum()) options.targets.clear();
}

OptionText get_targets(const SweepOptions& options) {
  std::vector<Text> texts;
  for (const double share : options.targets) texts.push_back(core::shortest(share));
  for (const double value : options.loss_targets) texts.push_back("loss:" + core::shortest(value));
  if (options.escape_target) texts.push_back("escape:" + core::shortest(*options.escape_target));
  return list_text(texts);
}

void set_learning_rates(SweepOptions& options, const Text& place, const Text& text) {
  constexpr const char* expected = "auto, or finite numbers above 0: one, or one for each batch size";
  options.learning_rates.clear();
  if (text == "auto") return;
  for (const Text& part : parts(place, text, expected))
    options.learning_rates.push_back(real(place, part, expected, [](double x) { return x > 0; }));
}

OptionText get_learning_rates(const SweepOptions& options) {
  return options.learning_rates.empty() ? "auto" : list_text(options.learning_rates, core::shortest);
}

void set_budget(SweepOptions& options, const Text& place, const Text& text) {
  constexpr const char* expected = "a time above 0 like 90s, 20m or 1h30m";
  double seconds = 0;
  const auto add = [&](const Text& number, double unit) {  // messages show the whole text
    const auto value = core::parse_real(core::trim(number));
    if (!value || !std::isfinite(*value) || *value < 0) bad_option(place, text, expected);
    seconds += unit * *value;
  };
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const double unit = text[i] == 'h' ? 3600 : text[i] == 'm' ? 60 : text[i] == 's' ? 1 : 0;
    if (unit == 0) continue;
    add(text.substr(begin, i - begin), unit);
    begin = i + 1;
  }
  if (begin < text.size()) {
    if (begin > 0) bad_option(place, text, expected);
    add(text, 1);
  }
  if (!(seconds > 0)) bad_option(place, text, expected);
  options.budget_seconds = seconds;
}

OptionText get_budget(const SweepOptions& options) {
  if (!options.budget_seconds) return std::nullopt;
  return fmt::format("{}s", core::shortest(*options.budget_seconds));
}

void set_precision(SweepOptions& options, const Text& place, const Text& text) {
  const bool percent = text.ends_with('%');
  const auto value = core::parse_real(core::trim(percent ? text.substr(0, text.size() - 1) : text));
  const double share = percent ? value.value_or(0) / 100 : value.value_or(0);
  if (!(share > 0 && share < 1))
    bad_option(place, text,
               percent ? "a share between 0 % and 100 %" : "a share between 0 and 1, or a percentage like 2%");
  options.precision = share;
}

void set_aa_cells(SweepOptions& options, const Text& place, const Text& text) {
  if (text == "auto")
    options.aa_cells.reset();
  else
    options.aa_cells = text == "all" ? kAllCells : small_whole(place, text, "auto, all, or a number of cells", 0);
}

OptionText get_aa_cells(const SweepOptions& options) {
  if (!options.aa_cells) return "auto";
  return *options.aa_cells == kAllCells ? "all" : std::to_string(*options.aa_cells);
}

void set_shard(SweepOptions& options, const Text& place, const Text& text) {
  const std::size_t slash = text.find('/');
  const auto part = [&](const Text& number) {  // messages show the whole text
    const auto value = core::parse_integer(core::trim(number));
    if (slash == Text::npos || !value || *value < 1 || *value > 1'000'000)
      bad_option(place, text, "I/N with 1 <= I <= N");
    return static_cast<int>(*value);
  };
  const int index = part(text.substr(0, slash)), of = part(slash == Text::npos ? "" : text.substr(slash + 1));
  if (index > of) bad_option(place, text, "I/N with 1 <= I <= N");
  options.shard = std::pair(index, of);
}

OptionText get_shard(const SweepOptions& options) {
  if (!options.shard) return std::nullopt;
  return fmt::format("{}/{}", options.shard->first, options.shard->second);
}

}  // namespace descent::sweep
