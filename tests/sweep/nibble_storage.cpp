// A kind of storage that is registered only in the tests: each byte holds two whole numbers from 0 to 15.
#include <fmt/format.h>

#include "descent/core/error.hpp"
#include "descent/data/features.hpp"

namespace descent::sweep {
namespace {

class NibbleRows final : public data::Storage {
 public:
  NibbleRows(std::size_t rows, std::size_t width) : rows_(rows), width_(width), bytes_(rows * (width / 2 + 1)) {}

  std::string_view kind() const noexcept override { return "nibbles"; }
  std::size_t rows() const noexcept override { return rows_; }
  std::size_t width() const noexcept override { return width_; }
  std::size_t bytes() const noexcept override { return bytes_.size(); }
  void read(std::size_t i, float* out) const noexcept override {
    for (std::size_t j = 0; j < width_; ++j) out[j] = static_cast<float>(at(i, j) >> 4 * (j % 2) & 15);
  }
  void set(std::size_t i, std::size_t j, unsigned value) {
    bytes_[i * (width_ / 2 + 1) + j / 2] |= static_cast<std::uint8_t>(value << 4 * (j % 2));
  }
  std::unique_ptr<Storage> gather(std::span<const std::uint32_t> rows) const override {
    auto result = std::make_unique<NibbleRows>(rows.size(), width_);
    for (std::size_t i = 0; i < rows.size(); ++i) result->copy_row(i, *this, rows[i], width_);
    return result;
  }
  void append_ones() override {
    NibbleRows wider(rows_, width_ + 1);
    for (std::size_t i = 0; i < rows_; ++i) wider.copy_row(i, *this, i, width_), wider.set(i, width_, 1);
    *this = std::move(wider);
  }
  std::unique_ptr<Storage> room() const override { return std::make_unique<NibbleRows>(rows_, width_); }
  void copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept override {
    for (std::size_t i = begin; i < end; ++i) copy_row(i, static_cast<const NibbleRows&>(from), i, width_);
  }

 private:
  unsigned at(std::size_t i, std::size_t j) const { return bytes_[i * (width_ / 2 + 1) + j / 2]; }
  void copy_row(std::size_t to, const NibbleRows& from, std::size_t row, std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) set(to, j, from.at(row, j) >> 4 * (j % 2) & 15);
  }

  std::size_t rows_, width_;
  std::vector<std::uint8_t> bytes_;
};

class NibbleKind final : public data::StorageKind {
 public:
  std::string_view description() const noexcept override { return "nibbles"; }
  data::Features convert(const data::Storage& from, const std::string& place) const override {
    auto rows = std::make_unique<NibbleRows>(from.rows(), from.width());
    std::vector<float> values(from.width());
    for (std::size_t i = 0; i < from.rows(); ++i) {
      from.read(i, values.data());
      for (std::size_t j = 0; j < values.size(); ++j) {
        const auto value = static_cast<unsigned>(values[j]);
        if (static_cast<float>(value) != values[j] || value > 15)
          throw core::InputError(fmt::format("{}: row {} has {}; expected 0 to 15", place, i + 1, values[j]));
        rows->set(i, j, value);
      }
    }
    return data::Features(std::move(rows));
  }
};

const core::Registration<data::StorageKind> registration{
    "nibbles",
    [](const core::Arguments&) -> std::unique_ptr<data::StorageKind> { return std::make_unique<NibbleKind>(); }};

}  // namespace
}  // namespace descent::sweep
