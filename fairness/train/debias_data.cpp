#include "fairness/train/debias_data.h"

#include <algorithm>

#include "data/corpus.h"
#include "data/sentence_set.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/sha256.h"

namespace limbeck::fairness {
namespace {

struct Lines {
  std::vector<std::string> train, held_out;
  int64_t template_lines = 0;
};

Lines read_lines(const DebiasOptions& options, const data::HeldOutText& prompts, uint64_t seed) {
  data::CorpusOptions corpus_options;
  corpus_options.limit = options.limit;
  const std::vector<std::filesystem::path> files(options.text.begin(), options.text.end());
  Lines lines;
  if (!options.held_out.empty()) {
    data::Corpus apart = data::read_corpus({options.held_out}, {}, &prompts);
    data::HeldOutText excluded = prompts;
    for (const std::string& line : apart.sentences) excluded.add(line);
    data::Corpus corpus = data::read_corpus(files, corpus_options, &excluded);
    lines.template_lines = apart.held_out;
    lines.held_out = std::move(apart.sentences);
    lines.train = std::move(corpus.sentences);
    return lines;
  }
  data::Corpus corpus = data::read_corpus(files, corpus_options, &prompts);
  lines.template_lines = corpus.held_out;
  const auto count = static_cast<int64_t>(corpus.sentences.size());
  if (count < 2 * options.validation_count)
    throw ConfigError("--validation-count: expected at most half of the " + std::to_string(count) +
                      " lines, got " + std::to_string(options.validation_count));
  std::vector<bool> is_apart(corpus.sentences.size());
  const std::vector<int64_t> order = RandomStream(seed, "split/validation").permutation(count);
  for (int64_t i = 0; i < options.validation_count; ++i)
    is_apart[static_cast<size_t>(order[static_cast<size_t>(i)])] = true;
  for (size_t i = 0; i < corpus.sentences.size(); ++i)
    (is_apart[i] ? lines.held_out : lines.train).push_back(std::move(corpus.sentences[i]));
  return lines;
}

std::vector<CounterfactualPair> held_out_pairs(const std::vector<TextWindow>& windows,
                                               const SensitiveLexicon& lexicon,
                                               const nlp::PromptEncoder& encoder,
                                               int64_t most_positions, uint64_t seed) {
  std::vector<CounterfactualPair> pairs;
  RandomStream stream(seed, "held-out/pairs");
  for (const TextWindow& window : windows) {
    if (window.mentions.empty()) continue;
    const WindowMention& mention = window.mentions[stream.below(window.mentions.size())];
    const std::vector<int64_t> others = lexicon.alternatives(mention.mention.value);
    const int64_t value = others[stream.below(others.size())];
    pairs.push_back({{window.ids.begin(), window.ids.begin() + mention.last_piece + 1},
                     swapped_ids(window, mention, value, lexicon, encoder, most_positions)});
  }
  return pairs;
}

std::string hash_of(const Lines& lines) {
  Sha256 hash;
  for (const auto* part : {&lines.train, &lines.held_out}) {
    for (const std::string& line : *part) hash.update(line + "\n");
    hash.update("\n");
  }
  return hash.hex();
}

}  // namespace

data::HeldOutText audit_prompts(const std::vector<TemplateSet>& sets) {
  data::HeldOutText prompts;
  for (const TemplateSet& set : sets)
    for (const std::string& source : set.templates)
      for (const AttributeValue& value : set.values) {
        const std::string prompt = fill_template(source, value);
        if (data::sentence_key(prompt) != data::sentence_key(value.text))
          prompts.add_prompt(prompt);
      }
  return prompts;
}

std::vector<int32_t> swapped_ids(const TextWindow& window, const WindowMention& mention,
                                 int64_t value, const SensitiveLexicon& lexicon,
                                 const nlp::PromptEncoder& encoder, int64_t most_positions) {
  std::vector<int32_t> ids =
      encoder.ids(lexicon.swapped_prefix(window.text, mention.mention, value));
  const auto count = static_cast<int64_t>(ids.size());
  if (count > most_positions) ids.erase(ids.begin(), ids.begin() + (count - most_positions));
  return ids;
}

DebiasData read_debias_data(const DebiasOptions& options, const std::vector<TemplateSet>& sets,
                            const SensitiveLexicon& lexicon, const nlp::PromptEncoder& encoder,
                            int64_t most_positions, uint64_t seed) {
  const Lines lines = read_lines(options, audit_prompts(sets), seed);
  DebiasData data;
  data.lines = static_cast<int64_t>(lines.train.size());
  data.template_lines = lines.template_lines;
  data.hash = hash_of(lines);
  data.train = cut_windows(lines.train, encoder, lexicon, options.context);
  data.windows_read = static_cast<int64_t>(data.train.size());
  std::erase_if(data.train, [](const TextWindow& window) { return window.mentions.empty(); });
  data.held_out = cut_windows(lines.held_out, encoder, lexicon, options.context);
  data.pairs = held_out_pairs(data.held_out, lexicon, encoder, most_positions, seed);
  if (data.train.empty())
    throw DataError(
        "--text: expected a line that mentions a value of the attributes, got none in " +
        std::to_string(data.lines) + " lines");
  if (data.pairs.empty())
    throw DataError(
        "held-out text: expected a line that mentions a value of the attributes, got "
        "none in " +
        std::to_string(lines.held_out.size()) +
        " lines (give --held-out, or a greater --validation-count)");
  return data;
}

}  // namespace limbeck::fairness
