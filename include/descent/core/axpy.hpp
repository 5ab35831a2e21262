#pragma once

#include <span>

namespace descent::core {

/// y ← fma(a, x, y), elementwise and vectorised; x, y (m,). Uses fused multiply-add where the machine has it, as the
/// kernels do.
void axpy(float a, std::span<const float> x, std::span<float> y) noexcept;

}  // namespace descent::core
