#include "app/progress.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "descent/core/text.hpp"
#include "descent/report/text_table.hpp"

namespace descent::app {
namespace {

constexpr double kRedrawSeconds = 0.1, kPlainLineSeconds = 10;

/// "━━━━━─────" with eighths left out: any font has these.
std::string bar(double share, int width) {
  std::string text;
  for (int i = 0; i < width; ++i) text += i < std::lround(share * width) ? "━" : "─";
  return text;
}

/// The first `width` columns.
std::string cut(const std::string& text, std::size_t width) {
  std::string kept;
  std::size_t columns = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80 && ++columns > width) break;
    kept += c;
  }
  return kept;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

Progress::Progress(std::ostream& out, const Look& look, std::function<double()> seconds)
    : out_(out), look_(look), seconds_(std::move(seconds)), begin_(seconds_()) {
  if (!look_.terminal) drawn_ = begin_;
}

void Progress::stage(const std::string& name, std::size_t pieces) {
  stage_ = name;
  pieces_ = pieces;
  done_ = trials_ = resumed_ = 0;
  draw(false);
}

void Progress::piece(const std::string& what, double, bool from_journal) {
  // How many trials a search takes shows only when it is over: they are counted beside what was planned.
  ++(what.rfind("trial ", 0) == 0 ? trials_ : done_);
  if (from_journal) ++resumed_;
  draw(false);
}

void Progress::progress(double, double remaining_seconds, const std::string& best) {
  if (stage_.empty()) return;  // what is done before the first stage says nothing of the rest
  remaining_ = remaining_seconds;
  best_ = best;
  draw(false);
}

void Progress::warn(const std::string& text) {
  if (look_.terminal) finish();
  out_ << "warning: " << core::printable(text) << std::endl;
  if (look_.terminal) draw(true);
}

void Progress::finish() {
  if (look_.terminal) out_ << "\r\x1b[K" << std::flush;
}

std::string Progress::line() const {
  if (remaining_ < 0) return stage_.empty() ? "reading the data" : stage_;
  const double spent = seconds_() - begin_;
  const double whole = spent + remaining_ <= 0 ? 0 : spent / (spent + remaining_);
  std::string text = look_.terminal ? bar(whole, 20) + " " : std::string();
  text += fmt::format("{:.0f} %, about {} left · {}", 100 * whole, duration_text(remaining_), stage_);
  if (pieces_ > 0) text += done_ <= pieces_ ? fmt::format(" {}/{}", done_, pieces_) : fmt::format(" {}", done_);
  if (trials_ > 0) text += fmt::format(" + {} trial{}", trials_, trials_ == 1 ? "" : "s");
  if (resumed_ > 0) text += fmt::format(" ({} from the journal)", resumed_);
  if (!best_.empty()) text += fmt::format(" · best {}", core::printable(best_));
  return text;
}

void Progress::draw(bool now) {
  const double time = seconds_();
  if (!now && time - drawn_ < (look_.terminal ? kRedrawSeconds : kPlainLineSeconds)) return;
  drawn_ = time;
  if (look_.terminal)
    out_ << "\r" << cut(line(), look_.width - 1) << "\x1b[K" << std::flush;
  else
    out_ << line() << std::endl;
}

}  // namespace descent::app
