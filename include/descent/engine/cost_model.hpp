#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "descent/engine/plan.hpp"
#include "descent/machine/nominal.hpp"
#include "descent/record/tables.hpp"

namespace descent::engine {

/// How `fused` shares a step among threads. All have the same bits.
///   rows      threads take row blocks; their gradients are joined: two joins a step
///   features  every thread owns a slice of the features; partial scores are exchanged: one join a step
///   serial    one thread does all: where a step is shorter than its join
enum class Sharing { automatic, rows, features, serial };
std::string_view sharing_name(Sharing sharing) noexcept;
Sharing parse_sharing(std::string_view name);  ///< throws UsageError with the nearest name
std::vector<std::string> sharing_names();      ///< auto first

/// What the choice needs to know of the machine: nominal costs until calibration replaces them.
struct MachineModel {
  double flop_per_s = 1 / machine::nominal::kFlop;                ///< multiply-add rate of one thread in such kernels
  double cache_bytes_per_s = 1 / machine::nominal::kCacheByte;    ///< one thread, from L2
  double shared_bytes_per_s = 1 / machine::nominal::kSharedByte;  ///< one thread, from beyond L2
  double join_seconds = machine::nominal::kJoin;                  ///< one phase, a block per worker
  double line_seconds = machine::nominal::kLine;                  ///< a cache line that another core wrote
  double derivative_seconds = machine::nominal::kScore;           ///< of a loss, per score
  std::size_t l2_bytes = machine::nominal::kL2Bytes;
};
/// Fitted from measured roofs: of one thread, and of the team's size for the join.
MachineModel fit_machine_model(const record::Roof& one_thread, const record::Roof& team, std::size_t l2_bytes);

/// Predicted seconds of a step.
double predicted_seconds(const MachineModel& model, const Plan& plan, std::size_t outputs, int threads,
                         Sharing sharing);
/// The cheapest sharing.
Sharing choose_sharing(const MachineModel& model, const Plan& plan, std::size_t outputs, int threads);

/// What `fused` uses from now on, in kernels prepared later: overrides the choice, or the model behind it.
struct FusedSettings {
  MachineModel model;
  Sharing sharing = Sharing::automatic;
};
FusedSettings& fused_settings() noexcept;

}  // namespace descent::engine
