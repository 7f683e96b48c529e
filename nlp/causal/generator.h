#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nlp/causal/causal_model.h"
#include "nlp/causal/sampling.h"

namespace limbeck::nlp {

/// How continuations are produced.
struct GenerateOptions {
  int64_t max_tokens = 50;   ///< of a continuation; >= 1
  int64_t batch_size = 128;  ///< continuations at once; 1 to 4096; results do not depend on it
  uint64_t seed = 1;         ///< of all draws
  SamplingOptions sampling;

  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// A text to go on from.
struct GenerationPrompt {
  std::string text;
  std::string stream;  ///< names the draws: equal names give equal continuations of equal texts
};

/// One continuation to produce: number `index` of prompts[prompt].
struct GenerationItem {
  int64_t prompt = 0;
  int64_t index = 0;
};

struct Continuation {
  GenerationItem item;
  std::vector<int32_t> ids;  ///< without the token that ended it
  bool ended = false;        ///< by the model, else by max_tokens
  std::string text;
};

/// What the caller is told; both may be empty. Calls come from the calling thread.
struct GenerationSink {
  std::function<void(const Continuation&)> finished;      ///< in the order they end
  std::function<void(GenerationItem, int32_t id)> token;  ///< each token as it is drawn
  std::function<void()> step;                             ///< after every step; may throw to stop
  /// Of every step: tokens that went through the model, prompts included.
  std::function<void(int64_t tokens)> computed = {};
};

/// Throws: ConfigError `WHERE: expected at most 200 tokens ...` for a prompt that leaves no room
/// for max_tokens.
void require_room(const CausalModel& model, const std::string& prompt, int64_t max_tokens,
                  const std::string& where);

/// The same for each of them, as "prompt 3".
void require_room(const CausalModel& model, std::span<const GenerationPrompt> prompts,
                  int64_t max_tokens);

/// Continues prompts, many at once. Places in the batch are filled again as soon as they are free;
/// a prompt's tokens are computed once for all of its continuations, which stand together in
/// `items` for that.
///
/// Law:    a continuation depends on the model, its prompt, the sampling options, the seed, the
///         prompt's stream name and its index, not on batch size, order, threads or what else is
///         produced: its t-th token is drawn by the t-th number of the stream
///         "generate/STREAM/INDEX".
/// Throws: ConfigError for options out of range or a prompt that leaves no room for max_tokens,
///         before anything is produced.
void generate(const CausalModel& model, std::span<const GenerationPrompt> prompts,
              std::span<const GenerationItem> items, const GenerateOptions& options,
              const GenerationSink& sink);

/// Every prompt's continuations 0 .. count-1, in this order.
std::vector<GenerationItem> all_items(int64_t prompts, int64_t count);

}  // namespace limbeck::nlp
