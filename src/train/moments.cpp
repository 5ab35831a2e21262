#include "descent/train/moments.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "descent/core/error.hpp"
#include "descent/core/random.hpp"
#include "descent/solve/mean_loss.hpp"
#include "train/moment_pass.hpp"

namespace descent::train {
namespace {

constexpr std::size_t kMostGroups = 64;  // each has a gradient of its own

/// One sampled batch: its place in the request, and its results.
struct Draw {
  std::size_t cell, batch, index;
  Sampling sampling;
  double deviation = 0, norm = 0;  // ‖ĝ − G‖², ‖ĝ‖²
};

void take(const MomentPass& pass, std::uint64_t seed, Draw& draw) {
  constexpr std::size_t most = MomentPass::kBlockRows;
  const std::size_t c = pass.outputs, d = pass.features, stride = core::padded_stride<float>(d);
  const std::size_t height = std::min(most, draw.batch);
  std::vector<std::uint32_t> rows(draw.batch);
  // Each batch size of each checkpoint has a seed of its own: equal streams would start with the same rows.
  const std::uint64_t own = core::SplitMix64(core::SplitMix64(seed).next() + draw.batch).next();
  Sampler(draw.sampling, pass.n, draw.batch, own).rows(draw.index, 1, rows);
  auto x = zeros<float>(height * stride);
  auto slopes = zeros<double>(c * height), part = zeros<double>(c * d);
  std::vector<double> sum(c * d);
  for (std::size_t first = 0; first < rows.size(); first += most) {
    const std::size_t count = std::min(most, rows.size() - first);
    for (std::size_t r = 0; r < count; ++r) {
      const std::size_t i = rows[first + r];
      pass.data.features.storage().read(i, x.data() + r * stride);
      for (std::size_t k = 0; k < c; ++k) slopes[k * height + r] = pass.slopes[i * c + k];
    }
    engine::eigen_products().f64.gradient(slopes.data(), height, c, x.data(), count, stride, d, part.data());
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += part[j];
  }
  for (std::size_t j = 0; j < sum.size(); ++j) {
    sum[j] = sum[j] / static_cast<double>(draw.batch) + pass.l2 * pass.w[j];
    part[j] = sum[j] - pass.moments.gradient[j];
  }
  draw.deviation = solve::norm_squared(part.span());
  draw.norm = solve::norm_squared(sum);
}

}  // namespace

std::vector<Sampling> independent_samplings() { return {Sampling::iid_replace, Sampling::iid_distinct}; }

double variance_factor(Sampling sampling, std::size_t n, std::size_t batch) {
  const auto count = static_cast<double>(n), b = static_cast<double>(batch);
  if (sampling == Sampling::none) return 0;
  if (sampling == Sampling::iid_replace) return 1 / b;
  return n <= 1 ? 0 : (count - b) / (b * (count - 1));
}

MomentPass::MomentPass(const data::Dataset& data_in, const loss::Loss& loss_in, double l2_in,
                       std::span<const float> weights, machine::Team& team_in)
    : data(data_in),
      products(engine::make_row_products(data_in.features)),
      loss(loss_in),
      l2(l2_in),
      team(team_in),
      n(data.rows()),
      outputs(loss.outputs(data.classes)),
      features(data.width()),
      groups(std::min(kMostGroups, (n + kBlockRows - 1) / kBlockRows)),
      w(weights.size()),
      scores(n * outputs),
      slopes(n * outputs),
      slope_norms(n),
      row_norms(n) {
  const std::size_t p = outputs * features;
  std::copy(weights.begin(), weights.end(), w.data());
  std::vector<double> partials(groups * p), losses(n);
  team.for_each(groups,
                [&](std::size_t group) { read_group(group, std::span(partials).subspan(group * p, p), losses); });

  const auto count = static_cast<double>(n);
  data_gradient.resize(p);
  moments.gradient.resize(p);
  for (std::size_t j = 0; j < p; ++j) {
    double sum = 0;
    for (std::size_t group = 0; group < groups; ++group) sum += partials[group * p + j];
    data_gradient[j] = sum / count;
    moments.gradient[j] = data_gradient[j] + l2 * w[j];
  }
  double loss_sum = 0, square_sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    loss_sum += losses[i];
    square_sum += slope_norms[i] * row_norms[i];
  }
  const double mean_loss = loss_sum / count;
  double deviations = 0;
  for (const double value : losses) deviations += (value - mean_loss) * (value - mean_loss);
  moments.value = mean_loss + 0.5 * l2 * solve::norm_squared(w.span());
  moments.loss_variance = deviations / count;
  moments.trace_covariance = std::max(0.0, square_sum / count - solve::norm_squared(data_gradient));
  moments.gradient_norm_squared = solve::norm_squared(moments.gradient);
}

void MomentPass::read_group(std::size_t group, std::span<double> sum, std::span<double> losses) {
  auto tile = zeros<double>(outputs * kBlockRows), part = zeros<double>(sum.size());
  for (std::size_t first = begin(group); first < begin(group + 1); first += kBlockRows) {
    const std::size_t rows = std::min(kBlockRows, begin(group + 1) - first);
    products->scores(w.data(), outputs, first, rows, tile.data(), kBlockRows);
    for (std::size_t r = 0; r < rows; ++r) {
      const std::size_t i = first + r;
      const std::span<double> s(scores.data() + i * outputs, outputs), d(slopes.data() + i * outputs, outputs);
      for (std::size_t k = 0; k < outputs; ++k) s[k] = tile[k * kBlockRows + r];
      losses[i] = loss.value(s, data.labels[i]);
      loss.gradient(s, data.labels[i], d);
      for (std::size_t k = 0; k < outputs; ++k) tile[k * kBlockRows + r] = d[k];
      slope_norms[i] = solve::norm_squared(d);
      row_norms[i] = products->norm_squared(i);
    }
    products->gradient(tile.data(), kBlockRows, outputs, first, rows, part.data());
    for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += part[j];
  }
}

ExactMoments exact_moments(const data::Dataset& data, const loss::Loss& loss, double l2, std::span<const float> w,
                           machine::Team& team) {
  return std::move(MomentPass(data, loss, l2, w, team).moments);
}

std::size_t sampled_batches(const MomentsRequest& request, Sampling sampling, std::size_t n, std::size_t batch) {
  if (std::find(request.unsampled.begin(), request.unsampled.end(), batch) != request.unsampled.end()) return 0;
  // A batch of all rows, drawn without replacement, is always the same.
  if (variance_factor(sampling, n, batch) == 0) return 1;
  const double most = request.most_epochs * static_cast<double>(n) / static_cast<double>(batch);
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::max(0.0, most)), 1, request.most_batches);
}

namespace {

/// The columns that all records of a checkpoint share.
record::Moment common_moment(const MomentPass& pass, const MomentsRequest& request,
                             const std::optional<DenseMoments>& dense) {
  record::Moment common;
  common.trace_covariance = pass.moments.trace_covariance;
  common.gradient_norm_squared = pass.moments.gradient_norm_squared;
  common.loss_variance = pass.moments.loss_variance;
  common.curvature_status = !pass.loss.traits().smooth ? record::CurvatureStatus::kinked
                            : request.curvature        ? record::CurvatureStatus::ok
                                                       : record::CurvatureStatus::cost;
  if (common.curvature_status != record::CurvatureStatus::ok) return common;
  const std::vector<double> vectors[]{pass.moments.gradient, pass.data_gradient};
  const std::vector<double> along = curvature_along(pass, vectors);
  common.curvature_gradient = along[0] + pass.l2 * common.gradient_norm_squared;
  if (dense) {
    common.curvature_covariance = solve::dot(dense->hessian, dense->covariance);  // tr(HΣ), since both are symmetric
    return common;
  }
  const Sampled all = curvature_of_gradients(pass, request.curvature_flops, request.seed);
  common.curvature_covariance = all.value - along[1] + pass.l2 * common.trace_covariance;
  common.curvature_covariance_error = all.error;
  return common;
}

/// Predicts floors at the requested rates, or gives the reason why there is no prediction.
class Floors {
 public:
  Floors(const MomentPass& pass, const MomentsRequest& request, const std::optional<DenseMoments>& known) : n_(pass.n) {
    const std::size_t p = pass.w.size();
    if (std::none_of(request.rates.begin(), request.rates.end(), [](const auto& rate) { return rate.has_value(); }))
      return;
    using record::LyapunovStatus;
    status_ = !pass.loss.traits().smooth        ? LyapunovStatus::kinked
              : p > request.lyapunov_parameters ? LyapunovStatus::size
              : request.lyapunov                ? LyapunovStatus::ok
                                                : LyapunovStatus::cost;
    if (status_ != LyapunovStatus::ok) return;
    const DenseMoments dense = known ? *known : dense_moments(pass);
    stationary_.emplace(dense.hessian, dense.covariance, p);
  }

  void add(double rate, Sampling sampling, std::size_t batch, record::Moment& moment) const {
    const double factor = variance_factor(sampling, n_, batch);
    moment.lr = rate;
    moment.simple_floor = rate / 4 * factor * moment.trace_covariance;
    moment.lyapunov_status = status_;
    if (!stationary_) return;
    moment.lyapunov_floor = stationary_->floor(rate, factor);
    if (!moment.lyapunov_floor) moment.lyapunov_status = record::LyapunovStatus::unstable_rate;
  }

 private:
  std::size_t n_;
  record::LyapunovStatus status_ = {};
  std::optional<StationaryNoise> stationary_;
};

}  // namespace

std::vector<record::Moment> measure_moments(const data::Dataset& data, const loss::Loss& loss, double l2,
                                            std::span<const float> w, machine::Team& team,
                                            const MomentsRequest& request, double* exact_seconds) {
  const auto begin = std::chrono::steady_clock::now();
  const MomentPass pass(data, loss, l2, w, team);
  if (exact_seconds != nullptr)
    *exact_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::optional<DenseMoments> dense;
  if (loss.traits().smooth && request.curvature && takes_dense_curvature(data, loss, request))
    dense = dense_moments(pass);
  const record::Moment common = common_moment(pass, request, dense);
  const Floors floors(pass, request, dense);
  std::vector<record::Moment> moments;
  std::vector<Draw> draws;
  for (std::size_t b = 0; b < request.batches.size(); ++b)
    for (const Sampling sampling : request.samplings) {
      record::Moment moment = common;
      const std::size_t batch = request.batches[b];
      moment.batch = static_cast<std::int64_t>(batch);
      moment.sampling = sampling;
      if (b < request.rates.size() && request.rates[b]) floors.add(*request.rates[b], sampling, batch, moment);
      const std::size_t count = sampled_batches(request, sampling, pass.n, batch);
      for (std::size_t k = 0; k < count; ++k) draws.push_back({moments.size(), batch, k, sampling});
      moments.push_back(std::move(moment));
    }
  // The largest batches first, so that no thread starts a long one at the end.
  std::stable_sort(draws.begin(), draws.end(), [](const Draw& a, const Draw& b) { return a.batch > b.batch; });
  team.for_each(draws.size(), [&](std::size_t i) { take(pass, request.seed, draws[i]); });
  for (const Draw& draw : draws) {
    moments[draw.cell].sampled.push_back(draw.deviation);
    moments[draw.cell].sampled_norm_squared.push_back(draw.norm);
  }
  return moments;
}

}  // namespace descent::train
