/// Runs a fuzz function without libFuzzer: on each seed of a folder, then on fixed mutations of the
/// seeds. A crash, a sanitizer's report or an exception that is not a limbeck::Error ends the
/// program with a non-zero code.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/core/random_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using limbeck::RandomStream;

constexpr int kMutations = 4000;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

/// Bytes that parsers branch on, and numbers at the edges of their types.
const std::vector<std::string> kTokens = {"\"",
                                          "{",
                                          "}",
                                          "[",
                                          "]",
                                          ":",
                                          ",",
                                          "\t",
                                          "\n",
                                          "\r\n",
                                          "\\",
                                          "-1",
                                          "0",
                                          "1e999",
                                          "null",
                                          "18446744073709551615",
                                          "9223372036854775807",
                                          "4294967296",
                                          "\xFF",
                                          "\xE2\x82",
                                          "\xEF\xBB\xBF",
                                          std::string(1, '\0'),
                                          std::string(300, '['),
                                          "\"a\":",
                                          "##",
                                          "\xF0\x9F\x98\x80"};

std::string mutate(std::string input, const std::vector<std::string>& seeds, RandomStream& random) {
  for (uint64_t step = 0, steps = 1 + random.below(6); step < steps; ++step) {
    const size_t at = static_cast<size_t>(random.below(input.size() + 1));
    const size_t length = static_cast<size_t>(random.below(input.size() - at + 1));
    switch (random.below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random.below(256));
        break;
      case 1:
        if (at < input.size()) input[at] ^= static_cast<char>(1 << random.below(8));
        break;
      case 2:
        input.erase(at, std::min<size_t>(length, 64));
        break;
      case 3:
        input.resize(at);
        break;
      case 4:
        input.insert(at, input.substr(at, std::min<size_t>(length, 256)));
        break;
      case 5:
        input.insert(at, kTokens[static_cast<size_t>(random.below(kTokens.size()))]);
        break;
      default: {
        const std::string& other = seeds[static_cast<size_t>(random.below(seeds.size()))];
        input = input.substr(0, at) + other.substr(std::min(at, other.size()));
      }
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    std::fprintf(stderr, "expected one argument: the folder of seeds\n");
    return 2;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) files.push_back(entry);
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds = {""};
  for (const auto& file : files) seeds.push_back(limbeck::read_file(file));
  int index = -1;
  try {
    for (const std::string& seed : seeds) run(seed);
    RandomStream random(1, "fuzz");
    for (index = 0; index < kMutations; ++index)
      run(mutate(seeds[static_cast<size_t>(index) % seeds.size()], seeds, random));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mutation %d: not a limbeck::Error: %s\n", index, error.what());
    return 1;
  }
  std::printf("%zu seeds and %d mutations\n", seeds.size(), kMutations);
  return 0;
}
