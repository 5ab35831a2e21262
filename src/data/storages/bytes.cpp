#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "data/memory.hpp"
#include "descent/core/error.hpp"
#include "descent/data/byte_rows.hpp"

namespace descent::data {

void ByteRows::set_scale(double scale) noexcept {
  scale_ = scale;
  for (int b = 0; b < 256; ++b) values_[b] = static_cast<float>(b * scale);
}

void ByteRows::read(std::size_t i, float* out) const noexcept {
  for (const std::uint8_t byte : bytes_.view().row_span(i)) *out++ = values_[byte];
}

std::unique_ptr<Storage> ByteRows::gather(std::span<const std::uint32_t> rows) const {
  core::Matrix<std::uint8_t> result(rows.size(), bytes_.cols(), bytes_.cols() + 1);
  for (std::size_t i = 0; i < rows.size(); ++i) std::copy_n(bytes_.row(rows[i]), bytes_.cols(), result.row(i));
  return std::make_unique<ByteRows>(std::move(result), scale_);
}

void ByteRows::append_ones() {
  const auto one = static_cast<std::uint8_t>(std::lround(1 / scale_));
  assert(values_[one] == 1);
  const std::size_t d = bytes_.cols();
  bytes_.set_cols(d + 1);
  for (std::size_t i = 0; i < rows(); ++i) bytes_(i, d) = one;
}

std::unique_ptr<Storage> ByteRows::room() const {
  return std::make_unique<ByteRows>(core::Matrix<std::uint8_t>::unwritten(bytes_), scale_);
}

void ByteRows::copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept {
  const core::Matrix<std::uint8_t>& rows = static_cast<const ByteRows&>(from).bytes_;
  if (begin < end) std::memcpy(bytes_.row(begin), rows.row(begin), (end - begin) * rows.stride());
}

core::Matrix<std::uint8_t> byte_matrix(const std::string& place, std::size_t rows, std::size_t columns) {
  core::expect_memory(fmt::format("{}: {} rows x {} features, stored as bytes,", place, core::with_thousands(rows),
                                  core::with_thousands(columns)),
                      static_cast<double>(rows) * static_cast<double>(core::padded_stride<std::uint8_t>(columns + 1)) +
                          spectrum_bytes(rows, columns));
  return {rows, columns, columns + 1};
}

namespace {

constexpr double kScales[] = {1.0 / 255, 1};  // tried in this order: rows of zeros and ones are image bytes too

struct NoByte {
  std::size_t row, column;
  float value;
};
/// visit(row, column, byte) of every value, until one is no byte times the scale: that one is returned.
template <class Visit>
std::optional<NoByte> each_byte(const Storage& from, double scale, const Visit& visit) {
  std::vector<float> row(from.width());
  for (std::size_t i = 0; i < from.rows(); ++i) {
    from.read(i, row.data());
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double byte = std::nearbyint(static_cast<double>(row[j]) / scale);
      if (!(byte >= 0 && byte <= 255 && static_cast<float>(byte * scale) == row[j])) return NoByte{i, j, row[j]};
      visit(i, j, static_cast<std::uint8_t>(byte));
    }
  }
  return {};
}

class ByteKind final : public StorageKind {
 public:
  std::string_view description() const noexcept override { return "bytes with one scale"; }
  Features convert(const Storage& from, const std::string& place) const override {
    std::optional<NoByte> no_byte;
    for (const double scale : kScales) {
      no_byte = each_byte(from, scale, [](std::size_t, std::size_t, std::uint8_t) {});
      if (no_byte) continue;
      core::Matrix<std::uint8_t> bytes = byte_matrix(place, from.rows(), from.width());
      each_byte(from, scale, [&](std::size_t i, std::size_t j, std::uint8_t byte) { bytes(i, j) = byte; });
      return Features(std::make_unique<ByteRows>(std::move(bytes), scale));
    }
    throw core::InputError(
        fmt::format("{}: row {} has {} in feature {}; expected a whole number from 0 to 255 (or in all rows such "
                    "numbers divided by 255), to store it as byte",
                    place, no_byte->row + 1, no_byte->value, no_byte->column + 1));
  }
};

const core::Registration<StorageKind> registration{
    "bytes", [](const core::Arguments&) -> std::unique_ptr<StorageKind> { return std::make_unique<ByteKind>(); }};

}  // namespace
}  // namespace descent::data
