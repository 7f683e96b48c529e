#include "verify/train/certified_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "data/task.h"
#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"
#include "verify/certify/synonym_list.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kMostClasses = 1000;

std::vector<CandidateSentence> from_examples(const std::vector<data::Example>& examples) {
  std::vector<CandidateSentence> sentences;
  for (const data::Example& example : examples)
    sentences.push_back({example.text, example.label, {}});
  return sentences;
}

void require_sentences(const std::vector<CandidateSentence>& sentences, const std::string& file,
                       int64_t classes) {
  if (sentences.empty()) throw DataError(file + ": expected sentences, got none");
  for (size_t i = 0; i < sentences.size(); ++i) {
    const std::string where = file + ": item " + std::to_string(i) + ": ";
    if (sentences[i].label < 0 || sentences[i].label >= classes)
      throw DataError(where + "label: expected 0 to " + std::to_string(classes - 1) + ", got " +
                      std::to_string(sentences[i].label));
    if (sentences[i].sentence.find_first_not_of(' ') == std::string::npos)
      throw DataError(where + "empty sentence");
  }
}

void add_synonyms(std::vector<CandidateSentence>& sentences, const SynonymList& synonyms) {
  for (CandidateSentence& sentence : sentences)
    if (sentence.candidates.empty())
      sentence.candidates = candidates_of(sentence.sentence, synonyms);
}

int64_t classes_of(const std::vector<CandidateSentence>& train, const std::string& file) {
  int64_t most = 0;
  for (const CandidateSentence& sentence : train) most = std::max(most, sentence.label);
  if (most < 1 || most >= kMostClasses)
    throw DataError(file + ": expected labels from 0, two classes or more, at most " +
                    std::to_string(kMostClasses));
  return most + 1;
}

}  // namespace

CertifiedData read_certified_data(const CertifiedTrainingOptions& options) {
  CertifiedData data;
  if (options.train.ends_with(".json")) {
    data.train = read_candidate_sentences(options.train);
    data.dev = read_candidate_sentences(options.dev);
    if (data.train.empty()) throw DataError(options.train + ": expected sentences, got none");
    data.classes = classes_of(data.train, options.train);
  } else {
    const data::CustomTask task = data::load_tsv_task(options.train, options.dev);
    if (task.task.is_pair || task.task.kind != data::TaskKind::kClassification)
      throw DataError(options.train + ": expected columns sentence and label");
    data.train = from_examples(task.train);
    data.dev = from_examples(task.dev);
    data.classes = static_cast<int64_t>(task.task.labels.size());
  }
  require_sentences(data.train, options.train, data.classes);
  require_sentences(data.dev, options.dev, data.classes);
  if (options.limit > 0 && static_cast<int64_t>(data.train.size()) > options.limit)
    data.train.resize(static_cast<size_t>(options.limit));
  if (options.synonyms.empty()) return data;
  const SynonymList synonyms = read_synonyms(options.synonyms);
  add_synonyms(data.train, synonyms);
  add_synonyms(data.dev, synonyms);
  return data;
}

std::vector<std::string> frequent_words(const std::vector<CandidateSentence>& sentences,
                                        int64_t min_count) {
  std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
  const std::set<std::string> special(words.begin(), words.end());
  std::map<std::string, int64_t> count;
  for (const CandidateSentence& sentence : sentences) {
    std::istringstream stream(sentence.sentence);
    for (std::string word; std::getline(stream, word, ' ');) {
      for (char& c : word)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (!word.empty() && word.find_first_of("\r\n") == std::string::npos) ++count[word];
    }
  }
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [word, n] : count)
    if (n >= min_count && !special.contains(word)) order.emplace_back(-n, word);
  std::ranges::sort(order);
  for (const auto& [n, word] : order) words.push_back(word);
  return words;
}

std::string hash_of(const CertifiedData& data) {
  Sha256 hash;
  for (const auto* part : {&data.train, &data.dev})
    for (const CandidateSentence& sentence : *part) {
      hash.update(sentence.sentence + "\t" + std::to_string(sentence.label) + "\n");
      for (const std::vector<std::string>& words : sentence.candidates) {
        for (const std::string& word : words) hash.update(word + " ");
        hash.update("|");
      }
    }
  return hash.hex();
}

}  // namespace limbeck::verify
