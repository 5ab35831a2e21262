#include "descent/core/hash.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace descent::core {
namespace {

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.update_values(std::span(text));
  return hash.hex();
}

// Source: NIST's example values for SHA-256 (FIPS 180-4), messages of 0, 24 and 448 bits.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, PiecesGiveTheDigestOfTheWhole) {
  Sha256 hash;
  hash.update_values(std::span(std::string_view("a")));
  hash.update({});
  hash.update_values(std::span(std::string_view("bc")));
  EXPECT_EQ(hash.hex(), sha256("abc"));
}

TEST(HashWeights, IsTheDigestOfLittleEndianFloats) {
  const std::array<float, 2> weights{1.0F, -2.0F};  // the bits 3f800000 and c0000000
  EXPECT_EQ(hash_weights(weights), sha256(std::string_view("\0\0\x80\x3f\0\0\0\xc0", 8)));
}

}  // namespace
}  // namespace descent::core
