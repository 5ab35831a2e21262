#pragma once

#include <span>

namespace descent::core {

/// y ← fma(a, x, y), elementwise and vectorised; x, y (m,). Fused where the machine has fused multiply-add, as kernels
/// do it.
void axpy(float a, std::span<const float> x, std::span<float> y) noexcept;

}  // namespace descent::core
