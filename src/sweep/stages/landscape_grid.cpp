#include "sweep/stages/landscape_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "descent/train/landscape.hpp"

namespace descent::sweep {
namespace {

constexpr int kPoints = 61;    // along each side: contours are smooth, and a report grows by some 80 KB
constexpr double kRoom = 0.3;  // on each side, of the side that holds start and critical points
constexpr double kLeastSide = 1;

/// From where to where some coordinate of the points goes.
struct Range {
  double low, high;
  void hold(double value) { low = std::min(low, value), high = std::max(high, value); }
};

std::vector<double> evenly(const Range& range, double side) {
  const double middle = 0.5 * (range.low + range.high);
  std::vector<double> places;
  for (int i = 0; i < kPoints; ++i) places.push_back(middle + side * (i - 0.5 * (kPoints - 1)) / (kPoints - 1));
  return places;
}

}  // namespace

record::LandscapeGrid landscape_grid(std::string_view spec, std::string workload) {
  const std::unique_ptr<train::Landscape> landscape = train::make_landscape(spec);
  record::LandscapeGrid grid;
  grid.workload = std::move(workload);
  grid.formula = landscape->formula();
  std::array<float, 2> start{};
  landscape->initial(0, start);
  Range across{start[0], start[0]}, up{start[1], start[1]};
  for (const train::Landscape::CriticalPoint& point : landscape->critical_points()) {
    across.hold(point.at[0]), up.hold(point.at[1]);
    grid.critical_x.push_back(point.at[0]);
    grid.critical_y.push_back(point.at[1]);
    grid.critical_kind.push_back(point.kind);
  }
  const double side = std::max({across.high - across.low, up.high - up.low, kLeastSide}) * (1 + 2 * kRoom);
  grid.x = evenly(across, side);
  grid.y = evenly(up, side);
  for (const double y : grid.y)
    for (const double x : grid.x) {
      const double value = landscape->value_at({x, y});
      grid.value.push_back(std::isfinite(value) ? record::Real(value) : record::Real());
    }
  return grid;
}

}  // namespace descent::sweep
