#pragma once

#include <optional>
#include <span>

namespace descent::stats {

/// Speed-up on some threads over one.
struct SpeedUp {
  double threads = 1, speed_up = 1;
};

/// Serial share by Amdahl (1967), 1/(s + (1−s)/p), least squares on p/C with equal relative errors, within [0, 1].
/// Nothing without p > 1.
std::optional<double> amdahl_serial(std::span<const SpeedUp> points);

/// Experimentally determined serial share (Karp and Flatt 1990), (1/C − 1/p)/(1 − 1/p). p > 1, C > 0; below 0 for a
/// speed-up beyond p.
double karp_flatt(const SpeedUp& point);

/// Universal scalability law (Gunther 2007), C(p) = p / (1 + σ(p−1) + κp(p−1)), σ, κ >= 0.
struct Usl {
  double sigma = 0, kappa = 0;
  std::optional<double> best_threads;  ///< √((1−σ)/κ); nothing where κ is 0
};
/// Linear in p/C − 1; weights make relative errors of C equal. Nothing with fewer than two p > 1.
std::optional<Usl> fit_usl(std::span<const SpeedUp> points);

}  // namespace descent::stats
