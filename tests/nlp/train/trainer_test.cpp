#include "nlp/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <barrier>
#include <cmath>
#include <csignal>
#include <set>
#include <thread>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/product_precision.h"
#include "nlp/train/loss_term.h"
#include "nlp/train/scoped_default_seed.h"
#include "tests/nlp/train/toy_task.h"

namespace limbeck::nlp {
namespace {

using ::testing::ElementsAre;
namespace fs = std::filesystem;

std::vector<nlohmann::json> rows_of(const fs::path& output, const std::string& event) {
  std::vector<nlohmann::json> rows;
  std::ifstream file(output / "metrics.jsonl");
  for (std::string line; std::getline(file, line);) {
    rows.push_back(nlohmann::json::parse(line));
    if (rows.back()["event"] != event) rows.pop_back();
  }
  return rows;
}

template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "(nothing thrown)";
}

TEST(Trainer, Learns) {
  const ScratchDirectory output;
  ToyTask task;
  TrainerOptions options = toy_options();
  options.epochs = 30;
  options.learning_rate = 0.05;
  const double before = task.evaluate().at("mse");
  const TrainingResult result = train_toy(output.path, options, false, task);
  EXPECT_EQ(result.steps, 30 * 13);
  EXPECT_LT(task.evaluate().at("mse"), before / 10);
}

TEST(Trainer, EndsWithTheBestWeightsAndWritesThem) {
  const ScratchDirectory output;
  ToyTask task;
  task.scripted_scores = {0.1, 0.9, 0.3, 0.2};
  TrainerOptions options = toy_options();
  options.monitor = "score";
  options.higher_is_better = true;
  options.max_steps = 20;
  at::Tensor at_ten;
  task.before_loss = [&](StepContext& context) {
    if (context.step() == 10) at_ten = task.parameters()[0].tensor.detach().clone();
  };
  const TrainingResult result = train_toy(output.path, options, false, task);
  EXPECT_EQ(result.best_step, 10);
  EXPECT_EQ(result.best_value, 0.9);
  EXPECT_FALSE(result.is_stopped_early);
  EXPECT_TRUE(torch::equal(task.parameters()[0].tensor.detach(), at_ten));
  ToyTask loaded;
  load_parameters(output.path / "best" / "model.safetensors", loaded.parameters());
  EXPECT_TRUE(torch::equal(loaded.parameters()[0].tensor.detach(), at_ten));
}

TEST(Trainer, TakesStepsInItsDtypeAndEvaluatesInFloat32) {
  for (const char* dtype : {"float32", "bfloat16"}) {
    const ScratchDirectory output;
    ToyTask task;
    TrainerOptions options = toy_options();
    options.dtype = dtype;
    std::set<kernel::Arithmetic> in_steps;
    task.before_loss = [&](StepContext&) { in_steps.insert(kernel::product_precision()); };
    train_toy(output.path, options, false, task);
    EXPECT_THAT(in_steps,
                ElementsAre(dtype == std::string("bfloat16") ? kernel::Arithmetic::kBFloat16
                                                             : kernel::Arithmetic::kFloat32));
    EXPECT_THAT(task.precision_of_evaluations, ElementsAre(kernel::Arithmetic::kFloat32));
  }
}

TEST(Trainer, EvaluatesAndKeepsTheAverageOfTheWeights) {
  const ScratchDirectory output;
  TrainerOptions options = toy_options();
  options.monitor.clear();
  options.optimizer.ema_decay = 0.95;
  ToyTask trained, kept, raw;
  train_toy(output.path, options, false, trained);
  const double value = trained.evaluate().at("mse");
  load_parameters(output.path / "best/model.safetensors", kept.parameters());
  EXPECT_EQ(kept.evaluate().at("mse"), value);
  EXPECT_THAT(read_file(output.path / "metrics.jsonl"),
              testing::HasSubstr("\"mse\":" + nlohmann::json(value).dump() + "}"));
  load_parameters(output.path / "checkpoint-52/model.safetensors", raw.parameters());
  EXPECT_NE(raw.evaluate().at("mse"), value);
}

TEST(Trainer, StopsEarlyAfterPatienceEvaluationsWithoutGain) {
  const ScratchDirectory output;
  ToyTask task;
  task.scripted_scores = {0.5, 0.7, 0.7, std::nan(""), 0.6};
  TrainerOptions options = toy_options();
  options.monitor = "score";
  options.higher_is_better = true;
  options.patience = 3;
  const TrainingResult result = train_toy(output.path, options, false, task);
  EXPECT_EQ(result.steps, 25);
  EXPECT_EQ(result.best_step, 10);
  EXPECT_TRUE(result.is_stopped_early);
}

TEST(Trainer, KeepsTheLastCheckpoints) {
  const ScratchDirectory output;
  ToyTask task;
  TrainerOptions options = toy_options();
  options.keep_last = 3;
  options.max_steps = 22;
  train_toy(output.path, options, false, task);
  EXPECT_THAT(CheckpointStore(output.path, 3, {}, {}).steps(), ElementsAre(16, 20, 22));
  remove_training_state(output.path);
  EXPECT_TRUE(CheckpointStore(output.path, 3, {}, {}).steps().empty());
  EXPECT_FALSE(fs::exists(output.path / "best.safetensors"));
  EXPECT_TRUE(fs::exists(output.path / "best" / "model.safetensors"));
}

TEST(Trainer, LogsMeansOverTheRowsSteps) {
  const ScratchDirectory output;
  ToyTask task;
  TrainerOptions options = toy_options();
  options.max_steps = 10;
  options.log_every = 5;
  std::vector<double> noise;
  task.before_loss = [&](StepContext& context) {
    noise.push_back(context.stream("noise").uniform());
  };
  train_toy(output.path, options, false, task);
  const auto rows = rows_of(output.path, "train");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1]["step"], 10);
  EXPECT_NEAR(rows[0]["noise"].get<double>(),
              (noise[0] + noise[1] + noise[2] + noise[3] + noise[4]) / 5, 1e-12);
  EXPECT_EQ(rows_of(output.path, "eval").size(), 2u);
}

TEST(Trainer, PiecesOfABatchAddUpToIt) {
  const ScratchDirectory one, four;
  ToyTask whole, pieces;
  whole.dropout = pieces.dropout = 0;
  TrainerOptions options = toy_options();
  options.max_steps = 10;
  train_toy(one.path, options, false, whole);
  options.micro_batch_size = 5;  // 16 = 5 + 5 + 5 + 1
  train_toy(four.path, options, false, pieces);
  // Sums in another order: Adam turns a relative gradient error of 1e-6 into at most that share of
  // the rate, a step.
  EXPECT_TRUE(
      torch::allclose(whole.parameters()[0].tensor, pieces.parameters()[0].tensor, 1e-4, 1e-5));
}

TEST(Trainer, TwoProcessesDoWhatOneDoes) {
  const ScratchDirectory alone, shared;
  ToyTask whole;
  whole.dropout = 0;
  TrainerOptions options = toy_options();
  options.max_steps = 10;
  options.monitor.clear();
  train_toy(alone.path, options, false, whole);

  ToyTask tasks[2];
  std::vector<Parameter> gradients[2];
  std::barrier barrier(2);
  const auto sum = [&](int64_t rank, const std::vector<Parameter>& parameters) {
    gradients[rank] = parameters;
    barrier.arrive_and_wait();
    std::vector<at::Tensor> sums;
    for (size_t i = 0; i < 2; ++i)
      sums.push_back(gradients[0][i].tensor.grad() + gradients[1][i].tensor.grad());
    barrier.arrive_and_wait();
    for (size_t i = 0; i < 2; ++i) parameters[i].tensor.mutable_grad() = sums[i];
  };
  const auto run = [&](int64_t rank) {
    tasks[rank].dropout = 0;
    TrainerConnections connections;
    connections.output = shared.path;
    connections.rank = rank;
    connections.world_size = 2;
    connections.sum_gradients = [&, rank](const auto& parameters) { sum(rank, parameters); };
    Trainer(options, tasks[rank], connections).run(false);
  };
  std::thread second(run, 1);
  run(0);
  second.join();
  EXPECT_TRUE(torch::equal(tasks[0].parameters()[0].tensor, tasks[1].parameters()[0].tensor));
  EXPECT_TRUE(
      torch::allclose(whole.parameters()[0].tensor, tasks[0].parameters()[0].tensor, 1e-4, 1e-5));
}

TEST(Trainer, DropoutDependsOnSeedAndStepAlone) {
  torch::manual_seed(77);
  const at::Tensor expected_next = torch::rand({4});
  torch::manual_seed(77);
  const ScratchDirectory first, second;
  ToyTask a, b;  // their constructors seed the default generator
  TrainerOptions options = toy_options();
  options.max_steps = 6;
  torch::manual_seed(77);
  train_toy(first.path, options, false, a);
  EXPECT_TRUE(
      torch::equal(torch::rand({4}), expected_next));  // the caller's generator is untouched
  train_toy(second.path, options, false, b);
  EXPECT_TRUE(torch::equal(a.parameters()[0].tensor, b.parameters()[0].tensor));
}

TEST(Trainer, TheLibrarysOwnThreadsDoNotChangeABit) {
  const int torch_threads = at::get_num_threads(), threads = thread_count();
  at::set_num_threads(1);
  std::vector<at::Tensor> tables;
  for (const int count : {1, 2}) {
    set_thread_count(count);
    const ScratchDirectory output;
    ToyTask task(3000, 64);
    TrainerOptions options = toy_options();
    options.max_steps = 8;
    train_toy(output.path, options, false, task);
    tables.push_back(task.parameters()[0].tensor.detach());
  }
  set_thread_count(threads);
  at::set_num_threads(torch_threads);
  EXPECT_TRUE(torch::equal(tables[0], tables[1]));
}

TEST(Trainer, DropoutMasksDoNotDependOnLibTorchsThreads) {
  const int before = at::get_num_threads();
  std::vector<at::Tensor> masks;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    const ScopedDefaultSeed seed(123);
    masks.push_back(torch::dropout(torch::ones({300, 1000}), 0.3, true));
  }
  at::set_num_threads(before);
  EXPECT_TRUE(torch::equal(masks[0], masks[1]));
}

TEST(Trainer, InterruptSavesAndSaysHowToResume) {
  const ScratchDirectory whole, stopped;
  ToyTask reference, task, resumed;
  TrainerOptions options = toy_options();
  options.max_steps = 20;
  train_toy(whole.path, options, false, reference);
  task.before_loss = [](StepContext& context) {
    if (context.step() == 9) set_interrupt_signal(SIGTERM);
  };
  try {
    train_toy(stopped.path, options, false, task);
    ADD_FAILURE() << "not interrupted";
  } catch (const Interrupted& interrupted) {
    EXPECT_EQ(interrupted.what(),
              "limbeck distill --resume --output " + stopped.path.filename().string());
    EXPECT_EQ(interrupted.signal(), SIGTERM);
  }
  set_interrupt_signal(0);
  EXPECT_TRUE(fs::exists(stopped.path / "checkpoint-10" / "trainer_state.json"));
  train_toy(stopped.path, options, true, resumed);
  EXPECT_TRUE(torch::equal(resumed.parameters()[0].tensor, reference.parameters()[0].tensor));
  EXPECT_EQ(read_file(whole.path / "metrics.jsonl"), read_file(stopped.path / "metrics.jsonl"));
}

TEST(Trainer, AnInterruptedEvaluationLosesNoStep) {
  const ScratchDirectory whole, stopped;
  ToyTask reference, task, resumed;
  TrainerOptions options = toy_options();
  options.max_steps = 20;
  options.eval_every = 7;
  options.checkpoint_every = 100;
  train_toy(whole.path, options, false, reference);
  int evaluations = 0;
  task.before_evaluation = [&] {
    if (++evaluations == 2) throw Interrupted("interrupted", SIGTERM);
  };
  EXPECT_THROW(train_toy(stopped.path, options, false, task), Interrupted);
  EXPECT_TRUE(fs::exists(stopped.path / "checkpoint-14" / "trainer_state.json"));
  int64_t first_step = -1;
  resumed.before_loss = [&](StepContext& context) {
    if (first_step < 0) first_step = context.step();
  };
  train_toy(stopped.path, options, true, resumed);
  EXPECT_EQ(first_step, 14);
  EXPECT_TRUE(torch::equal(resumed.parameters()[0].tensor, reference.parameters()[0].tensor));
  EXPECT_EQ(read_file(whole.path / "metrics.jsonl"), read_file(stopped.path / "metrics.jsonl"));
}

TEST(Trainer, LossThatIsNotANumberStopsTheRun) {
  const ScratchDirectory output;
  ToyTask task;
  task.before_loss = [&](StepContext& context) {
    if (context.step() == 6) task.loss_factor = std::nan("");
  };
  EXPECT_EQ(
      message_of([&] { train_toy(output.path, toy_options(), false, task); }),
      "training diverged: the loss at step 7 is nan (start anew with a lower learning_rate, a "
      "longer warmup or a clip_norm; last good state: " +
          (output.path / "checkpoint-4").string() + ")");
  EXPECT_TRUE(fs::exists(output.path / "checkpoint-4" / "model.safetensors"));
}

TEST(Trainer, InfiniteLossAtTheFirstStepSaysThatNothingIsSaved) {
  const ScratchDirectory output;
  ToyTask task;
  task.loss_factor = 1e300;
  EXPECT_EQ(message_of([&] { train_toy(output.path, toy_options(), false, task); }),
            "training diverged: the loss at step 1 is infinite (start anew with a lower "
            "learning_rate, a longer warmup or a clip_norm; there is no checkpoint yet)");
}

TEST(Trainer, NamesTheMetricsWhenTheMonitoredOneIsAbsent) {
  const ScratchDirectory output;
  ToyTask task;
  TrainerOptions options = toy_options();
  options.monitor = "accuracy";
  EXPECT_EQ(message_of([&] { train_toy(output.path, options, false, task); }),
            "monitor: expected one of mse; got 'accuracy'");
}

TEST(TrainerOptions, AreOneFlatListAndCheckEachField) {
  TrainerOptions options;
  options_from_json(options, nlohmann::json{{"beta2", 0.98}, {"schedule", "cosine"}}, "config");
  EXPECT_EQ(options.optimizer.beta2, 0.98);
  EXPECT_EQ(options.schedule.schedule, "cosine");
  options.learning_rate = -1;
  EXPECT_EQ(message_of([&] { options.validate(); }), "learning_rate: expected a value > 0, got -1");
  options.learning_rate = 1;
  options.dtype = "float16";
  EXPECT_EQ(message_of([&] { options.validate(); }),
            "dtype: expected float32 or bfloat16, got 'float16'");
  options.dtype = "bfloat16";
  options.patience = 2;
  EXPECT_EQ(message_of([&] { options.validate(); }),
            "patience: expected a metric in monitor, got none");
}

TEST(LossTerm, SumIsWeightedScheduledAndLoggedByName) {
  std::map<std::string, RunningMean> values;
  StepContext context(1, 5, 0, 0, 4, 0.5, values);
  const auto constant = [](float value) {
    return [=](const int&, const int&) { return torch::tensor(value); };
  };
  const std::vector<LossTerm<int, int>> terms = {
      {"cosine", 2.0, {}, constant(3)},
      {"fair", 1.0, [](double progress) { return progress; }, constant(8)},
      {"off", 0.0, {}, constant(100)}};
  EXPECT_EQ((sum_of_terms<int, int>(terms, 0, 0, context).item<float>()), 2 * 3 + 0.5f * 8);
  EXPECT_EQ(values.size(), 2u);
  EXPECT_EQ(values["loss/fair"].sum / values["loss/fair"].weight, 8);
}

TEST(StepContext, StreamsDependOnSeedStepPieceAndName) {
  std::map<std::string, RunningMean> values;
  const auto seed = [&](uint64_t run, int64_t step, int64_t part, const char* name) {
    return StepContext(run, step, 0, part, 1, 0, values).seed(name);
  };
  EXPECT_EQ(seed(1, 2, 3, "mask"), seed(1, 2, 3, "mask"));
  EXPECT_NE(seed(1, 2, 3, "mask"), seed(2, 2, 3, "mask"));
  EXPECT_NE(seed(1, 2, 3, "mask"), seed(1, 3, 3, "mask"));
  EXPECT_NE(seed(1, 2, 3, "mask"), seed(1, 2, 4, "mask"));
  EXPECT_NE(seed(1, 2, 3, "mask"), seed(1, 2, 3, "noise"));
}

}  // namespace
}  // namespace limbeck::nlp
