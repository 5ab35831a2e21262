#pragma once

#include "descent/data/features.hpp"

namespace descent::data {

/// Bytes with one scale for all columns: value = byte × scale, rounded to float32. The bias is the byte whose value is
/// 1.
class ByteRows final : public Storage {
 public:
  /// `bytes` with room for one column more; scale 1 or 1/255.
  explicit ByteRows(core::Matrix<std::uint8_t> bytes, double scale = 1) : bytes_(std::move(bytes)) { set_scale(scale); }

  void set_scale(double scale) noexcept;
  double scale() const noexcept { return scale_; }
  core::MatrixView<const std::uint8_t> view() const noexcept { return bytes_.view(); }

  std::string_view kind() const noexcept override { return "bytes"; }
  std::size_t rows() const noexcept override { return bytes_.rows(); }
  std::size_t width() const noexcept override { return bytes_.cols(); }
  std::size_t bytes() const noexcept override { return bytes_.rows() * bytes_.stride(); }
  void read(std::size_t i, float* out) const noexcept override;
  std::unique_ptr<Storage> gather(std::span<const std::uint32_t> rows) const override;
  void append_ones() override;
  std::unique_ptr<Storage> room() const override;
  void copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept override;

 private:
  core::Matrix<std::uint8_t> bytes_;
  double scale_ = 1;
  float values_[256];  // of each byte
};

/// A zeroed (rows, columns) matrix of bytes with room for the bias. Throws InputError as dense_features() does.
core::Matrix<std::uint8_t> byte_matrix(const std::string& place, std::size_t rows, std::size_t columns);

}  // namespace descent::data
