#pragma once

#include <cstddef>
#include <utility>

namespace descent::record {

/// Converts to a member of any type; never evaluated.
struct AnyMember {
  template <class T>
  operator T&() const&&;
  template <class T>
  operator T&&() const&&;
};

template <class T, std::size_t... I>
constexpr bool takes(std::index_sequence<I...>) {
  return requires { T{((void)I, AnyMember())...}; };
}

/// Whether the aggregate T has exactly N members: it accepts N initialisers, but not N + 1. T must have neither a base
/// nor a C array, which would accept more than one.
/// source  A. Polukhin's magic_get (later Boost.PFR, which Debian 12's Boost 1.74 does not have): the technique
template <class T, std::size_t N>
constexpr bool has_members = takes<T>(std::make_index_sequence<N>()) && !takes<T>(std::make_index_sequence<N + 1>());

}  // namespace descent::record
