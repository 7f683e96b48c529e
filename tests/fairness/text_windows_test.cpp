#include "fairness/counterfactual/text_windows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "fairness/counterfactual/value_pieces.h"
#include "nlp/causal/causal_model.h"
#include "nlp/text/sentencepiece.h"

namespace limbeck::fairness {
namespace {

const std::string kGolden = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/causal/llama";

SensitiveLexicon lexicon() {
  const std::vector<TemplateSet> sets = {
      parse_template_set(R"({"attribute": "place", "templates": ["In {value}"],
                             "values": ["Guinea Bissau", "Oslo", "Rome"]})",
                         "places")};
  return SensitiveLexicon(sets);
}

const std::vector<std::string> kLines = {
    "The road from Oslo to Rome is long, but from Guinea Bissau it is longer.",
    "Nothing stands here.", "Oslo", "x"};

void expect_mentions_end_at_their_pieces(const nlp::Tokenizer& tokenizer,
                                         const nlp::PromptEncoder& encoder) {
  const SensitiveLexicon all = lexicon();
  for (const int64_t context : {8, 12, 64}) {
    int64_t mentions = 0;
    for (const TextWindow& window : cut_windows(kLines, encoder, all, context)) {
      EXPECT_LE(static_cast<int64_t>(window.ids.size()), context);
      EXPECT_GE(window.ids.size(), 2u);
      for (const WindowMention& found : window.mentions) {
        ++mentions;
        const std::string& value = all.values()[static_cast<size_t>(found.mention.value)].text;
        const std::string prefix =
            tokenizer.decode({window.ids.begin(), window.ids.begin() + found.last_piece + 1});
        EXPECT_TRUE(prefix.ends_with(value)) << prefix << " | " << value;
        EXPECT_EQ(window.text.substr(static_cast<size_t>(found.mention.bytes.begin), value.size()),
                  value);
      }
    }
    EXPECT_LE(mentions, 4) << context;
    if (context == 64) {
      EXPECT_EQ(mentions, 4);
    }
  }
}

TEST(TextWindows, MentionsEndAtTheirLastPieceInByteLevelBpe) {
  const nlp::CausalModel model(kGolden, nlp::WeightFormat::kFloat32);
  expect_mentions_end_at_their_pieces(model.tokenizer(),
                                      nlp::PromptEncoder(model.tokenizer(), model.config()));
}

TEST(TextWindows, MentionsEndAtTheirLastPieceInSentencePiece) {
  nlp::SentencePieceTrainingOptions options;
  options.vocabulary_size = 300;
  options.byte_fallback = options.end_piece = true;
  options.normalization = "nmt_nfkc";
  std::vector<std::string> text = kLines;
  for (int i = 0; i < 60; ++i)
    text.push_back("the house number " + std::to_string(i) + " stands near the market in Rome");
  const auto tokenizer = nlp::parse_sentencepiece(nlp::train_sentencepiece(text, options), "spm");
  nlp::CausalConfig config;
  config.begin_id = config.end_id = nlp::kEndPiece;
  const nlp::PromptEncoder encoder(*tokenizer, config);
  expect_mentions_end_at_their_pieces(*tokenizer, encoder);
  // A line begins and ends with </s>.
  const std::vector<TextWindow> windows = cut_windows({"Oslo"}, encoder, lexicon(), 64);
  ASSERT_EQ(windows.size(), 1u);
  EXPECT_EQ(windows[0].ids.front(), nlp::kEndPiece);
  EXPECT_EQ(windows[0].ids.back(), nlp::kEndPiece);
}

TEST(ValuePieces, AreThoseThatTextsHaveForTheValues) {
  const nlp::CausalModel model(kGolden, nlp::WeightFormat::kFloat32);
  const nlp::PromptEncoder encoder(model.tokenizer(), model.config());
  const std::vector<int64_t> pieces = value_pieces(lexicon(), encoder);
  EXPECT_TRUE(std::ranges::is_sorted(pieces));
  EXPECT_EQ(std::ranges::adjacent_find(pieces), pieces.end());
  std::set<int64_t> expected;
  for (const std::string value : {"Guinea Bissau", "Oslo", "Rome"})
    for (const std::string before : {"", " "}) {
      const nlp::Encoding encoding = encoder.encode(before + value);
      for (size_t i = 0; i < encoding.ids.size(); ++i)
        if (encoding.special_mask[i] == 0) expected.insert(encoding.ids[i]);
    }
  EXPECT_EQ(pieces, std::vector<int64_t>(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace limbeck::fairness
