#include "descent/engine/placed_rows.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "descent/data/dense_rows.hpp"
#include "engine/make_problem.hpp"

namespace descent::engine {
namespace {

/// The CPUs of this process, as if each were on a NUMA node of its own.
std::vector<machine::Cpu> each_on_its_node() {
  std::vector<machine::Cpu> cpus = machine::usable_cpus();
  int node = 0;
  for (machine::Cpu& cpu : cpus) cpu.numa_node = node++;
  return cpus;
}

void expect_same(const data::Dataset& a, const data::Dataset& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.content_hash, b.content_hash);
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.classes, b.classes);
  EXPECT_EQ(a.label_names, b.label_names);
  EXPECT_EQ(a.has_bias, b.has_bias);
  ASSERT_EQ(a.features.rows(), b.features.rows());
  ASSERT_EQ(a.features.cols(), b.features.cols());
  const data::DenseRows of_a(a.features), of_b(b.features);
  ASSERT_EQ(of_a.stride(), of_b.stride());
  EXPECT_EQ(std::memcmp(of_a.row(0), of_b.row(0), a.rows() * of_a.stride() * sizeof(float)), 0)
      << "the padding has to be copied too, since kernels read it";
}

data::Dataset make_named_dataset() {
  data::Dataset data = testing::make_dataset(1003, 37, 3);
  data.source = "made:up";
  data.content_hash = "some hash";
  data.label_names = {"a", "b", "c"};
  data.has_bias = true;
  return data;
}

TEST(PlacedRows, AreCopiedOnceForEachWayThatSharesLieOverNodes) {
  if (machine::available_cpus() < 2) GTEST_SKIP() << "needs two CPUs";
  const data::Dataset data = make_named_dataset();
  PlacedRows placed(data, each_on_its_node());
  machine::Team one({.threads = 1}), another({.threads = 1}), two({.threads = 2});
  const data::Dataset &of_one = placed.of(one), &of_two = placed.of(two);
  EXPECT_NE(&of_one, &data);
  EXPECT_NE(&of_two, &of_one);
  EXPECT_EQ(&placed.of(another), &of_one);
  EXPECT_EQ(&placed.of(two), &of_two);
  expect_same(of_one, data);
  expect_same(of_two, data);
}

TEST(PlacedRows, AreTheDataSetItselfWhereNothingCanBeNearer) {
  const data::Dataset data = make_named_dataset();
  machine::Team pinned({.threads = 1}), free({.threads = 1, .pin = false});
  std::vector<machine::Cpu> one_node = machine::usable_cpus();
  for (machine::Cpu& cpu : one_node) cpu.numa_node = 1;
  EXPECT_EQ(&PlacedRows(data, one_node).of(pinned), &data);
  EXPECT_EQ(&PlacedRows(data, each_on_its_node()).of(free), &data);
}

}  // namespace
}  // namespace descent::engine
