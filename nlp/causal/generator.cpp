#include "nlp/causal/generator.h"

#include <algorithm>
#include <map>
#include <memory>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kLogitRows = 128;  ///< rows of scores held at once

/// The computed tokens of a prompt and the scores of the token after them.
struct Prefix {
  std::vector<int32_t> ids;
  std::unique_ptr<KeyValueStore> store;
  std::vector<float> logits;
  bool is_ready = false;
  int64_t users = 0;  ///< places of the batch that stand on it
};

/// A place of the batch.
struct Slot {
  GenerationItem item;
  std::unique_ptr<KeyValueStore> store;
  std::unique_ptr<RandomStream> random;
  std::vector<int32_t> ids;
  bool is_busy = false, has_ended = false;
};

class Batch {
 public:
  Batch(const CausalModel& model, std::span<const GenerationPrompt> prompts,
        std::span<const GenerationItem> items, const GenerateOptions& options,
        const GenerationSink& sink)
      : model_(model), prompts_(prompts), items_(items), options_(options), sink_(sink) {
    const auto most = static_cast<int64_t>(items.size());
    slots_.resize(static_cast<size_t>(std::min(options.batch_size, most)));
  }

  void run() {
    for (;;) {
      admit();
      start_continuations();
      if (next_ == items_.size() && busy_ == 0) break;
      step();
      if (sink_.step) sink_.step();
    }
  }

 private:
  std::span<const float> row(const float* logits, int64_t index) const {
    const int64_t width = model_.config().vocabulary_size;
    return {logits + index * width, static_cast<size_t>(width)};
  }

  void admit();
  void start_continuations();
  void step();
  void draw_all(const CausalStates& states, int64_t first, std::span<const size_t> slots);
  int32_t draw(Slot& slot, std::span<const float> logits) const;
  void accept(Slot& slot, int32_t id);
  void finish(Slot& slot);
  Prefix& prefix_of(int64_t prompt);

  const CausalModel& model_;
  std::span<const GenerationPrompt> prompts_;
  std::span<const GenerationItem> items_;
  const GenerateOptions& options_;
  const GenerationSink& sink_;
  std::vector<Slot> slots_;
  std::map<int64_t, Prefix> prefixes_;
  std::vector<int64_t> fresh_;  ///< prompts whose tokens are to be computed in the next step
  size_t next_ = 0;             ///< the first item that has no place yet
  int64_t busy_ = 0;
  CausalWorkspace workspace_;
};

Prefix& Batch::prefix_of(int64_t prompt) {
  const auto found = prefixes_.find(prompt);
  if (found != prefixes_.end()) return found->second;
  Prefix& prefix = prefixes_[prompt];
  prefix.ids = model_.prompt_ids(prompts_[static_cast<size_t>(prompt)].text);
  prefix.store =
      std::make_unique<KeyValueStore>(model_.config(), static_cast<int64_t>(prefix.ids.size()));
  fresh_.push_back(prompt);
  return prefix;
}

/// Gives free places to the next items.
void Batch::admit() {
  for (Slot& slot : slots_) {
    if (next_ == items_.size()) break;
    if (slot.is_busy) continue;
    slot.item = items_[next_++];
    if (!slot.store)
      slot.store = std::make_unique<KeyValueStore>(model_.config(), options_.max_tokens);
    slot.store->clear();
    slot.ids.clear();
    slot.has_ended = false;
    slot.is_busy = true;
    ++busy_;
    const std::string& stream = prompts_[static_cast<size_t>(slot.item.prompt)].stream;
    slot.random = std::make_unique<RandomStream>(
        options_.seed, "generate/" + stream + "/" + std::to_string(slot.item.index));
    ++prefix_of(slot.item.prompt).users;
  }
}

int32_t Batch::draw(Slot& slot, std::span<const float> logits) const {
  return sample_token(logits, options_.sampling, slot.random->uniform());
}

void Batch::accept(Slot& slot, int32_t id) {
  slot.has_ended = model_.is_end(id);
  if (!slot.has_ended) {
    slot.ids.push_back(id);
    if (sink_.token) sink_.token(slot.item, id);
  }
  if (slot.has_ended || static_cast<int64_t>(slot.ids.size()) == options_.max_tokens) finish(slot);
}

void Batch::finish(Slot& slot) {
  Continuation done{slot.item, std::move(slot.ids), slot.has_ended, {}};
  done.text = model_.continuation_text(done.ids);
  slot.is_busy = false;
  slot.ids.clear();
  --busy_;
  const auto prefix = prefixes_.find(slot.item.prompt);
  const bool is_next = next_ < items_.size() && items_[next_].prompt == slot.item.prompt;
  if (--prefix->second.users == 0 && !is_next) prefixes_.erase(prefix);
  if (sink_.finished) sink_.finished(done);
}

/// Draws the first token of places whose prompt is computed; places that this frees are filled
/// again.
void Batch::start_continuations() {
  for (bool again = true; again;) {
    again = false;
    std::vector<size_t> waiting;
    for (size_t i = 0; i < slots_.size(); ++i)
      if (slots_[i].is_busy && slots_[i].ids.empty() &&
          prefixes_.at(slots_[i].item.prompt).is_ready)
        waiting.push_back(i);
    std::vector<int32_t> drawn(waiting.size());
    parallel_for(static_cast<int64_t>(waiting.size()), 1, [&](int64_t begin, int64_t end) {
      for (int64_t w = begin; w < end; ++w) {
        Slot& slot = slots_[waiting[static_cast<size_t>(w)]];
        drawn[static_cast<size_t>(w)] = draw(slot, prefixes_.at(slot.item.prompt).logits);
      }
    });
    for (size_t w = 0; w < waiting.size(); ++w) {
      accept(slots_[waiting[w]], drawn[w]);
      again = again || !slots_[waiting[w]].is_busy;
    }
    if (again) admit();
  }
}

void Batch::draw_all(const CausalStates& states, int64_t first, std::span<const size_t> slots) {
  const int64_t width = model_.config().hidden_size, count = static_cast<int64_t>(slots.size());
  std::vector<int32_t> drawn(slots.size());
  for (int64_t at = 0; at < count; at += kLogitRows) {
    const int64_t rows = std::min(kLogitRows, count - at);
    const float* logits = model_.logits(states.rows + (first + at) * width, rows, workspace_);
    parallel_for(rows, 1, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r)
        drawn[static_cast<size_t>(at + r)] =
            draw(slots_[slots[static_cast<size_t>(at + r)]], row(logits, r));
    });
  }
  for (size_t i = 0; i < slots.size(); ++i) accept(slots_[slots[i]], drawn[i]);
}

/// One pass over the last token of every continuation and all tokens of fresh prompts.
void Batch::step() {
  std::vector<TokenRun> runs;
  std::vector<size_t> going;
  const std::vector<int64_t> fresh = std::move(fresh_);
  fresh_.clear();
  for (const int64_t prompt : fresh) {
    Prefix& prefix = prefixes_.at(prompt);
    runs.push_back({prefix.ids, prefix.store.get(), nullptr, false});
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.is_busy || slot.ids.empty()) continue;
    runs.push_back({std::span<const int32_t>(slot.ids).last(1), slot.store.get(),
                    prefixes_.at(slot.item.prompt).store.get(), false});
    going.push_back(i);
  }
  const CausalStates states = model_.forward(runs, workspace_);
  if (sink_.computed) {
    int64_t tokens = 0;
    for (const TokenRun& run : runs) tokens += static_cast<int64_t>(run.ids.size());
    sink_.computed(tokens);
  }
  for (size_t f = 0; f < fresh.size(); ++f) {
    Prefix& prefix = prefixes_.at(fresh[f]);
    const float* logits = model_.logits(
        states.rows + static_cast<int64_t>(f) * model_.config().hidden_size, 1, workspace_);
    const std::span<const float> scores = row(logits, 0);
    prefix.logits.assign(scores.begin(), scores.end());
    prefix.is_ready = true;
  }
  draw_all(states, static_cast<int64_t>(fresh.size()), going);
}

}  // namespace

void GenerateOptions::validate() const {
  sampling.validate();
  if (max_tokens < 1 || max_tokens > 1 << 20)
    throw ConfigError("max-tokens: expected 1 to 1048576, got " + std::to_string(max_tokens));
  if (batch_size < 1 || batch_size > 4096)
    throw ConfigError("batch-size: expected 1 to 4096, got " + std::to_string(batch_size));
}

void require_room(const CausalModel& model, const std::string& prompt, int64_t max_tokens,
                  const std::string& where) {
  const auto length = static_cast<int64_t>(model.prompt_ids(prompt).size());
  const int64_t positions = model.config().max_positions, most = positions - max_tokens;
  if (length > most)
    throw ConfigError(where + ": expected at most " + std::to_string(std::max<int64_t>(0, most)) +
                      " tokens (" + std::to_string(positions) + " positions, " +
                      std::to_string(max_tokens) + " of them to produce), got " +
                      std::to_string(length));
}

void require_room(const CausalModel& model, std::span<const GenerationPrompt> prompts,
                  int64_t max_tokens) {
  for (size_t i = 0; i < prompts.size(); ++i)
    require_room(model, prompts[i].text, max_tokens, "prompt " + std::to_string(i + 1));
}

void generate(const CausalModel& model, std::span<const GenerationPrompt> prompts,
              std::span<const GenerationItem> items, const GenerateOptions& options,
              const GenerationSink& sink) {
  options.validate();
  require_room(model, prompts, options.max_tokens);
  for (const GenerationItem& item : items)
    if (item.prompt < 0 || item.prompt >= static_cast<int64_t>(prompts.size()) || item.index < 0)
      throw ShapeError("generate: item of prompt " + std::to_string(item.prompt) + " of " +
                       std::to_string(prompts.size()));
  if (!items.empty()) Batch(model, prompts, items, options, sink).run();
}

std::vector<GenerationItem> all_items(int64_t prompts, int64_t count) {
  std::vector<GenerationItem> items;
  items.reserve(static_cast<size_t>(prompts * count));
  for (int64_t prompt = 0; prompt < prompts; ++prompt)
    for (int64_t index = 0; index < count; ++index) items.push_back({prompt, index});
  return items;
}

}  // namespace limbeck::nlp
