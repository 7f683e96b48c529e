#pragma once

#include <string>
#include <vector>

#include "verify/certify/word_problem.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {

enum class Verdict { kCertified, kFalsified, kUnknown, kTimeout };

/// "certified", "falsified", "unknown", "timeout".
std::string verdict_name(Verdict verdict);

/// How sets of sentences are decided.
struct WordVerifierOptions {
  std::string method = "crown-ibp";               ///< first, cheap bound
  std::string tight_method = "forward+backward";  ///< second bound, and that of branch and bound
  bool is_complete = true;  ///< tight bound, attack and branching for what is left
  int64_t batch = 32;       ///< sentences bounded together; >= 1
  int64_t tight_batch = 8;  ///< the same for the tight bound, whose forms take more memory; >= 1
  int64_t leaf = 256;       ///< sets of at most so many sentences are enumerated
  int64_t max_branches = 4096;  ///< bounded subsets per sentence; 0: no limit
  double time_limit_s = 0;      ///< for the branch and bound of one set; 0: none
  BoundOptions bound = {};
};

/// What is known of one set of sentences.
struct WordResult {
  Verdict verdict = Verdict::kUnknown;
  double lower = 0;   ///< proved: no sentence of the set has a smaller margin; -inf: nothing proved
  double attack = 0;  ///< smallest margin that was seen, by evaluation; the original's included
  std::vector<Replacement> replacements;  ///< the sentence of `attack`
  std::string decided_by;                 ///< "original", "crown-ibp", "attack", ..., "branching"
  int64_t branches = 0;                   ///< subsets that branch and bound looked at
  std::string reason = {};                ///< what was unbounded, where nothing was proved
};

/// Decides whether a model keeps its answer on every sentence of a set: logit of the label above
/// all others.
///
/// Law:     certified: every sentence of the set has a positive margin in the arithmetic of the
///          model's dtype, up to rounding; with rigorous bounds, in the real-valued network of the
///          stored weights, enumerated sentences included. falsified: `replacements` has a margin
///          <= 0, evaluated.
/// Order: original sentence, intervals (of networks with gates, whose planes cost a hundred times
/// as much; when complete), cheap bound, the sentence that minimises the linear bound (evaluated),
/// tight bound, local search, branch and bound over words. The cheap bound goes before the attack:
/// it decides most sets at the price of two evaluations.
class WordVerifier {
 public:
  WordVerifier(WordModel& model, WordVerifierOptions options);

  /// One result a problem, in order. Problems may differ in length and budget.
  std::vector<WordResult> verify(const std::vector<WordProblem>& problems);

  /// The same for several budgets at once. A set that is certified stays so for smaller budgets, a
  /// counterexample for larger ones: only the rest is bounded again.
  std::vector<std::vector<WordResult>> verify_budgets(const std::vector<WordProblem>& problems,
                                                      const std::vector<int64_t>& budgets);

  /// Lower bounds of the margin by one method: the smallest over classes.
  std::vector<double> lower_bounds(const std::vector<WordProblem>& problems,
                                   const std::string& method);
  /// The same for each of `budgets`, in place of the problems' own; one pass serves all of them.
  std::vector<std::vector<double>> lower_bounds(const std::vector<WordProblem>& problems,
                                                const std::vector<int64_t>& budgets,
                                                const std::string& method);

 private:
  struct Work;

  int64_t fitting(int64_t batch, const std::vector<const WordProblem*>& problems,
                  const std::string& method);
  void bound_round(std::vector<Work*>& open, const std::string& method, int64_t batch_size);
  void evaluate_starts(const std::vector<Work*>& works, const char* by);
  void branch(Work& work);
  std::vector<at::Tensor> bounds_of(std::vector<WordProblem> batch,
                                    const std::vector<int64_t>& budgets, const BoundMethod& method);

  WordModel& model_;
  WordVerifierOptions options_;
};

}  // namespace limbeck::verify
