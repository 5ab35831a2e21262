#include "descent/join/comparison_fields.hpp"
#include "descent/report/comparison.hpp"
#include "report/csv_fields.hpp"

namespace descent::report {
namespace {

/// One row per cell with every column that it has, numbers in full. RFC 4180.
class Csv final : public ComparisonFormat {
 public:
  std::string_view description() const override { return "one row per cell, numbers in full"; }
  void write(std::ostream& out, const join::Comparison& comparison) const override {
    const auto write_row = [&](const auto& text_of) {
      std::string line;
      visit_fields(text_of.cell, [&](const char* name, const auto& value) { line += text_of(name, value) + ","; });
      line.back() = '\r';
      out << line << '\n';
    };
    static const join::CellRatio none;
    write_row(Names{none});
    for (const join::CellRatio& cell : comparison.cells) write_row(Values{cell});
  }

 private:
  struct Names {
    const join::CellRatio& cell;
    template <class T>
    std::string operator()(const char* name, const T&) const {
      return csv_field(std::string(name));
    }
  };
  struct Values {
    const join::CellRatio& cell;
    template <class T>
    std::string operator()(const char*, const T& value) const {
      if constexpr (std::is_same_v<T, bool>)
        return value ? "yes" : "no";
      else
        return csv_field(value);
    }
  };
};

const core::Registration<ComparisonFormat> registration{
    "csv", [](const core::Arguments&) -> std::unique_ptr<ComparisonFormat> { return std::make_unique<Csv>(); }};

}  // namespace
}  // namespace descent::report
