#pragma once

#include "descent/data/features.hpp"

namespace descent::data {

/// Compressed sparse rows: row i has the entries [ends[i − 1], ends[i]), columns ascending.
struct SparseMatrix {
  std::size_t width = 0;
  std::vector<std::size_t> ends;       ///< (rows,)
  std::vector<std::uint32_t> columns;  ///< (entries,), from 0 on
  std::vector<float> values;           ///< (entries,)
};

class SparseRows final : public Storage {
 public:
  explicit SparseRows(SparseMatrix rows) : rows_(std::move(rows)) {}

  const SparseMatrix& matrix() const noexcept { return rows_; }
  std::size_t begin(std::size_t i) const noexcept { return i == 0 ? 0 : rows_.ends[i - 1]; }

  std::string_view kind() const noexcept override { return "sparse"; }
  std::size_t rows() const noexcept override { return rows_.ends.size(); }
  std::size_t width() const noexcept override { return rows_.width; }
  std::size_t bytes() const noexcept override;
  void read(std::size_t i, float* out) const noexcept override;
  std::unique_ptr<Storage> gather(std::span<const std::uint32_t> rows) const override;
  void append_ones() override;
  std::unique_ptr<Storage> room() const override;  // its pages belong to the calling thread
  void copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept override;

 private:
  SparseMatrix rows_;
};

}  // namespace descent::data
