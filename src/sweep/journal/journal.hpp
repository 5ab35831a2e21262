#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace descent::sweep {

/// Sections, each of texts by name.
using Identity = std::map<std::string, std::map<std::string, std::string>>;

/// One line of JSON per finished piece of work. The line is written before append() returns: it survives the end of the
/// process; if the machine stops, at most the last tenth of a second is lost. Any thread may append. The first line is
/// the identity of the run; a journal with another identity is refused.
class Journal {
 public:
  struct Piece {
    std::string value;   // text: JSON on one line
    double seconds = 0;  // time that the piece took when it was done
  };

  Journal() = default;  // keeps nothing, for a run without a report file
  /// Starts `path` anew; an existing journal with finished pieces is kept as `path`.old. With `resume`, continues an
  /// existing journal, or starts one. Throws InputError if the file cannot be written, is in use by a run that still
  /// goes on, is damaged before its last line, or has another identity (the message names the first difference). An
  /// incomplete last line is cut off.
  Journal(std::string path, const Identity& identity, bool resume);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// The piece of an earlier run, or null.
  const Piece* find(const std::string& kind, const std::string& key) const;
  /// value: JSON on one line, as encode() gives it. Throws InputError when the line cannot be written; all earlier
  /// lines stay readable then.
  void append(const std::string& kind, const std::string& key, const std::string& value, double seconds);
  /// Where the journal of an earlier run was moved to; "" if there was none.
  const std::string& kept_aside() const { return kept_aside_; }
  std::size_t resumed_pieces() const { return pieces_.size(); }

 private:
  struct File {  // a member of its own, so that it is closed, and thereby unlocked, even if the constructor throws
    ~File();
    int descriptor = -1;
  };
  void open();
  bool holds_pieces() const;
  void read(const Identity& identity);
  void write_line(const std::string& line);
  [[noreturn]] void fail(const std::string& what, int error);

  std::string path_, kept_aside_;
  File file_;
  std::int64_t end_ = 0;                          // bytes of whole lines
  std::chrono::steady_clock::time_point synced_;  // time of the last sync to disk
  std::size_t lines_ = 0;
  std::map<std::pair<std::string, std::string>, Piece> pieces_;
  std::mutex mutex_;
};

}  // namespace descent::sweep
