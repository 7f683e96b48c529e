#include "verify/certify/certificate_writer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"
#include "nlp/text/word_piece_definition.h"
#include "verify/certify/word_split.h"
#include "verify/network/weight_file.h"
#include "verify/network/word_transformer.h"
#include "verify/region/lp_ball.h"
#include "verify/region/word_balls.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kMostParts = 64;

std::vector<std::string> read_vocabulary(const fs::path& file, bool is_of_pieces) {
  if (!is_of_pieces || file.extension() != ".json") return read_word_list(file);
  return nlp::parse_tokenizer_json(read_file(file), file.string()).tokens;
}

std::unique_ptr<Region> ball_of(const at::Tensor& words, const std::vector<int64_t>& positions,
                                const at::Tensor& radius, double norm, int64_t at_most) {
  const at::Tensor places = at::tensor(positions, at::kLong).unsqueeze(0);
  if (at_most > 0) return std::make_unique<WordBalls>(words, places, radius, norm, at_most);
  const int64_t width = words.size(2);
  const at::Tensor elements =
      (places.unsqueeze(2) * width + at::arange(width, at::kLong)).flatten(1);
  return std::make_unique<LpBall>(words, elements, radius, norm);
}

}  // namespace

/// One certificate in the making.
class CertificateWriter::Item {
 public:
  Item(CertificateWriter& writer, const CandidateSentence& sentence, const WordProblem& problem,
       const std::string& method, const BoundOptions& options)
      : writer_(writer),
        problem_(problem),
        draft_(writer.model_.graph(writer.model_.layout(problem.words)), problem.label,
               writer.model_.classes(), method, options, writer.weights_) {
    Json& json = draft_.json();
    json["sentence"] = sentence.sentence;
    json["model"] = {{"path", writer.files_.weights.string()},
                     {"sha256", writer.weights_sha256_},
                     {"embedding", writer.embedding_}};
    json["vocabulary"] = {{"path", writer.files_.vocabulary.string()},
                          {"sha256", writer.vocabulary_sha256_}};
    json["words"] = writer.model_.is_of_pieces() ? words_of_pieces() : words();
    if (writer.model_.is_of_pieces()) json["pieces"] = pieces();
  }

  /// The cover of a set by parts; nothing when it needs too many.
  std::optional<Json> cover(const WordProblem& set) {
    if (draft_.parts() >= kMostParts) return {};
    const SynonymSet region = region_of({set}, writer_.model_);
    if (draft_.prove(region)) return Json{{"part", draft_.parts() - 1}};
    if (!draft_.last_form().has_value() || set.replaceable() == 0 || set.budget == 0) return {};
    const at::Tensor gains = region.gains(draft_.last_form()->coefficient)[draft_.last_worst()][0];
    const int64_t position = word_to_split(set, gains);
    Json replaced = Json::array(), kept;
    const std::vector<WordProblem> parts = split(set, position);
    for (size_t k = 0; k < parts.size(); ++k) {
      const std::optional<Json> part = cover(parts[k]);
      if (!part.has_value()) return {};
      if (k == 0)
        kept = *part;
      else
        replaced.push_back(*part);
    }
    return Json{{"position", position}, {"kept", kept}, {"replaced", replaced}};
  }

  CertificateDraft& draft() { return draft_; }

  std::string write(int64_t index, Json claim) {
    draft_.json()["claim"] = std::move(claim);
    return draft_.write(writer_.folder_, index);
  }

 private:
  Json words() const {
    const WordModel& model = writer_.model_;
    Json all = Json::array();
    for (size_t t = 0; t < problem_.words.size(); ++t) {
      Json texts = Json::array();
      for (const int64_t word : problem_.candidates[t]) texts.push_back(model.word(word));
      all.push_back({{"id", problem_.words[t]},
                     {"text", model.word(problem_.words[t])},
                     {"candidates", problem_.candidates[t]},
                     {"candidate_texts", texts}});
    }
    return all;
  }

  /// Numbers of words in the order of pieces(), without text: a checker puts that together itself.
  Json words_of_pieces() {
    Json all = Json::array();
    for (size_t t = 0; t < problem_.words.size(); ++t) {
      Json candidates = Json::array();
      const size_t own = number_of(problem_.words[t]);
      for (const int64_t word : problem_.candidates[t]) candidates.push_back(number_of(word));
      all.push_back({{"id", own}, {"candidates", candidates}});
    }
    return all;
  }

  size_t number_of(int64_t word) {
    const auto found = std::ranges::find(used_words_, word);
    if (found != used_words_.end()) return static_cast<size_t>(found - used_words_.begin());
    used_words_.push_back(word);
    return used_words_.size() - 1;
  }

  Json pieces() const {
    Json all = Json::array();
    size_t slots = 0;
    for (const int64_t word : used_words_) {
      const std::vector<int64_t>& rows = writer_.model_.rows(word);
      Json texts = Json::array();
      for (const int64_t row : rows) texts.push_back(writer_.piece(row));
      all.push_back({{"rows", rows}, {"texts", texts}});
      slots = std::max(slots, rows.size());
    }
    return {{"slots", slots}, {"words", all}};
  }

  CertificateWriter& writer_;
  const WordProblem& problem_;
  std::vector<int64_t> used_words_;  ///< of pieces
  CertificateDraft draft_;
};

CertificateWriter::CertificateWriter(WordModel& model, const CertifiedModelFiles& files,
                                     fs::path folder)
    : model_(model),
      folder_(std::move(folder)),
      files_(files),
      weights_sha256_(sha256_hex_of_file(files.weights)),
      vocabulary_sha256_(sha256_hex_of_file(files.vocabulary)),
      weights_(WeightFile(files.weights, at::kDouble).tensors()),
      vocabulary_words_(read_vocabulary(files.vocabulary, model.is_of_pieces())) {
  const at::Tensor table = model.table().to(at::kDouble);
  for (const auto& [name, weight] : weights_)
    if (weight.sizes() == table.sizes() && at::equal(weight, table)) embedding_ = name;
  if (model.is_of_pieces() && static_cast<int64_t>(vocabulary_words_.size()) > table.size(0))
    throw ConfigError("--certificate: expected at most " + std::to_string(table.size(0)) +
                      " pieces in " + files.vocabulary.string() + " (the embedding table), got " +
                      std::to_string(vocabulary_words_.size()));
  if (embedding_.empty())
    throw ConfigError("--certificate: expected the embeddings of the words as one tensor of " +
                      files.weights.string());
}

const std::string& CertificateWriter::piece(int64_t row) const {
  if (row >= static_cast<int64_t>(vocabulary_words_.size()))
    throw UnsupportedError("--certificate: piece " + std::to_string(row) + " is not in " +
                           files_.vocabulary.string());
  return vocabulary_words_[static_cast<size_t>(row)];
}

std::string CertificateWriter::write_synonyms(int64_t index, const CandidateSentence& sentence,
                                              const WordProblem& problem, const std::string& method,
                                              const BoundOptions& options) {
  Item item(*this, sentence, problem, method, options);
  std::optional<Json> cover = item.cover(problem);
  if (!cover.has_value()) return "";
  return item.write(index, {{"kind", "synonyms"}, {"budget", problem.budget}, {"cover", *cover}});
}

std::string CertificateWriter::write_balls(int64_t index, const CandidateSentence& sentence,
                                           const WordProblem& problem, const BallClaim& claim,
                                           const std::string& method, const BoundOptions& options) {
  Item item(*this, sentence, problem, method, options);
  const at::Tensor words = model_.embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
  const double norm =
      claim.norm == "inf" ? std::numeric_limits<double>::infinity() : std::stod(claim.norm);
  Json balls = Json::array();
  for (size_t k = 0; k < claim.positions.size(); ++k) {
    const at::Tensor radius = at::full({1}, claim.radii[k].certified, at::kDouble);
    if (!item.draft().prove(*ball_of(words, claim.positions[k], radius, norm, claim.at_most)))
      return "";
    balls.push_back(
        {{"positions", claim.positions[k]}, {"radius", claim.radii[k].certified}, {"part", k}});
    if (claim.at_most > 0) balls.back()["at_most"] = claim.at_most;
  }
  return item.write(index, {{"kind", "balls"}, {"norm", claim.norm}, {"balls", balls}});
}

CertifiedModelFiles certified_model_files(const fs::path& model, const fs::path& vocabulary) {
  CertifiedModelFiles files{model, vocabulary};
  if (fs::is_directory(model)) {
    files = {model / "model.safetensors",
             model / "tokenizer.json"};  // which is read where both are
    if (!fs::exists(files.vocabulary)) files.vocabulary = model / "vocab.txt";
  }
  for (const fs::path& file : {files.weights, files.vocabulary})
    if (!fs::is_regular_file(file))
      throw ConfigError(
          "--certificate: expected a model of one safetensors file and a list of "
          "words, found no " +
          file.string());
  return files;
}

}  // namespace limbeck::verify
