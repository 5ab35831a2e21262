#pragma once

#include <memory>
#include <string_view>

#include "descent/data/dataset.hpp"
#include "descent/engine/objective.hpp"
#include "descent/loss/loss.hpp"

namespace descent::engine {

enum class Activation { relu, tanh };
std::string_view activation_name(Activation activation) noexcept;
Activation parse_activation(std::string_view name);  ///< throws UsageError with the nearest name

/// One hidden layer: scores = V [σ(W x); 1], f = (1/N) Σ loss(scores_i, y_i) + (l2/2)(‖W‖² + ‖V‖²). x includes the
/// data's bias column, if there is one; the outputs have a bias of their own.
struct NetworkShape {
  std::size_t hidden = 128;
  Activation activation = Activation::relu;
  /// W (hidden × features) and then V (outputs × (hidden + 1)), without padding.
  std::size_t parameters(std::size_t features, std::size_t outputs) const noexcept {
    return hidden * features + outputs * (hidden + 1);
  }
};

/// Evaluated by Eigen's products over fixed chunks of rows: the same bits at any number of threads. Starts differ by
/// seed: normal entries of variance 2/features (relu) or 1/features (tanh), V likewise; the outputs' bias is 0. The
/// subgradient of relu at 0 is 0. Reads rows of any storage. The data sets, `loss` and `team` must outlive the
/// objective.
/// source  Goodfellow, Bengio, Courville, Deep Learning (2016), chapter 6; the start: He et al., Delving Deep into
///         Rectifiers, ICCV 2015
std::unique_ptr<Objective> make_network(const data::Dataset& training, const data::Dataset& validation,
                                        const loss::Loss& loss, double l2, const NetworkShape& shape,
                                        machine::Team& team);

}  // namespace descent::engine
