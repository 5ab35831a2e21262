#pragma once

#include <string>

#include "sweep/journal/encode.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

/// A piece of work that an earlier run has in the journal, or that `make` does now; booked and told of either way.
template <class T, class Make>
T piece(SweepState& state, const std::string& account, const std::string& kind, const std::string& key, double units,
        Make&& make) {
  const std::string what = kind + " " + key;
  if (const Journal::Piece* const old = state.journal.find(kind, key)) {
    state.finished(account, what, old->seconds, units, true);
    return decode<T>(old->value);
  }
  const Stopwatch watch;
  T result = make();
  const double seconds = watch.seconds();
  state.journal.append(kind, key, encode(result), seconds);
  state.finished(account, what, seconds, units, false);
  return result;
}

}  // namespace descent::sweep
