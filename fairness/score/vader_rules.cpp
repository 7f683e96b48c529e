#include "fairness/score/vader_rules.h"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace limbeck::fairness::detail {
namespace {

constexpr double kBoost = 0.293;

/// Sorted.
constexpr std::string_view kIntensifiers[] = {
    "absolutely",    "amazingly",    "awfully",       "completely", "considerable", "considerably",
    "decidedly",     "deeply",       "effing",        "enormous",   "enormously",   "entirely",
    "especially",    "exceptional",  "exceptionally", "extreme",    "extremely",    "fabulously",
    "flippin",       "flipping",     "frackin",       "fracking",   "frickin",      "fricking",
    "friggin",       "frigging",     "fuckin",        "fucking",    "fuggin",       "fugging",
    "fully",         "greatly",      "hella",         "highly",     "hugely",       "incredible",
    "incredibly",    "intensely",    "major",         "majorly",    "more",         "most",
    "particularly",  "purely",       "quite",         "really",     "remarkably",   "so",
    "substantially", "thoroughly",   "total",         "totally",    "tremendous",   "tremendously",
    "uber",          "unbelievably", "unusually",     "utter",      "utterly",      "very"};

/// Sorted.
constexpr std::string_view kDampeners[] = {
    "almost",     "barely",       "hardly",  "just enough", "kind of",  "kind-of",
    "kinda",      "kindof",       "less",    "little",      "marginal", "marginally",
    "occasional", "occasionally", "partly",  "scarce",      "scarcely", "slight",
    "slightly",   "somewhat",     "sort of", "sort-of",     "sorta",    "sortof"};

/// Sorted.
constexpr std::string_view kNegations[] = {
    "ain't",    "aint",     "aren't",   "arent",   "can't",   "cannot", "cant",      "couldn't",
    "couldnt",  "daren't",  "darent",   "despite", "didn't",  "didnt",  "doesn't",   "doesnt",
    "don't",    "dont",     "hadn't",   "hadnt",   "hasn't",  "hasnt",  "haven't",   "havent",
    "isn't",    "isnt",     "mightn't", "mightnt", "mustn't", "mustnt", "needn't",   "neednt",
    "neither",  "never",    "none",     "nope",    "nor",     "not",    "nothing",   "nowhere",
    "oughtn't", "oughtnt",  "rarely",   "seldom",  "shan't",  "shant",  "shouldn't", "shouldnt",
    "uh-uh",    "uhuh",     "wasn't",   "wasnt",   "weren't", "werent", "without",   "won't",
    "wont",     "wouldn't", "wouldnt"};

struct RatedPhrase {
  std::string_view phrase;
  double rating;
};
constexpr RatedPhrase kPhrases[] = {
    {"the shit", 3},         {"the bomb", 3},   {"bad ass", 1.5},
    {"badass", 1.5},         {"bus stop", 0.0}, {"yeah right", -2},
    {"kiss of death", -1.5}, {"to die for", 3}, {"beating heart", 3.5},
};

template <size_t kCount>
bool holds(const std::string_view (&sorted)[kCount], const std::string& word) {
  return std::binary_search(std::begin(sorted), std::end(sorted), std::string_view(word));
}

}  // namespace

double booster(const std::string& word) {
  if (holds(kIntensifiers, word)) return kBoost;
  return holds(kDampeners, word) ? -kBoost : 0.0;
}

bool is_negation(const std::string& word) {
  return word.find("n't") != std::string::npos || holds(kNegations, word);
}

std::optional<double> special_phrase(const std::string& phrase) {
  for (const RatedPhrase& row : kPhrases)
    if (row.phrase == phrase) return row.rating;
  return std::nullopt;
}

}  // namespace limbeck::fairness::detail
