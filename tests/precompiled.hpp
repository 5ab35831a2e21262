// What most tests include, compiled once (DESCENT_PCH). No file may rely on it: each includes what it uses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../cmake/precompiled.hpp"
