#include "nlp/causal/causal_forward.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/gated_unit.h"
#include "nlp/kernel/layer_norm.h"
#include "nlp/kernel/rms_norm.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kGrainValues = 1 << 14;  ///< of element-wise work: some microseconds of one core
constexpr int64_t kGrainScores = 1 << 9;   ///< query rows times keys of a worthwhile attention task

/// Where a token stands.
struct Row {
  size_t run;
  int64_t index;     ///< in its store
  int64_t position;  ///< in its text
};

/// Neighbouring rows of one run that attention takes at once.
struct Block {
  size_t run;
  int64_t row, tokens;
};

struct Pass {
  const CausalConfig& config;
  const CausalWeights& weights;
  const RotaryTable& rotary;
  std::span<const TokenRun> runs;
  std::vector<Row> rows;
  std::vector<Block> blocks;
  int64_t count, width, stride;  ///< stride of the projections
  float *states, *normed, *projections, *context, *intermediate;
};

int64_t before(const TokenRun& run) { return run.prefix != nullptr ? run.prefix->tokens() : 0; }

void check(const CausalConfig& config, const TokenRun& run) {
  const auto count = static_cast<int64_t>(run.ids.size());
  const int64_t end = before(run) + run.store->tokens() + count;
  if (count < 1) throw ShapeError("language model: a run of no tokens");
  if (end > config.max_positions)
    throw ShapeError("language model: expected at most " + std::to_string(config.max_positions) +
                     " tokens, got " + std::to_string(end));
  if (run.store->tokens() + count > run.store->capacity())
    throw ShapeError("language model: no room for " + std::to_string(count) + " more tokens");
  for (const int32_t id : run.ids)
    if (id < 0 || id >= config.vocabulary_size)
      throw ShapeError("language model: expected ids of 0 to " +
                       std::to_string(config.vocabulary_size - 1) + ", got " + std::to_string(id));
}

Pass start(const CausalConfig& config, const CausalWeights& weights, const RotaryTable& rotary,
           std::span<const TokenRun> runs, CausalWorkspace& workspace) {
  std::vector<Row> rows;
  std::vector<Block> blocks;
  const int64_t most = kernel::kMostQueryRows / config.group();
  for (size_t r = 0; r < runs.size(); ++r) {
    check(config, runs[r]);
    const auto count = static_cast<int64_t>(runs[r].ids.size()), index = runs[r].store->tokens();
    for (int64_t t = 0; t < count; t += most)
      blocks.push_back({r, static_cast<int64_t>(rows.size()) + t, std::min(most, count - t)});
    for (int64_t t = 0; t < count; ++t) rows.push_back({r, index + t, before(runs[r]) + index + t});
  }
  const auto count = static_cast<int64_t>(rows.size());
  const int64_t width = config.hidden_size;
  const int64_t stride = config.query_width() + 2 * config.key_value_width();
  return {config,
          weights,
          rotary,
          runs,
          std::move(rows),
          std::move(blocks),
          count,
          width,
          stride,
          workspace.states.reserve<float>(count * width),
          workspace.normed.reserve<float>(count * width),
          workspace.projections.reserve<float>(count * stride),
          workspace.context.reserve<float>(count * config.query_width()),
          workspace.intermediate.reserve<float>(count * 2 * config.intermediate_size)};
}

void embed(const Pass& pass) {
  int64_t row = 0;
  for (const TokenRun& run : pass.runs)
    for (const int32_t id : run.ids) {
      float* out = pass.states + row * pass.width;
      pass.weights.embed(id, out);
      if (pass.config.family == CausalFamily::kGpt2) {
        const float* position = pass.weights.positions().data() +
                                pass.rows[static_cast<size_t>(row)].position * pass.width;
        for (int64_t i = 0; i < pass.width; ++i) out[i] += position[i];
      }
      ++row;
    }
}

void normalise(const CausalConfig& config, const CausalNorm& norm, int64_t rows, const float* in,
               float* out) {
  const int64_t width = config.hidden_size;
  const auto epsilon = static_cast<float>(config.norm_epsilon);
  parallel_for(rows, 1 + kGrainValues / width, [&](int64_t begin, int64_t end) {
    const float* from = in + begin * width;
    float* to = out + begin * width;
    if (norm.bias.empty())
      kernel::rms_norm(end - begin, width, from, width, norm.gain.data(), epsilon, to, width);
    else
      kernel::layer_norm(end - begin, width, from, width, norm.gain.data(), norm.bias.data(),
                         epsilon, to, width);
  });
}

/// Turns queries and keys to their positions and stores keys and values.
void place(const Pass& pass, int64_t layer) {
  const CausalConfig& config = pass.config;
  const int64_t d = config.head_width, turned = config.heads + config.key_value_heads;
  parallel_for(pass.count, 1 + kGrainValues / pass.stride, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Row& row = pass.rows[static_cast<size_t>(r)];
      float* vectors = pass.projections + r * pass.stride;
      if (!pass.rotary.empty())
        for (int64_t head = 0; head < turned; ++head)
          kernel::rotate_halves(pass.rotary.half(), pass.rotary.cosines(row.position),
                                pass.rotary.sines(row.position), vectors + head * d);
      const float* keys = vectors + config.query_width();
      for (int64_t head = 0; head < config.key_value_heads; ++head)
        pass.runs[row.run].store->put(layer, head, row.index, keys + head * d,
                                      keys + config.key_value_width() + head * d);
    }
  });
}

void attend_block(const Pass& pass, int64_t layer, const Block& block, int64_t head) {
  const CausalConfig& config = pass.config;
  const TokenRun& run = pass.runs[block.run];
  const int64_t d = config.head_width, at = head * config.group() * d;
  const int64_t index = pass.rows[static_cast<size_t>(block.row)].index;
  kernel::KeyValues parts[2];
  size_t count = 0;
  if (before(run) > 0) parts[count++] = run.prefix->view(layer, head, before(run));
  parts[count++] = run.store->view(layer, head, index + block.tokens);
  kernel::CachedAttention attention;
  attention.head_width = d;
  attention.scale = 1.0f / std::sqrt(static_cast<float>(d));
  attention.group = static_cast<int>(config.group());
  attention.tokens = static_cast<int>(block.tokens);
  attention.query = pass.projections + block.row * pass.stride + at;
  attention.query_stride = pass.stride;
  attention.parts = {parts, count};
  attention.visible = index + 1;
  attention.output = pass.context + block.row * config.query_width() + at;
  attention.output_stride = config.query_width();
  kernel::attend_cached(attention);
}

void attend(const Pass& pass, int64_t layer) {
  const int64_t heads = pass.config.key_value_heads;
  const Row& last = pass.rows.back();
  const int64_t grain = 1 + kGrainScores / (1 + last.position);
  parallel_for(
      static_cast<int64_t>(pass.blocks.size()) * heads, grain, [&](int64_t begin, int64_t end) {
        for (int64_t task = begin; task < end; ++task)
          attend_block(pass, layer, pass.blocks[static_cast<size_t>(task / heads)], task % heads);
      });
}

void feed_forward(const Pass& pass, const CausalLayer& layer) {
  const int64_t wide = pass.config.intermediate_size;
  if (pass.config.family == CausalFamily::kGpt2) {
    layer.up.apply(pass.count, pass.normed, pass.width, kernel::Activation::kGeluTanh, nullptr,
                   pass.intermediate);
    return layer.down.apply(pass.count, pass.intermediate, wide, kernel::Activation::kNone,
                            pass.states, pass.states);
  }
  layer.up.apply(pass.count, pass.normed, pass.width, kernel::Activation::kNone, nullptr,
                 pass.intermediate);
  parallel_for(pass.count, 1 + kGrainValues / (4 * wide), [&](int64_t begin, int64_t end) {
    float* gate = pass.intermediate + begin * 2 * wide;
    kernel::swiglu(end - begin, wide, gate, 2 * wide, gate, 2 * wide);
  });
  layer.down.apply(pass.count, pass.intermediate, 2 * wide, kernel::Activation::kNone, pass.states,
                   pass.states);
}

void run_layer(const Pass& pass, int64_t index) {
  const CausalLayer& layer = pass.weights.layers()[static_cast<size_t>(index)];
  normalise(pass.config, layer.attention_norm, pass.count, pass.states, pass.normed);
  layer.query_key_value.apply(pass.count, pass.normed, pass.width, kernel::Activation::kNone,
                              nullptr, pass.projections);
  place(pass, index);
  attend(pass, index);
  layer.attention_output.apply(pass.count, pass.context, pass.config.query_width(),
                               kernel::Activation::kNone, pass.states, pass.states);
  normalise(pass.config, layer.feed_forward_norm, pass.count, pass.states, pass.normed);
  feed_forward(pass, layer);
}

/// The rows that the runs want, packed, then normalised.
CausalStates take(const Pass& pass, CausalWorkspace& workspace) {
  float* taken = workspace.taken.reserve<float>(pass.count * pass.width);
  int64_t count = 0, row = 0;
  for (const TokenRun& run : pass.runs) {
    const auto tokens = static_cast<int64_t>(run.ids.size());
    const int64_t first = run.wants_all ? 0 : tokens - 1;
    std::copy_n(pass.states + (row + first) * pass.width, (tokens - first) * pass.width,
                taken + count * pass.width);
    count += tokens - first;
    row += tokens;
  }
  normalise(pass.config, pass.weights.final_norm(), count, taken, taken);
  return {taken, count};
}

}  // namespace

CausalStates causal_forward(const CausalConfig& config, const CausalWeights& weights,
                            const RotaryTable& rotary, std::span<const TokenRun> runs,
                            CausalWorkspace& workspace) {
  if (runs.empty()) return {};
  const Pass pass = start(config, weights, rotary, runs, workspace);
  embed(pass);
  for (int64_t layer = 0; layer < config.layers; ++layer) run_layer(pass, layer);
  for (const TokenRun& run : runs) run.store->advance(static_cast<int64_t>(run.ids.size()));
  return take(pass, workspace);
}

}  // namespace limbeck::nlp
