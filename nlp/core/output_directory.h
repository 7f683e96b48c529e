#pragma once

#include <filesystem>

namespace limbeck {

/// What to do with a directory that already holds something.
enum class ExistingOutput { kRefuse, kOverwrite, kResume };

/// The directory of one run, locked against a second process for the life of the object.
class OutputDirectory {
 public:
  /// Creates the directory if needed. The lock is a file `.lock` in it (flock, so a crash releases
  /// it). Throws: ConfigError `out: not empty (give --overwrite or --resume)`; DataError `out: in
  /// use by process N`. What it throws leaves the directory as it was.
  OutputDirectory(std::filesystem::path path, ExistingOutput existing);
  /// Releases the lock; a directory that this object made and that is still empty is removed.
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Removes everything but the lock: for kOverwrite the constructor does so, a run that reads its
  /// inputs under the lock opens with kResume and calls this once they are known to be good.
  void clear();

 private:
  void make();
  /// Opens and locks `.lock`; true when it was not there before.
  bool lock();
  void take(ExistingOutput existing);
  void release(bool removes_lock);

  std::filesystem::path path_;
  int lock_ = -1;
  bool is_new_ = false;
};

}  // namespace limbeck
