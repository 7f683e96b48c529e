#include "verify/pass/memory_limit.h"

#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "nlp/core/errors.h"
#include "verify/network/word_net.h"
#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

/// Counts the bytes of the tensors that this thread holds, less those from before.
class LiveBytes final : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, int64_t size, size_t, size_t, c10::Device) override {
    now_ += size;
    peak_ = std::max(peak_, now_);
  }
  bool memoryProfilingEnabled() const override { return true; }
  int64_t peak() const { return peak_; }

 private:
  int64_t now_ = 0, peak_ = 0;
};

template <class Call>
int64_t peak_of(Call&& call) {
  const auto live = std::make_shared<LiveBytes>();
  const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, live);
  call();
  return live->peak();
}

struct Problem {
  std::string name;
  Graph graph;
  LpBall ball;
  at::Tensor rows;
};

/// One word of a sentence moves.
Problem sentence_problem(const std::string& name, const WordNetConfig& config, int64_t length) {
  const WordNet net(config, {"[UNK]", "[CLS]", "[SEP]", "word"}, 1);
  WordModel model = net.model(at::kDouble);
  const at::Tensor center = torch::randn({1, length, config.width}, at::kDouble) * 0.1;
  const at::Tensor chosen = (at::arange(config.width) + config.width).unsqueeze(0);
  return {name, model.graph(length), LpBall(center, chosen, at::full({1}, 0.02, at::kDouble), 2),
          at::tensor({1.0, -1.0}, at::kDouble).view({1, 1, 2})};
}

/// Every pixel moves.
Problem image_problem() {
  const at::Tensor first = torch::randn({6, 2, 3, 3}, at::kDouble) * 0.3,
                   second = torch::randn({4, 6, 3, 3}, at::kDouble) * 0.3,
                   center = torch::randn({1, 2, 12, 12}, at::kDouble);
  const TensorFunction function = [=](const at::Tensor& x) {
    const at::Tensor y = at::max_pool2d(at::gelu(at::conv2d(x, first)), {2, 2});
    return at::conv2d(y, second).relu().flatten(1);
  };
  const at::Tensor rows = torch::randn({3, 1, 36}, at::kDouble);
  return {"image", trace_graph(function, center),
          LpBall::of_all(center, at::full({1}, 0.1, at::kDouble),
                         std::numeric_limits<double>::infinity()),
          rows};
}

std::vector<Problem> problems() {
  WordNetConfig plain, standard, lstm;
  plain.layers = standard.layers = 2;
  plain.width = standard.width = 24;
  plain.feed_forward = standard.feed_forward = 40;
  standard.layer_norm = "standard";
  lstm.architecture = "lstm";
  lstm.width = 16;
  return {sentence_problem("plain", plain, 10), sentence_problem("standard", standard, 10),
          sentence_problem("lstm", lstm, 5), image_problem()};
}

class MemoryLimit : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Methods, MemoryLimit,
                         ::testing::Values("forward", "forward+backward", "zonotope",
                                           "zonotope+backward", "zonotope+unstable", "unstable",
                                           "forward+unstable", "crown", "alpha-crown-ibp",
                                           "alpha-forward+backward", "alpha-zonotope+backward"));

// What a pass holds beside the rows and forms is of the size of an evaluation: that of crown-ibp
// with its few rows.
TEST_P(MemoryLimit, IsNotExceededByTheTensorsOfABound) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(3);
  const BoundMethod& method = find_bound_method(GetParam());
  for (const Problem& problem : problems()) {
    const auto run = [&](const BoundMethod& by, int64_t bytes) {
      bound(problem.graph, problem.ball, problem.rows, by,
            {.memory_bytes = bytes, .iterations = 1});
    };
    constexpr int64_t kEnough = int64_t{1} << 31;
    const int64_t evaluation = peak_of([&] { run(find_bound_method("crown-ibp"), kEnough); });
    int64_t least = int64_t{1} << 16;
    for (bool fits = false; !fits;) {
      try {
        run(method, least);
        fits = true;
      } catch (const UnsupportedError&) {
        least += least / 4;
      }
    }
    for (const int64_t limit : {2 * least, 16 * least}) {
      const int64_t peak = peak_of([&] { run(method, limit); });
      EXPECT_LE(peak, limit + evaluation) << problem.name;
    }
  }
}

}  // namespace
}  // namespace limbeck::verify
