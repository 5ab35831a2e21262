#include "descent/solve/mean_loss.hpp"

#include <algorithm>
#include <limits>

namespace descent::solve {
namespace {

constexpr std::size_t kBlockRows = 96;  // converted to double, they fit into L2 for up to a few hundred features
constexpr std::size_t kMaxGroups = 64;  // each has a gradient of its own

}  // namespace

double dot(std::span<const double> a, std::span<const double> b) noexcept {
  double lanes[4] = {};
  std::size_t i = 0;
  for (; i + 4 <= a.size(); i += 4)
    for (std::size_t lane = 0; lane < 4; ++lane) lanes[lane] += a[i + lane] * b[i + lane];
  for (; i < a.size(); ++i) lanes[0] += a[i] * b[i];
  return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
}

double norm_squared(std::span<const double> a) noexcept { return dot(a, a); }

MeanLoss::MeanLoss(const data::Dataset& data, const loss::Loss& loss, double l2, machine::Team& team)
    : data_(data),
      products_(engine::make_row_products(data.features)),
      loss_(loss),
      l2_(l2),
      team_(team),
      outputs_(loss.outputs(data.classes)),
      features_(data.width()),
      groups_(std::min(kMaxGroups, (data.rows() + kBlockRows - 1) / kBlockRows)) {}

double MeanLoss::value(std::span<const double> w) {
  passes_ += 0.5;
  return sweep(Task::value, w, {});
}

double MeanLoss::gradient(std::span<const double> w, std::span<double> out) {
  passes_ += 1;
  return sweep(Task::gradient, w, out);
}

void MeanLoss::hessian_times(std::span<const double> v, std::span<double> out) {
  passes_ += 1;
  sweep(Task::hessian, v, out);
}

void MeanLoss::scores(std::span<const double> w, std::span<double> out) {
  passes_ += 0.5;
  sweep(Task::scores, w, out);
}

double MeanLoss::sweep(Task task, std::span<const double> w, std::span<double> out) {
  const std::size_t n = data_.rows(), p = parameters();
  const bool wants_gradient = task == Task::gradient || task == Task::hessian;
  if (wants_gradient) partials_.assign(groups_ * p, 0.0);
  if (task == Task::gradient) stored_scores_.resize(outputs_ * n);
  values_.assign(groups_, 0.0);
  const auto has_to_stop = [this] {
    if (!stopped_ && ((cancel_ != nullptr && *cancel_) || std::chrono::steady_clock::now() >= stop_at_))
      stopped_ = true;
    return stopped_.load();
  };

  team_.for_each(groups_, [&](std::size_t group) {
    std::vector<double> scores(outputs_ * kBlockRows), slopes(outputs_ * kBlockRows), partial(p);
    std::vector<double> s(outputs_), v(outputs_), d(outputs_);
    const std::size_t end = n * (group + 1) / groups_;
    for (std::size_t first = n * group / groups_; first < end; first += kBlockRows) {
      const std::size_t rows = std::min(kBlockRows, end - first);
      if (has_to_stop()) return;
      products_->scores(w.data(), outputs_, first, rows, scores.data(), kBlockRows);
      for (std::size_t r = 0; r < rows; ++r) {
        const std::int32_t label = data_.labels[first + r];
        for (std::size_t k = 0; k < outputs_; ++k) s[k] = scores[k * kBlockRows + r];
        switch (task) {
          case Task::value:
            values_[group] += loss_.value(s, label);
            continue;
          case Task::scores:
            for (std::size_t k = 0; k < outputs_; ++k) out[k * n + first + r] = s[k];
            continue;
          case Task::gradient:
            values_[group] += loss_.value(s, label);
            loss_.gradient(s, label, d);
            for (std::size_t k = 0; k < outputs_; ++k) stored_scores_[k * n + first + r] = s[k];
            break;
          case Task::hessian:
            std::swap(s, v);
            for (std::size_t k = 0; k < outputs_; ++k) s[k] = stored_scores_[k * n + first + r];
            loss_.hessian_times(s, label, v, d);
            break;
        }
        for (std::size_t k = 0; k < outputs_; ++k) slopes[k * kBlockRows + r] = d[k];
      }
      if (!wants_gradient) continue;
      products_->gradient(slopes.data(), kBlockRows, outputs_, first, rows, partial.data());
      double* const sum = partials_.data() + group * p;
      for (std::size_t j = 0; j < p; ++j) sum[j] += partial[j];
    }
  });

  if (stopped_) {
    std::fill(out.begin(), out.end(), 0.0);
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto count = static_cast<double>(n);
  if (wants_gradient) {
    for (std::size_t j = 0; j < p; ++j) {
      double sum = 0;
      for (std::size_t group = 0; group < groups_; ++group) sum += partials_[group * p + j];
      out[j] = sum / count + l2_ * w[j];
    }
  }
  double sum = 0;
  for (const double part : values_) sum += part;
  return sum / count + 0.5 * l2_ * norm_squared(w);
}

}  // namespace descent::solve
