/// certify_bench DATA (1layer|3layer) (sweep|exact|all-words|rigorous-cost) [float|double] [limit]
///
/// DATA is the folder with models/deept, sentiment/deept_sst and golden. One line of numbers a run:
///   sweep      CROWN-IBP for at most 1..6 replaced words, all sentences: share verified, seconds
///   exact      the same sets decided: certified, falsified, unknown
///   all-words  every word at once, the 135 sentences of
///   golden/sst_transformer_3layer_all_words.json
#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <cstdio>
#include <set>

#include "nlp/core/json_file.h"
#include "nlp/core/threads.h"
#include "verify/certify/margin.h"
#include "verify/certify/sentence_set.h"
#include "verify/certify/word_verifier.h"
#include "verify/network/word_transformer.h"

namespace {

using namespace limbeck::verify;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<bool> correct(WordModel& model, const std::vector<WordProblem>& problems) {
  std::vector<bool> is_correct;
  for (const WordProblem& problem : problems)
    is_correct.push_back(
        margins(model, at::tensor(problem.words, at::kLong).unsqueeze(0), problem.label)
            .item<double>() > 0);
  return is_correct;
}

void sweep(WordModel& model, const std::vector<WordProblem>& problems) {
  const std::vector<int64_t> budgets = {1, 2, 3, 4, 5, 6};
  const std::vector<bool> is_correct = correct(model, problems);
  WordVerifier verifier(model, {});
  const auto once = [&] { return verifier.lower_bounds(problems, budgets, "crown-ibp"); };
  once();  // warm-up: traces the graphs
  std::vector<double> times;
  std::vector<std::vector<double>> lower;
  for (int run = 0; run < 7; ++run) {
    const auto start = std::chrono::steady_clock::now();
    lower = once();
    times.push_back(seconds_since(start));
  }
  std::sort(times.begin(), times.end());
  std::printf("sweep of 6 budgets, crown-ibp: median %.3f s (%.3f to %.3f, 7 runs)\n", times[3],
              times[0], times[6]);
  const double count = static_cast<double>(problems.size());
  std::printf("clean %.5f\n",
              static_cast<double>(std::count(is_correct.begin(), is_correct.end(), true)) / count);
  for (size_t b = 0; b < budgets.size(); ++b) {
    int64_t verified = 0;
    for (size_t i = 0; i < problems.size(); ++i) verified += is_correct[i] && lower[b][i] > 0;
    std::printf("budget %lld: verified %.5f (%lld)\n", static_cast<long long>(budgets[b]),
                static_cast<double>(verified) / count, static_cast<long long>(verified));
  }
}

void exact(WordModel& model, const std::vector<WordProblem>& problems) {
  const std::vector<int64_t> budgets = {1, 2, 3, 4, 5, 6};
  WordVerifier verifier(model, {});
  const auto start = std::chrono::steady_clock::now();
  const auto results = verifier.verify_budgets(problems, budgets);
  std::printf("exact, 6 budgets: %.2f s\n", seconds_since(start));
  for (size_t b = 0; b < budgets.size(); ++b) {
    std::map<std::string, int64_t> count;
    int64_t branches = 0;
    for (const WordResult& result : results[b]) {
      ++count[verdict_name(result.verdict)];
      ++count["  by " + result.decided_by];
      branches += result.branches;
    }
    std::printf("budget %lld: certified %.5f", static_cast<long long>(budgets[b]),
                static_cast<double>(count["certified"]) / static_cast<double>(problems.size()));
    for (const auto& [name, n] : count)
      std::printf("  %s %lld", name.c_str(), static_cast<long long>(n));
    std::printf("  branches %lld\n", static_cast<long long>(branches));
  }
}

void all_words(WordModel& model, const std::vector<CandidateSentence>& sentences,
               const std::string& data) {
  const nlohmann::json golden =
      limbeck::read_json_file(data + "/golden/sst_transformer_3layer_all_words.json");
  std::map<std::string, nlohmann::json> rows;
  for (const nlohmann::json& row : golden["rows"]) rows[row["sentence"].get<std::string>()] = row;
  std::vector<WordProblem> problems;
  std::vector<double> attacked;
  for (const CandidateSentence& sentence : sentences) {
    const auto row = rows.find(sentence.sentence);
    if (row == rows.end()) continue;
    problems.push_back(word_problem(sentence, model, 64, {.may_replace_unknown = true}));
    attacked.push_back(row->second["attack_best"].get<double>());
    rows.erase(row);
  }
  WordVerifier verifier(model, {});
  for (const char* method : {"crown-ibp", "unstable", "forward+backward"}) {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<double> lower = verifier.lower_bounds(problems, method);
    double worst_gap = 0;
    int64_t verified = 0;
    for (size_t i = 0; i < lower.size(); ++i) {
      verified += lower[i] > 0;
      if (attacked[i] > 0) worst_gap = std::max(worst_gap, attacked[i] - lower[i]);
    }
    std::printf(
        "all words, %s: %lld of %zu verified, largest gap to the attack %.5f, %.3f s a sentence\n",
        method, static_cast<long long>(verified), lower.size(), worst_gap,
        seconds_since(start) / static_cast<double>(lower.size()));
  }
  const auto start = std::chrono::steady_clock::now();
  int64_t certified = 0, falsified = 0;
  for (const WordResult& result : verifier.verify(problems)) {
    certified += result.verdict == Verdict::kCertified;
    falsified += result.verdict == Verdict::kFalsified;
  }
  std::printf("all words, decided: %lld certified, %lld falsified, %.3f s a sentence\n",
              static_cast<long long>(certified), static_cast<long long>(falsified),
              seconds_since(start) / static_cast<double>(problems.size()));
}

/// Rigorous arithmetic beside the usual one, in turns.
void rigorous_cost(WordModel& model, const std::vector<WordProblem>& problems) {
  WordVerifierOptions options;
  WordVerifier usual(model, options);
  options.bound.arithmetic = Arithmetic::kRigorous;
  WordVerifier rigorous(model, options);
  for (const char* method : {"crown-ibp", "forward+backward"}) {
    std::vector<double> usual_s, rigorous_s;
    for (int run = 0; run < 8; ++run) {
      for (const bool is_rigorous : {false, true}) {
        const auto start = std::chrono::steady_clock::now();
        (is_rigorous ? rigorous : usual).lower_bounds(problems, method);
        if (run > 0) (is_rigorous ? rigorous_s : usual_s).push_back(seconds_since(start));
      }
    }
    std::sort(usual_s.begin(), usual_s.end()), std::sort(rigorous_s.begin(), rigorous_s.end());
    std::printf("%s: double %.3f s, rigorous %.3f s (medians of 7), ratio %.2f\n", method,
                usual_s[3], rigorous_s[3], rigorous_s[3] / usual_s[3]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr,
                 "certify_bench DATA (1layer|3layer) (sweep|exact|all-words|rigorous-cost) "
                 "[float|double] [limit]\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a run that is stopped has printed what it knows
  at::set_num_threads(limbeck::thread_count());
  const torch::NoGradGuard no_gradient;
  const std::string data = argv[1], model_name = argv[2], what = argv[3];
  const bool is_float = argc > 4 && std::string(argv[4]) == "float";
  const size_t limit = argc > 5 ? std::stoul(argv[5]) : 0;
  const std::string folder = data + "/models/deept/";
  WordModel model =
      load_word_transformer(folder + "sst_transformer_" + model_name + "_certified.safetensors",
                            folder + "bert-custom-word-vocab-uncased/vocab.txt",
                            {.dtype = is_float ? at::kFloat : at::kDouble});
  std::vector<CandidateSentence> sentences =
      read_candidate_sentences(data + "/sentiment/deept_sst/test.json");
  if (limit > 0 && sentences.size() > limit) sentences.resize(limit);
  std::printf("%s, %zu sentences, %s, %d threads\n", model_name.c_str(), sentences.size(),
              is_float ? "float32" : "float64", at::get_num_threads());
  if (what == "all-words") {
    all_words(model, sentences, data);
    return 0;
  }
  std::vector<WordProblem> problems;
  for (const CandidateSentence& sentence : sentences)
    problems.push_back(word_problem(sentence, model, 6));
  if (what == "sweep") sweep(model, problems);
  if (what == "exact") exact(model, problems);
  if (what == "rigorous-cost") rigorous_cost(model, problems);
  return 0;
}
