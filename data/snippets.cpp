#include "data/snippets.h"

#include <array>
#include <charconv>
#include <cmath>

#include "data/corpus.h"
#include "data/read/tsv_reader.h"
#include "data/sentence_set.h"
#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"

namespace limbeck::data {
namespace {

struct SnippetFile {
  const char* domain;
  const char* file;
};

constexpr std::array<SnippetFile, 4> kSnippetFiles = {
    {{"tweets", "tweets_GroundTruth.txt"},
     {"products", "amazonReviewSnippets_GroundTruth.txt"},
     {"news", "nytEditorialSnippets_GroundTruth.txt"},
     {"movies", "movieReviewSnippets_GroundTruth.txt"}}};

/// Replaces the five character references that the tweets contain.
std::string decoded(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kReferences = {
      {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&#39;", '\''}}};
  std::string result;
  while (!text.empty()) {
    size_t length = 1;
    char character = text[0];
    for (const auto& [reference, meaning] : kReferences) {
      if (!text.starts_with(reference)) continue;
      length = reference.size();
      character = meaning;
    }
    result += character;
    text.remove_prefix(length);
  }
  return result;
}

/// Ids such as 12_3 are sentence 3 of document 12; others are documents of their own.
bool is_dev(const std::string& domain, std::string_view id) {
  return fnv1a64(domain + "/" + std::string(id.substr(0, id.find('_')))) % 10 == 0;
}

double mean_rating(const TsvReader& reader, std::string_view text) {
  double rating = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rating);
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(rating) <= 4))
    reader.fail(1, "expected a mean rating from -4 to 4, got '" + std::string(text) + "'");
  return rating;
}

}  // namespace

void SnippetOptions::validate() const {
  if (!(neutral_band >= 0 && neutral_band < 4))
    throw ConfigError("neutral_band: expected 0 to 4, got " + std::to_string(neutral_band));
}

std::vector<Example> load_snippets(const std::filesystem::path& folder, Split split,
                                   const SnippetOptions& options, const HeldOutText* held_out) {
  options.validate();
  std::vector<Example> examples;
  SentenceSet seen;
  std::vector<std::string_view> fields;
  for (const auto& [domain, file] : kSnippetFiles) {
    if (!options.include_movies && std::string_view(domain) == "movies") continue;
    if (!std::filesystem::exists(folder / file))
      throw DataError((folder / file).string() + ": missing (run: limbeck assets fetch snippets)");
    TsvReader reader(folder / file, TsvHeader::kAbsent);
    while (reader.next(fields)) {
      if (fields.size() != 3)
        reader.fail(std::min<size_t>(fields.size(), 3),
                    "expected 3 columns, got " + std::to_string(fields.size()));
      const double rating = mean_rating(reader, fields[1]);
      const std::string text = decoded(without_outer_blanks(fields[2]));
      if (!seen.insert(text) || (held_out != nullptr && held_out->is_in(text))) continue;
      if (std::abs(rating) < options.neutral_band || rating == 0) continue;
      if (is_dev(domain, fields[0]) != (split != Split::kTrain)) continue;
      examples.push_back({text, std::nullopt, rating > 0 ? 1 : 0, static_cast<float>(rating),
                          std::string(domain) + "/" + std::string(fields[0])});
    }
  }
  return examples;
}

}  // namespace limbeck::data
