#include "descent/core/failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <system_error>

#include "descent/core/error.hpp"

namespace descent::core {
namespace {

using testing::StartsWith;

template <class Error>
std::string text_of(const Error& error) {
  return failure_text(std::make_exception_ptr(error));
}

TEST(Failure, OfMemoryOrThreadsIsNamedWhoeverMetIt) {
  const std::error_code again = std::make_error_code(std::errc::resource_unavailable_try_again);
  EXPECT_THAT(text_of(std::system_error(again)), StartsWith("threads: found no room for another one; expected"));
  // oneTBB throws this error if it cannot start a thread.
  EXPECT_EQ(text_of(std::runtime_error("pthread_create has failed: Resource temporarily unavailable")),
            text_of(std::system_error(again)));
  EXPECT_THAT(text_of(std::bad_alloc()), StartsWith("memory: found too little"));
  EXPECT_EQ(uncaught_failure_text(std::make_exception_ptr(std::logic_error("ours"))), nullptr) << "has to abort";
}

TEST(Failure, OfAFileOrACommandKeepsItsWords) {
  EXPECT_EQ(text_of(InputError("a.csv:3: found x; expected y")), "a.csv:3: found x; expected y");
  EXPECT_EQ(text_of(UsageError("--pthread_created: found x; expected y")), "--pthread_created: found x; expected y");
  EXPECT_THAT(text_of(std::logic_error("odd")), StartsWith("found an error that no check foresaw: odd; expected none"));
}

}  // namespace
}  // namespace descent::core
