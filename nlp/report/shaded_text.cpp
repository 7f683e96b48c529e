#include "nlp/report/shaded_text.h"

#include <algorithm>
#include <cmath>
#include <kainjow/mustache.hpp>
#include <limits>

#include "nlp/report/page_template.h"

namespace limbeck::nlp {
namespace {

using kainjow::mustache::data;

data word_context(const ShadedWord& word, int shade, const NumberFormat& format) {
  data context;
  context["text"] = word.text;
  context["shade"] = std::to_string(shade);
  context["value"] = format_measurement(word.value, format);
  if (!word.value.has_value()) context["reason"] = word.value.reason();
  return context;
}

data sentence_context(const std::vector<ShadedWord>& sentence, const NumberFormat& format) {
  const std::vector<int> shades = shades_of(sentence);
  data words(data::type::list), context;
  for (size_t i = 0; i < sentence.size(); ++i)
    words.push_back(word_context(sentence[i], shades[i], format));
  context["words"] = std::move(words);
  return context;
}

}  // namespace

std::vector<int> shades_of(const std::vector<ShadedWord>& sentence) {
  const double infinity = std::numeric_limits<double>::infinity();
  double least = infinity, most = -infinity;
  for (const ShadedWord& word : sentence) {
    if (!word.value.has_value() || word.value.value() <= 0) continue;
    least = std::min(least, std::log(word.value.value()));
    most = std::max(most, std::log(word.value.value()));
  }
  std::vector<int> shades;
  for (const ShadedWord& word : sentence) {
    const bool has_value = word.value.has_value();
    int shade = 0;
    if (has_value && word.value.value() <= 0)
      shade = kMostShade;
    else if (has_value && least < most)
      shade = static_cast<int>(
          std::lround(kMostShade * (most - std::log(word.value.value())) / (most - least)));
    shades.push_back(shade);
  }
  const bool is_even =
      std::ranges::all_of(sentence, [](const ShadedWord& word) { return word.value.value() <= 0; });
  if (is_even) std::ranges::fill(shades, 0);
  return shades;
}

std::string render_shaded_text(const ShadedTextBlock& block) {
  data sentences(data::type::list), key(data::type::list), context;
  for (const std::vector<ShadedWord>& sentence : block.sentences)
    sentences.push_back(sentence_context(sentence, block.format));
  for (int shade = kMostShade; shade >= 0; --shade) key.push_back(std::to_string(shade));
  context["title"] = block.title;
  if (!block.description.empty()) context["description"] = block.description;
  context["value_label"] = block.value_label;
  context["sentences"] = std::move(sentences);
  context["key"] = std::move(key);
  return kainjow::mustache::mustache(kShadedTextTemplate).render(context);
}

}  // namespace limbeck::nlp
