#include "descent/core/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "descent/core/error.hpp"
#include "descent/core/registry.hpp"

namespace descent::core {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The message of the UsageError that `call` throws, or "" if it throws none.
template <class Call>
std::string usage_error(Call call) {
  try {
    call();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseArguments, ReadsNamesAndValues) {
  EXPECT_EQ(parse_arguments("hinge").name, "hinge");
  EXPECT_TRUE(parse_arguments(" hinge ").values.empty());
  EXPECT_TRUE(parse_arguments("hinge()").values.empty());
  const Arguments arguments = parse_arguments("svm(margin=1.5, kind = a)");
  EXPECT_EQ(arguments.name, "svm");
  EXPECT_EQ(arguments.number("margin", 1), 1.5);
  EXPECT_EQ(arguments.number("absent", 7), 7);
  EXPECT_EQ(arguments.values.at("kind"), "a");
  EXPECT_EQ(arguments.text, "svm(margin=1.5, kind = a)");
}

TEST(ParseArguments, RejectsWhatIsMalformed) {
  for (const char* spec : {"", " ", "(a=1)", "huber(delta=1", "huber)", "huber(delta=1))", "huber((delta=1)",
                           "huber(delta=1)x", "huber(delta)", "huber(=1)", "huber(delta=1,)", "huber(delta=1,delta=2)"})
    EXPECT_THROW(parse_arguments(spec), UsageError) << spec;
}

TEST(Arguments, NumberNamesKeyFoundAndExpected) {
  for (const char* spec : {"huber(delta=x)", "huber(delta=)", "huber(delta=inf)", "huber(delta=nan)"})
    EXPECT_THAT(usage_error([&] { parse_arguments(spec).number("delta", 1); }), HasSubstr("expected a finite number"));
}

TEST(Arguments, ExpectOnlyNamesTheNearestKey) {
  const Arguments arguments = parse_arguments("huber(dleta=1)");
  EXPECT_EQ(usage_error([&] { arguments.expect_only({"delta"}); }),
            "huber(dleta=1): unknown argument 'dleta'; did you mean 'delta'? expected delta");
  EXPECT_EQ(usage_error([&] { arguments.expect_only({"dleta"}); }), "");
  EXPECT_EQ(usage_error([&] { arguments.expect_only({}); }), "huber(dleta=1): unknown argument 'dleta'; expected none");
}

TEST(ParseReal, TakesWholeNumbersOnly) {
  EXPECT_EQ(parse_real("1.5"), 1.5);
  EXPECT_EQ(parse_real("+1"), 1.0);
  EXPECT_EQ(parse_real("-2e3"), -2000.0);
  EXPECT_EQ(parse_real(".5"), 0.5);
  EXPECT_EQ(parse_real("1e-400"), 0.0);
  EXPECT_EQ(parse_real("4.9406564584124654e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::isinf(parse_real("inf").value()));
  EXPECT_TRUE(std::isnan(parse_real("NaN").value()));
  for (const char* text : {"", "+", "-", " 1", "1 ", "1x", "1,5", "+-1", "++1", "0x10", "1e", "1e400", "-1e400", "one"})
    EXPECT_EQ(parse_real(text), std::nullopt) << text;
}

TEST(ParseInteger, TakesWholeIntegersOnly) {
  EXPECT_EQ(parse_integer("+12"), 12);
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  for (const char* text : {"", "+", "-", "1.0", " 1", "1 ", "9223372036854775808", "0x1", "+-1", "one"})
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
}

TEST(Trim, TakesBlanksOffBothEnds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Split, GivesOnePartMoreThanSeparators) {
  EXPECT_THAT(split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ','), ElementsAre(""));
  EXPECT_THAT(split_outside_brackets("svm(a=1,b=2), hinge", ','), ElementsAre("svm(a=1,b=2)", "hinge"));
  EXPECT_THAT(split_outside_brackets("a),b", ','), ElementsAre("a)", "b"));
}

TEST(NearestName, IsTheFirstOfThemOrNothing) {
  const std::vector<std::string> names{"absolute", "hinge", "huber"};
  EXPECT_EQ(nearest_name("hing", names), "hinge");
  EXPECT_EQ(nearest_name("hubre", names), "huber");
  EXPECT_EQ(nearest_name("absolut", names), "absolute");
  EXPECT_EQ(nearest_name("logistic", names), "");
  EXPECT_EQ(nearest_name("", names), "");
  EXPECT_EQ(nearest_name("hinge", {}), "");
}

TEST(NearNames, PrefersASlipThenNamesThatContainItThenASlipInOneWord) {
  using List = std::vector<std::string>;
  const List names{"binary_cross_entropy",  "hinge",         "logistic", "multiclass_squared_svm", "multiclass_svm",
                   "softmax_cross_entropy", "squared_hinge", "squared"};
  EXPECT_EQ(near_names("softmax", names), List{"softmax_cross_entropy"});
  EXPECT_EQ(near_names("softmx", names), List{"softmax_cross_entropy"});
  EXPECT_EQ(near_names("Softmax-Cross-Entropy", names), List{"softmax_cross_entropy"});
  EXPECT_EQ(near_names("svm", names), (List{"multiclass_svm", "multiclass_squared_svm"}));
  EXPECT_EQ(near_names("cross_entropy", names), (List{"binary_cross_entropy", "softmax_cross_entropy"}));
  EXPECT_EQ(near_names("hing", names), List{"hinge"});
  EXPECT_EQ(near_names("logistics", names), List{"logistic"});
  EXPECT_EQ(near_names("xyz", names), List{});
  EXPECT_EQ(near_names("xyz", names, Suggest::always).size(), 1U);
  EXPECT_EQ(near_names("", names, Suggest::always), List{});
  EXPECT_THAT(unknown_name("loss", "svm", names),
              HasSubstr("did you mean 'multiclass_svm' or 'multiclass_squared_svm'? expected one of binary"));
}

TEST(UnknownName, NamesKindFoundNearestAndKnown) {
  const std::vector<std::string> names{"absolute", "hinge"};
  EXPECT_EQ(unknown_name("loss", "hing", names),
            "unknown loss 'hing'; did you mean 'hinge'? expected one of absolute, hinge");
  EXPECT_EQ(unknown_name("loss", "xyz", names), "unknown loss 'xyz'; expected one of absolute, hinge");
}

TEST(Shortest, ReadsBackAsTheSameDouble) {
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(1e-4), "0.0001");
  EXPECT_EQ(shortest(1), "1");
  EXPECT_EQ(shortest(-0.0), "-0");
  for (const double value : {1.0 / 3, 1e-300, 6.02214076e23, 5e-324, std::numeric_limits<double>::max()})
    EXPECT_EQ(parse_real(shortest(value)), value);
}

TEST(WithThousands, PutsACommaBeforeEveryThirdDigit) {
  EXPECT_EQ(with_thousands(0), "0");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(12345678), "12,345,678");
  EXPECT_EQ(with_thousands(std::numeric_limits<std::uint64_t>::max()), "18,446,744,073,709,551,615");
}

struct Leaf {
  explicit Leaf(double s) : size(s) {}
  double size;
};
const Registration<Leaf> small{"small", [](const Arguments&) { return std::make_unique<Leaf>(1); }};
const Registration<Leaf> big{"big", [](const Arguments& a) { return std::make_unique<Leaf>(a.number("size", 9)); }};

TEST(Registry, MakesLeavesByNameSortedWithArguments) {
  EXPECT_THAT(Registry<Leaf>::instance().names(), ElementsAre("big", "small"));
  EXPECT_EQ(Registry<Leaf>::instance().make("leaf", "big(size=4)")->size, 4);
  EXPECT_THAT(Registry<Leaf>::instance().entries()[0].file, testing::EndsWith("text_test.cpp"));
  EXPECT_EQ(usage_error([] { Registry<Leaf>::instance().make("leaf", "smal"); }),
            "unknown leaf 'smal'; did you mean 'small'? expected one of big, small");
}

}  // namespace
}  // namespace descent::core
