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

/// One line of JSON per finished piece of work, written before append() returns: it outlives the process, and the
/// machine too but for the last tenth of a second. Any thread may append. The first line names what the pieces belong
/// to; a journal of something else is refused.
class Journal {
 public:
  struct Piece {
    std::string value;   // text: JSON on one line
    double seconds = 0;  // what it cost when it was done
  };

  Journal() = default;  // keeps nothing: no report file was asked for
  /// Starts `path` anew (a journal with finished pieces that is there is kept as `path`.old), or with `resume`
  /// continues what is there (nothing there: starts it). Throws InputError
  /// when the file cannot be written, belongs to another run that goes on, is damaged before its last line, or has
  /// another identity, naming the first difference. A torn last line is cut off.
  Journal(std::string path, const Identity& identity, bool resume);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// The piece of an earlier run, or null.
  const Piece* find(const std::string& kind, const std::string& key) const;
  /// value: JSON on one line, as encode() gives it. Throws InputError when the line does not get to the disk; all
  /// earlier lines are still readable then.
  void append(const std::string& kind, const std::string& key, const std::string& value, double seconds);
  /// Where the journal of an earlier run went; "" where there was none.
  const std::string& kept_aside() const { return kept_aside_; }
  std::size_t resumed_pieces() const { return pieces_.size(); }

 private:
  struct File {  // closed, and with it unlocked, whatever the constructor throws
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
  std::chrono::steady_clock::time_point synced_;  // when the disk got them last
  std::size_t lines_ = 0;
  std::map<std::pair<std::string, std::string>, Piece> pieces_;
  std::mutex mutex_;
};

}  // namespace descent::sweep
