#pragma once

#include <memory>

#include "descent/data/dataset.hpp"
#include "descent/engine/objective.hpp"

namespace descent::engine {

/// Number of features of a row that are factorised: all but the bias column.
std::size_t factorised_features(const data::Dataset& data) noexcept;

/// f = (1/n) Σ_i ½‖V u_i − m_i‖² + (l2/2)(‖U‖² + ‖V‖²), m_i the features of row i, so that the first term is ½‖UVᵀ −
/// M‖² / n. Weights are U (n × rank) and then V (features × rank), row-major. A batch's gradient changes only the
/// batch's own rows of U (and V; l2 changes all). Evaluated over fixed chunks of rows: the same bits at any number of
/// threads. Starts differ by seed: normal entries of variance 1/(rank · features), small enough to be near the saddle
/// at 0. Reads rows of any storage. `data` and `team` must outlive the objective.
std::unique_ptr<Objective> make_factorisation(const data::Dataset& data, double l2, std::size_t rank,
                                              machine::Team& team);

}  // namespace descent::engine
