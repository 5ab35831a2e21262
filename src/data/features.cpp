#include "descent/data/features.hpp"

#include "data/dense_storage.hpp"

namespace descent::data {

Features::Features(core::Matrix<float> rows) : Features(std::make_unique<DenseStorage>(std::move(rows))) {}

Features::Features(std::unique_ptr<Storage> storage)
    : storage_(std::move(storage)), others_(std::make_unique<Others>()) {
  if (auto* const dense = dynamic_cast<DenseStorage*>(storage_.get())) dense_ = &dense->matrix();
}

std::vector<float> Features::row_values(std::size_t i) const {
  std::vector<float> values(cols());
  storage_->read(i, values.data());
  return values;
}

std::shared_ptr<const Storage> Features::as(std::string_view kind, const std::string& place) const {
  if (this->kind() == kind)
    return {std::shared_ptr<const Storage>(), storage_.get()};  // owned here, not by the pointer
  const std::lock_guard lock(others_->mutex);
  std::shared_ptr<const Storage>& other = others_->by_kind[std::string(kind)];
  if (!other) other = StorageRegistry::instance().make("storage of rows", kind)->convert(*storage_, place).storage_;
  return other;
}

Features stored_as(std::string_view kind, Features from, const std::string& place) {
  if (from.rows() == 0 || from.kind() == kind) return from;
  return StorageRegistry::instance().make("storage of rows", kind)->convert(from.storage(), place);
}

std::string describe_storage(std::string_view kind) {
  return std::string(StorageRegistry::instance().make("storage of rows", kind)->description());
}

}  // namespace descent::data
