#pragma once

#include <boost/preprocessor/seq/for_each.hpp>
#include <boost/preprocessor/stringize.hpp>
#include <boost/preprocessor/variadic/size.hpp>
#include <boost/preprocessor/variadic/to_seq.hpp>
#include <concepts>
#include <type_traits>

#include "descent/record/member_count.hpp"

namespace descent::record {

/// Number of members of a struct that are written and read separately from the others.
template <class T>
inline constexpr std::size_t kUnlisted = 0;

}  // namespace descent::record

// DESCENT_FIELDS(Type, members…) lists a struct's members once, for writing, reading and tests: visit_fields(object,
// visit) calls visit("name", object.name) for each. A list that leaves a member out does not compile. At most 64
// members: as many arguments as Boost 1.74's Preprocessor takes.
#define DESCENT_VISIT(r, data, name) visit(BOOST_PP_STRINGIZE(name), object.name);
#define DESCENT_FIELDS(Type, ...)                                                                                     \
  template <class Object, class Visitor>                                                                              \
  requires std::same_as<std::remove_const_t<Object>, Type>                                                            \
  void visit_fields(Object& object, Visitor&& visit) {                                                                \
    BOOST_PP_SEQ_FOR_EACH(DESCENT_VISIT, _, BOOST_PP_VARIADIC_TO_SEQ(__VA_ARGS__))                                    \
  }                                                                                                                   \
  static_assert(                                                                                                      \
      ::descent::record::has_members<Type, BOOST_PP_VARIADIC_SIZE(__VA_ARGS__) + ::descent::record::kUnlisted<Type>>, \
      "its list leaves out a member, or names one twice: " #Type);
