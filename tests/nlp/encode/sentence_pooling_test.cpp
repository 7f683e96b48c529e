#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nlp/core/errors.h"
#include "nlp/encode/bert_engine.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;
using test::error_message;

constexpr const char* kModules =
    R"([{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling",
         "type": "sentence_transformers.models.Pooling"}])";

/// A copy of the tiny golden BERT whose files of sentence-transformers a test writes.
class SentencePoolingFiles : public testing::Test {
 protected:
  SentencePoolingFiles() {
    fs::copy(fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny", model_);
  }
  void write(const std::string& name, const std::string& content) {
    folder_.write("model/" + name, content);
  }
  SentencePooling read() const { return read_sentence_pooling(model_, read_bert_config(model_)); }
  /// The errors are those of the files: what stands before their names is cut off.
  template <class E>
  std::string message() const {
    const std::string whole = error_message<E>([&] { read(); });
    const std::string start = model_.string() + "/";
    return whole.starts_with(start) ? whole.substr(start.size()) : whole;
  }

  test::TemporaryDirectory folder_;
  const fs::path model_ = folder_ / "model";
};

/// `mode` of the states of one sentence, value by value.
std::vector<float> pooled_by_hand(const VectorRows& states, const std::string& mode) {
  std::vector<float> vector(static_cast<size_t>(states.width));
  for (size_t j = 0; j < vector.size(); ++j) {
    double sum = 0, weighted = 0, weights = 0;
    double most = states.row(0)[j];
    for (int64_t t = 0; t < states.rows; ++t) {
      const double value = states.row(t)[j], weight = static_cast<double>(t + 1);
      sum += value, weighted += weight * value, weights += weight;
      most = std::max(most, value);
    }
    const auto count = static_cast<double>(states.rows);
    const std::map<std::string, double> by_mode{{"cls", states.row(0)[j]},
                                                {"max", most},
                                                {"mean", sum / count},
                                                {"mean_sqrt_len", sum / std::sqrt(count)},
                                                {"weightedmean", weighted / weights},
                                                {"lasttoken", states.row(states.rows - 1)[j]}};
    vector[j] = static_cast<float>(by_mode.at(mode));
  }
  return vector;
}

TEST_F(SentencePoolingFiles, EveryModeGivesTheVectorMadeByHandFromTheLastStates) {
  write("modules.json", kModules);
  const std::vector<std::vector<int32_t>> ids{{2, 10, 11, 3}, {2, 49, 7, 8, 9, 44, 3}, {2, 3}};
  for (const auto& [mode, key] : {std::pair{"cls", "pooling_mode_cls_token"},
                                  {"max", "pooling_mode_max_tokens"},
                                  {"mean_sqrt_len", "pooling_mode_mean_sqrt_len_tokens"},
                                  {"weightedmean", "pooling_mode_weightedmean_tokens"},
                                  {"lasttoken", "pooling_mode_lasttoken"},
                                  {"mean", "pooling_mode_mean_tokens"}}) {
    const std::string others =
        std::string(mode) == "mean" ? "" : R"("pooling_mode_mean_tokens": false, )";
    write("1_Pooling/config.json", "{" + others + "\"" + key + "\": true}");
    const BertEngine engine(model_, Precision::kFloat32);
    const VectorRows vectors = engine.encode_ids(ids);
    for (size_t s = 0; s < ids.size(); ++s) {
      const std::vector<std::vector<int32_t>> one{ids[s]};
      const std::vector<float> want = pooled_by_hand(engine.last_hidden_state({one, {}}), mode);
      const std::span<const float> got = vectors.row(static_cast<int64_t>(s));
      // Sums add up to 7 values of size 1 in float32, here in float64; the rest is copied.
      const std::string name = mode;
      const double tolerance = name == "cls" || name == "max" || name == "lasttoken" ? 0 : 3e-6;
      for (size_t j = 0; j < want.size(); ++j)
        ASSERT_NEAR(got[j], want[j], tolerance) << mode << ", sentence " << s << " at " << j;
    }
  }
}

using Modes = std::vector<std::string>;

TEST_F(SentencePoolingFiles, TheModesAreThoseThatSentenceTransformersReads) {
  write("modules.json", kModules);
  for (const auto& [content, modes] :
       {std::pair{R"({"pooling_mode": "max", "pooling_mode_mean_tokens": true})", Modes{"max"}},
        {R"({"pooling_mode": ["mean", "cls"]})", Modes{"mean", "cls"}},
        {R"({"pooling_mode": "mean_sqrt_len_tokens"})", Modes{"mean_sqrt_len"}},
        {R"({"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false})", Modes{"cls"}},
        {R"({"pooling_mode_lasttoken": true})", Modes{"lasttoken"}},
        {R"({"pooling_mode_mean_tokens": true, "pooling_mode_max_tokens": true,
             "pooling_mode_cls_token": true})",
         Modes{"cls", "max", "mean"}},
        {R"({"pooling_mode_mean_tokens": false})", Modes{"mean"}},
        {"{}", Modes{"mean"}}}) {
    write("1_Pooling/config.json", content);
    EXPECT_EQ(read().modes, modes) << content;
  }
}

TEST_F(SentencePoolingFiles, WithoutModulesTheMeanIsTaken) {
  EXPECT_EQ(read().modes, Modes{"mean"});
  EXPECT_FALSE(read().normalize);
  EXPECT_EQ(read().max_length, 40) << "the rows of the position table";
}

TEST_F(SentencePoolingFiles, TheLengthIsTheSmallerOfLimitAndPositionTable) {
  for (const auto& [text, length] : {std::pair{R"({"max_seq_length": 7})", 7},
                                     {R"({"max_seq_length": 512})", 40},
                                     {R"({"max_seq_length": null})", 40},
                                     {R"({"do_lower_case": false})", 40}}) {
    write("sentence_bert_config.json", text);
    EXPECT_EQ(read().max_length, length) << text;
  }
}

TEST_F(SentencePoolingFiles, WrongValuesAreNamedByFileAndPlace) {
  // A path that is no string once ended in "internal error" with exit code 5.
  const auto modules = [&](const std::string& content) {
    write("modules.json", content);
    return message<DataError>();
  };
  EXPECT_EQ(modules("{}"), "modules.json: expected a list of modules, got an object");
  EXPECT_EQ(modules("[3]"), "modules.json: module 0: expected a JSON object, got 3");
  EXPECT_EQ(modules("[{}]"), "modules.json: module 0: key 'type': expected a string, got none");
  EXPECT_EQ(modules(R"([{"type": "m.Normalize"}, {"type": ["Pooling"]}])"),
            "modules.json: module 1: key 'type': expected a string, got an array");
  EXPECT_EQ(modules(R"([{"type": "m.Pooling", "path": 7}])"),
            "modules.json: module 0: key 'path': expected a string, got 7");
  EXPECT_EQ(modules(R"([{"type": "m.Pooling"}])"),
            "modules.json: module 0: key 'path': expected a string, got none");
  write("1_Pooling/config.json", R"({"pooling_mode_cls_token": "yes"})");
  EXPECT_EQ(modules(kModules),
            "1_Pooling/config.json: key 'pooling_mode_cls_token': expected true or false, got "
            "\"yes\"");
  write("1_Pooling/config.json", "[]");
  EXPECT_EQ(message<DataError>(), "1_Pooling/config.json: expected a JSON object, got an array");
  write("1_Pooling/config.json", R"({"pooling_mode": 1})");
  EXPECT_EQ(message<DataError>(),
            "1_Pooling/config.json: key 'pooling_mode': expected a string, got 1");
  write("sentence_bert_config.json", R"({"max_seq_length": "256"})");
  EXPECT_EQ(message<DataError>(),
            "sentence_bert_config.json: key 'max_seq_length': expected an integer from 1 to "
            "16777216, got \"256\"");
}

TEST_F(SentencePoolingFiles, OtherModulesAreRefusedByName) {
  write("modules.json", R"([{"type": "sentence_transformers.models.WordWeights", "path": "2"}])");
  EXPECT_EQ(message<UnsupportedError>(),
            "modules.json: module 'sentence_transformers.models.WordWeights' is not supported; "
            "known: Transformer, Pooling, Dense, Normalize");
}

TEST_F(SentencePoolingFiles, OtherModesAreRefusedByName) {
  write("modules.json", kModules);
  for (const char* content :
       {R"({"pooling_mode": "median"})", R"({"pooling_mode": ["mean", "median"]})"}) {
    write("1_Pooling/config.json", content);
    EXPECT_EQ(message<UnsupportedError>(),
              "1_Pooling/config.json: pooling 'median' is not supported; known: cls, max, mean, "
              "mean_sqrt_len_tokens, weightedmean, lasttoken");
  }
}

TEST_F(SentencePoolingFiles, WhatSentenceTransformersWroteIsWrittenAgain) {
  const BertConfig config = read_bert_config(model_);
  for (const Modes& modes : {Modes{"max"}, Modes{"cls", "mean"}, Modes{"mean", "cls"}}) {
    SentencePooling pooling;
    pooling.modes = modes;
    pooling.max_length = 9;
    write_sentence_pooling(model_, pooling, config);
    EXPECT_EQ(read().modes, modes);
    EXPECT_EQ(read().max_length, 9);
  }
}

/// Modules of sentence-transformers after the pooling.
class DenseFiles : public SentencePoolingFiles {
 protected:
  /// One directory a case, its vectors under the same name (make_golden.py).
  static fs::path golden() {
    return fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/sentence_modules";
  }

  void take(const std::string& name) {
    fs::copy(golden() / name, model_,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  std::string dense_message(const std::string& config) {
    write("2_Dense/config.json", config);
    try {
      return message<DataError>();
    } catch (const UnsupportedError&) {
      return message<UnsupportedError>();
    }
  }
};

TEST_F(DenseFiles, TheVectorsAreThoseOfSentenceTransformers) {
  const TensorStore expected = TensorStore::open(golden() / "expected.safetensors");
  const std::vector<std::vector<int32_t>> ids{{2, 10, 11, 3}, {2, 49, 7, 8, 9, 44, 3}, {2, 3}};
  for (const char* name : {"dense", "residual", "modes"}) {
    take(name);
    const BertEngine engine(model_, Precision::kFloat32);
    const TensorView& view = expected.at(name);
    const VectorRows vectors = engine.encode_ids(ids);
    ASSERT_EQ((std::vector<int64_t>{vectors.rows, vectors.width}), view.shape) << name;
    EXPECT_EQ(engine.width(), vectors.width);
    for (size_t i = 0; i < vectors.values.size(); ++i)
      ASSERT_NEAR(vectors.values[i], view.float32()[i], 2e-6) << name << " at " << i;
    // Rows of a layer keep the width of the states.
    const int64_t last = engine.config().layers;
    const VectorRows rows = engine.encode_layers({ids, {}}, engine.pooling(), {{last}});
    ASSERT_EQ(rows.width, vectors.width + engine.config().hidden_size);
    EXPECT_TRUE(
        std::ranges::equal(rows.row(1).first(static_cast<size_t>(vectors.width)), vectors.row(1)));
  }
}

TEST_F(DenseFiles, WrongValuesAreNamedByFileAndPlace) {
  take("dense");
  EXPECT_EQ(dense_message(R"({"in_features": 7, "out_features": 3})"),
            "2_Dense/config.json: in_features: expected 32, the width of the vector before it, got "
            "7");
  EXPECT_EQ(dense_message(R"({"in_features": 32})"),
            "2_Dense/config.json: key 'out_features': expected an integer, got none");
  EXPECT_EQ(
      dense_message(
          R"({"in_features": 32, "out_features": 3, "activation_function": "torch.nn.modules.activation.ELU"})"),
      "2_Dense/config.json: activation_function 'torch.nn.modules.activation.ELU' is not "
      "supported; known: Tanh, Identity, ReLU, GELU, Sigmoid");
  EXPECT_EQ(
      dense_message(
          R"({"in_features": 32, "out_features": 3, "module_input_name": "token_embeddings"})"),
      "2_Dense/config.json: module_input_name 'token_embeddings' is not supported; known: "
      "sentence_embedding");
  write("2_Dense/config.json", R"({"in_features": 32, "out_features": 3})");
  const std::string shape =
      error_message<DataError>([&] { BertEngine(model_, Precision::kFloat32); });
  EXPECT_THAT(shape, testing::HasSubstr("2_Dense"));
  EXPECT_THAT(shape, testing::HasSubstr("tensor 'linear.weight': expected shape [3, 32], got"));
}

}  // namespace
}  // namespace limbeck::nlp
