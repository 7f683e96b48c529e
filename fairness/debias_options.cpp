#include "fairness/debias_options.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fairness/score/scorer.h"
#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

void require(bool holds, const char* option, const char* expected, const std::string& got) {
  if (!holds)
    throw ConfigError(std::string("--") + option + ": expected " + expected + ", got " + got);
}

}  // namespace

std::vector<std::string> DebiasOptions::classifiers() const {
  std::vector<std::string> directories;
  for (const std::string& name : scorer)
    if (is_classifier(name)) directories.push_back(name);
  return directories;
}

void DebiasOptions::validate() const {
  if (model.empty())
    throw ConfigError(
        "--model: expected a language model (see `limbeck assets fetch language-model`)");
  if (text.empty()) throw ConfigError("--text: expected a text file");
  if (output.empty()) throw ConfigError("--output: expected a directory to write");
  if (attribute.empty() && templates.empty())
    throw ConfigError("--attribute: expected an attribute, or --templates FILE");
  require(regulariser == "embedding" || regulariser == "sentiment", "regulariser",
          "embedding or sentiment", "'" + regulariser + "'");
  if (lambda.empty()) throw ConfigError("--lambda: expected a number above 0");
  for (size_t i = 0; i < lambda.size(); ++i) {
    require(std::isfinite(lambda[i]) && lambda[i] > 0, "lambda",
            "a number above 0 (the control with 0 is always run)", number(lambda[i]));
    require(std::find(lambda.begin(), lambda.begin() + static_cast<int64_t>(i), lambda[i]) ==
                lambda.begin() + static_cast<int64_t>(i),
            "lambda", "different numbers", number(lambda[i]) + " twice");
  }
  require(method == "adapters" || method == "embeddings" || method == "full", "method",
          "adapters, embeddings or full", "'" + method + "'");
  require(adapter_rank >= 1, "adapter-rank", "1 or more", std::to_string(adapter_rank));
  require(adapter_alpha > 0, "adapter-alpha", "a number above 0", number(adapter_alpha));
  require(context >= 8 && context <= 8192, "context", "8 to 8192", std::to_string(context));
  require(dropout >= 0 && dropout < 1, "dropout", "0 <= p < 1", number(dropout));
  require(limit >= 0, "limit", "0 or more", std::to_string(limit));
  require(validation_count >= 1, "validation-count", "1 or more", std::to_string(validation_count));
  require(sentiment_limit >= 0, "sentiment-limit", "0 or more", std::to_string(sentiment_limit));
  require(repeats >= 1 && repeats <= 100, "repeats", "1 to 100", std::to_string(repeats));
  require(audit_count == 0 || (audit_count >= 2 && audit_count <= 100'000), "audit-count",
          "0, or 2 to 100000", std::to_string(audit_count));
  require(audit_tokens >= 1, "audit-tokens", "1 or more", std::to_string(audit_tokens));
  require(permutations >= 19 && permutations <= 1'000'000, "permutations", "19 to 1000000",
          std::to_string(permutations));
  require(relevance_threshold >= -1 && relevance_threshold <= 1, "relevance-threshold", "-1 to 1",
          number(relevance_threshold));
  if (!encoder.empty() && audit_count == 0)
    throw ConfigError("--encoder: measures continuations of an audit (leave --audit-count 0 out)");
}

}  // namespace limbeck::fairness
