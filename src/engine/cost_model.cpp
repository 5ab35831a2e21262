#include "descent/engine/cost_model.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent {
namespace {

constexpr std::array<std::string_view, 4> kNames{"auto", "rows", "features", "serial"};

/// Share of `blocks` equal blocks that the busiest of `threads` threads does.
double busiest(std::size_t blocks, int threads) {
  const auto t = static_cast<std::size_t>(threads);
  const std::size_t most = (blocks + t - 1) / t;
  return static_cast<double>(most) / static_cast<double>(blocks);
}

}  // namespace

std::string_view sharing_name(Sharing sharing) noexcept { return kNames[static_cast<std::size_t>(sharing)]; }

Sharing parse_sharing(std::string_view name) {
  const std::vector<std::string> names(kNames.begin(), kNames.end());
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Sharing>(i);
  throw UsageError(unknown_name("sharing", name, names));
}

MachineModel fit_machine_model(const Roof& one_thread, const Roof& team, std::size_t l2_bytes) {
  MachineModel model;
  if (one_thread.fma_f32_gflop_per_s > 0) model.flop_per_s = 0.8e9 * one_thread.fma_f32_gflop_per_s;
  if (one_thread.read_l2_gb_per_s) model.cache_bytes_per_s = 1e9 * *one_thread.read_l2_gb_per_s;
  if (team.threads > 0 && team.read_gb_per_s > 0) model.shared_bytes_per_s = 1e9 * team.read_gb_per_s / team.threads;
  if (team.join_us > 0) model.join_seconds = 1e-6 * team.join_us;
  if (l2_bytes > 0) model.l2_bytes = l2_bytes;
  return model;
}

double predicted_seconds(const MachineModel& model, const Plan& plan, std::size_t columns, int threads,
                         Sharing sharing) {
  const auto rows = static_cast<double>(plan.rows), c = static_cast<double>(columns),
             d = static_cast<double>(plan.vectors * kPlanLanes);
  const int workers = sharing == Sharing::serial ? 1 : threads;
  const double join = workers > 1 ? model.join_seconds : 0;
  const double work = std::max(4 * rows * d * c / model.flop_per_s, 4 * rows * d / model.shared_bytes_per_s);
  const double derivatives = rows * c * model.derivative_seconds;
  const double weights = 4 * d * c / model.cache_bytes_per_s;
  if (sharing == Sharing::rows)
    return (work + derivatives) * busiest(plan.row_blocks, workers) +
           weights * (static_cast<double>(plan.row_blocks) + 3) * busiest(plan.slices, workers) + 2 * join;
  // Features: every thread derives all rows; what has left L2 between scores and gradient is read again.
  const double share = busiest(plan.slices, workers);
  const double batch_bytes = 4 * rows * d * share;
  const double again =
      batch_bytes > 0.5 * static_cast<double>(model.l2_bytes) ? batch_bytes / model.shared_bytes_per_s : 0;
  const bool exchanged = plan.feature_blocks > 1 || workers == 1;
  return work * share + derivatives + again + weights * (2 * static_cast<double>(plan.row_blocks - 1) + 4) * share +
         (exchanged ? join : 2 * join);
}

Sharing choose_sharing(const MachineModel& model, const Plan& plan, std::size_t columns, int threads) {
  Sharing best = Sharing::serial;
  double least = predicted_seconds(model, plan, columns, 1, Sharing::serial);
  for (const Sharing sharing : {Sharing::features, Sharing::rows}) {
    const double seconds = predicted_seconds(model, plan, columns, threads, sharing);
    if (seconds < least) best = sharing, least = seconds;
  }
  return best;
}

FusedSettings& fused_settings() noexcept {
  static FusedSettings settings;
  return settings;
}

}  // namespace descent
