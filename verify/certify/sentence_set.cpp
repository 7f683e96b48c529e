#include "verify/certify/sentence_set.h"

#include <algorithm>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::verify {
namespace {

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

int64_t special(const WordModel& model, const char* word) {
  const int64_t id = model.find_word(word);
  if (id < 0) throw DataError("vocabulary: expected the word " + std::string(word));
  return id;
}

}  // namespace

std::vector<CandidateSentence> read_candidate_sentences(const std::filesystem::path& file) {
  const nlohmann::json json = read_json_file(file);
  if (!json.is_array())
    throw DataError(file.string() + ": expected a JSON array, got " + json.type_name());
  std::vector<CandidateSentence> sentences;
  for (size_t i = 0; i < json.size(); ++i) {
    try {
      CandidateSentence sentence;
      sentence.sentence = json[i].at("sentence").get<std::string>();
      sentence.label = json[i].at("label").get<int64_t>();
      if (json[i].contains("candidates"))
        sentence.candidates = json[i]["candidates"].get<std::vector<std::vector<std::string>>>();
      sentences.push_back(std::move(sentence));
    } catch (const nlohmann::json::exception&) {
      throw DataError(
          file.string() + ": item " + std::to_string(i) +
          ": expected {\"sentence\": text, \"label\": integer, \"candidates\": [[text]]}");
    }
  }
  return sentences;
}

WordProblem word_problem(const CandidateSentence& sentence, const WordModel& model, int64_t budget,
                         const WordProblemOptions& options) {
  const int64_t unknown = special(model, "[UNK]");
  WordProblem problem;
  problem.label = sentence.label;
  problem.budget = budget;
  problem.words.push_back(special(model, "[CLS]"));
  problem.candidates.emplace_back();
  std::istringstream stream(lower_case(sentence.sentence));
  size_t index = 0;
  for (std::string text; std::getline(stream, text, ' '); ++index) {
    if (problem.length() >= options.max_words - 1) break;
    const int64_t found = model.find_word(text), id = found < 0 ? unknown : found;
    problem.words.push_back(id);
    std::vector<int64_t>& allowed = problem.candidates.emplace_back();
    if (index >= sentence.candidates.size() || (id == unknown && !options.may_replace_unknown))
      continue;
    for (const std::string& candidate : sentence.candidates[index]) {
      const int64_t word = model.find_word(candidate);
      if (word < 0 || word == id || word == unknown) continue;
      if (std::ranges::find(allowed, word) == allowed.end()) allowed.push_back(word);
    }
  }
  if (problem.length() == 1) throw DataError("empty sentence");
  problem.words.push_back(special(model, "[SEP]"));
  problem.candidates.emplace_back();
  return problem;
}

}  // namespace limbeck::verify
