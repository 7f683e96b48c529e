#include "verify/options/certify_options.h"

#include <charconv>

#include "verify/options/require_option.h"

namespace limbeck::verify {
namespace {

bool read(std::string_view text, int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Shard parse_shard(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  const size_t slash = text.find('/');
  const bool is_good = slash != std::string::npos &&
                       read(std::string_view(text).substr(0, slash), shard.index) &&
                       read(std::string_view(text).substr(slash + 1), shard.count) &&
                       shard.index >= 0 && shard.index < shard.count;
  require_option(is_good, "shard", "I/N with 0 <= I < N", "'" + text + "'");
  return shard;
}

MovedWords parse_positions(const std::string& text) {
  if (text == "one") return {.is_each = true};
  if (text == "all") return {};
  MovedWords moved;
  require_option(read(text, moved.at_most) && moved.at_most >= 2, "positions",
                 "one, all or an integer from 2", "'" + text + "'");
  return moved;
}

void CertifyOptions::validate() const {
  if (!merge.empty()) {
    require_option(!output.empty(), "output", "a directory", "nothing");
    require_option(shard.empty(), "merge", "no --shard beside it", "'" + shard + "'");
    return;
  }
  require_option(!model.empty(), "model", "a model directory or file", "nothing");
  require_option(!data.empty(), "data", "a file of sentences or inputs", "nothing");
  require_option(!output.empty(), "output", "a directory", "nothing");
  require_option(budget >= 0, "budget", "0 or more words", std::to_string(budget));
  require_option(radius >= 0, "radius", "0 or more", std::to_string(radius));
  require_option(radius == 0 || budget == 0, "radius", "no --budget beside it",
                 std::to_string(radius));
  require_option(heads > 0, "heads", "1 or more", std::to_string(heads));
  require_option(alpha_iterations >= 0, "alpha-iterations", "0 or more",
                 std::to_string(alpha_iterations));
  require_option(alpha_rate > 0, "alpha-rate", "more than 0", std::to_string(alpha_rate));
  require_option(mem_limit > 0, "mem-limit", "1 or more MiB", std::to_string(mem_limit));
  require_option(time_limit >= 0, "time-limit", "0 or more seconds", std::to_string(time_limit));
  require_option(limit >= 0, "limit", "0 or more", std::to_string(limit));
  require_option(min_certified >= 0 && min_certified <= 1, "min-certified", "a share in [0, 1]",
                 std::to_string(min_certified));
  require_option(synonyms.empty() || budget > 0, "synonyms", "a --budget above 0 beside it",
                 "none");
  parse_positions(positions);
  require_option(!arith.starts_with("rigorous") || !method.starts_with("alpha-"), "arith",
                 "a --method without alpha beside " + arith, method);
  require_option(!certificate || arith == "rigorous", "certificate", "--arith rigorous beside it",
                 arith);
  require_option(
      !certificate || method != "zonotope", "certificate",
      "a --method whose bounds a checker can follow beside it, such as zonotope+backward", method);
  parse_shard(shard);
}

}  // namespace limbeck::verify
