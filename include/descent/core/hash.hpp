#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace descent::core {

/// SHA-256 over bytes given piece by piece.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const std::byte> bytes);
  template <class T>
  void update_values(std::span<const T> values) {
    update(std::as_bytes(values));
  }
  std::string hex();  ///< 64 lower-case digits; ends the hash

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// SHA-256 over float32 little-endian weights, as the report's `weights_hash`.
std::string hash_weights(std::span<const float> weights);

}  // namespace descent::core
