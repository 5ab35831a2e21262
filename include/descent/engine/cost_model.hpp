#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "descent/engine/plan.hpp"
#include "descent/machine/nominal.hpp"
#include "descent/record/tables.hpp"

namespace descent::engine {

/// How `fused` shares a step among threads. The weights have the same bits whatever the sharing.
///   rows      threads take row blocks and then join their gradients: two joins a step
///   features  every thread owns a slice of the features; threads exchange partial scores: one join a step
///   serial    one thread does everything: best when a step takes less time than a join
enum class Sharing { automatic, rows, features, serial };
std::string_view sharing_name(Sharing sharing) noexcept;
Sharing parse_sharing(std::string_view name);  ///< throws UsageError with the nearest name
std::vector<std::string> sharing_names();      ///< auto first

/// What the choice of a sharing needs to know about the machine. The defaults are nominal costs; calibration replaces
/// them.
struct MachineModel {
  double flop_per_s = 1 / machine::nominal::kFlop;                ///< of one thread in the engine's kernels
  double cache_bytes_per_s = 1 / machine::nominal::kCacheByte;    ///< one thread, from L2
  double shared_bytes_per_s = 1 / machine::nominal::kSharedByte;  ///< each thread of the team, from beyond L2
  double lone_bytes_per_s = 1 / machine::nominal::kSharedByte;    ///< a thread while the others do nothing
  double join_seconds = machine::nominal::kJoin;                  ///< one phase with a block per worker
  double line_seconds = machine::nominal::kLine;                  ///< a cache line that another core wrote
  double derivative_seconds = machine::nominal::kScore;           ///< of a loss, per score
  std::size_t l2_bytes = machine::nominal::kL2Bytes;
};
/// A model fitted to measured roofs: those of one thread, and those of a team of that size for the join.
MachineModel fit_machine_model(const record::Roof& one_thread, const record::Roof& team, std::size_t l2_bytes);

/// Bytes a second that each of so many workers reads from beyond L2.
double beyond_l2(const MachineModel& model, int workers);

/// Predicted seconds of a step.
double predicted_seconds(const MachineModel& model, const Plan& plan, std::size_t outputs, int threads,
                         Sharing sharing);
/// The cheapest sharing.
Sharing choose_sharing(const MachineModel& model, const Plan& plan, std::size_t outputs, int threads);

/// How an engine shares a step among threads: as `sharing` says; if it is automatic, by the sharing that is cheapest by
/// the model of the machine.
struct SharingSettings {
  MachineModel model = {};
  Sharing sharing = Sharing::automatic;
};

}  // namespace descent::engine
