#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nlp/core/progress.h"
#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// Where target vectors come from: a frozen teacher with everything that its vectors depend on
/// written into `key`.
struct TargetSource {
  std::string key;    ///< hash of weights, configuration, tokenizer, pooling, layers and precision
  int64_t width = 0;  ///< floats a sentence
  /// (N sentences) -> N x width, in order.
  std::function<nlp::VectorRows(std::span<const std::string>)> encode;
};

/// The teacher's vectors of a corpus, computed once and kept on disk, so that an epoch costs only
/// the student.
///
/// Files: `<root>/<key>/<sha256 of the shard's text>.safetensors`, tensor "vectors" (N, width)
/// float16, a shard of 8,192 sentences each. A shard appears whole or not at all: an interrupted
/// run goes on where it stopped, a damaged shard (its sha256 is in its metadata) is computed again,
/// and a corpus that grows at its end reuses every full shard.
/// float16 keeps 11 bits: on unit vectors an error below 5e-4 relative.
class TeacherCache {
 public:
  /// Makes the folder of a source, as build() does: what is wrong with the cache comes to light
  /// before anything is computed. Throws: DataError `root/key: cannot create: ...`.
  static void make_folder(const std::filesystem::path& root, const TargetSource& source);
  /// Computes what is missing. Throws: Interrupted between shards; DataError when the disk is full
  /// or a shard is bad.
  static TeacherCache build(const std::filesystem::path& root, const TargetSource& source,
                            std::span<const std::string> sentences, ProgressMode progress);
  ~TeacherCache();
  TeacherCache(TeacherCache&&) noexcept;
  TeacherCache& operator=(TeacherCache&&) noexcept;

  int64_t count() const;
  int64_t width() const;
  /// Shards that were found, not computed.
  int64_t reused_shards() const;
  /// Writes vector i as float32. `out` has width() places.
  void copy_row(int64_t i, std::span<float> out) const;

 private:
  struct State;
  explicit TeacherCache(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// The files that decide the vectors of a model directory, sorted.
/// Throws: DataError when there are no weights.
std::vector<std::filesystem::path> model_files(const std::filesystem::path& directory);

/// Hash of all files that decide the vectors of a model directory (weights, config, tokenizer,
/// pooling). Throws: DataError when there are no weights.
std::string model_directory_key(const std::filesystem::path& directory);

}  // namespace limbeck::distill
