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
  /// Releases the lock; directories that this object made and that are still empty are removed.
  ~OutputDirectory();
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Removes everything but the lock: for kOverwrite the constructor does so, a run that reads its
  /// inputs under the lock opens with kResume and calls this once they are known to be good.
  void clear();

  /// Removes everything but the lock and `finished`, a directory in this one, and takes the files
  /// of `finished` to their names here: the old content goes when the new is whole.
  /// Throws: DataError.
  void replace_by(const std::filesystem::path& finished);

 private:
  void make();
  /// Opens and locks `.lock`; true when it was not there before.
  bool lock();
  void take(ExistingOutput existing);
  void release(bool removes_lock);
  void clear_but(const std::filesystem::path& kept);

  std::filesystem::path path_;
  int lock_ = -1;
  std::filesystem::path first_made_;  ///< topmost directory that was made; empty: none
};

}  // namespace limbeck
