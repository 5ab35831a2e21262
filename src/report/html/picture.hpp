#pragma once

#include <map>
#include <string>
#include <vector>

#include "descent/core/registry.hpp"
#include "report/html/table.hpp"
#include "report/html/view.hpp"

namespace descent::report {

/// What a page draws, or why it draws nothing. web/pictures/<name>.js draws it from these tables alone.
struct Picture {
  std::string title;
  std::string shows;      ///< a sentence: what a reader sees, and what stands on the axes
  std::string concludes;  ///< what to conclude from these data; "" where nothing can be
  std::string missing;    ///< why there is nothing to draw; "" where there is
  std::vector<PageTable> tables = {};
  std::map<std::string, nlohmann::json> marks = {};  ///< single numbers that are drawn: lines, labels
};

/// One way to look at a report: a file of pictures/, which registers itself, and one of web/pictures/.
class PictureKind {
 public:
  virtual ~PictureKind() = default;
  /// Pictures stand on the page by ascending order.
  virtual int order() const = 0;
  /// Has a page of these reports a place for it at all?
  virtual bool concerns(const View& /*view*/) const { return true; }
  virtual Picture draw(const View& view) const = 0;
};

using Pictures = core::Registry<PictureKind>;

/// Registers a kind of picture under the name that its script has.
template <class Kind>
core::Registration<PictureKind> picture(const char* name, const char* file = __builtin_FILE()) {
  return {name, [](const core::Arguments&) -> std::unique_ptr<PictureKind> { return std::make_unique<Kind>(); }, file};
}

}  // namespace descent::report
