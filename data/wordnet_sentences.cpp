#include "data/wordnet_sentences.h"

#include <cstdlib>

#include "data/corpus.h"
#include "data/read/line_reader.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

/// Without blanks and the separators between the parts of a gloss.
std::string_view without_separators(std::string_view part) {
  constexpr std::string_view kSeparators = " \t;,:";
  const size_t begin = part.find_first_not_of(kSeparators);
  if (begin == std::string_view::npos) return {};
  return part.substr(begin, part.find_last_not_of(kSeparators) - begin + 1);
}

}  // namespace

std::vector<std::string> split_gloss(std::string_view gloss) {
  std::vector<std::string> sentences;
  const auto add = [&](std::string_view sentence) {
    if (!sentence.empty()) sentences.emplace_back(sentence);
  };
  size_t open = gloss.find('"');
  add(without_separators(gloss.substr(0, open)));
  while (open != std::string_view::npos) {
    const size_t close = gloss.find('"', open + 1);
    const size_t length = close == std::string_view::npos ? close : close - open - 1;
    add(without_separators(gloss.substr(open + 1, length)));
    open = close == std::string_view::npos ? close : gloss.find('"', close + 1);
  }
  return sentences;
}

std::filesystem::path wordnet_folder() {
  const char* folder = std::getenv("WNSEARCHDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/usr/share/wordnet";
}

std::vector<std::string> read_wordnet_sentences(const std::filesystem::path& folder) {
  std::vector<std::string> sentences;
  std::string line;
  for (const char* name : {"data.adj", "data.adv", "data.noun", "data.verb"}) {
    if (!std::filesystem::exists(folder / name))
      throw DataError((folder / name).string() +
                      ": missing (install the Debian package wordnet-base, or set WNSEARCHDIR)");
    LineReader lines(folder / name);
    while (lines.next(line)) {
      if (line.starts_with("  ")) continue;  // the licence at the top
      const size_t bar = line.find(" | ");
      if (bar == std::string::npos)
        lines.fail(1, "expected a gloss after ' | ' (is this WordNet 3?)");
      for (std::string& sentence : split_gloss(std::string_view(line).substr(bar + 3)))
        sentences.push_back(std::move(sentence));
    }
  }
  return sentences;
}

}  // namespace limbeck::data
