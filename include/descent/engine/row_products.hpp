#pragma once

#include <cstddef>
#include <memory>

#include "descent/data/dataset.hpp"

namespace descent::engine {

/// The products with a data set's rows that solvers, moments and spectra need, in double, for any storage of the rows.
/// Matrices are row-major unless stated; rows x_i are (width,). Safe to call from several threads.
class RowProducts {
 public:
  virtual ~RowProducts() = default;

  /// s (outputs × count, s_stride apart) = w (outputs × width) · x of rows [first, first + count), transposed.
  virtual void scores(const double* w, std::size_t outputs, std::size_t first, std::size_t count, double* s,
                      std::size_t s_stride) const = 0;
  /// g (outputs × width) = s (outputs × count, s_stride apart) · x of rows [first, first + count).
  virtual void gradient(const double* s, std::size_t s_stride, std::size_t outputs, std::size_t first,
                        std::size_t count, double* g) const = 0;
  /// Lower triangle, column-major, of g (width × width) += Σ scale_i x_i x_iᵀ over all rows, scale (rows,) ≥ 0; rows of
  /// scale 0 cost nothing.
  virtual void add_gram(const double* scale, double* g) const = 0;
  /// out = Σ x_i (x_i · v) over all rows, in their order. v and out are padded_width() long; padding of v is 0.
  virtual void gram_times(const double* v, double* out) const = 0;
  virtual std::size_t padded_width() const noexcept = 0;
  /// x_i · w
  virtual double dot(std::size_t i, const double* w) const = 0;
  /// w += a x_i
  virtual void add(double a, std::size_t i, double* w) const = 0;
  /// ‖x_i‖²
  virtual double norm_squared(std::size_t i) const = 0;
};

/// Dense rows are read in place; rows of all other kinds are converted to float32 block by block. Except for
/// add_gram(), all kinds give the same bits as dense rows of the same values. `features` must outlive the result.
std::unique_ptr<RowProducts> make_row_products(const data::Features& features);

}  // namespace descent::engine
