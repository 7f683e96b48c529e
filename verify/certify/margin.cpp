#include "verify/certify/margin.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <span>

#include "verify/region/lp_ball.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kChunk = 512;  // sentences evaluated together

/// Logits (N, C) and labels (N, 1) to (N).
at::Tensor margins_of(const at::Tensor& logits, const at::Tensor& labels) {
  const at::Tensor others = logits.scatter(1, labels, -std::numeric_limits<double>::infinity());
  return (logits.gather(1, labels).squeeze(1) - others.amax({1})).to(at::kDouble);
}

}  // namespace

at::Tensor margins(WordModel& model, const at::Tensor& ids, const at::Tensor& labels) {
  const at::Tensor all = labels.expand({ids.size(0)}).unsqueeze(1);
  std::vector<at::Tensor> parts;
  for (int64_t start = 0; start < ids.size(0); start += kChunk) {
    const int64_t count = std::min(kChunk, ids.size(0) - start);
    parts.push_back(
        margins_of(model.logits(ids.narrow(0, start, count)), all.narrow(0, start, count)));
  }
  return at::cat(parts);
}

double replayed_margin(const WordModel& model, const std::vector<int64_t>& words, int64_t label) {
  return margins_of(model.run(at::tensor(words, at::kLong).unsqueeze(0)),
                    at::full({1, 1}, label, at::kLong))
      .item<double>();
}

at::Tensor margins(WordModel& model, const at::Tensor& ids, int64_t label) {
  return margins(model, ids, at::full({1}, label, at::kLong));
}

at::Tensor proved_margins(WordModel& model, const at::Tensor& ids, int64_t label,
                          const BoundOptions& options) {
  constexpr int64_t kTogether = 64;  // sentences bounded together
  const at::Tensor first = ids[0].contiguous();
  const Graph& graph = model.graph(
      model.layout(std::span(first.data_ptr<int64_t>(), static_cast<size_t>(first.numel()))));
  std::vector<at::Tensor> parts;
  for (int64_t start = 0; start < ids.size(0); start += kTogether) {
    const at::Tensor words =
        model.embed(ids.narrow(0, start, std::min(kTogether, ids.size(0) - start)));
    const int64_t count = words.size(0);
    const LpBall points(words, at::empty({count, 0}, at::kLong),
                        at::zeros({count}, words.options()),
                        std::numeric_limits<double>::infinity());
    WordProblem problem;
    problem.label = label;
    parts.push_back(bound(graph, points,
                          margin_rows({problem}, model.classes(), words.scalar_type()),
                          find_bound_method("ibp"), options)
                        .lower.amin({0}));
  }
  return at::cat(parts);
}

}  // namespace limbeck::verify
