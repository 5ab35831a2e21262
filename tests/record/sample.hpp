#pragma once

#include <cstdint>

#include "record/fields.hpp"
#include "record/words.hpp"

namespace descent::record {

/// Fills every column with a value of its own, so that a swapped or forgotten column is noticed. `null`: optional
/// values stay absent.
class Fill {
 public:
  explicit Fill(bool null) : null_(null) {}

  void operator()(bool& value) { value = ++count_ % 2 == 0; }
  void operator()(double& value) { value = ++count_ + 0.1; }  // 0.1 has no exact binary form
  void operator()(Real& value) {
    value.reset();
    if (!null_) value = ++count_ / 3.0;
  }
  void operator()(std::optional<int>& value) {
    value.reset();
    if (!null_) value = ++count_;
  }
  template <Words E>
  void operator()(E& value) {
    value = static_cast<E>(static_cast<std::size_t>(++count_) % words_of<E>().size());
  }
  void operator()(std::string& value) { value = "text " + std::to_string(++count_) + " \"é\n"; }
  template <std::integral T>
  void operator()(T& value) {
    value = static_cast<T>(++count_);
  }
  void operator()(std::map<std::string, std::string>& values) { (*this)(values["key " + std::to_string(++count_)]); }
  template <class T>
  void operator()(std::vector<T>& values) {
    values.resize(2);
    for (T& value : values) (*this)(value);
  }
  template <Record T>
  void operator()(std::optional<T>& value) {
    value.reset();
    if (!null_) (*this)(value.emplace());
  }
  template <Record T>
  void operator()(T& record) {
    visit_fields(record, [this](const char*, auto& field) { (*this)(field); });
  }

 private:
  bool null_;
  int count_ = 0;
};

inline Report sample_report(bool null = false) {
  Report report;
  report.status = word("complete");
  Fill fill(null);
  fill(report);
  // Columns that hold one of a list of names.
  for (Timing& timing : report.timings) timing.twin = Twin::a;
  for (Cell& cell : report.cells) cell.sampling = Sampling::reshuffle;
  for (Series& series : report.series) {
    series.sampling = Sampling::reshuffle;
    series.schedule = RateSchedule::constant;
    series.lr_rule = RateRule::tuned;
  }
  return report;
}

}  // namespace descent::record
