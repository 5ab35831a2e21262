#include "descent/core/gzip.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

using testing::HasSubstr;

/// `printf 'descent\n' | gzip -n -9` of GNU gzip 1.12.
constexpr char kOfGnuGzip[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x4b\x49\x2d\x4e\x4e\xcd\x2b\xe1\x02\x00\x6f\xd4\x1e\x5e\x08\x00\x00\x00";

std::string message_of(const std::string& compressed, std::size_t most = static_cast<std::size_t>(-1)) {
  try {
    gunzip("f.gz", compressed, most);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Gzip, ReadsWhatGnuGzipWrote) {
  const std::string compressed(kOfGnuGzip, sizeof kOfGnuGzip - 1);
  EXPECT_TRUE(is_gzip(compressed));
  EXPECT_EQ(gunzip("f.gz", compressed), "descent\n");
}

TEST(Gzip, GivesBackWhatItWroteAndWritesItAgainAlike) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i % 1000) + '\n';
  for (const std::string& content : {std::string(), std::string("x"), text, std::string(300'000, '\0')}) {
    EXPECT_EQ(gunzip("f.gz", gzip(content)), content);
    EXPECT_EQ(gzip(content), gzip(content));
  }
  EXPECT_TRUE(gzip(text).size() < text.size() / 3);
}

TEST(Gzip, SaysWhereDataEndTooEarlyAreDamagedOrFollowedByOthers) {
  const std::string whole = gzip("content that is longer than its checksum");
  for (std::size_t size = 2; size < whole.size(); ++size)
    EXPECT_THAT(message_of(whole.substr(0, size)), HasSubstr("gzip data end after")) << size;
  std::string damaged = whole;
  damaged[damaged.size() - 6] ^= 1;  // a byte of the checksum
  EXPECT_THAT(message_of(damaged), HasSubstr("f.gz: damaged gzip data (incorrect data check)"));
  EXPECT_THAT(message_of(whole + "x"), HasSubstr("1 bytes follow the gzip data"));
}

TEST(Gzip, TakesNoMoreThanIsAllowed) {
  const std::string bomb = gzip(std::string(10'000'000, 'x'));
  EXPECT_TRUE(bomb.size() < 20'000);
  EXPECT_EQ(message_of(bomb, 10'000'000), "");
  EXPECT_EQ(message_of(bomb, 9'999'999),
            "f.gz: found gzip data of more than 9999999 bytes of content; expected at most so many");
  // The last four bytes of gzip data are the size of the content; here they claim that it is one byte.
  std::string liar = bomb;
  liar[liar.size() - 4] = 1, liar[liar.size() - 3] = liar[liar.size() - 2] = 0;
  EXPECT_THAT(message_of(liar, 100), HasSubstr("more than 100 bytes"));
  EXPECT_THAT(message_of(gzip("12345") + gzip("67890"), 9), HasSubstr("more than 9 bytes"));
}

}  // namespace
}  // namespace descent::core
