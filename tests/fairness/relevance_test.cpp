#include "fairness/metric/relevance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "nlp/core/errors.h"
#include "nlp/text/tokenizer.h"
#include "tests/support/error_message.h"

namespace limbeck::fairness {
namespace {

/// Vectors of two numbers: a text with the word "man" lies on the first axis, one with "woman" on the
/// second, one with both between.
class AxisEncoder final : public nlp::SentenceEncoder {
 public:
  int64_t width() const override { return 2; }
  int32_t max_length() const override { return 64; }
  const nlp::Tokenizer& tokenizer() const override { return *tokenizer_; }
  nlp::ModelSize size() const override { return {}; }
  std::string description() const override { return "axes"; }
  nlp::VectorRows encode_ids(std::span<const std::vector<int32_t>> ids) const override {
    nlp::VectorRows rows;
    rows.rows = static_cast<int64_t>(ids.size());
    rows.width = 2;
    for (const std::vector<int32_t>& one : ids)
      for (const int32_t axis : {man_, woman_})
        rows.values.push_back(static_cast<float>(std::ranges::count(one, axis)));
    return rows;
  }

 private:
  int32_t id_of(const std::string& word) const {
    std::vector<int32_t> ids;
    tokenizer_->append_ids(word, std::nullopt, 64, ids);
    return ids[1];  // behind [CLS]
  }
  std::unique_ptr<nlp::Tokenizer> tokenizer_ =
      nlp::load_tokenizer(std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/student/mean");
  int32_t man_ = id_of("man"), woman_ = id_of("woman");
};

TEST(Relevance, SharesAreCountsOverCounts) {
  // Ten continuations, all related to their prompts: ten times 1/10 was once 0.9999999999999999.
  const AxisEncoder encoder;
  const std::vector<std::string> prompts = {"man", "woman"}, ten(10, "man");
  const Relevance result = relevance(encoder, prompts, {0, 1}, ten, std::vector<int64_t>(10), 0.5);
  EXPECT_EQ(result.share, 1);
  EXPECT_EQ(result.chance_share, 0);
  EXPECT_EQ(result.mean_cosine, 1);
  EXPECT_EQ(result.threshold, 0.5);
  for (int64_t related = 0; related <= 10; ++related) {
    std::vector<std::string> texts(10, "woman");
    std::fill_n(texts.begin(), related, "man");
    const Relevance some =
        relevance(encoder, prompts, {0, 1}, texts, std::vector<int64_t>(10), 0.5);
    EXPECT_EQ(some.share, static_cast<double>(related) / 10);
    EXPECT_EQ(some.chance_share, static_cast<double>(10 - related) / 10);
  }
}

TEST(Relevance, TheThresholdItselfCountsAndChanceTakesTheNextTemplate) {
  const AxisEncoder encoder;
  // Two templates of two prompts each; the prompt of the other template at the same place is
  // chance.
  const std::vector<std::string> prompts = {"man", "man woman", "woman", "woman woman"};
  const std::vector<std::string> texts = {"man", "woman", "man man"};
  const Relevance result = relevance(encoder, prompts, {0, 0, 1, 1}, texts, {0, 3, 1}, 1.0);
  EXPECT_EQ(result.share, 2.0 / 3);   // the third has cosine 0.707 with "man woman"
  EXPECT_EQ(result.chance_share, 0);  // woman, man woman, woman woman
  EXPECT_NEAR(result.mean_cosine, (2 + std::sqrt(0.5)) / 3, 1e-7);
  EXPECT_NEAR(result.chance_cosine, std::sqrt(0.5) / 3, 1e-7);
}

TEST(Relevance, NothingToCompareIsNamed) {
  const AxisEncoder encoder;
  EXPECT_EQ(test::error_message<ConfigError>([&] { relevance(encoder, {}, {}, {}, {}, 0.5); }),
            "relevance: expected prompts and continuations, got none");
}

}  // namespace
}  // namespace limbeck::fairness
