#pragma once

#include <string>

#include "sweep/journal/encode.hpp"
#include "sweep/state.hpp"

namespace descent::sweep {

/// Returns a piece of work: from the journal if an earlier run did it, else by calling `make`. Either way its time is
/// booked and the observer is told.
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
