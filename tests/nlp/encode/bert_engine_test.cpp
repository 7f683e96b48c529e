#include "nlp/encode/bert_engine.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"
#include "tests/nlp/encode/bert_golden.h"
#include "tests/nlp/encode/checkpoint_names.h"
#include "tests/support/changed_weight.h"

namespace limbeck::nlp {
namespace {

using Ids = std::vector<std::vector<int32_t>>;

const std::filesystem::path& tiny() {
  static const std::filesystem::path path = golden_directory() / "tiny";
  return path;
}

/// The sentences of the tiny golden: single, pair, and as long as the position table.
Ids tiny_ids() {
  Ids ids{{2, 10, 11, 3}, {2, 49, 7, 3, 8, 9, 3}, {2}};
  for (int i = 0; i < 38; ++i) ids[2].push_back(5 + i % 45);
  ids[2].push_back(3);
  return ids;
}
Ids tiny_types() {
  return {std::vector<int32_t>(4, 0), {0, 0, 0, 0, 1, 1, 1}, std::vector<int32_t>(40, 0)};
}

double largest_difference(std::span<const float> a, std::span<const float> b) {
  EXPECT_EQ(a.size(), b.size());
  double worst = 0;
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    const double difference = std::abs(static_cast<double>(a[i]) - b[i]);
    if (!(difference <= worst)) worst = difference;
  }
  return worst;
}

/// A copy of the tiny model with some keys of config.json replaced.
void copy_tiny(const std::filesystem::path& to, const nlohmann::json& changes) {
  for (const char* name : {"model.safetensors", "vocab.txt", "tokenizer_config.json"})
    std::filesystem::copy_file(tiny() / name, to / name);
  nlohmann::json config = read_json_file(tiny() / "config.json");
  config.update(changes);
  std::ofstream(to / "config.json") << config.dump();
}

/// Random sentences of 1 to `most` tokens.
Ids random_ids(uint64_t seed, size_t count, int32_t most, int32_t vocabulary) {
  RandomStream stream(seed, "bert engine test");
  Ids ids(count);
  for (std::vector<int32_t>& sentence : ids) {
    sentence.resize(1 + stream.next_u32() % static_cast<uint32_t>(most));
    for (int32_t& id : sentence)
      id = static_cast<int32_t>(stream.next_u32() % static_cast<uint32_t>(vocabulary));
  }
  return ids;
}

TEST(BertEngine, HasTheStatesOfTransformersForEveryActivation) {
  const TensorStore golden = TensorStore::open(tiny() / "golden.safetensors");
  const Ids ids = tiny_ids(), types = tiny_types();
  for (const auto& [activation, kind] : {std::pair{"gelu", "gelu"},
                                         {"gelu_python", "gelu"},
                                         {"gelu_new", "gelu_new"},
                                         {"gelu_fast", "gelu_new"},
                                         {"gelu_pytorch_tanh", "gelu_new"},
                                         {"relu", "relu"}}) {
    TemporaryDirectory directory;
    copy_tiny(directory.path(), {{"hidden_act", activation}});
    const BertEngine engine(directory.path(), Precision::kFloat32);
    const VectorRows states = engine.last_hidden_state({ids, types});
    EXPECT_LE(largest_difference(states.values, golden.at(kind).float32()), 2e-5) << activation;
  }
}

TEST(BertEngine, PrecisionsBelowFloat32StayClose) {
  const TensorStore golden = TensorStore::open(tiny() / "golden.safetensors");
  const Ids ids = tiny_ids(), types = tiny_types();
  // States are of size 1; weights of 0.3 make this model about ten times as sensitive as a trained
  // one.
  for (const auto& [precision, bound] :
       {std::pair{Precision::kBFloat16, 0.1}, {Precision::kInt8, 0.2}}) {
    const VectorRows states = BertEngine(tiny(), precision).last_hidden_state({ids, types});
    EXPECT_LE(largest_difference(states.values, golden.at("gelu").float32()), bound);
  }
}

TEST(BertEngine, SentenceAloneHasTheBitsItHasInAnyBatch) {
  const Ids ids = random_ids(1, 60, 40, 50);
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16, Precision::kInt8}) {
    const BertEngine engine(tiny(), precision);
    const VectorRows together = engine.encode_ids(ids);
    for (size_t s = 0; s < ids.size(); ++s) {
      const VectorRows alone = engine.encode_ids(std::span(ids).subspan(s, 1));
      EXPECT_TRUE(std::ranges::equal(alone.row(0), together.row(static_cast<int64_t>(s))))
          << "sentence " << s;
    }
  }
}

TEST(BertEngine, BitsDoNotDependOnTheNumberOfThreads) {
  const Ids ids = random_ids(2, 90, 40, 50);
  const BertEngine engine(tiny(), Precision::kFloat32);
  const int before = thread_count();
  std::vector<float> first;
  for (int threads : {1, 2, 3, 5}) {
    set_thread_count(threads);
    const VectorRows vectors = engine.encode_ids(ids);
    if (first.empty()) first = vectors.values;
    EXPECT_EQ(vectors.values, first) << threads << " threads";
  }
  set_thread_count(before);
}

TEST(BertEngine, OtherNamesOfTheTensorsGiveTheSameBits) {
  const Ids ids = random_ids(3, 9, 40, 50);
  const std::vector<float> want = BertEngine(tiny(), Precision::kFloat32).encode_ids(ids).values;
  for (const test::NameStyle& style : test::name_styles()) {
    const TemporaryDirectory folder;
    test::copy_renamed(tiny(), folder.path() / "model", style.stored);
    const BertEngine engine(folder.path() / "model", Precision::kFloat32);
    EXPECT_EQ(engine.encode_ids(ids).values, want) << style.description;
  }
}

TEST(BertEngine, EncodeKeepsTheOrderOfTheSentences) {
  const BertEngine engine(tiny(), Precision::kFloat32);
  const std::vector<std::string> sentences{"w1 w2 w3", "w9", "w4 w5 w6 w7 w8 w9", "", "w9"};
  const VectorRows vectors = engine.encode(sentences, 2);
  ASSERT_EQ(vectors.rows, 5);
  for (size_t s = 0; s < sentences.size(); ++s) {
    const VectorRows alone = engine.encode(std::span(sentences).subspan(s, 1));
    EXPECT_TRUE(std::ranges::equal(alone.row(0), vectors.row(static_cast<int64_t>(s)))) << s;
  }
  EXPECT_TRUE(std::ranges::equal(vectors.row(1), vectors.row(4)));
  EXPECT_FALSE(std::ranges::equal(vectors.row(0), vectors.row(1)));
}

TEST(BertEngine, CountsItsParameters) {
  const ModelSize size = BertEngine(tiny(), Precision::kFloat32).size();
  EXPECT_EQ(size.embedding_parameters, (50 + 40 + 2) * 32);
  // a layer: four 32 x 32 products, 32 x 72 and back, their biases, two norms
  EXPECT_EQ(size.parameters, size.embedding_parameters + 64 +
                                 2 * (4 * (32 * 32 + 32) + 2 * 32 * 72 + 72 + 32 + 128));
  EXPECT_EQ(BertEngine(tiny(), Precision::kFloat32).description(), "BERT, 2 layers x 32");
}

template <class Exception, class Call>
void expect_error(const std::string& message, const Call& call) {
  try {
    call();
    FAIL() << "no exception, expected: " << message;
  } catch (const Exception& error) {
    EXPECT_EQ(error.what(), message);
  }
}

TEST(BertEngine, RefusesWrongSentencesByName) {
  const BertEngine engine(tiny(), Precision::kFloat32);
  const auto encode = [&](Ids ids) { return [&engine, ids] { engine.encode_ids(ids); }; };
  expect_error<ShapeError>("encode: sentence 1: expected 1 to 40 tokens, got 0",
                           encode({{2, 3}, {}}));
  expect_error<ShapeError>("encode: sentence 0: expected 1 to 40 tokens, got 41",
                           encode({std::vector<int32_t>(41, 5)}));
  expect_error<ShapeError>("encode: sentence 0: expected ids of 0 to 49, got 50",
                           encode({{2, 50}}));
  expect_error<ShapeError>("encode: sentence 0: expected ids of 0 to 49, got -1", encode({{-1}}));
  const Ids ids{{2, 3}}, types{{0, 2}}, short_types{{0}};
  expect_error<ShapeError>("encode: sentence 0: expected type ids of 0 to 1, got 2", [&] {
    engine.encode_batch({ids, types});
  });
  expect_error<ShapeError>("encode: sentence 0: expected 2 type ids, got 1", [&] {
    engine.encode_batch({ids, short_types});
  });
  expect_error<ConfigError>("batch-size: expected at least 1, got 0",
                            [&] { engine.encode(std::vector<std::string>{"a"}, 0); });
}

TEST(BertEngine, RefusesAnotherArchitectureAndWrongShapes) {
  TemporaryDirectory other, wide;
  copy_tiny(other.path(), {{"model_type", "gpt2"}});
  EXPECT_THROW(BertEngine(other.path(), Precision::kFloat32), UnsupportedError);
  copy_tiny(wide.path(), {{"intermediate_size", 64}});
  expect_error<DataError>((wide.path() / "model.safetensors").string() +
                              ": tensor 'encoder.layer.0.intermediate.dense.weight': expected "
                              "shape [64, 32], got [72, 32]",
                          [&] { BertEngine(wide.path(), Precision::kFloat32); });
}

TEST(BertEngine, RefusesWeightsThatAreNotFinite) {
  const TemporaryDirectory folder;
  const std::filesystem::path copy = folder.path() / "copy";
  for (const char* name :
       {"embeddings.word_embeddings.weight", "encoder.layer.1.output.dense.weight"}) {
    test::copy_with_weight(tiny(), copy, name, INFINITY);
    expect_error<DataError>((copy / "model.safetensors").string() + ": tensor '" + name +
                                "': value 5 is not finite (a diverged or damaged model)",
                            [&] { BertEngine(copy, Precision::kFloat32); });
  }
}

TEST(BertEngine, EmptyBatchGivesNoRows) {
  const VectorRows vectors = BertEngine(tiny(), Precision::kFloat32).encode_ids({});
  EXPECT_EQ(vectors.rows, 0);
  EXPECT_EQ(vectors.width, 32);
}

TEST(Precision, IsParsedByName) {
  EXPECT_EQ(parse_precision("float32"), Precision::kFloat32);
  EXPECT_EQ(parse_precision("bfloat16"), Precision::kBFloat16);
  EXPECT_EQ(parse_precision("int8"), Precision::kInt8);
  expect_error<ConfigError>("dtype: expected float32, bfloat16 or int8, got 'fp8'",
                            [] { parse_precision("fp8"); });
}

}  // namespace
}  // namespace limbeck::nlp
