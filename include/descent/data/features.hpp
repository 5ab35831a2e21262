#pragma once

#include <cassert>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/core/matrix.hpp"
#include "descent/core/registry.hpp"

namespace descent::data {

/// Rows of features as one storage kind keeps them.
class Storage {
 public:
  virtual ~Storage() = default;
  virtual std::string_view kind() const noexcept = 0;  ///< its name in StorageRegistry
  virtual std::size_t rows() const noexcept = 0;
  virtual std::size_t width() const noexcept = 0;  ///< features of a row, with the bias where there is one
  virtual std::size_t bytes() const noexcept = 0;  ///< of memory
  /// Writes row i as float32 to out (width,).
  virtual void read(std::size_t i, float* out) const noexcept = 0;
  /// Those rows, in that order, in the same kind.
  virtual std::unique_ptr<Storage> gather(std::span<const std::uint32_t> rows) const = 0;
  /// Adds a last column whose values are 1: the bias.
  virtual void append_ones() = 0;
  /// Room for the same rows, nothing copied yet: whoever copies rows there first places their memory, if it can.
  virtual std::unique_ptr<Storage> room() const = 0;
  /// Copies rows [begin, end) of `from`, of which this is room(). Several threads may copy rows of their own.
  virtual void copy_rows(const Storage& from, std::size_t begin, std::size_t end) noexcept = 0;
};

class DenseRows;

/// The rows of a data set, whatever their storage. Move-only.
class Features {
 public:
  Features() = default;
  Features(core::Matrix<float> rows);  // NOLINT(google-explicit-constructor): rows made by hand are dense
  explicit Features(std::unique_ptr<Storage> storage);

  std::size_t rows() const noexcept { return storage_ ? storage_->rows() : 0; }
  std::size_t cols() const noexcept { return storage_ ? storage_->width() : 0; }
  std::string_view kind() const noexcept { return storage_ ? storage_->kind() : "dense"; }
  /// Where there are rows.
  const Storage& storage() const noexcept { return *storage_; }
  Storage& storage() noexcept { return forget_others(), *storage_; }
  /// The same rows in another kind, for an engine that reads that kind beside engines that read this one: converted
  /// when first asked for, and kept until these rows may have changed. Themselves where they are stored so. Throws as
  /// StorageKind::convert does. Several threads may ask.
  std::shared_ptr<const Storage> as(std::string_view kind, const std::string& place) const;

  /// Row i as float32, copied.
  std::vector<float> row_values(std::size_t i) const;
  /// One value, of any kind; slow where the kind is not dense.
  float operator()(std::size_t i, std::size_t j) const { return dense_ ? (*dense_)(i, j) : row_values(i)[j]; }
  /// A value of dense rows, to fill them by hand.
  float& operator()(std::size_t i, std::size_t j) noexcept {
    assert(dense_ != nullptr);
    forget_others();
    return (*dense_)(i, j);
  }

 private:
  friend class DenseRows;
  struct Others {
    std::mutex mutex;
    std::map<std::string, std::shared_ptr<const Storage>, std::less<>> by_kind;
  };
  void forget_others() noexcept {
    if (others_ && !others_->by_kind.empty()) others_->by_kind.clear();
  }

  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Others> others_;        // where there are rows
  core::Matrix<float>* dense_ = nullptr;  // of storage_, where it is dense
};

/// A way to store rows. Registers itself; see Registry. Readers hand over the kind that is nearest to their format; a
/// run asks for the kind that its engines read.
class StorageKind {
 public:
  virtual ~StorageKind() = default;
  virtual std::string_view description() const noexcept = 0;  ///< for people: "dense float32"
  /// The rows in this kind. Throws InputError that names `place` where the rows do not fit into this kind, or the copy
  /// not into memory.
  virtual Features convert(const Storage& from, const std::string& place) const = 0;
};
using StorageRegistry = core::Registry<StorageKind>;

/// The rows stored as `kind`: themselves where they are already, else a copy, and `from` is gone. Throws UsageError for
/// a kind that does not exist, InputError that names `place` as StorageKind::convert does.
Features stored_as(std::string_view kind, Features from, const std::string& place);
/// The description of a registered kind.
std::string describe_storage(std::string_view kind);

/// The name of the kind that the engines of this suite read, unless they say otherwise.
inline constexpr std::string_view kDenseStorage = "dense";

}  // namespace descent::data
