#pragma once

#include <optional>
#include <span>

namespace descent::stats {

/// The speed-up on a number of threads over one thread.
struct SpeedUp {
  double threads = 1, speed_up = 1;
};

/// Serial fraction s by Amdahl's law (1967), C(p) = 1/(s + (1−s)/p), by least squares on p/C with equal relative
/// errors; in [0, 1]. Empty without a point with p > 1.
std::optional<double> amdahl_serial(std::span<const SpeedUp> points);

/// Experimentally determined serial fraction (Karp and Flatt 1990), (1/C − 1/p)/(1 − 1/p). p > 1, C > 0; below 0 for a
/// speed-up beyond p.
double karp_flatt(const SpeedUp& point);

/// Universal scalability law (Gunther 2007), C(p) = p / (1 + σ(p−1) + κp(p−1)), σ, κ >= 0.
struct Usl {
  double sigma = 0, kappa = 0;
  std::optional<double> best_threads;  ///< √((1−σ)/κ); nothing where κ is 0
};
/// A linear fit in p/C − 1, weighted so that relative errors of C are equal. Empty with fewer than two points with p >
/// 1.
std::optional<Usl> fit_usl(std::span<const SpeedUp> points);

}  // namespace descent::stats
