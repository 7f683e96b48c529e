#include "distill/evaluate/model_timing.h"

#include <gtest/gtest.h>

#include <csignal>
#include <map>

#include "distill/evaluate/task_classifier.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/threads.h"
#include "tests/distill/student/golden_student.h"
#include "tests/support/error_message.h"

namespace limbeck::distill {
namespace {

/// A real student that counts what it is asked for.
class CountingEncoder final : public nlp::SentenceEncoder {
 public:
  int64_t width() const override { return encoder_->width(); }
  int32_t max_length() const override { return encoder_->max_length(); }
  const nlp::Tokenizer& tokenizer() const override { return encoder_->tokenizer(); }
  nlp::ModelSize size() const override { return encoder_->size(); }
  std::string description() const override { return "counting"; }
  nlp::VectorRows encode_ids(std::span<const std::vector<int32_t>> ids) const override {
    ++calls[ids.size()];
    return encoder_->encode_ids(ids);
  }

  mutable std::map<size_t, int64_t> calls;  ///< by the number of sentences

 private:
  std::unique_ptr<nlp::SentenceEncoder> encoder_ =
      load_sentence_encoder(golden_students() / "mean", nlp::Precision::kFloat32);
};

TEST(ModelTiming, TakesAtLeastFiftyCallsAfterTenThatDoNotCount) {
  const CountingEncoder encoder;
  const std::vector<std::string> sentences = {"the cat sat", "a man sings", "the film is good"};
  const ModelTiming timing = time_encoder(encoder, sentences, /*seconds=*/0);
  EXPECT_EQ(timing.calls, 50);
  EXPECT_EQ(encoder.calls.at(1), 60);
  EXPECT_EQ(encoder.calls.at(3), 1);  // one pass over all
  EXPECT_EQ(timing.threads, thread_count());
  EXPECT_GT(timing.p50_ms, 0.0);
  EXPECT_LE(timing.p50_ms, timing.p95_ms);
  EXPECT_GT(timing.sentences_per_second, 0.0);
}

TEST(ModelTiming, TakesAboutTheTimeItIsGiven) {
  const CountingEncoder encoder;
  const std::vector<std::string> sentences = {"the cat sat"};
  EXPECT_GT(time_encoder(encoder, sentences, /*seconds=*/0.1).calls, 50);
}

TEST(ModelTiming, StopsWhenTheUserAsks) {
  const CountingEncoder encoder;
  const std::vector<std::string> sentences = {"the cat sat"};
  set_interrupt_signal(SIGINT);
  EXPECT_EQ(test::error_message<Interrupted>([&] { time_encoder(encoder, sentences, 60); }),
            "interrupted; nothing half-written is left");
  set_interrupt_signal(0);
}

}  // namespace
}  // namespace limbeck::distill
