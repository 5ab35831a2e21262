#include "report/notes.hpp"

#include <algorithm>
#include <iterator>

namespace descent::report {
namespace {

struct Note {
  std::string_view label, text;
};

constexpr Note kNotes[]{
    {"machine",
     "what it reads from memory and multiplies at the most, measured on that many threads; A/A: how often a cell "
     "differed from itself, and what difference between two cells it takes to tell them apart"},
    {"data", "rows × features, and rows kept for validation"},
    {"optimum",
     "the least value of the objective, how far it may be from the truth at the most, and the solver that found it"},
    {"best here",
     "the fastest cell with its 95 % interval, and those that cannot be told apart from it: both draws of each "
     "replicate, steps and seconds, are made jointly, for all pairs of cells at once"},
    {"tuning", "time of all trials of these learning rates, summed over cores: no time to target has a part of it"},
    {"apart",
     "the fastest cell of each learning-rate rule that does not compete: untuned, or tuned for another target"},
    {"cheapest", "the cell with the fewest core-seconds (seconds × threads) of those within 5 % of the best"},
    {"baseline",
     "when the solver of the optimum came to the target: what a second-order method on all rows needs, start to there"},
    {"returns",
     "where doubling the batch saves √2 of the steps, and what the first and the last doubling save: the "
     "ratio of the table's steps"},
    {"model",
     "a fit to the steps of all batch sizes: S_min with the largest, twice that at B_crit; B*: the fastest batch, if "
     "seconds a step grow evenly with it"},
    {"pareto", "cells of which no other needs both fewer seconds and fewer examples, fastest first"},
    {"rate",
     "share of f − f* that a step of gradient descent takes off: fitted to its curve, at the curve's end, and what "
     "curvature or l2 gives for this learning rate"},
    {"also", "the fastest cell to another target"},
    {"seeds", "runs a series that the intervals of steps rest on: from few, Student's t makes them wide"},
    {"timed", "processes that times rest on: a process differs from the next by more than its own samples do"},
    {"checks", "comparisons that the suite makes of itself, and how many came out as they should"},
    {"spent", "shares of the command's time"},
};

}  // namespace

std::string_view note_of_line(std::string_view label) noexcept {
  const auto* const found =
      std::find_if(std::begin(kNotes), std::end(kNotes), [&](const Note& note) { return note.label == label; });
  return found == std::end(kNotes) ? std::string_view() : found->text;
}

}  // namespace descent::report
