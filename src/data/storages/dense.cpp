#include <algorithm>
#include <cstring>

#include "data/dense_storage.hpp"
#include "data/memory.hpp"

namespace descent::data {

void DenseStorage::read(std::size_t i, float* out) const noexcept { std::copy_n(matrix_.row(i), matrix_.cols(), out); }

std::unique_ptr<Storage> DenseStorage::gather(std::span<const std::uint32_t> rows) const {
  core::Matrix<float> result(rows.size(), matrix_.cols(), matrix_.cols() + 1);
  for (std::size_t i = 0; i < rows.size(); ++i) read(rows[i], result.row(i));
  return std::make_unique<DenseStorage>(std::move(result));
}

void DenseStorage::append_ones() {
  const std::size_t d = matrix_.cols();
  fit(d + 1, "the rows with their bias");
  matrix_.set_cols(d + 1);
  for (std::size_t i = 0; i < rows(); ++i) matrix_(i, d) = 1;
}

void DenseStorage::fit(std::size_t columns, const std::string& place) {
  const std::size_t stride = core::padded_stride<float>(columns);
  if (stride == matrix_.stride()) return;
  core::expect_memory(place, static_cast<double>(rows() * stride * sizeof(float)));
  core::Matrix<float> fitting(rows(), matrix_.cols(), columns);
  for (std::size_t i = 0; i < rows(); ++i) read(i, fitting.row(i));
  matrix_ = std::move(fitting);
}

std::unique_ptr<Storage> DenseStorage::room() const {
  return std::make_unique<DenseStorage>(core::Matrix<float>::unwritten(matrix_));
}

void DenseStorage::copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept {
  const core::Matrix<float>& rows = static_cast<const DenseStorage&>(from).matrix_;
  if (begin < end) std::memcpy(matrix_.row(begin), rows.row(begin), (end - begin) * rows.stride() * sizeof(float));
}

namespace {

class DenseKind final : public StorageKind {
 public:
  std::string_view description() const noexcept override { return "dense float32"; }
  Features convert(const Storage& from, const std::string& place) const override {
    core::Matrix<float> rows = dense_features(place, from.rows(), from.width());
    for (std::size_t i = 0; i < rows.rows(); ++i) from.read(i, rows.row(i));
    return rows;
  }
};

const core::Registration<StorageKind> registration{
    "dense", [](const core::Arguments&) -> std::unique_ptr<StorageKind> { return std::make_unique<DenseKind>(); }};

}  // namespace
}  // namespace descent::data
