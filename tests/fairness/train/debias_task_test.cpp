#include "fairness/train/debias_task.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "fairness/metric/text_perplexity.h"
#include "fairness/train/language_model_task.h"
#include "fairness/train/sentiment_examples.h"
#include "nlp/causal/perplexity.h"
#include "nlp/text/sentencepiece.h"
#include "nlp/train/trainer.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::fairness {
namespace {

/// Text of a few words in which some lines mention a place.
std::vector<std::string> small_text(int lines) {
  const std::vector<std::string> places = {"Rome", "Oslo", "Lima"};
  const std::vector<std::string> ends = {"the sun is warm", "the rain is cold", "people sing"};
  std::vector<std::string> text;
  for (int i = 0; i < lines; ++i)
    text.push_back(i % 3 == 2 ? "we stay at home and " + ends[static_cast<size_t>(i / 3 % 3)]
                              : "in the streets of " + places[static_cast<size_t>(i % 7 % 3)] +
                                    " " + ends[static_cast<size_t>(i % 7 % 3)]);
  return text;
}

/// Enough syllables beside it for 300 pieces.
std::vector<std::string> vocabulary_text() {
  std::vector<std::string> text = small_text(60);
  const std::vector<std::string> syllables = {"ba", "ke", "lo", "mi", "nu", "ra", "si"};
  for (size_t i = 0; i < 200; ++i)
    text.push_back(syllables[i % 7] + syllables[i / 7 % 7] + " " + syllables[i % 5] +
                   syllables[i % 3]);
  return text;
}

/// A tiny model, its text and its pairs.
struct Fixture {
  explicit Fixture(const std::string& values, const std::string& normalization = "nmt_nfkc") {
    sets = {parse_template_set(
        R"({"attribute": "place", "templates": ["I really like {value} since then"], "values": )" +
            values + "}",
        "places")};
    lexicon = std::make_unique<SensitiveLexicon>(sets);
    nlp::SentencePieceTrainingOptions options;
    options.vocabulary_size = 300;
    options.byte_fallback = options.end_piece = true;
    options.normalization = normalization;
    tokenizer =
        nlp::parse_sentencepiece(nlp::train_sentencepiece(vocabulary_text(), options), "spm");
    config.vocabulary_size = tokenizer->vocabulary_size();
    config.hidden_size = 16;
    config.layers = 2;
    config.heads = config.key_value_heads = 2;
    config.head_width = 8;
    config.intermediate_size = 32;
    config.max_positions = 64;
    config.begin_id = config.end_id = nlp::kEndPiece;
    encoder = std::make_unique<nlp::PromptEncoder>(*tokenizer, config);
    transformer = nlp::CausalTransformer(config);
    transformer->draw_weights(1);
    text.write("text.txt", [] {
      std::string all;
      int number = 0;
      for (const std::string& line : small_text(60))
        all += line + " " + std::to_string(number++) + "\n";
      return all;
    }());
    DebiasOptions options_of_data;
    options_of_data.text = {(text / "text.txt").string()};
    options_of_data.validation_count = 20;
    options_of_data.context = 32;
    data = read_debias_data(options_of_data, sets, *lexicon, *encoder, 64, 1);
  }

  DebiasTask task(double lambda, double dropout = 0) {
    return {transformer, data, *lexicon, *encoder, nullptr, {"embedding", lambda, dropout}, {}};
  }

  test::TemporaryDirectory text;
  std::vector<TemplateSet> sets;
  std::unique_ptr<SensitiveLexicon> lexicon;
  std::unique_ptr<nlp::Tokenizer> tokenizer;
  nlp::CausalConfig config;
  std::unique_ptr<nlp::PromptEncoder> encoder;
  nlp::CausalTransformer transformer{nullptr};
  DebiasData data;
};

/// Mean of the regulariser, as it is logged, over some steps with this dropout.
double regulariser_under_dropout(Fixture& fixture, double dropout) {
  DebiasTask task = fixture.task(1.0, dropout);
  std::map<std::string, nlp::RunningMean> values;
  for (int64_t step = 0; step < 5; ++step) {
    nlp::StepContext context(1, step, 0, 0, 4, 0.0, values);
    task.loss({0, 1, 2, 3}, context);
  }
  const nlp::RunningMean& mean = values.at("loss/embedding");
  return mean.sum / mean.weight;
}

TEST(DebiasTask, TheTextsOfAPairShareTheirDropout) {
  // A vocabulary without case reads both values alike, so only different masks could tell the two
  // texts of a pair apart.
  Fixture same(R"(["Rome", "ROME"])", "nmt_nfkc_cf");
  EXPECT_LT(regulariser_under_dropout(same, 0.5), 1e-9);  // padding rounds differently
  Fixture other(R"(["Rome", "Oslo", "Lima"])");
  const double without = regulariser_under_dropout(other, 0);
  const double with = regulariser_under_dropout(other, 0.5);
  EXPECT_GT(without, 0);
  EXPECT_GT(std::abs(with - without), 1e-3 * without);  // it does drop
}

TEST(DebiasTask, LinesOfTheAuditAreLeftOut) {
  Fixture fixture(R"(["Rome", "Oslo"])");
  fixture.text.write("more.txt",
                     "I really like Rome since then\nShe said: I REALLY like Oslo since then.\n"
                     "Rome is old.\nOslo is new.\nLima is far.\nWe like Oslo.\n");
  DebiasOptions options;
  options.text = {(fixture.text / "more.txt").string()};
  options.validation_count = 2;
  const DebiasData data =
      read_debias_data(options, fixture.sets, *fixture.lexicon, *fixture.encoder, 64, 1);
  EXPECT_EQ(data.template_lines, 2);
  EXPECT_EQ(data.lines, 2);
}

TEST(DebiasTask, TheSentimentHeadSeesNoPromptOfTheAudit) {
  Fixture fixture(R"(["Rome", "Oslo"])");
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < 12; ++i)
    for (const char* label : {"bad", "good"}) {
      const std::string line = std::to_string(i) + " " + label;
      table += "The film " + line + "\t" + label + "\n";
      if (i < 3) table += "I really like Oslo since then, " + line + "\t" + label + "\n";
    }
  DebiasOptions options;
  options.sentiment = fixture.text.write("sentiment.tsv", table).string();
  const SentimentExamples examples =
      read_sentiment_examples(options, {}, audit_prompts(fixture.sets), 1);
  EXPECT_EQ(examples.texts.size(), 24u);
  EXPECT_EQ(examples.labels.size(), 24u);
  EXPECT_EQ(examples.template_lines, 6);
  for (const std::string& text : examples.texts)
    EXPECT_EQ(text.find("Oslo"), std::string::npos) << text;
}

// A prompt of the audit with few letters once stayed in the text, unless it was the whole line.
TEST(DebiasTask, LinesThatHoldAShortPromptAreLeftOut) {
  Fixture fixture(R"(["Rome", "Oslo"])");
  fixture.sets = {parse_template_set(R"({"attribute": "place", "templates": ["In {value} he",
      "{value}"], "values": ["Rome", "Oslo"]})",
                                     "t.json")};
  fixture.text.write("short.txt",
                     "In Rome, he accepted the offer.\nOnce in OSLO he slept.\n"
                     "In Rome her house is old.\nOslo is new.\nRome is far.\nWe like Oslo.\n");
  DebiasOptions options;
  options.text = {(fixture.text / "short.txt").string()};
  options.validation_count = 2;
  const DebiasData data =
      read_debias_data(options, fixture.sets, *fixture.lexicon, *fixture.encoder, 64, 1);
  EXPECT_EQ(data.template_lines, 2);
  EXPECT_EQ(data.lines, 2);
}

nlp::EvaluationResult after_training(double lambda) {
  const test::TemporaryDirectory folder;
  Fixture fixture(R"(["Rome", "Oslo", "Lima"])");
  DebiasTask task(fixture.transformer, fixture.data, *fixture.lexicon, *fixture.encoder, nullptr,
                  {"embedding", lambda, 0}, [](const std::filesystem::path&) {});
  nlp::TrainerOptions training;
  training.epochs = 12;
  training.batch_size = 4;
  training.learning_rate = 3e-3;
  nlp::TrainerConnections connections;
  connections.output = folder.path();
  nlp::Trainer(training, task, connections).run(false);
  return task.evaluate();
}

TEST(DebiasTask, AWeightAboveZeroBringsHeldOutPairsTogether) {
  Fixture fixture(R"(["Rome", "Oslo", "Lima"])");
  const nlp::EvaluationResult before = fixture.task(0).evaluate();
  const nlp::EvaluationResult control = after_training(0);
  const nlp::EvaluationResult regularised = after_training(10);
  EXPECT_LT(control.at("perplexity"), before.at("perplexity") / 2);
  EXPECT_LT(1 - regularised.at("embedding_cosine"), (1 - control.at("embedding_cosine")) / 2);
  EXPECT_FALSE(regularised.contains("sentiment_cosine"));
}

TEST(LanguageModelTask, EvaluationIsThePerplexityOfTheModelWithoutLibTorch) {
  Fixture fixture(R"(["Rome", "Oslo"])");
  const test::TemporaryDirectory folder;
  nlp::TrainableCausalModel model;
  model.transformer = fixture.transformer;
  model.tokenizer = std::shared_ptr<const nlp::Tokenizer>(std::move(fixture.tokenizer));
  model.config_json = nlp::causal_config_json(fixture.config, {});
  nlp::save_causal_model(folder.path(), model);
  const nlp::CausalModel reader(folder.path(), nlp::WeightFormat::kFloat32);
  std::string text;
  for (const std::string& line : small_text(30)) text += line + "\n";
  LanguageModelData data;
  data.context = 16;
  data.validation = reader.document_ids(text);
  data.train = data.validation;
  LanguageModelTask task(model.transformer, data, 0, {});
  const nlp::TextScore score = nlp::score_tokens(reader, data.validation, {16, 0});
  EXPECT_NEAR(task.evaluate().at("validation_perplexity"), score.perplexity(),
              1e-4 * score.perplexity());
  EXPECT_EQ(task.example_count(), (static_cast<int64_t>(data.train.size()) - 1) / 16);
  // The perplexities of both commands, with and without words, are those of the same ids.
  EXPECT_EQ(text_perplexity(reader, text, {}, {{16, 0}, 0}).all.perplexity(), score.perplexity());
  const TextPerplexity apart = text_perplexity(
      reader, text, {{"place", {"Rome"}}, {"none", {"Zanzibar"}}, {"both", {"Zanzibar", "Rome"}}},
      {{16, 0}, 0});
  EXPECT_EQ(apart.all.tokens, score.tokens);
  EXPECT_NEAR(apart.all.perplexity(), score.perplexity(), 1e-5 * score.perplexity());
  EXPECT_LT(apart.sensitive.tokens, score.tokens);
  // Each list has windows of its own; those of any list are the sensitive ones.
  ASSERT_EQ(apart.lists.size(), 3u);
  EXPECT_EQ(apart.lists[0].name, "place");
  EXPECT_EQ(apart.lists[0].score.tokens, apart.sensitive.tokens);
  EXPECT_EQ(apart.lists[1].score.tokens, 0);
  EXPECT_EQ(apart.lists[2].score.perplexity(), apart.sensitive.perplexity());
}

}  // namespace
}  // namespace limbeck::fairness
