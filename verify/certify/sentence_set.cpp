#include "verify/certify/sentence_set.h"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string_view>

#include "data/read/tsv_reader.h"
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

CandidateSentence read_item(const nlohmann::json& json) {
  CandidateSentence sentence;
  sentence.sentence = json.at("sentence").get<std::string>();
  const nlohmann::json& label = json.at("label");
  if (label.is_string())
    sentence.label_name = label.get<std::string>();
  else
    sentence.label = label.get<int64_t>();
  if (json.contains("candidates"))
    sentence.candidates = json["candidates"].get<std::vector<std::vector<std::string>>>();
  return sentence;
}

std::vector<CandidateSentence> read_table(const std::filesystem::path& file) {
  data::TsvReader reader(file, data::TsvHeader::kPresent);
  const size_t text = reader.find_column("sentence").has_value() ? reader.column("sentence")
                      : reader.find_column("text").has_value()   ? reader.column("text")
                                                                 : reader.column("sentence");
  const size_t label = reader.column("label");
  std::vector<CandidateSentence> sentences;
  for (std::vector<std::string_view> fields; reader.next(fields);) {
    CandidateSentence sentence;
    sentence.sentence = fields[text];
    sentence.label_name = fields[label];
    sentences.push_back(std::move(sentence));
  }
  return sentences;
}

}  // namespace

std::vector<CandidateSentence> read_candidate_sentences(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  if (name.ends_with(".tsv") || name.ends_with(".tsv.gz")) return read_table(file);
  const nlohmann::json json = read_json_file(file);
  if (!json.is_array())
    throw DataError(file.string() + ": expected a JSON array, got " + json.type_name());
  std::vector<CandidateSentence> sentences;
  for (size_t i = 0; i < json.size(); ++i) {
    try {
      sentences.push_back(read_item(json[i]));
    } catch (const nlohmann::json::exception&) {
      throw DataError(
          file.string() + ": item " + std::to_string(i) +
          ": expected {\"sentence\": text, \"label\": integer, \"candidates\": [[text]]}");
    }
  }
  return sentences;
}

int64_t label_of(const CandidateSentence& sentence, const std::vector<std::string>& names) {
  if (sentence.label_name.empty()) return sentence.label;
  const std::string& name = sentence.label_name;
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return found - names.begin();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error == std::errc() && end == name.data() + name.size()) return number;
  std::string known;
  for (const std::string& other : names) known += (known.empty() ? "" : ", ") + other;
  throw DataError("label: expected " + (known.empty() ? "a number" : "one of " + known) +
                  ", got '" + name + "'");
}

WordProblem word_problem(const CandidateSentence& sentence, const WordModel& model, int64_t budget,
                         const WordProblemOptions& options) {
  if (sentence.sentence.find_first_not_of(" \t\r\n") == std::string::npos)
    throw DataError("empty sentence");
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
      if (word < 0) ++problem.skipped["not in the vocabulary"];
      if (word < 0 || word == id || word == unknown) continue;
      if (std::ranges::find(allowed, word) == allowed.end()) allowed.push_back(word);
    }
  }
  problem.words.push_back(special(model, "[SEP]"));
  problem.candidates.emplace_back();
  return problem;
}

}  // namespace limbeck::verify
