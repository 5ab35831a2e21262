#include "descent/engine/cost_model.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "descent/core/error.hpp"
#include "descent/core/text.hpp"

namespace descent::engine {
namespace {

constexpr std::array<std::string_view, 4> kNames{"auto", "rows", "features", "serial"};

// The fixed cost of a step, in multiples of the time of reading its weights once from L2. These are fitted to times,
// not counts of reads and writes.
constexpr double kPasses = 8, kPassesOfGroup = 4;
// The loss of a single row, with its overhead: determined by latency, not throughput.
constexpr double kSecondsOfOneLoss = 40e-9;
constexpr double kFloatsPerLine = 16;
// A join moves one cache line between cores and back, with nothing to overlap; in a stream of lines several are under
// way at once.
constexpr double kLinePerJoin = 0.25;

/// The share of `blocks` equal blocks that the busiest of `threads` threads does.
double busiest(std::size_t blocks, int threads) {
  const auto t = static_cast<std::size_t>(threads);
  const std::size_t most = (blocks + t - 1) / t;
  return static_cast<double>(most) / static_cast<double>(blocks);
}

}  // namespace

std::string_view sharing_name(Sharing sharing) noexcept { return kNames[static_cast<std::size_t>(sharing)]; }

Sharing parse_sharing(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Sharing>(i);
  throw core::UsageError(core::unknown_name("sharing", name, sharing_names()));
}

std::vector<std::string> sharing_names() { return {kNames.begin(), kNames.end()}; }

MachineModel fit_machine_model(const record::Roof& one_thread, const record::Roof& team, std::size_t l2_bytes) {
  MachineModel model;
  if (one_thread.fma_f32_gflop_per_s > 0) model.flop_per_s = 0.8e9 * one_thread.fma_f32_gflop_per_s;
  if (one_thread.read_l2_gb_per_s) model.cache_bytes_per_s = 1e9 * *one_thread.read_l2_gb_per_s;
  if (team.threads > 0 && team.read_gb_per_s > 0) model.shared_bytes_per_s = 1e9 * team.read_gb_per_s / team.threads;
  // No slower than in a team, whatever noise the two measurements have.
  model.lone_bytes_per_s = std::max(model.shared_bytes_per_s, 1e9 * one_thread.read_gb_per_s);
  if (team.threads > 1 && team.join_us > 0) {
    model.join_seconds = 1e-6 * team.join_us;
    // In a join of t threads the counter's line goes from one to the next, t times.
    model.line_seconds = kLinePerJoin * model.join_seconds * 2 / team.threads;
  }
  if (l2_bytes > 0) model.l2_bytes = l2_bytes;
  return model;
}

double beyond_l2(const MachineModel& model, int workers) {
  return workers > 1 ? model.shared_bytes_per_s : model.lone_bytes_per_s;
}

double predicted_seconds(const MachineModel& model, const Plan& plan, std::size_t outputs, int threads,
                         Sharing sharing) {
  const auto rows = static_cast<double>(plan.rows), c = static_cast<double>(outputs),
             d = static_cast<double>(plan.vectors * kPlanLanes), row_blocks = static_cast<double>(plan.row_blocks);
  const int workers = sharing == Sharing::serial ? 1 : threads;
  const double join = workers > 1 ? model.join_seconds : 0, remote = 1 - 1.0 / workers;
  const double beyond = beyond_l2(model, workers);
  const double work = std::max(4 * rows * d * c / model.flop_per_s, 4 * rows * d / beyond);
  const double derivatives = rows * c * model.derivative_seconds;
  // Seconds of one pass over a worker's part of the weights, or of a gradient of that size.
  const auto pass = [&](double share) {
    const double bytes = 4 * d * c * share;
    return bytes / (bytes > 0.5 * static_cast<double>(model.l2_bytes) ? beyond : model.cache_bytes_per_s);
  };
  if (plan.group_steps > 1 && sharing != Sharing::rows) {
    // A step's share of its group's cost: every worker walks all steps, and one join per group exchanges scores and
    // products.
    const double group = static_cast<double>(plan.group_steps), share = busiest(plan.slices, workers);
    const double flops = std::max((4 * c + group - 1) * d / model.flop_per_s, 4 * d / beyond);
    const double others = static_cast<double>(std::min(static_cast<std::size_t>(workers), plan.slices)) - 1;
    const double lines = (c * kFloatsPerLine + group * group) / kFloatsPerLine * others;
    return flops * share + kSecondsOfOneLoss + c * group * model.derivative_seconds +
           (pass(share) * kPassesOfGroup + lines * model.line_seconds + join) / group;
  }
  if (sharing == Sharing::features) {
    // Every thread computes the derivatives of all rows. Rows that have left L2 between scores and gradient are read
    // again.
    const double share = busiest(plan.slices, workers), batch_bytes = 4 * rows * d * share;
    const double again = batch_bytes > 0.5 * static_cast<double>(model.l2_bytes) ? batch_bytes / beyond : 0;
    const double others = static_cast<double>(std::min(static_cast<std::size_t>(workers), plan.slices)) - 1;
    const double lines =
        plan.feature_blocks > 1 ? rows * c / kFloatsPerLine * others : (rows * c + d * c) / kFloatsPerLine * remote;
    return work * share + derivatives + again + pass(share) * (kPasses + 2 * (row_blocks - 1)) +
           lines * model.line_seconds + (plan.feature_blocks > 1 ? join : 2 * join);
  }
  // Sharing by rows: a worker fetches the others' gradients of its slices, then all the weights that the others have
  // changed.
  const double lines = 2 * d * c / kFloatsPerLine * remote;
  return (work + derivatives) * busiest(plan.row_blocks, workers) +
         pass(1) * (kPasses * (1 - remote) + 4 * remote + 2 * (row_blocks - 1) * busiest(plan.slices, workers)) +
         lines * model.line_seconds + 2 * join;
}

Sharing choose_sharing(const MachineModel& model, const Plan& plan, std::size_t outputs, int threads) {
  Sharing best = Sharing::serial;
  double least = predicted_seconds(model, plan, outputs, 1, Sharing::serial);
  for (const Sharing sharing : {Sharing::features, Sharing::rows}) {
    const double seconds = predicted_seconds(model, plan, outputs, threads, sharing);
    if (seconds < least) best = sharing, least = seconds;
  }
  return best;
}

}  // namespace descent::engine
