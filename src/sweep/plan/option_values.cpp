#include "sweep/plan/option_values.hpp"

#include <fmt/format.h>

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
  constexpr const char* expected = "numbers from 1e-300 to below 1, shares of the starting gap, or accuracy";
  std::vector<double> targets;
  for (const Text& part : parts(place, text, expected)) {
    if (part == "accuracy")
      options.accuracy_target = true;
    else
      targets.push_back(real(place, part, expected, [](double x) { return x >= least && x < 1; }));
  }
  // Accuracy alone comes beside the targets that there are: rates are searched for one of those.
  if (targets.empty()) return;
  options.targets = targets;
  std::sort(options.targets.rbegin(), options.targets.rend());  // the headline is the hardest
  keep_each_once(options.targets);
}

OptionText get_targets(const SweepOptions& options) { return list_text(options.targets, core::shortest); }

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
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const double unit = text[i] == 'h' ? 3600 : text[i] == 'm' ? 60 : text[i] == 's' ? 1 : 0;
    if (unit == 0) continue;
    seconds += unit * real(place, text.substr(begin, i - begin), expected, [](double x) { return x >= 0; });
    begin = i + 1;
  }
  if (begin < text.size()) {
    if (begin > 0) bad_option(place, text, expected);
    seconds = real(place, text, expected, [](double x) { return x >= 0; });
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
  const Text number = percent ? text.substr(0, text.size() - 1) : text;
  const double scale = percent ? 0.01 : 1;
  const auto good = [scale](double x) { return x * scale > 0 && x * scale < 1; };
  options.precision = percent ? real(place, number, "a share between 0 % and 100 %", good) / 100
                              : real(place, number, "a share between 0 and 1, or a percentage like 2%", good);
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
  constexpr const char* expected = "I/N with 1 <= I <= N";
  const std::size_t slash = text.find('/');
  if (slash == Text::npos) bad_option(place, text, expected);
  const int index = small_whole(place, text.substr(0, slash), expected);
  const int of = small_whole(place, text.substr(slash + 1), expected);
  if (index > of) bad_option(place, text, expected);
  options.shard = std::pair(index, of);
}

OptionText get_shard(const SweepOptions& options) {
  if (!options.shard) return std::nullopt;
  return fmt::format("{}/{}", options.shard->first, options.shard->second);
}

}  // namespace descent::sweep
