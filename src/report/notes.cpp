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
     "what it reads from memory and multiplies at the most, measured on so many threads; and what comparing cells "
     "with themselves tells of its timings"},
    {"data", "rows × features, and rows kept for validation"},
    {"optimum",
     "the least value of the objective, how far it may be from the truth at the most, and the solver that found it"},
    {"tied",
     "cells that are slower than the fastest by no more than chance explains: steps and seconds are drawn anew, for "
     "all "
     "pairs of cells at once"},
    {"untold", "it, or the fastest, ran with one seed or was timed in one process"},
    {"tuning", "time of all trials of these learning rates, summed over cores: no time to target has a part of it"},
    {"apart",
     "the fastest cell of each learning-rate rule that does not compete: untuned, or tuned for another target"},
    {"cheapest", "the cell with the fewest core-seconds (seconds × threads) of those within 5 % of the best"},
    {"baseline", "when the solver of the optimum came to the target: what a second-order method on all rows needs"},
    {"returns", "what the first and the last doubling of the batch save in steps: the ratio of the table's steps"},
    {"model",
     "a fit to the steps of all batch sizes: S_min with the largest, twice that at B_crit; B*: the fastest batch, if "
     "seconds a step grow evenly with it"},
    {"pareto", "cells of which no other needs both fewer seconds and fewer examples, fastest first"},
    {"rate",
     "share of f − f*, the loss less its optimum, that a step of gradient descent takes off: at the end of the curve, "
     "what curvature or l2 gives for this learning rate, and fitted to the whole curve"},
    {"disturbed", "what ran beside the timings, or changed under them"},
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
