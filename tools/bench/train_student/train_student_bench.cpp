// Training the student: sentences a second, against the same model in Python PyTorch.
//
// usage: train_student_bench --model DIR --text FILE [--python PYTHON] [--threads N] [--batch B]
// [--rounds R]
//   --model   directory whose tokenizer gives the ids; --text: one sentence a line
//   --python  an interpreter with torch and safetensors: the peer; without it only our own rate is
//   printed
// Both sides start from the same weights, see the same batches and targets, and their losses are
// compared before anything is timed. One step: forward, cosine loss, backward, Adam. The rounds are
// interleaved.
#include <sys/types.h>
#include <torch/types.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"
#include "nlp/model/bilstm_encoder.h"
#include "nlp/model/initialization.h"
#include "nlp/model/linear_product.h"
#include "nlp/model/state_dict.h"
#include "nlp/text/tokenizer.h"
#include "nlp/train/optimizer/optimizer.h"
#include "tools/bench/train_student/peer_process.h"

namespace limbeck::bench {
namespace {

constexpr int64_t kBatches = 24;
constexpr int kStepsOfRound = 12;
constexpr int kComparedLosses = 5;
constexpr double kLossTolerance = 1e-4;  // float32 sums in another order, five Adam steps

struct Settings {
  std::map<std::string, std::string> values{{"threads", "2"}, {"batch", "128"}, {"rounds", "7"}};
  std::string text(const std::string& key) const {
    return values.contains(key) ? values.at(key) : "";
  }
  int64_t number(const std::string& key) const { return std::stoll(values.at(key)); }
};

Settings parse(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string key = argv[i];
    if (!key.starts_with("--")) throw ConfigError("expected an option, got '" + key + "'");
    const bool has_value = i + 1 < argc && std::string_view(argv[i + 1]).substr(0, 2) != "--";
    settings.values[key.substr(2)] = has_value ? argv[++i] : "1";
  }
  if (settings.text("model").empty() || settings.text("text").empty())
    throw ConfigError("usage: train_student_bench --model DIR --text FILE [--python PYTHON]");
  return settings;
}

struct Batch {
  std::vector<std::vector<int32_t>> ids;
  at::Tensor targets;  ///< (B, D) unit rows
};

std::vector<Batch> read_batches(const Settings& settings, const nlp::BiLstmConfig& config) {
  const auto tokenizer = nlp::load_tokenizer(settings.text("model"));
  std::ifstream file(settings.text("text"));
  RandomStream stream(1, "targets");
  std::vector<Batch> batches(static_cast<size_t>(kBatches));
  for (Batch& batch : batches) {
    std::string line;
    while (static_cast<int64_t>(batch.ids.size()) < settings.number("batch") &&
           std::getline(file, line))
      batch.ids.push_back(nlp::student_ids(*tokenizer, line, config.max_length));
    if (static_cast<int64_t>(batch.ids.size()) < settings.number("batch"))
      throw DataError(settings.text("text") + ": too few lines for " + std::to_string(kBatches) +
                      " batches");
    batch.targets = at::empty({static_cast<int64_t>(batch.ids.size()), config.vector_width()});
    nlp::fill_normal(batch.targets, 1.0, stream);
    batch.targets = batch.targets / batch.targets.norm(2, {1}, true);
  }
  return batches;
}

/// Model, optimizer and one training step.
class Trainee {
 public:
  explicit Trainee(const nlp::BiLstmConfig& config) : encoder_(config) {
    encoder_->initialize(17);
    std::vector<nlp::Parameter> parameters;
    for (const auto& item : encoder_->named_parameters())
      parameters.push_back({item.key(), item.value()});
    optimizer_ = nlp::make_optimizer({}, parameters);
  }

  double step(const Batch& batch) {
    const nlp::TimeMajorBatch laid_out = nlp::time_major_batch(batch.ids);
    const at::Tensor vectors = encoder_->forward(laid_out).vector;
    const at::Tensor loss = (1 - (vectors * batch.targets).sum(1)).mean();
    nlp::clear_gradients(optimizer_->parameters());
    loss.backward();
    optimizer_->step(1e-3);
    return loss.item<double>();
  }

  const torch::nn::Module& module() const { return *encoder_; }

 private:
  nlp::BiLstmEncoder encoder_;
  std::unique_ptr<nlp::Optimizer> optimizer_;
};

void write_exchange(const std::filesystem::path& folder, const std::vector<Batch>& batches,
                    const torch::nn::Module& student) {
  nlp::save_state({&student}, folder / "student.safetensors");
  torch::nn::Module data;
  data.register_buffer("batches", at::tensor(kBatches));
  for (size_t i = 0; i < batches.size(); ++i) {
    std::vector<int64_t> ids, lengths;
    for (const std::vector<int32_t>& sentence : batches[i].ids) {
      ids.insert(ids.end(), sentence.begin(), sentence.end());
      lengths.push_back(static_cast<int64_t>(sentence.size()));
    }
    const std::string suffix = std::to_string(i);
    data.register_buffer("ids" + suffix, at::tensor(ids, at::kLong));
    data.register_buffer("lengths" + suffix, at::tensor(lengths, at::kLong));
    data.register_buffer("targets" + suffix, batches[i].targets);
  }
  nlp::save_state({&data}, folder / "batches.safetensors");
}

double seconds_of_round(Trainee& trainee, const std::vector<Batch>& batches, int64_t first) {
  const auto begin = std::chrono::steady_clock::now();
  for (int64_t i = first; i < first + kStepsOfRound; ++i)
    trainee.step(batches[static_cast<size_t>(i % kBatches)]);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Throws DataError when the two programs do not compute the same thing.
void compare_losses(PeerProcess& peer, const std::vector<Batch>& batches,
                    const nlp::BiLstmConfig& config) {
  std::istringstream answer(peer.ask("losses " + std::to_string(kComparedLosses)));
  Trainee trainee(config);
  for (int i = 0; i < kComparedLosses; ++i) {
    const double ours = trainee.step(batches[static_cast<size_t>(i)]);
    double theirs = NAN;
    answer >> theirs;
    std::printf("step %d: loss %.7f, peer %.7f\n", i, ours, theirs);
    if (!(std::abs(ours - theirs) <= kLossTolerance))
      throw DataError("the losses differ: nothing is timed");
  }
}

struct Rate {
  double least, median, greatest;
};

Rate rate(std::vector<double> seconds, double sentences) {
  std::sort(seconds.begin(), seconds.end());
  return {sentences / seconds.back(), sentences / seconds[seconds.size() / 2],
          sentences / seconds.front()};
}

int run(const Settings& settings) {
  set_thread_count(static_cast<int>(settings.number("threads")));
  at::set_num_threads(static_cast<int>(settings.number("threads")));
  const nlp::BiLstmConfig config;  // 128-wide embeddings, 256-wide BiLSTM, mean pooling
  const std::vector<Batch> batches = read_batches(settings, config);
  Trainee trainee(config);
  std::optional<PeerProcess> peer;
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("train_student." + std::to_string(getpid()));
  if (!settings.text("python").empty()) {
    std::filesystem::create_directories(folder);
    write_exchange(folder, batches, trainee.module());
    peer.emplace(std::vector<std::string>{settings.text("python"), LIMBECK_PEER, folder.string(),
                                          settings.text("threads")});
    compare_losses(*peer, batches, config);
  }
  double tokens = 0;
  for (const Batch& batch : batches)
    for (const auto& sentence : batch.ids) tokens += static_cast<double>(sentence.size());
  std::vector<double> ours, theirs;
  const int64_t rounds = settings.number("rounds");
  for (int64_t round = -1; round < rounds; ++round) {  // the first one warms up
    const double own = seconds_of_round(trainee, batches, (round + 1) * kStepsOfRound);
    double other = 0;
    if (peer)
      other = std::stod(peer->ask("time " + std::to_string((round + 1) * kStepsOfRound) + " " +
                                  std::to_string(kStepsOfRound)));
    if (round < 0) continue;
    ours.push_back(own);
    theirs.push_back(other);
  }
  const double sentences = static_cast<double>(settings.number("batch")) * kStepsOfRound;
  const Rate own = rate(ours, sentences);
  std::printf("float32, %d threads, batch %s, %.1f tokens a sentence, dense layers on '%s'\n",
              thread_count(), settings.text("batch").c_str(),
              tokens / static_cast<double>(kBatches * settings.number("batch")),
              std::string(nlp::product_library_name(nlp::product_library())).c_str());
  std::printf("limbeck  %7.0f sentences/s (%.0f to %.0f in %zu rounds)\n", own.median, own.least,
              own.greatest, ours.size());
  if (peer) {
    const Rate other = rate(theirs, sentences);
    std::printf("PyTorch  %7.0f sentences/s (%.0f to %.0f)\nratio    %.2f\n", other.median,
                other.least, other.greatest, own.median / other.median);
  }
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace limbeck::bench

int main(int argc, char** argv) {
  try {
    return limbeck::bench::run(limbeck::bench::parse(argc, argv));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "train_student_bench: %s\n", error.what());
    return 2;
  }
}
