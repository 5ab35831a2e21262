#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "descent/core/text.hpp"
#include "descent/report/comparison.hpp"
#include "report/comparison_words.hpp"

namespace descent::report {
namespace {

/// Text as XML takes it in an attribute; characters that XML 1.0 has no place for are written out.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : core::printable(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

/// A test case for the steps and one for each cell. Failed is what makes the exit status 1; a cell without a verdict is
/// skipped, with the reason.
class Junit final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "JUnit XML: a test case for the steps and each cell"; }

  void write(std::ostream& out, const join::Comparison& comparison) const override {
    const bool gates_times =
        comparison.gate.kind == join::GateKind::times || comparison.gate.kind == join::GateKind::both;
    const bool steps_fail =
        comparison.steps == join::StepsVerdict::changed &&
        (comparison.gate.kind == join::GateKind::none ? comparison.same_arithmetic
                                                      : comparison.gate.kind != join::GateKind::times);
    int failures = steps_fail ? 1 : 0, skipped = comparison.steps == join::StepsVerdict::not_compared ? 1 : 0;
    for (const join::CellRatio& cell : comparison.cells)
      failures += fails(cell) ? 1 : 0, skipped += is_skipped(cell, gates_times) ? 1 : 0;
    out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        << fmt::format(
               "<testsuites><testsuite name=\"descent compare {} {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
               "skipped=\"{}\">\n",
               escaped(comparison.base.label), escaped(comparison.found.label), comparison.cells.size() + 1, failures,
               skipped);
    const std::string steps = "steps " + record::to_text(comparison.steps);
    write_case(out, "steps", "steps", 0, steps_fail ? first_sentence(comparison) : "",
               comparison.steps == join::StepsVerdict::not_compared ? steps : "");
    for (const join::CellRatio& cell : comparison.cells) {
      const std::string text = fmt::format("{}: {} times as fast", record::to_text(cell.verdict),
                                           ratio_text(cell.ratio, cell.low, cell.high));
      const std::string why = cell.reason == join::Reason::none ? "" : fmt::format(" ({})", reason_text(cell));
      write_case(out, cell.loss, cell.name, cell.new_seconds.value_or(0), fails(cell) ? text : "",
                 is_skipped(cell, gates_times) ? text + why : "");
    }
    out << "</testsuite></testsuites>\n";
  }

 private:
  static bool fails(const join::CellRatio& cell) { return cell.gate == join::GateVerdict::failed; }
  static bool is_skipped(const join::CellRatio& cell, bool gates_times) {
    return gates_times ? cell.gate == join::GateVerdict::undecided : cell.verdict == join::CellVerdict::inconclusive;
  }
  static void write_case(std::ostream& out, const std::string& group, const std::string& name, double seconds,
                         const std::string& failure, const std::string& skip) {
    out << fmt::format("<testcase classname=\"{}\" name=\"{}\" time=\"{}\"", escaped(group), escaped(name),
                       core::shortest(seconds));
    if (!failure.empty())
      out << fmt::format("><failure message=\"{}\"/></testcase>\n", escaped(failure));
    else if (!skip.empty())
      out << fmt::format("><skipped message=\"{}\"/></testcase>\n", escaped(skip));
    else
      out << "/>\n";
  }
};

const core::Registration<ComparisonFormat> registration{
    "junit", [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<Junit>(); }};

}  // namespace
}  // namespace descent::report
