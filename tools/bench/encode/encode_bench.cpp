// Times BertEngine on the sentences of a file, by commands on standard input, so that
// tools/bench/encode/compare.py can interleave it with the peers:
//   floor             -> rates of the products alone, GFLOP/s, on the model's shapes
//   encode PRECISION  -> seconds for all sentences, tokenization included
//   single PRECISION  -> milliseconds of each sentence encoded alone, space-separated
//   save PRECISION F  -> writes the vectors as raw float32 to F
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/encode/bert_engine.h"
#include "nlp/kernel/packed_matrix.h"

namespace {

using namespace limbeck;
using namespace limbeck::nlp;

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// First column of a GLUE file with a header line.
std::vector<std::string> read_sentences(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw DataError(path + ": cannot be read");
  std::vector<std::string> sentences;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) sentences.push_back(line.substr(0, line.find('\t')));
  return sentences;
}

/// Rate of one layer's products on 256 rows, no activation: the arithmetic floor of an encoder.
double product_rate(const BertConfig& config, kernel::Arithmetic arithmetic) {
  const int64_t rows = 256, width = config.hidden_size, wide = config.intermediate_size;
  const std::pair<int64_t, int64_t> shapes[] = {
      {3 * width, width}, {width, width}, {wide, width}, {width, wide}};
  const std::vector<float> x(static_cast<size_t>(rows * wide), 0.5f);
  std::vector<float> y(static_cast<size_t>(rows * std::max(wide, 3 * width)));
  std::vector<kernel::PackedMatrix> matrices;
  double flops = 0;
  for (const auto& [outputs, inputs] : shapes) {
    const std::vector<float> weights(static_cast<size_t>(outputs * inputs), 0.25f);
    matrices.emplace_back(arithmetic, weights.data(), outputs, inputs, inputs);
    flops += 2.0 * static_cast<double>(rows * outputs * inputs);
  }
  double best = 1e9;
  for (int round = 0; round < 40; ++round)
    best = std::min(best, seconds_of([&] {
                      for (const kernel::PackedMatrix& w : matrices)
                        kernel::multiply(w, rows, x.data(), w.inputs(), {}, y.data(), w.outputs());
                    }));
  return flops / best * 1e-9;
}

class Bench {
 public:
  Bench(std::string model, std::vector<std::string> sentences)
      : model_(std::move(model)), sentences_(std::move(sentences)) {}

  void run(const std::string& line) {
    std::istringstream words(line);
    std::string command, precision, path;
    words >> command >> precision >> path;
    if (command == "floor") return print_floor();
    const SentenceEncoder& engine = encoder(precision);
    if (command == "encode") {
      std::printf("%.6f\n", seconds_of([&] { engine.encode(sentences_); }));
    } else if (command == "single") {
      for (const std::string& sentence : sentences_)
        std::printf("%.4f ", 1e3 * seconds_of([&] { engine.encode({&sentence, 1}); }));
      std::printf("\n");
    } else if (command == "save") {
      const VectorRows vectors = engine.encode(sentences_);
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(vectors.values.data()),
                 static_cast<std::streamsize>(vectors.values.size() * sizeof(float)));
      std::printf("%lld %lld\n", static_cast<long long>(vectors.rows),
                  static_cast<long long>(vectors.width));
    } else {
      throw ConfigError("encode_bench: unknown command '" + command +
                        "'; known: floor, encode, single, save");
    }
  }

 private:
  const SentenceEncoder& encoder(const std::string& precision) {
    std::unique_ptr<SentenceEncoder>& engine = engines_[precision];
    if (!engine) engine = load_bert_engine(model_, parse_precision(precision));
    return *engine;
  }

  void print_floor() {
    const BertConfig config = read_bert_config(model_);
    for (const auto arithmetic :
         {kernel::Arithmetic::kFloat32, kernel::Arithmetic::kBFloat16, kernel::Arithmetic::kInt8})
      std::printf("%.1f ", product_rate(config, arithmetic));
    std::printf("\n");
  }

  std::string model_;
  std::vector<std::string> sentences_;
  std::map<std::string, std::unique_ptr<SentenceEncoder>> engines_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: encode_bench MODEL_DIRECTORY SENTENCES_TSV THREADS < commands\n");
    return 2;
  }
  try {
    set_thread_count(std::atoi(argv[3]));
    Bench bench(argv[1], read_sentences(argv[2]));
    for (std::string line; std::getline(std::cin, line);) {
      bench.run(line);
      std::fflush(stdout);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
