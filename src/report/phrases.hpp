#pragma once

#include <string>
#include <vector>

#include "descent/record/report.hpp"

namespace descent::report {

// Parts of sentences.

/// "one", "one and two", "one, two and three"; of more than `most`, the first ones "and 4 more".
std::string listed(const std::vector<std::string>& parts, std::size_t most = 6);
/// "1 thread", "2 threads".
std::string counted(std::int64_t count, const std::string& noun);
/// The workload's loss; of a landscape, which has none, its own name.
std::string loss_phrase(const record::Report& report, const record::Workload& workload);
/// "batch 32", "momentum with batch 32" where several optimizers have mini-batches, "full-batch gradient descent".
std::string batch_phrase(const record::Report& report, const record::Series& series);
/// The same with its threads: "batch 32 on 1 thread". The id itself where the report has no such cell.
std::string cell_phrase(const record::Report& report, const std::string& cell);
/// Several cells, at most so many parts, those on equal threads together: "batch 32 and 64 on 2 threads, full-batch
/// gradient descent on 1 thread".
std::string cells_phrase(const record::Report& report, const std::vector<std::string>& cells, std::size_t most = 6);
/// "39 times as long", "about as long as the fastest" where it is less than 5 % more.
std::string times_as_long(double factor);
/// " (95 % interval 342 to 600 µs)", " (95 % interval from 342 µs on, without an upper end)"; "" where there is none.
/// `lucky`: it allows for the luck of the fastest of several, and says so.
std::string interval_phrase(const record::Real& low, const record::Real& high, bool lucky = false);
/// The text with its first letter, an ASCII one, as a capital.
std::string capital(std::string text);

}  // namespace descent::report
