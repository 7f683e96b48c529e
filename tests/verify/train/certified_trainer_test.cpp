#include "verify/train/certified_trainer.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <csignal>

#include "nlp/core/atomic_file.h"
#include "nlp/core/interrupt.h"
#include "tests/support/error_message.h"
#include "tests/verify/train/word_sentences.h"
#include "verify/certify/certify_sentences.h"
#include "verify/network/word_net.h"
#include "verify/train/certified_data.h"
#include "verify/train/certified_task.h"

namespace limbeck::verify {
namespace {

class CertifiedTraining : public testing::Test {
 protected:
  CertifiedTrainingOptions options(const std::string& output) const {
    CertifiedTrainingOptions options;
    options.certified = true;
    options.train = sentences.train;
    options.dev = sentences.dev;
    options.synonyms = sentences.synonyms;
    options.output = (folder / output).string();
    options.width = 8;
    options.heads = 2;
    options.feed_forward = 12;
    options.budget = 3;
    options.min_count = 1;
    options.embedding_dropout = 0.1;
    return options;
  }

  static nlp::TrainerOptions training(int64_t epochs = 12) {
    nlp::TrainerOptions training;
    training.epochs = epochs;
    training.batch_size = 24;
    training.learning_rate = 0.01;
    return training;
  }

  test::TemporaryDirectory folder;
  test::WordSentences sentences{folder};
};

TEST_F(CertifiedTraining, ProvesMoreThanPlainTraining) {
  for (const char* architecture : {"transformer", "lstm", "bag_of_words"}) {
    CertifiedTrainingOptions robust = options(std::string("robust-") + architecture);
    robust.architecture = architecture;
    robust.width = std::string(architecture) == "lstm" ? 4 : 8;
    robust.limit = 160;
    CertifiedTrainingOptions plain = robust;
    plain.output = (folder / (std::string("plain-") + architecture)).string();
    plain.clean_share = 1;
    nlp::TrainerOptions accurate = training();
    accurate.monitor = "accuracy";
    const CertifiedTrainingSummary with = train_certified(robust, training(), {});
    const CertifiedTrainingSummary without = train_certified(plain, accurate, {});
    EXPECT_GT(with.certified.back(), without.certified.back()) << architecture;
    EXPECT_GE(with.accuracy, with.certified.front()) << architecture;
    for (size_t i = 1; i < with.certified.size(); ++i)
      EXPECT_LE(with.certified[i], with.certified[i - 1]) << architecture;
  }
}

TEST_F(CertifiedTraining, WritesADirectoryThatCertifyReads) {
  const CertifiedTrainingSummary summary = train_certified(options("out"), training(3), {});
  for (const char* file : {"config.json", "model.safetensors", "vocab.txt", "README.md",
                           "metrics.jsonl", "report.html", "report.json", "result.json"})
    EXPECT_TRUE(std::filesystem::exists(folder / "out" / file)) << file;
  CertifyOptions certify;
  certify.model = summary.options.output;
  certify.data = sentences.dev;
  certify.synonyms = sentences.synonyms;
  certify.budget = 3;
  certify.method = "crown-ibp";
  certify.output = (folder / "certified").string();
  const CertifySummary decided = certify_sentences(certify, {});
  EXPECT_EQ(decided.items, 80);
  EXPECT_EQ(decided.errors, 0);
  EXPECT_NEAR(decided.certified_share(), summary.certified.back(), 1e-12);
}

TEST_F(CertifiedTraining, StartsFromASavedNet) {
  train_certified(options("first"), training(2), {});
  CertifiedTrainingOptions next = options("next");
  next.model = (folder / "first").string();
  EXPECT_EQ(train_certified(next, training(1), {}).words, 27);
  CertifiedTrainingOptions bag = options("bag"), warm = options("warm");
  bag.architecture = "bag_of_words";
  bag.synonym_sharing = 0.5;
  train_certified(bag, training(4), {});
  warm.model = bag.output;
  EXPECT_EQ(train_certified(warm, training(1), {}).words, 27);
  EXPECT_EQ(WordNet::load(warm.output).config().architecture, "transformer");
}

/// A run that stops at a signal and is resumed, against one that is not stopped.
TEST_F(CertifiedTraining, ResumesBitForBit) {
  nlp::TrainerOptions schedule = training(4);
  schedule.checkpoint_every = 3;
  schedule.eval_every = 7;
  schedule.log_every = 2;
  train_certified(options("whole"), schedule, {});
  const CertifiedTrainingOptions stopped = options("stopped");
  CertifiedTrainingContext context;
  int64_t rows = 0;
  class StoppingLog final : public nlp::MetricsSink {
   public:
    StoppingLog(const std::filesystem::path& folder, int64_t& rows)
        : log_(folder / "metrics.jsonl"), rows_(rows) {}
    void write(const nlohmann::ordered_json& row) override {
      log_.write(row);
      if (++rows_ == 5) set_interrupt_signal(SIGINT);
    }
    int64_t position() override { return log_.position(); }
    void resume_at(int64_t position) override { log_.resume_at(position); }

   private:
    nlp::JsonlMetricsSink log_;
    int64_t& rows_;
  };
  context.open_log = [&](const std::filesystem::path& folder) {
    return std::make_unique<StoppingLog>(folder, rows);
  };
  context.resume_line = "limbeck again";
  EXPECT_EQ(test::error_message<Interrupted>([&] { train_certified(stopped, schedule, context); }),
            "interrupted, the state is saved; continue with: limbeck again");
  set_interrupt_signal(0);
  context.existing = ExistingOutput::kResume;
  train_certified(stopped, schedule, context);
  for (const char* file : {"model.safetensors", "metrics.jsonl", "vocab.txt"})
    EXPECT_EQ(read_file(folder / "stopped" / file), read_file(folder / "whole" / file)) << file;
  EXPECT_GT(rows, 5);
  // Finished: nothing is trained again, other options are refused.
  const int64_t before = rows;
  train_certified(stopped, schedule, context);
  EXPECT_EQ(rows, before);
  CertifiedTrainingOptions other = stopped;
  other.clean_share = 0.5;
  EXPECT_THROW(train_certified(other, schedule, context), ConfigError);
}

TEST_F(CertifiedTraining, SaysWhatIsWrongBeforeAnythingIsWritten) {
  const auto message = [&](const std::function<void(CertifiedTrainingOptions&)>& change) {
    CertifiedTrainingOptions wrong = options("wrong");
    change(wrong);
    try {
      train_certified(wrong, training(1), {});
    } catch (const Error& error) {
      EXPECT_FALSE(std::filesystem::exists(folder / "wrong"));
      return std::string(error.what());
    }
    return std::string("no error");
  };
  const auto file = [&](const std::string& text) {
    return folder.write("bad.json", text).string();
  };
  const std::string bad = (folder / "bad.json").string();
  EXPECT_EQ(message([&](auto& o) { o.train = file("[]"); }),
            bad + ": expected sentences, got none");
  EXPECT_EQ(message([&](auto& o) { o.train = file("{}"); }),
            bad + ": expected a JSON array, got object");
  EXPECT_EQ(message([&](auto& o) { o.dev = file(R"([{"sentence": "good0", "label": 2}])"); }),
            bad + ": item 0: label: expected 0 to 1, got 2");
  EXPECT_EQ(message([&](auto& o) { o.dev = file(R"([{"sentence": " ", "label": 1}])"); }),
            bad + ": item 0: empty sentence");
  EXPECT_EQ(message([&](auto& o) { o.train = file(R"([{"sentence": "good0", "label": 0}])"); }),
            bad + ": expected labels from 0, two classes or more, at most 1000");
  EXPECT_EQ(message([&](auto& o) { o.synonyms = file(R"({"good0": "bad0"})"); }),
            bad + ": word 'good0': expected an array of words, got string");
  EXPECT_EQ(message([&](auto& o) {
              o.vocabulary = folder.write("words.txt", "[UNK]\n[CLS]\n").string();
            }),
            (folder / "words.txt").string() + ": expected the word [SEP]");
  EXPECT_EQ(message([&](auto& o) { o.ramp_end = 0.01; }),
            "--ramp-end: expected above --ramp-start, at most 1, got 0.010000");
  EXPECT_EQ(message([&](auto& o) { o.heads = 3; }),
            "--heads: expected a divisor of the width 8, got 3");
  EXPECT_EQ(message([&](auto& o) { o.length_scale = -1; }),
            "--length-scale: expected 0 or more words, got -1.000000");
  EXPECT_EQ(message([&](auto& o) { o.budget = 0; }), "--budget: expected 1 or more words, got 0");
}

TEST(CertifiedData, ReadsTablesAndCountsWords) {
  const test::TemporaryDirectory folder;
  CertifiedTrainingOptions options;
  options.train =
      folder.write("train.tsv", "sentence\tlabel\nGood film\tyes\nbad film\tno\n").string();
  options.dev = folder.write("dev.tsv", "sentence\tlabel\ngood\tyes\n").string();
  options.synonyms = folder.write("s.json", R"({"good": ["fine"]})").string();
  const CertifiedData data = read_certified_data(options);
  EXPECT_EQ(data.classes, 2);
  EXPECT_EQ(data.train[0].label, 1);
  EXPECT_EQ(data.train[0].candidates, (std::vector<std::vector<std::string>>{{"fine"}, {}}));
  EXPECT_EQ(frequent_words(data.train, 1),
            (std::vector<std::string>{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "bad",
                                      "good"}));
  EXPECT_EQ(frequent_words(data.train, 2).size(), 6u);
}

/// With --length-scale 3 a sentence of six words, two of them special, has twice its logits in the
/// loss.
TEST(CertifiedTask, LogitsGrowWithTheLengthOfTheSentence) {
  const at::NoGradGuard no_gradient;
  CertifiedTrainingOptions options;
  options.width = 4, options.heads = 2, options.feed_forward = 4;
  options.embedding_dropout = 0, options.length_scale = 3;
  WordNet net(options.net(2), {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad"}, 3);
  const WordModel words = net.model(at::kFloat);
  std::vector<WordProblem> problems;
  for (const char* text : {"good bad bad good", "bad good"})
    problems.push_back(word_problem({text, 1, {}}, words, 1, {}));
  CertifiedTask task(net, problems, problems, options);
  std::map<std::string, nlp::RunningMean> values;
  nlp::StepContext context(1, 0, 0, 0, 2, 0, values);
  WordModel model = net.model(at::kFloat);
  double expected = 0;
  for (const WordProblem& problem : problems) {
    const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
    const double scale = static_cast<double>(problem.length()) / 3;
    const at::Tensor logits = (model.logits(ids) * scale).log_softmax(1);
    expected -= logits[0][1].item<double>() / 2;
  }
  EXPECT_NEAR(task.loss({0, 1}, context).item<double>(), expected, 1e-6);
}

TEST(CertifiedTask, TheRampRisesFromItsStartToItsEnd) {
  EXPECT_EQ(ramp(0.1, 0.2, 0.6), 0);
  EXPECT_DOUBLE_EQ(ramp(0.4, 0.2, 0.6), 0.5);
  EXPECT_EQ(ramp(0.7, 0.2, 0.6), 1);
}

}  // namespace
}  // namespace limbeck::verify
