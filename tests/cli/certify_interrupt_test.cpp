#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "tests/cli/small_word_model.h"
#include "tests/cli/spawn.h"
#include "tests/cli/stopped_run.h"

namespace limbeck::test {
namespace {

// The signal used to be heard only after 128 sentences.
TEST(CertifyInterrupt, ASignalInsideARadiusSearchKeepsWhatIsDecidedAndResumes) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  std::string sentence;
  for (int i = 0; i < 12; ++i)
    sentence += std::string(i == 0 ? "" : " ") + (i % 3 == 0 ? "good" : "film");
  std::string both;
  for (const char* label : {"0", "1"})
    both += std::string(both.empty() ? "" : ", ") + R"({"sentence": ")" + sentence +
            R"(", "label": )" + label + "}";
  const std::string data =
      folder.write("long.json", "[" + both + ", " + both + ", " + both + "]").string();
  const auto run = [&](const std::string& name, bool is_resumed, const SpawnOptions& spawned) {
    std::vector<std::string> words = {"certify",
                                      "--model",
                                      small.model,
                                      "--heads",
                                      "2",
                                      "--data",
                                      data,
                                      "--method",
                                      "alpha-crown-ibp",
                                      "--alpha-iterations",
                                      "20",
                                      "--output",
                                      (folder / name).string()};
    if (is_resumed) words.push_back("--resume");
    return limbeck(words, spawned);
  };
  const std::filesystem::path items = folder / "stopped" / "items.jsonl";
  std::chrono::steady_clock::time_point sent;
  const Outcome stopped = run_until_stopped(folder / "stopped", [&] {
    return run("stopped", false,
               {.stop_when =
                    [&] {
                      std::error_code ignored;
                      const uintmax_t size = std::filesystem::file_size(items, ignored);
                      sent = std::chrono::steady_clock::now();
                      return !ignored && size > 0;
                    },
                .stop_signal = SIGINT});
  });
  const std::chrono::duration<double> waited = std::chrono::steady_clock::now() - sent;
  EXPECT_EQ(stopped.exit_code, 130);
  EXPECT_THAT(stopped.error, testing::EndsWith("--resume\n"));
  EXPECT_THAT(stopped.error,
              testing::HasSubstr("limbeck: interrupted, the state is saved; continue with: limbeck "
                                 "certify --model " +
                                 small.model));
  EXPECT_LT(waited.count(), 5);
  EXPECT_LT(lines_of((folder / "stopped").string()).size(), 6u);
  ASSERT_EQ(run("stopped", true, {}).exit_code, 0);
  ASSERT_EQ(run("whole", false, {}).exit_code, 0);
  EXPECT_EQ(read_file(items), read_file(folder / "whole" / "items.jsonl"));
}

}  // namespace
}  // namespace limbeck::test
