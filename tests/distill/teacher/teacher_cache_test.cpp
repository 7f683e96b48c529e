#include "distill/teacher/teacher_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "distill/teacher/teacher_targets.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/random_stream.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;
using ::testing::ElementsAre;

constexpr int64_t kShard = 8192;

std::vector<std::string> numbered_sentences(int64_t count) {
  std::vector<std::string> sentences;
  for (int64_t i = 0; i < count; ++i) sentences.push_back("sentence " + std::to_string(i));
  return sentences;
}

/// A source that counts what it is asked for; a row is (number in the sentence, its length).
struct CountingSource {
  std::vector<int64_t> asked;  ///< sentences of each call
  TargetSource source(const std::string& key = "key") {
    return {key, 2, [this](std::span<const std::string> sentences) {
              asked.push_back(static_cast<int64_t>(sentences.size()));
              nlp::VectorRows rows{static_cast<int64_t>(sentences.size()), 2, {}};
              for (const std::string& sentence : sentences) {
                rows.values.push_back(std::stof(sentence.substr(sentence.find(' ') + 1)) / 64.0f);
                rows.values.push_back(static_cast<float>(sentence.size()));
              }
              return rows;
            }};
  }
};

TeacherCache build(const TemporaryDirectory& folder, CountingSource& source,
                   const std::vector<std::string>& sentences, const std::string& key = "key") {
  return TeacherCache::build(folder.path(), source.source(key), sentences, ProgressMode::kNever);
}

std::vector<float> row(const TeacherCache& cache, int64_t i) {
  std::vector<float> values(static_cast<size_t>(cache.width()));
  cache.copy_row(i, values);
  return values;
}

std::vector<fs::path> shards(const TemporaryDirectory& folder, const std::string& key = "key") {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder / key)) files.push_back(entry.path());
  return files;
}

TEST(TeacherCache, GivesTheRowsOfTheSourceInOrder) {
  const TemporaryDirectory folder;
  CountingSource source;
  const auto sentences = numbered_sentences(kShard + 3);
  const TeacherCache cache = build(folder, source, sentences);
  EXPECT_EQ(cache.count(), kShard + 3);
  EXPECT_THAT(source.asked, ElementsAre(kShard, 3));
  for (const int64_t i : {int64_t{0}, int64_t{640}, kShard - 64, kShard})
    EXPECT_THAT(row(cache, i), ElementsAre(static_cast<float>(i) / 64.0f,
                                           static_cast<float>(sentences[i].size())));
}

TEST(TeacherCache, ComputesNothingTwice) {
  const TemporaryDirectory folder;
  CountingSource first, second;
  const auto sentences = numbered_sentences(20);
  build(folder, first, sentences);
  const TeacherCache cache = build(folder, second, sentences);
  EXPECT_TRUE(second.asked.empty());
  EXPECT_EQ(cache.reused_shards(), 1);
  EXPECT_EQ(row(cache, 7)[0], 7.0f / 64.0f);
}

TEST(TeacherCache, ReusesFullShardsOfATextThatGrows) {
  const TemporaryDirectory folder;
  CountingSource first, second;
  build(folder, first, numbered_sentences(kShard + 100));
  const TeacherCache cache = build(folder, second, numbered_sentences(kShard + 200));
  EXPECT_THAT(second.asked, ElementsAre(200));
  EXPECT_EQ(cache.reused_shards(), 1);
  EXPECT_EQ(row(cache, kShard + 192)[0], static_cast<float>(kShard + 192) / 64.0f);
}

TEST(TeacherCache, TellsModelsAndTextsApart) {
  const TemporaryDirectory folder;
  CountingSource source;
  const auto sentences = numbered_sentences(10);
  build(folder, source, sentences, "one");
  build(folder, source, sentences, "two");
  auto changed = sentences;
  changed[4] = "sentence 5";
  const TeacherCache other = build(folder, source, changed, "one");
  EXPECT_THAT(source.asked, ElementsAre(10, 10, 10));
  EXPECT_EQ(row(other, 4)[0], 5.0f / 64.0f);
  // Only the borders between the sentences differ.
  CountingSource borders;
  build(folder, borders, {"a 1", "2"});
  build(folder, borders,
        {"a 12",
         ""
         " 0"});
  EXPECT_EQ(borders.asked.size(), 2u);
}

TEST(TeacherCache, ComputesADamagedShardAgain) {
  const TemporaryDirectory folder;
  const auto sentences = numbered_sentences(50);
  CountingSource first;
  build(folder, first, sentences);
  ASSERT_EQ(shards(folder).size(), 1u);
  const fs::path shard = shards(folder).front();
  const std::string whole = [&] {
    std::ifstream file(shard, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  std::vector<std::string> damages = {"", whole.substr(0, 4), whole.substr(0, whole.size() / 2),
                                      whole.substr(0, whole.size() - 1), whole + "x"};
  for (const size_t place : {size_t{3}, size_t{20}, whole.size() - 90, whole.size() - 1}) {
    damages.push_back(whole);
    damages.back()[place] = static_cast<char>(damages.back()[place] ^ 1);  // one flipped bit
  }
  for (const std::string& damage : damages) {
    std::ofstream(shard, std::ios::binary | std::ios::trunc) << damage;
    CountingSource again;
    const TeacherCache cache = build(folder, again, sentences);
    EXPECT_THAT(again.asked, ElementsAre(50)) << "damage of " << damage.size() << " bytes";
    EXPECT_EQ(row(cache, 49)[0], 49.0f / 64.0f);
  }
}

TEST(TeacherCache, GoesOnWhereItWasInterrupted) {
  const TemporaryDirectory folder;
  const auto sentences = numbered_sentences(2 * kShard + 5);
  CountingSource first, second;
  TargetSource stopping = first.source();
  const auto encode = stopping.encode;
  stopping.encode = [&](std::span<const std::string> part) {
    set_interrupt_signal(SIGINT);
    return encode(part);
  };
  const std::string message = test::error_message<Interrupted>(
      [&] { TeacherCache::build(folder.path(), stopping, sentences, ProgressMode::kNever); });
  set_interrupt_signal(0);
  EXPECT_EQ(message,
            "teacher vectors up to sentence 8192 are kept; run the same command again to go on");
  EXPECT_THAT(first.asked, ElementsAre(kShard));
  build(folder, second, sentences);
  EXPECT_THAT(second.asked, ElementsAre(kShard, 5));
}

TEST(TeacherCache, LeavesNoShardWhenTheSourceFails) {
  const TemporaryDirectory folder;
  const TargetSource failing{"key", 2, [](std::span<const std::string>) -> nlp::VectorRows {
                               throw DataError("no teacher");
                             }};
  EXPECT_THROW(
      TeacherCache::build(folder.path(), failing, numbered_sentences(5), ProgressMode::kNever),
      DataError);
  EXPECT_TRUE(shards(folder).empty());
}

TEST(TeacherCache, RoundsToElevenBits) {
  const TemporaryDirectory folder;
  constexpr int64_t kWidth = 384;
  nlp::VectorRows rows{40, kWidth, {}};
  RandomStream random(1, "vectors");
  for (int64_t i = 0; i < rows.rows; ++i) {
    std::vector<float> values;
    double square = 0;
    for (int64_t d = 0; d < kWidth; ++d) {
      values.push_back(static_cast<float>(random.uniform() - 0.5));
      square += values.back() * values.back();
    }
    for (const float value : values)
      rows.values.push_back(value / static_cast<float>(std::sqrt(square)));
  }
  const TargetSource source{"key", kWidth, [&](std::span<const std::string>) { return rows; }};
  const TeacherCache cache =
      TeacherCache::build(folder.path(), source, numbered_sentences(40), ProgressMode::kNever);
  for (int64_t i = 0; i < rows.rows; ++i) {
    const std::vector<float> kept = row(cache, i);
    for (int64_t d = 0; d < kWidth; ++d) {
      const float want = rows.row(i)[static_cast<size_t>(d)];
      // Half a unit in the 11th bit; below 2^-14 numbers are spaced evenly, 2^-24 apart.
      EXPECT_LE(std::abs(kept[static_cast<size_t>(d)] - want),
                std::max(std::abs(want) * 0x1p-11f, 0x1p-25f));
    }
  }
}

TEST(TeacherCache, NamesAFolderThatCannotBeMade) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("file", "");
  CountingSource source;
  EXPECT_EQ(test::error_message<DataError>([&] {
              TeacherCache::build(file, source.source(), numbered_sentences(1),
                                  ProgressMode::kNever);
            }),
            file + "/key: cannot create: Not a directory (set LIMBECK_CACHE to a folder you own)");
}

fs::path tiny_teacher() { return fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny"; }

TEST(ModelDirectoryKey, ChangesWithEveryFileThatDecides) {
  const TemporaryDirectory folder;
  const fs::path copy = folder / "copy";
  fs::copy(tiny_teacher(), copy);
  const std::string key = model_directory_key(copy);
  EXPECT_EQ(key, model_directory_key(tiny_teacher()));
  folder.write("copy/README.md", "a card");
  EXPECT_EQ(key, model_directory_key(copy));
  folder.write("copy/1_Pooling/config.json", R"({"pooling_mode_cls_token": true})");
  const std::string pooled = model_directory_key(copy);
  EXPECT_NE(key, pooled);
  std::ofstream(copy / "vocab.txt", std::ios::app) << "more\n";
  EXPECT_NE(pooled, model_directory_key(copy));
}

TEST(ModelDirectoryKey, NeedsWeights) {
  const TemporaryDirectory folder;
  folder.write("config.json", "{}");
  EXPECT_EQ(test::error_message<DataError>([&] { model_directory_key(folder.path()); }),
            folder.path().string() +
                ": no .safetensors file (expected a model directory in the Hugging Face layout)");
}

TEST(TeacherTargets, HaveAKeyOfModelAndSettings) {
  std::set<std::string> keys;
  const auto add = [&](const TeacherTargetOptions& options) {
    keys.insert(load_teacher_targets(tiny_teacher(), options).source.key);
  };
  add({});
  add({});
  add({.pooling = "cls"});
  add({.layers = {1}});
  add({.layers = {1, 2}});
  add({.max_length = 16});
  add({.precision = nlp::Precision::kInt8});
  EXPECT_EQ(keys.size(), 6u);
}

}  // namespace
}  // namespace limbeck::distill
