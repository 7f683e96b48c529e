#include "tests/cli/finetuning.h"

#include "tests/cli/distillation.h"

namespace limbeck::test {
namespace {

/// A labelled TSV of the tiny teacher's words.
std::string labelled(int count, unsigned seed) {
  std::string table = "sentence\tlabel\n";
  const std::string text = tiny_text(count, seed);
  for (size_t begin = 0, row = 0; begin < text.size(); ++row) {
    const size_t end = text.find('\n', begin);
    table += text.substr(begin, end - begin) + (row % 2 == 0 ? "\tyes\n" : "\tno\n");
    begin = end + 1;
  }
  return table;
}

}  // namespace

Finetuning::Finetuning() : model(tiny_teacher()) {
  folder_.write("train.tsv", labelled(60, 1));
  folder_.write("dev.tsv", labelled(20, 2));
}

void Finetuning::take_student() {
  model = small_student();
  std::string table = "sentence\tlabel\n";
  for (int i = 0; i < 40; ++i)
    table += std::string(i % 2 == 0 ? "the film is good" : "a dull movie") + (i % 3 ? " ." : " !") +
             (i % 2 == 0 ? "\tyes\n" : "\tno\n");
  folder_.write("train.tsv", table);
  folder_.write("dev.tsv", table);
}

std::vector<std::string> Finetuning::words(const std::string& output,
                                           const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"finetune",
                                    "--model",
                                    model,
                                    "--train",
                                    folder_ / "train.tsv",
                                    "--dev",
                                    folder_ / "dev.tsv",
                                    "--output",
                                    folder_ / output,
                                    "--epochs",
                                    "12",
                                    "--batch-size",
                                    "4",
                                    "--checkpoint-every",
                                    "5",
                                    "--log-every",
                                    "3",
                                    "--eval-every",
                                    "7",
                                    "--threads",
                                    "2",
                                    "--progress",
                                    "never"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Outcome Finetuning::run(const std::string& output, const std::vector<std::string>& more,
                        const SpawnOptions& options) const {
  return limbeck(words(output, more), options);
}

}  // namespace limbeck::test
