#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <string>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/causal/causal_model.h"

/// The side of limbeck in tools/bench/tokenize/compare.py.
///   tokenize_bench ids MODEL < records      one JSON array [text, pair or null, max_length or 0] a
///   line tokenize_bench serve MODEL TEXT         tokenizes the lines of TEXT once for each line on
///   stdin
namespace {

using limbeck::nlp::Encoding;
using limbeck::nlp::Tokenizer;

constexpr int32_t kUnlimited = std::numeric_limits<int32_t>::max();

/// Prints `ids ; begin:end ...` of each record; both ways to the ids must agree.
int print_ids(const Tokenizer& tokenizer) {
  std::string line;
  for (size_t number = 1; std::getline(std::cin, line); ++number) {
    const nlohmann::json record = limbeck::parse_json(line, "stdin:" + std::to_string(number));
    const auto text = record.at(0).get<std::string>();
    std::string second;
    std::optional<std::string_view> pair;
    if (!record.at(1).is_null()) pair = second = record.at(1).get<std::string>();
    const int32_t limit = record.at(2).get<int32_t>();
    const int32_t max_length = limit == 0 ? kUnlimited : limit;
    std::vector<int32_t> ids;
    tokenizer.append_ids(text, pair, max_length, ids);
    const Encoding encoding = tokenizer.encode(text, pair, max_length);
    if (ids != encoding.ids) {
      std::cerr << "record " << number << ": encode and append_ids differ: " << line << "\n";
      return 1;
    }
    std::string out;
    for (const int32_t id : ids) out += std::to_string(id) + " ";
    out += ";";
    for (const auto& span : encoding.spans)
      out.append(" ")
          .append(std::to_string(span.begin))
          .append(":")
          .append(std::to_string(span.end));
    std::puts(out.c_str());
  }
  return 0;
}

int serve(const Tokenizer& tokenizer, const char* path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  std::vector<int32_t> ids;
  std::string command;
  while (std::getline(std::cin, command)) {
    size_t tokens = 0;
    uint64_t sum = 0;
    const auto start = std::chrono::steady_clock::now();
    for (const std::string& line : lines) {
      ids.clear();
      tokenizer.append_ids(line, std::nullopt, kUnlimited, ids);
      tokens += ids.size();
      for (const int32_t id : ids) sum = sum * 31 + static_cast<uint64_t>(id);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    std::printf("%.6f %zu %llu\n", seconds.count(), tokens, static_cast<unsigned long long>(sum));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  try {
    if (mode == "ids" && argc == 3) return print_ids(*limbeck::nlp::load_any_tokenizer(argv[2]));
    if (mode == "serve" && argc == 4) return serve(*limbeck::nlp::load_any_tokenizer(argv[2]), argv[3]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 3;
  }
  std::cerr << "usage: tokenize_bench ids MODEL < RECORDS | tokenize_bench serve MODEL TEXT\n";
  return 2;
}
