#include "tally.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "descent/stats/summary.hpp"

namespace descent::bench {

Tally::Tally(std::string procedure, std::string setting, double nominal)
    : procedure_(std::move(procedure)), setting_(std::move(setting)), nominal_(nominal) {}

void Tally::interval(const record::Real& low, const record::Real& high, double truth) {
  if (!low && !high) return withheld();
  ++told_;
  held_ += (!low || *low <= truth) && (!high || truth <= *high);
  widths_.push_back(low && high && *low > 0 ? *high / *low : HUGE_VAL);
}

void Tally::statement(bool holds) { ++told_, held_ += holds; }

std::string Tally::heading() {
  return "| procedure | setting | trials | nominal | measured | width, high over low | withheld |\n"
         "|---|---|---|---|---|---|---|\n";
}

std::string Tally::line() const {
  const std::size_t trials = told_ + withheld_;
  const auto share = [](std::size_t part, std::size_t whole) {
    return whole == 0 ? std::string("–")
                      : fmt::format("{:.3f}", static_cast<double>(part) / static_cast<double>(whole));
  };
  const double width = widths_.empty() ? 0 : stats::median(widths_);
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", procedure_, setting_, trials,
                     nominal_ > 0 ? fmt::format("{:.2f}", nominal_) : "–", share(held_, told_),
                     widths_.empty()         ? "–"
                     : !std::isfinite(width) ? "open"
                                             : fmt::format("{:.3g}", width),
                     share(withheld_, trials));
}

}  // namespace descent::bench
