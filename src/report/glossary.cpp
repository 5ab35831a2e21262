#include "descent/report/glossary.hpp"

#include <ostream>

#include "descent/report/text_table.hpp"
#include "report/folded.hpp"

namespace descent::report {
namespace {

constexpr Word kWords[]{
    {"loss",
     "What is minimised: the mean over the training rows, plus (l2/2)‖W‖². `descent list losses` has formulas."},
    {"optimum",
     "The smallest possible loss. A solver of its own finds it before any run, and bounds how far it may be off."},
    {"starting gap", "The loss at the start less the optimum. A target of 10 % means: a tenth of this gap is left."},
    {"target",
     "What a run has to reach: a share of the starting gap, or a validation accuracy. The hardest share of the "
     "gap is the headline: learning rates are searched for it."},
    {"optimizer", "The method: gd takes all rows in each step, sgd a mini-batch of them. `descent list optimizers`."},
    {"batch", "Training rows that one step reads. full: all of them, as gradient descent does."},
    {"step", "One update of the weights by the gradient of one batch."},
    {"pass", "So many steps that they have read as many rows as there are: an epoch."},
    {"seed",
     "Decides in which order a run reads its rows. Runs of several seeds tell how far steps scatter by chance."},
    {"steps to target",
     "Expected steps of a run that starts again where it fails: all steps taken, over the runs that "
     "reached the target."},
    {"seconds per step",
     "Of gathering the batch, its gradient and the update, by threads that do nothing else. Evaluation "
     "and search are not in it."},
    {"time to target", "Steps to target × seconds per step."},
    {"95 % interval",
     "Covers the true value in 19 of 20 such measurements. [14, …) has no upper end: among the runs there "
     "are too few that came to the target. It tells of this run of the program, not of another day."},
    {"luck of the fastest",
     "The fastest of several that are about as fast owes some of its lead to chance. The interval in "
     "the sentence allows for that; the one in the table is that of the cell by itself."},
    {"fastest", "The batch size and thread count with the least time to target among those that were tried."},
    {"perhaps as fast", "Its time is longer than the fastest's, but by no more than chance explains."},
    {"perhaps fastest", "The timings do not allow a ranking; this is one of those that may be the fastest."},
    {"not compared",
     "It, or the fastest, ran with one seed, or was timed in one process: nothing tells what is chance."},
    {"factor √2",
     "Twice the batch with half the steps would be ideal, and with as many steps useless. Halfway between the "
     "two, as factors, is √2 = 1.41."},
    {"lr",
     "Learning rate: the factor of the gradient in a step. It is searched for each batch size, on seeds of its own."},
    {"rule",
     "Where a learning rate is from. tuned: searched for this batch size; linear, sqrt: scaled up from that of "
     "another batch size; theory, fixed: as their names say."},
    {"disturbed", "A timing during which something else ran on its CPU, or that differs much from its repetitions."},
    {"process",
     "Seconds are measured in several processes, started anew (--invocations): one differs from the next by "
     "more than repetitions within it do."},
    {"uncertified (~)", "The optimum is not known well enough to say when this target is reached."},
    {"oversubscribed (!)",
     "More threads than the machine has CPUs. Such cells never are the fastest while others exist."},
    {"cell", "What is timed: one optimizer, batch size, engine and thread count."},
    {"series", "The runs of one optimizer, batch size and learning rate, over all seeds."},
    {"workload", "One loss on one data set with one l2."},
    {"share (shard)", "Part I of N of a sweep's work (--shard I/N). `descent merge` joins their reports."},
};

}  // namespace

std::span<const Word> glossary() noexcept { return kWords; }

void write_glossary(std::ostream& out, bool color, std::size_t width) {
  constexpr std::size_t kLabel = 20;
  for (const Word& word : kWords)
    write_labelled(out, std::string(word.word), kLabel, std::string(word.meaning), width, Ink::strong, Ink::plain,
                   color);
}

}  // namespace descent::report
