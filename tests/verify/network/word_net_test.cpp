#include "verify/network/word_net.h"

#include <gtest/gtest.h>
#include <torch/nn/modules/rnn.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/core/atomic_file.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "verify/network/word_transformer.h"

namespace limbeck::verify {
namespace {

const std::vector<std::string> kWords = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "film"};

WordNetConfig config(const std::string& architecture) {
  return {.architecture = architecture,
          .layers = 2,
          .width = 8,
          .heads = 2,
          .feed_forward = 6,
          .classes = 3};
}

TEST(WordNet, LoadsTheBitsThatItSaved) {
  for (const char* architecture : {"transformer", "lstm", "bag_of_words"}) {
    const test::TemporaryDirectory folder;
    const WordNet net(config(architecture), kWords, 7);
    net.save(folder.path());
    const WordNet again = WordNet::load(folder.path());
    EXPECT_EQ(again.vocabulary(), kWords);
    ASSERT_EQ(again.weights().size(), net.weights().size());
    for (const auto& [name, tensor] : net.weights())
      EXPECT_TRUE(at::equal(tensor, again.weights().at(name))) << name;
    const at::NoGradGuard no_gradient;
    const at::Tensor ids = torch::tensor({{2, 4, 5, 3}}, at::kLong);
    EXPECT_TRUE(at::equal(net.model(at::kDouble).logits(ids),
                          load_word_model(folder.path(), "", 4, at::kDouble).logits(ids)));
  }
}

TEST(WordNet, ATransformerIsOneOfThePublishedForm) {
  const at::NoGradGuard no_gradient;
  const test::TemporaryDirectory folder;
  const WordNet net(config("transformer"), kWords, 7);
  net.save(folder.path());
  WordModel published =
      load_word_transformer(folder / "model.safetensors", folder / "vocab.txt", {.heads = 2});
  const at::Tensor ids = torch::tensor({{2, 5, 4, 4, 3}}, at::kLong);
  EXPECT_TRUE(at::equal(net.model(at::kDouble).logits(ids), published.logits(ids)));
}

TEST(WordNet, ATransformerMayDivideByTheDeviation) {
  const at::NoGradGuard no_gradient;
  const test::TemporaryDirectory folder;
  WordNetConfig standard = config("transformer");
  standard.layer_norm = "standard";
  const WordNet net(standard, kWords, 7);
  net.save(folder.path());
  EXPECT_EQ(WordNet::load(folder.path()).config().layer_norm, "standard");
  WordModel model = net.model(at::kDouble);
  const at::Tensor ids = torch::tensor({{2, 5, 4, 3}}, at::kLong);
  const at::Tensor logits = model.logits(ids);
  EXPECT_TRUE(at::equal(logits, load_word_model(folder.path(), "", 4, at::kDouble).logits(ids)));
  EXPECT_FALSE(at::allclose(
      logits, WordNet(config("transformer"), kWords, 7).model(at::kDouble).logits(ids)));
  const Graph& graph = model.graph(4);
  int64_t roots = 0;
  for (int64_t i = 0; i < graph.size(); ++i) roots += graph.node(i).op == "rsqrt";
  EXPECT_EQ(roots, 5);
}

TEST(WordNet, TheLogitsOfABagAreSumsOfItsRows) {
  const at::NoGradGuard no_gradient;
  const WordNet net(config("bag_of_words"), kWords, 7);
  const at::Tensor table = net.weights().at(net.embedding_name()).to(at::kDouble);
  const at::Tensor ids = torch::tensor({{2, 5, 4, 4, 3}}, at::kLong);
  EXPECT_TRUE(at::allclose(net.model(at::kDouble).logits(ids),
                           table.index_select(0, ids[0]).sum(0, /*keepdim=*/true)));
}

// Words of which the bag says the same start close together, those of other classes apart.
TEST(WordNet, EmbeddingsStartFromABag) {
  const at::NoGradGuard no_gradient;
  WordNet bag(config("bag_of_words"), kWords, 7);
  bag.weights().at(bag.embedding_name()).zero_();
  bag.weights().at(bag.embedding_name())[4][0] = 5;
  bag.weights().at(bag.embedding_name())[5][1] = 5;
  for (const char* architecture : {"transformer", "lstm"}) {
    WordNet net(config(architecture), kWords, 7);
    const std::string name = net.embedding_name();
    const at::Tensor before = net.weights().at(name).clone();
    net.start_from(bag, 1);
    const at::Tensor table = net.weights().at(name);
    EXPECT_LT(table[3].norm().item<double>(), 0.25 * before[3].norm().item<double>());
    EXPECT_GT(table[4].norm().item<double>(), 2 * table[3].norm().item<double>());
    EXPECT_GT((table[4] - table[5]).norm().item<double>(), 2 * table[3].norm().item<double>());
    const WordNet other(config(architecture), kWords, 7);
    EXPECT_THROW(net.start_from(other, 1), ConfigError);
  }
}

// What is saved and bounded are the shared embeddings; gradients reach the rows of neighbours.
TEST(WordNet, WordsShareTheirRowsWithTheirNeighbours) {
  const test::TemporaryDirectory folder;
  WordNet net(config("bag_of_words"), kWords, 7);
  const at::Tensor rows = net.weights().at(net.embedding_name()).detach().clone();
  std::vector<std::vector<int64_t>> neighbours(kWords.size());
  neighbours[4] = {5};
  net.share(neighbours, 0.25);
  const at::Tensor shared = net.embeddings();
  EXPECT_TRUE(at::allclose(shared[4], 0.75 * rows[4] + 0.25 * rows[5]));
  EXPECT_TRUE(at::allclose(shared[5], 0.75 * rows[5] + 0.25 * rows[4]));  // mutual
  EXPECT_TRUE(at::equal(shared[3], rows[3]));
  shared[4].sum().backward();
  const at::Tensor slope = net.weights().at(net.embedding_name()).grad();
  EXPECT_NEAR(slope[4][0].item<double>(), 0.75, 1e-6);
  EXPECT_NEAR(slope[5][0].item<double>(), 0.25, 1e-6);
  net.save(folder.path());
  EXPECT_TRUE(at::equal(WordNet::load(folder.path()).embeddings(), shared));
}

/// The graph of the LSTM against LibTorch's module with the same weights.
TEST(WordNet, AnLstmIsThatOfLibTorch) {
  const at::NoGradGuard no_gradient;
  const WordNet net(config("lstm"), kWords, 3);
  torch::nn::LSTM lstm(
      torch::nn::LSTMOptions(8, 8).num_layers(2).bidirectional(true).batch_first(true));
  for (const auto& item : lstm->named_parameters())
    item.value().copy_(net.weights().at("lstm." + item.key()));
  const at::Tensor ids = torch::tensor({{2, 5, 4, 3}, {2, 4, 4, 3}}, at::kLong);
  const at::Tensor states =
      std::get<0>(lstm->forward(at::embedding(net.weights().at("embeddings.weight"), ids)));
  const at::Tensor expected = at::linear(states.mean(1), net.weights().at("head.out.weight"),
                                         net.weights().at("head.out.bias"));
  EXPECT_LT((net.model(at::kFloat).logits(ids) - expected).abs().max().item<double>(), 1e-5);
}

TEST(WordNet, RefusesWhatDoesNotFitTogether) {
  const test::TemporaryDirectory folder;
  WordNet(config("lstm"), kWords, 7).save(folder.path());
  write_file_atomic(folder / "vocab.txt", "[UNK]\n[CLS]\n[SEP]\n");
  EXPECT_EQ(test::error_message<DataError>([&] { WordNet::load(folder.path()); }),
            (folder / "model.safetensors").string() +
                ": tensor 'embeddings.weight': its shape does not fit config.json and vocab.txt");
  write_file_atomic(folder / "config.json", R"({"model_type": "bert"})");
  EXPECT_EQ(test::error_message<DataError>([&] { WordNet::load(folder.path()); }),
            (folder / "config.json").string() + ": expected model_type 'limbeck_word_net'");
  write_file_atomic(folder / "config.json",
                    R"({"model_type": "limbeck_word_net", "architecture": "cnn"})");
  EXPECT_EQ(test::error_message<DataError>([&] { WordNet::load(folder.path()); }),
            "word net: architecture: expected transformer, lstm or bag_of_words, got 'cnn'");
}

}  // namespace
}  // namespace limbeck::verify
