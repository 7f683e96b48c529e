#include "distill/teacher/teacher_cache.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/sha256.h"
#include "nlp/tensor/half.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kShardSentences = 8192;
constexpr const char* kTensor = "vectors";

std::string shard_name(std::span<const std::string> sentences) {
  Sha256 hash;
  for (const std::string& sentence : sentences) {
    const uint64_t length = sentence.size();  // lengths keep ["ab", "c"] and ["a", "bc"] apart
    hash.update(std::as_bytes(std::span(&length, 1)));
    hash.update(sentence);
  }
  return hash.hex() + ".safetensors";
}

constexpr const char* kChecksum = "sha256";

std::string checksum(const nlp::TensorView& view) {
  Sha256 hash;
  hash.update(view.bytes);
  return hash.hex();
}

void write_shard(const fs::path& path, const nlp::VectorRows& rows) {
  std::vector<uint16_t> halves(rows.values.size());
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = nlp::float_to_float16(rows.values[i]);
  const nlp::TensorView view{
      nlp::Dtype::kF16, {rows.rows, rows.width}, std::as_bytes(std::span(halves))};
  nlp::write_safetensors(path, {{kTensor, view}}, {{kChecksum, checksum(view)}});
}

/// A shard that was cut or damaged is computed again, not trusted.
bool is_whole(const fs::path& path, int64_t rows, int64_t width) {
  if (!fs::exists(path)) return false;
  try {
    const nlp::TensorStore store = nlp::TensorStore::open(path);
    const nlp::TensorView& view = store.at(kTensor, {rows, width});
    const auto written = store.metadata().find(kChecksum);
    return view.dtype == nlp::Dtype::kF16 &&
           (written == store.metadata().end() || written->second == checksum(view));
  } catch (const DataError&) {
    return false;
  }
}

}  // namespace

struct TeacherCache::State {
  int64_t count = 0, width = 0, reused = 0;
  std::vector<nlp::TensorStore> shards;
  std::vector<const uint16_t*> halves;
};

TeacherCache::TeacherCache(std::unique_ptr<State> state) : state_(std::move(state)) {}
TeacherCache::~TeacherCache() = default;
TeacherCache::TeacherCache(TeacherCache&&) noexcept = default;
TeacherCache& TeacherCache::operator=(TeacherCache&&) noexcept = default;

void TeacherCache::make_folder(const fs::path& root, const TargetSource& source) {
  const fs::path folder = root / source.key;
  std::error_code code;
  fs::create_directories(folder, code);
  if (code)
    throw DataError(folder.string() + ": cannot create: " + code.message() +
                    " (set LIMBECK_CACHE to a folder you own)");
}

TeacherCache TeacherCache::build(const fs::path& root, const TargetSource& source,
                                 std::span<const std::string> sentences,
                                 ProgressMode progress_mode) {
  auto state = std::make_unique<State>();
  state->count = static_cast<int64_t>(sentences.size());
  state->width = source.width;
  make_folder(root, source);
  const fs::path folder = root / source.key;
  Progress progress("teacher vectors", state->count, progress_mode);
  for (int64_t begin = 0; begin < state->count; begin += kShardSentences) {
    if (interrupt_signal() != 0)
      throw Interrupted("teacher vectors up to sentence " + std::to_string(begin) +
                            " are kept; run the same command again to go on",
                        interrupt_signal());
    const auto shard =
        sentences.subspan(static_cast<size_t>(begin),
                          static_cast<size_t>(std::min(kShardSentences, state->count - begin)));
    const int64_t rows = static_cast<int64_t>(shard.size());
    const fs::path path = folder / shard_name(shard);
    if (is_whole(path, rows, source.width)) {
      ++state->reused;
    } else {
      write_shard(path, source.encode(shard));
    }
    state->shards.push_back(nlp::TensorStore::open(path));
    state->halves.push_back(reinterpret_cast<const uint16_t*>(
        state->shards.back().at(kTensor, {rows, source.width}).bytes.data()));
    progress.update(begin + rows);
  }
  progress.finish();
  return TeacherCache(std::move(state));
}

int64_t TeacherCache::count() const { return state_->count; }
int64_t TeacherCache::width() const { return state_->width; }
int64_t TeacherCache::reused_shards() const { return state_->reused; }

void TeacherCache::copy_row(int64_t i, std::span<float> out) const {
  const uint16_t* row = state_->halves[static_cast<size_t>(i / kShardSentences)] +
                        (i % kShardSentences) * state_->width;
  for (int64_t d = 0; d < state_->width; ++d)
    out[static_cast<size_t>(d)] = nlp::float16_to_float(row[d]);
}

std::vector<fs::path> model_files(const fs::path& directory) {
  std::vector<fs::path> files;
  const auto add = [&](const fs::path& file) {
    if (fs::is_regular_file(file)) files.push_back(file);
  };
  for (const char* name : {"config.json", "model.safetensors.index.json", "modules.json",
                           "sentence_bert_config.json", "special_tokens_map.json", "spm.model",
                           "tokenizer.json", "tokenizer_config.json", "vocab.txt"})
    add(directory / name);
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("model") && name.ends_with(".safetensors")) add(entry.path());
    // Modules of sentence-transformers: 1_Pooling, 2_Dense, ...
    if (entry.is_directory() && name.size() > 2 && name[0] >= '0' && name[0] <= '9' &&
        name.find('_') != name.npos)
      for (const auto& part : fs::directory_iterator(entry.path())) add(part.path());
  }
  std::sort(files.begin(), files.end());
  const bool has_weights = std::any_of(files.begin(), files.end(), [](const fs::path& file) {
    return file.extension() == ".safetensors";
  });
  if (!has_weights)
    throw DataError(
        directory.string() +
        ": no .safetensors file (expected a model directory in the Hugging Face layout)");
  return files;
}

std::string model_directory_key(const fs::path& directory) {
  Sha256 hash;
  for (const fs::path& file : model_files(directory))
    hash.update(fs::relative(file, directory).string() + "\n" + sha256_hex_of_file(file) + "\n");
  return hash.hex().substr(0, 32);
}

}  // namespace limbeck::distill
