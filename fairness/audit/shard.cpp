#include "fairness/audit/shard.h"

#include <charconv>

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

constexpr int64_t kMostShards = 10'000;

bool read_number(const char* begin, const char* end, int64_t& number) {
  const auto [stop, code] = std::from_chars(begin, end, number);
  return code == std::errc() && stop == end && begin != end;
}

}  // namespace

Shard parse_shard(const std::string& text) {
  if (text.empty()) return {};
  Shard shard;
  const size_t slash = text.find('/');
  const char* begin = text.data();
  const bool is_read = slash != std::string::npos &&
                       read_number(begin, begin + slash, shard.index) &&
                       read_number(begin + slash + 1, begin + text.size(), shard.count);
  if (!is_read || shard.index < 1 || shard.index > shard.count || shard.count > kMostShards)
    throw ConfigError("shard: expected I/N with 1 <= I <= N <= 10000, got '" + text + "'");
  return shard;
}

}  // namespace limbeck::fairness
