#pragma once

#include <cstddef>
#include <iosfwd>
#include <span>
#include <string_view>

#include "descent/core/registry.hpp"
#include "descent/join/comparison.hpp"

namespace descent::report {

// What is made of a comparison: a page for people, and files for other programs.

struct ComparisonPage {
  bool color = false;
  bool details = false;     ///< every cell and target, not what matters most alone
  std::size_t width = 100;  ///< columns that a line may take; 40 or more
};

/// The answer in a sentence, what the two reports are, tables with what matters first, warnings and the gate.
void write_comparison(std::ostream& out, const join::Comparison& comparison, const ComparisonPage& options);

/// More than two reports: a line for each machine and loss, then the sentence of each comparison with the first report.
void write_machines(std::ostream& out, std::span<const join::MachineRow> rows,
                    std::span<const join::Comparison> comparisons, const ComparisonPage& options);

/// A format that comparisons are written in: a file of src/report/comparison_formats, which registers itself under the
/// name of its option: "junit" is `descent compare --junit FILE`.
class ComparisonFormat {
 public:
  virtual ~ComparisonFormat() = default;
  /// What reads it, in a few words: for --help.
  virtual std::string_view description() const = 0;
  virtual void write(std::ostream& out, const join::Comparison& comparison) const = 0;
};
using ComparisonFormats = core::Registry<ComparisonFormat>;

}  // namespace descent::report
