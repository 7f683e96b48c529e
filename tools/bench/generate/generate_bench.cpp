// The side of limbeck in tools/bench/generate/compare.py.
//   generate_bench floor MODEL [THREADS]        rates of the products alone, and the tokens/s they
//   allow generate_bench serve MODEL DTYPE [THREADS]  answers commands on standard input, one line
//   each:
//     batch COUNT TOKENS     continuations of one prompt -> seconds, tokens
//     single TOKENS          one continuation, drawn greedily -> seconds, tokens
//     logits FILE IDS...     writes the scores after every id as raw float32 to FILE -> rows, width
//     greedy COUNT IDS...    the most probable continuation -> its ids
//     score FILE             -> perplexity of the text at context 512, tokens, seconds
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "nlp/causal/generator.h"
#include "nlp/causal/perplexity.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace {

using namespace limbeck;
using namespace limbeck::nlp;

const std::map<std::string, WeightFormat> kDtypes = {{"float32", WeightFormat::kFloat32},
                                                     {"bfloat16", WeightFormat::kBFloat16},
                                                     {"int8", WeightFormat::kInt8},
                                                     {"stored", WeightFormat::kStored}};

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Seconds of all products of one step over `rows` tokens, the best of some rounds.
double product_seconds(const CausalModel& model, int64_t rows) {
  const CausalConfig& config = model.config();
  const int64_t widest = std::max(2 * config.intermediate_size, config.vocabulary_size);
  const std::vector<float> x(static_cast<size_t>(rows * 2 * config.intermediate_size), 0.5f);
  std::vector<float> y(static_cast<size_t>(rows * widest));
  const auto multiply = [&](const CausalLinear& layer) {
    layer.apply(rows, x.data(), layer.inputs(), kernel::Activation::kNone, nullptr, y.data());
  };
  double best = 1e9;
  for (int round = 0; round < 7; ++round)
    best = std::min(best, seconds_of([&] {
                      for (const CausalLayer& layer : model.weights().layers()) {
                        multiply(layer.query_key_value);
                        multiply(layer.attention_output);
                        multiply(layer.up);
                        multiply(layer.down);
                      }
                      multiply(model.weights().head());
                    }));
  return best;
}

double step_flops(const CausalModel& model) {
  double flops = 0;
  const auto add = [&](const CausalLinear& layer) {
    flops += 2.0 * static_cast<double>(layer.outputs() * layer.inputs());
  };
  for (const CausalLayer& layer : model.weights().layers()) {
    add(layer.query_key_value);
    add(layer.attention_output);
    add(layer.up);
    add(layer.down);
  }
  add(model.weights().head());
  return flops;
}

int print_floor(const char* path) {
  for (const auto& [name, arithmetic] : kDtypes) {
    const CausalModel model(path, arithmetic);
    const double flops = step_flops(model), batch = product_seconds(model, 128);
    const double one = product_seconds(model, 1);
    std::printf(
        "%s: %.3f GFLOP and %.0f MB of weights a step; products at batch 128: %.0f GFLOP/s, %.0f "
        "tokens/s; one at a time: %.1f GB/s, %.0f tokens/s (%d threads)\n",
        name.c_str(), flops / 1e9, static_cast<double>(model.weights().bytes()) / 1e6,
        128 * flops / batch / 1e9, 128 / batch,
        static_cast<double>(model.weights().bytes()) / one / 1e9, 1 / one, thread_count());
    std::fflush(stdout);
  }
  return 0;
}

std::vector<int32_t> read_ids(std::istream& in) {
  std::vector<int32_t> ids;
  for (int32_t id; in >> id;) ids.push_back(id);
  return ids;
}

void time_batch(const CausalModel& model, std::istream& in, bool is_single) {
  int64_t count = 1, tokens = 0;
  GenerateOptions options;
  if (!is_single) in >> count;
  in >> options.max_tokens;
  options.batch_size = count;
  if (is_single) options.sampling.temperature = 0;
  const GenerationPrompt prompt{"My friend is a teacher, and we", ""};
  const double seconds = seconds_of([&] {
    generate(model, {&prompt, 1}, all_items(1, count), options,
             {[&](const Continuation& done) { tokens += static_cast<int64_t>(done.ids.size()); },
              {},
              {}});
  });
  std::printf("%.6f %lld\n", seconds, static_cast<long long>(tokens));
}

void write_logits(const CausalModel& model, std::istream& in) {
  std::string path;
  in >> path;
  const std::vector<int32_t> ids = read_ids(in);
  KeyValueStore store(model.config(), static_cast<int64_t>(ids.size()));
  CausalWorkspace workspace;
  const TokenRun run{ids, &store, nullptr, true};
  const CausalStates states = model.forward({&run, 1}, workspace);
  const float* logits = model.logits(states.rows, states.count, workspace);
  const auto bytes = static_cast<size_t>(states.count * model.config().vocabulary_size) * 4;
  write_file_atomic(path, {reinterpret_cast<const char*>(logits), bytes});
  std::printf("%lld %lld\n", static_cast<long long>(states.count),
              static_cast<long long>(model.config().vocabulary_size));
}

void print_greedy(const CausalModel& model, std::istream& in) {
  int64_t count = 0;
  in >> count;
  std::vector<int32_t> ids = read_ids(in);
  KeyValueStore store(model.config(), static_cast<int64_t>(ids.size()) + count);
  CausalWorkspace workspace;
  for (int64_t i = 0; i < count; ++i) {
    const TokenRun run{ids, &store, nullptr, false};
    const CausalStates states = model.forward({&run, 1}, workspace);
    const float* logits = model.logits(states.rows, 1, workspace);
    ids = {most_probable({logits, static_cast<size_t>(model.config().vocabulary_size)})};
    std::printf("%d ", ids[0]);
  }
  std::printf("\n");
}

void print_score(const CausalModel& model, std::istream& in) {
  std::string path;
  in >> path;
  TextScore score;
  const double seconds = seconds_of([&] {
    std::vector<int32_t> ids;
    model.tokenizer().append_ids(read_file(path), std::nullopt, 1 << 30, ids);
    score = score_tokens(model, ids, {});
  });
  std::printf("%.6f %lld %.3f\n", score.perplexity(), static_cast<long long>(score.tokens),
              seconds);
}

int serve(const char* path, const char* dtype) {
  const CausalModel model(path, kDtypes.at(dtype));
  std::string line;
  while (std::getline(std::cin, line)) {
    std::istringstream in(line);
    std::string command;
    in >> command;
    if (command == "batch" || command == "single") time_batch(model, in, command == "single");
    if (command == "logits") write_logits(model, in);
    if (command == "greedy") print_greedy(model, in);
    if (command == "score") print_score(model, in);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  const bool is_floor = words.size() >= 2 && words.size() <= 3 && words[0] == "floor";
  const bool is_serve =
      words.size() >= 3 && words.size() <= 4 && words[0] == "serve" && kDtypes.contains(words[2]);
  try {
    const size_t threads = is_floor ? 2 : 3;
    if ((is_floor || is_serve) && words.size() > threads)
      set_thread_count(std::stoi(words[threads]));
    if (is_floor) return print_floor(words[1].c_str());
    if (is_serve) return serve(words[1].c_str(), words[2].c_str());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "generate_bench: %s\n", error.what());
    return 1;
  }
  std::fprintf(stderr,
               "usage: generate_bench floor MODEL [THREADS] | "
               "serve MODEL float32|bfloat16|int8|stored [THREADS]\n");
  return 2;
}
