#pragma once

#include <cstdint>
#include <string>

namespace limbeck::fairness {

/// A part of the work: every prompt whose number leaves the rest index - 1 when divided by count.
/// Laws: the shards 1/n .. n/n hold every prompt once; 1/1 is all of it.
struct Shard {
  int64_t index = 1, count = 1;

  bool holds(int64_t prompt) const { return prompt % count == index - 1; }
  bool is_whole() const { return count == 1; }
};

/// "2/5"; empty is the whole. Throws: ConfigError `shard: expected I/N with 1 <= I <= N, got ...`.
Shard parse_shard(const std::string& text);

}  // namespace limbeck::fairness
