#pragma once

#include "descent/data/features.hpp"

namespace descent::data {

/// Row-major float32, rows padded with zeros.
class DenseStorage final : public Storage {
 public:
  explicit DenseStorage(core::Matrix<float> matrix) : matrix_(std::move(matrix)) {}

  core::Matrix<float>& matrix() noexcept { return matrix_; }

  std::string_view kind() const noexcept override { return kDenseStorage; }
  std::size_t rows() const noexcept override { return matrix_.rows(); }
  std::size_t width() const noexcept override { return matrix_.cols(); }
  std::size_t bytes() const noexcept override { return matrix_.rows() * matrix_.stride() * sizeof(float); }
  void read(std::size_t i, float* out) const noexcept override;
  std::unique_ptr<Storage> gather(std::span<const std::uint32_t> rows) const override;
  void append_ones() override;
  std::unique_ptr<Storage> room() const override;
  void copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept override;

  /// Narrows rows that readers left room in to the stride of an ordinary matrix of `columns`; copies where that is
  /// less.
  void fit(std::size_t columns, const std::string& place);

 private:
  core::Matrix<float> matrix_;
};

}  // namespace descent::data
