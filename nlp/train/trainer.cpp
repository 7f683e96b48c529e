#include "nlp/train/trainer.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/options.h"
#include "nlp/kernel/product_precision.h"
#include "nlp/train/optimizer/gradient_norm.h"
#include "nlp/train/scoped_default_seed.h"

namespace limbeck::nlp {
namespace {

TrainerOptions validated(TrainerOptions options) {
  options.validate();
  return options;
}

BatchSamplerOptions sampler_options(const TrainerOptions& options, const TrainerConnections& to) {
  return {options.batch_size, options.bucket_batches, true, options.seed, to.rank, to.world_size};
}

/// Progress with loss, learning rate and speed; the speed counts this process only.
class ProgressLine {
 public:
  ProgressLine(const std::string& label, int64_t total, ProgressMode mode, int64_t first)
      : progress_(label, total, mode), first_(first), start_(std::chrono::steady_clock::now()) {}

  void update(int64_t step, double loss, double rate, int64_t batch_size) {
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    char detail[96];
    std::snprintf(detail, sizeof detail, "loss %.4f  lr %.2e  %.0f examples/s", loss, rate,
                  static_cast<double>((step - first_) * batch_size) / std::max(seconds, 1e-9));
    last_detail_ = detail;
    progress_.update(step, last_detail_);
  }
  void finish() { progress_.finish(last_detail_); }

  /// The values of an evaluation, so that a model that learns nothing is seen at once.
  void show(int64_t step, const EvaluationResult& result) {
    std::string line = "evaluation at step " + std::to_string(step);
    const char* separator = ": ";
    for (const auto& [name, value] : result) {
      char text[64];
      std::snprintf(text, sizeof text, " %.4f", value);
      line += separator + name + text;
      separator = ", ";
    }
    progress_.say(line);
  }

 private:
  Progress progress_;
  int64_t first_;
  std::chrono::steady_clock::time_point start_;
  std::string last_detail_;
};

/// While it lives, the parameters are their averages, where the optimizer keeps any.
class AveragedWeights {
 public:
  explicit AveragedWeights(Optimizer& optimizer) : optimizer_(optimizer) {
    optimizer_.exchange_average();
  }
  ~AveragedWeights() { optimizer_.exchange_average(); }
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  Optimizer& optimizer_;
};

}  // namespace

nlohmann::ordered_json identity_of(const TrainerOptions& options,
                                   const TrainerConnections& connections) {
  nlohmann::ordered_json json = options_to_json(options);
  json.erase("checkpoint_every");
  json.erase("keep_last");
  if (options.dtype == "float32") json.erase("dtype");  // runs from before the option go on
  if (connections.identity.is_object()) json.update(connections.identity);
  json["world_size"] = connections.world_size;
  return json;
}

Trainer::Trainer(TrainerOptions options, TrainingTask& task, TrainerConnections connections)
    : options_(validated(std::move(options))),
      task_(task),
      connections_(std::move(connections)),
      parameters_(task.parameters()),
      optimizer_(make_optimizer(options_.optimizer, parameters_)),
      sampler_(sampler_options(options_, connections_), task.example_count(), task.lengths()),
      checkpoints_(connections_.output, options_.keep_last, identity_of(options_, connections_),
                   connections_.notice),
      total_steps_(options_.epochs * sampler_.batches_per_epoch()) {
  if (connections_.world_size > 1 && !connections_.sum_gradients)
    throw ConfigError("world_size: expected sum_gradients for " +
                      std::to_string(connections_.world_size) + " processes, got none");
  if (options_.max_steps > 0) total_steps_ = std::min(total_steps_, options_.max_steps);
}

Trainer::~Trainer() = default;

void Trainer::restore(bool resume) {
  state_ = TrainerState();
  if (resume) {
    if (std::optional<TrainerState> found = checkpoints_.load_latest(parameters_, *optimizer_)) {
      state_ = std::move(*found);
      is_saved_ = true;
    } else if (connections_.notice) {
      connections_.notice(connections_.output.string() + ": no checkpoint yet, starts from step 0");
    }
    if (state_.step > 0 && state_.torch_threads != at::get_num_threads() && connections_.notice)
      connections_.notice("the checkpoint was made with " + std::to_string(state_.torch_threads) +
                          " LibTorch threads, now " + std::to_string(at::get_num_threads()) +
                          ": results may differ by rounding");
  }
  if (connections_.metrics && writes()) connections_.metrics->resume_at(state_.metrics_position);
}

TrainingResult Trainer::run(bool resume) {
  restore(resume);
  const bool was_finished = state_.is_finished;
  ProgressLine progress(connections_.label, total_steps_, connections_.progress, state_.step);
  const auto is_last = [&] { return state_.step == total_steps_; };
  while (!state_.is_finished) {
    if (!state_.awaits_evaluation) {
      take_step();
      progress.update(state_.step, last_loss_, last_rate_, options_.batch_size);
      if (is_last() || state_.step % options_.log_every == 0) write_train_row(last_rate_);
      state_.awaits_evaluation = is_last() || is_due(options_.eval_every);
    }
    if (state_.awaits_evaluation) progress.show(state_.step, evaluate_or_save());
    if (is_last()) state_.is_finished = true;
    if (state_.is_finished || is_due(options_.checkpoint_every)) save_checkpoint();
    stop_if_interrupted();
  }
  progress.finish();
  if (state_.best_step != state_.step || optimizer_->has_average())
    checkpoints_.load_best(parameters_);
  return {state_.step, state_.best_step, state_.best_value, state_.step < total_steps_,
          was_finished};
}

/// Every `every` steps, or at the end of each epoch when it is 0.
bool Trainer::is_due(int64_t every) const {
  return every > 0 ? state_.step % every == 0 : state_.batch == 0;
}

void Trainer::take_step() {
  last_rate_ =
      options_.learning_rate * schedule_factor(options_.schedule, state_.step, total_steps_);
  clear_gradients(parameters_);
  last_loss_ = accumulate_gradients();
  if (connections_.world_size > 1) connections_.sum_gradients(parameters_);
  const double norm = gradient_norm(parameters_);
  if (!std::isfinite(norm)) fail_not_finite("norm of the gradients", norm);
  state_.pending["grad_norm"].add(norm, 1);
  optimizer_->step(last_rate_, clip_factor(norm, options_.clip_norm));
  clear_gradients(parameters_);
  is_saved_ = false;
  ++state_.step;
  if (++state_.batch == sampler_.batches_per_epoch()) {
    state_.batch = 0;
    ++state_.epoch;
  }
}

/// Each piece counts by its share of the whole batch, so that pieces and processes add up to the
/// mean.
double Trainer::accumulate_gradients() {
  const std::vector<int64_t> batch = sampler_.batch(state_.epoch, state_.batch);
  const double whole = static_cast<double>(sampler_.global_batch_size(state_.epoch, state_.batch));
  const size_t piece = options_.micro_batch_size > 0
                           ? static_cast<size_t>(options_.micro_batch_size)
                           : std::max<size_t>(batch.size(), 1);
  const double progress = static_cast<double>(state_.step) / static_cast<double>(total_steps_);
  const at::AutoGradMode with_gradients(true);
  const kernel::ScopedProductPrecision precision(
      options_.dtype == "bfloat16" ? kernel::Arithmetic::kBFloat16 : kernel::Arithmetic::kFloat32);
  RunningMean mean;
  for (size_t begin = 0, part = 0; begin < batch.size(); begin += piece, ++part) {
    const std::vector<int64_t> examples(
        batch.begin() + static_cast<int64_t>(begin),
        batch.begin() + static_cast<int64_t>(std::min(begin + piece, batch.size())));
    const double count = static_cast<double>(examples.size());
    StepContext context(options_.seed, state_.step, state_.epoch, static_cast<int64_t>(part), count,
                        progress, state_.pending);
    const ScopedDefaultSeed seed(context.seed("default-generator"));
    const at::Tensor loss = task_.loss(examples, context);
    const double value = loss.item().toDouble();
    if (!std::isfinite(value)) fail_not_finite("loss", value);
    mean.add(value, count);
    (loss * (count / whole)).backward();
  }
  if (mean.weight == 0) return last_loss_;
  state_.pending["loss"].add(mean.sum / mean.weight, mean.weight);
  return mean.sum / mean.weight;
}

void Trainer::fail_not_finite(const std::string& what, double value) const {
  const std::vector<int64_t> steps = checkpoints_.steps();
  throw InconclusiveError(
      "training diverged: the " + what + " at step " + std::to_string(state_.step + 1) + " is " +
      (std::isnan(value) ? "nan" : "infinite") +
      " (start anew with a lower learning_rate, a longer warmup or a clip_norm; " +
      (steps.empty() ? "there is no checkpoint yet"
                     : "last good state: " + checkpoints_.path(steps.back()).string()) +
      ")");
}

/// An evaluation that is interrupted is made again, the steps before it are not.
EvaluationResult Trainer::evaluate_or_save() {
  try {
    EvaluationResult result = evaluate();
    state_.awaits_evaluation = false;
    is_saved_ = false;
    return result;
  } catch (const Interrupted& stop) {
    save_checkpoint();
    throw Interrupted(connections_.resume_line.empty() ? stop.what() : connections_.resume_line,
                      stop.signal());
  }
}

EvaluationResult Trainer::evaluate() {
  const AveragedWeights averaged(*optimizer_);
  EvaluationResult result;
  {
    const ScopedDefaultSeed seed(options_.seed);
    const at::NoGradGuard no_gradients;
    result = task_.evaluate();
  }
  nlohmann::ordered_json row = {{"event", "eval"}, {"step", state_.step}, {"epoch", state_.epoch}};
  for (const auto& [name, value] : result) row[name] = value;
  write_row(row);
  if (options_.monitor.empty()) {
    if (state_.step == total_steps_) keep_as_best();
    return result;
  }
  const auto monitored = result.find(options_.monitor);
  if (monitored == result.end()) {
    std::string known;
    for (const auto& [name, value] : result) known += (known.empty() ? "" : ", ") + name;
    throw ConfigError("monitor: expected one of " + known + "; got '" + options_.monitor + "'");
  }
  const double value = monitored->second;
  const bool is_gain =
      std::isfinite(value) &&
      (state_.best_step < 0 ||
       (options_.monitors_upwards() ? value > state_.best_value : value < state_.best_value));
  if (is_gain) {
    state_.best_value = value;
    state_.evaluations_without_gain = 0;
    keep_as_best();
  } else if (++state_.evaluations_without_gain >= options_.patience && options_.patience > 0) {
    state_.is_finished = true;
  }
  if (state_.best_step < 0 && (state_.is_finished || state_.step == total_steps_)) keep_as_best();
  return result;
}

void Trainer::keep_as_best() {
  state_.best_step = state_.step;
  if (!writes()) return;
  checkpoints_.save_best(parameters_);
  const std::filesystem::path building = connections_.output / ".checkpoint-best.new";
  std::filesystem::remove_all(building);
  std::error_code code;
  std::filesystem::create_directories(building, code);
  if (code) throw DataError(building.string() + ": cannot create: " + code.message());
  try {
    const at::NoGradGuard no_gradients;
    task_.save_model(building);
    replace_directory(building, connections_.output / "best");
  } catch (...) {
    std::filesystem::remove_all(building, code);
    throw;
  }
}

void Trainer::write_train_row(double learning_rate) {
  nlohmann::ordered_json row = {{"event", "train"},
                                {"step", state_.step},
                                {"epoch", state_.epoch},
                                {"learning_rate", learning_rate}};
  for (const auto& [name, mean] : state_.pending) row[name] = mean.sum / mean.weight;
  state_.pending.clear();
  write_row(row);
}

void Trainer::write_row(const nlohmann::ordered_json& row) {
  if (connections_.metrics && writes()) connections_.metrics->write(row);
}

void Trainer::save_checkpoint() {
  if (is_saved_ || !writes()) return;
  if (connections_.metrics) state_.metrics_position = connections_.metrics->position();
  state_.torch_threads = at::get_num_threads();
  checkpoints_.save(state_, parameters_, *optimizer_);
  is_saved_ = true;
}

void Trainer::stop_if_interrupted() {
  const int signal = interrupt_signal();
  if (signal == 0 || state_.is_finished) return;
  save_checkpoint();
  const std::string where = checkpoints_.path(state_.step).string();
  throw Interrupted(connections_.resume_line.empty() ? "interrupted; the state is in " + where
                                                     : connections_.resume_line,
                    signal);
}

}  // namespace limbeck::nlp
