#include <fmt/format.h>

#include <algorithm>

#include "data/memory.hpp"
#include "descent/data/sparse_rows.hpp"

namespace descent::data {

std::size_t SparseRows::bytes() const noexcept {
  return rows_.ends.size() * sizeof(rows_.ends[0]) +
         rows_.values.size() * (sizeof(rows_.values[0]) + sizeof(rows_.columns[0]));
}

void SparseRows::read(std::size_t i, float* out) const noexcept {
  std::fill_n(out, rows_.width, 0.0F);
  for (std::size_t at = begin(i); at < rows_.ends[i]; ++at) out[rows_.columns[at]] = rows_.values[at];
}

std::unique_ptr<Storage> SparseRows::gather(std::span<const std::uint32_t> rows) const {
  SparseMatrix result;
  result.width = rows_.width;
  result.ends.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    for (std::size_t at = begin(row); at < rows_.ends[row]; ++at)
      result.columns.push_back(rows_.columns[at]), result.values.push_back(rows_.values[at]);
    result.ends.push_back(result.values.size());
  }
  return std::make_unique<SparseRows>(std::move(result));
}

void SparseRows::append_ones() {
  const std::size_t n = rows();
  rows_.columns.resize(rows_.columns.size() + n);
  rows_.values.resize(rows_.values.size() + n);
  // From the last row on, each moves behind itself by the entries that rows before it get: no second copy.
  for (std::size_t i = n; i-- > 0;) {
    const std::size_t first = begin(i), end = rows_.ends[i];
    const auto move = [&](auto& entries) {
      std::move_backward(entries.begin() + static_cast<std::ptrdiff_t>(first),
                         entries.begin() + static_cast<std::ptrdiff_t>(end),
                         entries.begin() + static_cast<std::ptrdiff_t>(end + i));
    };
    move(rows_.columns), move(rows_.values);
    rows_.columns[end + i] = static_cast<std::uint32_t>(rows_.width), rows_.values[end + i] = 1;
  }
  for (std::size_t i = 0; i < n; ++i) rows_.ends[i] += i + 1;
  ++rows_.width;
}

std::unique_ptr<Storage> SparseRows::room() const {
  SparseMatrix result;
  result.width = rows_.width, result.ends = rows_.ends;
  result.columns.resize(rows_.columns.size()), result.values.resize(rows_.values.size());
  return std::make_unique<SparseRows>(std::move(result));
}

void SparseRows::copy_rows(const Storage& from, std::size_t first, std::size_t end) noexcept {
  if (first >= end) return;
  const SparseRows& rows = static_cast<const SparseRows&>(from);
  const std::size_t at = rows.begin(first), count = rows.rows_.ends[end - 1] - at;
  std::copy_n(rows.rows_.columns.data() + at, count, rows_.columns.data() + at);
  std::copy_n(rows.rows_.values.data() + at, count, rows_.values.data() + at);
}

namespace {

class SparseKind final : public StorageKind {
 public:
  std::string_view description() const noexcept override { return "compressed sparse rows"; }
  Features convert(const Storage& from, const std::string& place) const override {
    SparseMatrix rows;
    rows.width = from.width();
    std::vector<float> row(rows.width);
    const auto each = [&](const auto& visit) {
      for (std::size_t i = 0; i < from.rows(); ++i) {
        from.read(i, row.data());
        for (std::size_t j = 0; j < row.size(); ++j)
          if (row[j] != 0) visit(j);
        visit(row.size());  // the row's end
      }
    };
    std::size_t entries = 0;
    each([&](std::size_t j) { entries += j < row.size(); });
    core::expect_memory(fmt::format("{}: {} rows and {} values, stored sparse,", place,
                                    core::with_thousands(from.rows()), core::with_thousands(entries)),
                        static_cast<double>(entries * 8 + from.rows() * 8) + spectrum_bytes(from.rows(), from.width()));
    rows.columns.reserve(entries + from.rows()), rows.values.reserve(entries + from.rows());  // and the bias
    each([&](std::size_t j) {
      if (j < row.size())
        rows.columns.push_back(static_cast<std::uint32_t>(j)), rows.values.push_back(row[j]);
      else
        rows.ends.push_back(rows.values.size());
    });
    return Features(std::make_unique<SparseRows>(std::move(rows)));
  }
};

const core::Registration<StorageKind> registration{
    "sparse", [](const core::Arguments&) -> std::unique_ptr<StorageKind> { return std::make_unique<SparseKind>(); }};

}  // namespace
}  // namespace descent::data
