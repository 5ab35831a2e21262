#include "descent/report/comparison.hpp"
#include "report/comparison_page.hpp"

namespace descent::report {
namespace {

/// The page as Markdown, short enough for the summary of a CI job (GitHub takes one megabyte).
class Markdown final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "the page as Markdown, for a job summary"; }
  void write(std::ostream& out, const join::Comparison& comparison) const override {
    comparison_page(*markdown_page(out), comparison, false);
  }
};

const core::Registration<ComparisonFormat> registration{
    "markdown",
    [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<Markdown>(); }};

}  // namespace
}  // namespace descent::report
