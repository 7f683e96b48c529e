#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nlp/core/json_file.h"
#include "tests/cli/small_word_model.h"
#include "tests/cli/spawn.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

/// Runs of one small model in folders of their own.
class CertifyShards : public testing::Test {
 protected:
  Outcome certify(const std::string& output, std::vector<std::string> more) const {
    std::vector<std::string> words = {"certify", "--model",   small_.model, "--heads",   "2",
                                      "--data",  small_.data, "--output",   path(output)};
    words.insert(words.end(), more.begin(), more.end());
    return limbeck(words);
  }

  Outcome merge(std::vector<std::string> folders, const std::string& output) const {
    std::vector<std::string> words = {"certify", "--merge"};
    for (const std::string& folder : folders) words.push_back(path(folder));
    words.insert(words.end(), {"--output", path(output)});
    return limbeck(words);
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string items(const std::string& name) const {
    return read_file(path(name) + "/items.jsonl");
  }

  TemporaryDirectory folder_;
  SmallWordModel small_{folder_};
};

TEST_F(CertifyShards, MergedGiveTheBytesOfTheWholeRunAndItsReport) {
  for (const std::vector<std::string>& what :
       {std::vector<std::string>{"--budget", "2"},
        {"--norm", "inf", "--explain"},
        {"--budget", "1", "--arith", "rigorous", "--certificate"}}) {
    const auto with_shard = [&](const char* shard) {
      std::vector<std::string> words = what;
      if (*shard != 0) words.insert(words.end(), {"--shard", shard});
      words.push_back("--overwrite");
      return words;
    };
    ASSERT_EQ(certify("whole", with_shard("")).exit_code, 0);
    ASSERT_EQ(certify("b", with_shard("1/2")).exit_code, 0);
    ASSERT_EQ(certify("a", with_shard("0/2")).exit_code, 0);
    fs::remove_all(path("merged"));
    const Outcome merged = merge({"b", "a"}, "merged");
    ASSERT_EQ(merged.exit_code, 0) << merged.error;
    EXPECT_EQ(items("merged"), items("whole"));
    const nlohmann::json whole = read_json_file(path("whole") + "/report.json"),
                         joined = read_json_file(path("merged") + "/report.json");
    EXPECT_EQ(joined["results"], whole["results"]);
    EXPECT_EQ(joined["summary"], whole["summary"]);
    EXPECT_TRUE(fs::exists(path("merged") + "/report.html"));
    const Outcome checked = limbeck({"check-certificate", path("merged")});
    const bool has_proofs = what.back() == "--certificate";
    EXPECT_EQ(checked.exit_code, has_proofs ? 0 : 3) << checked.output;
    EXPECT_EQ(std::ranges::count(checked.output, '\n'),
              has_proofs ? whole["results"]["certificates"].get<int64_t>() : 0);
  }
}

TEST_F(CertifyShards, RefusesWhatIsNotOneRun) {
  ASSERT_EQ(certify("a", {"--budget", "1", "--shard", "0/2"}).exit_code, 0);
  ASSERT_EQ(certify("b", {"--budget", "1", "--shard", "1/2"}).exit_code, 0);
  ASSERT_EQ(certify("other", {"--budget", "2", "--shard", "1/2"}).exit_code, 0);
  ASSERT_EQ(certify("third", {"--budget", "1", "--shard", "1/3"}).exit_code, 0);
  const auto refused = [&](std::vector<std::string> folders) {
    const Outcome outcome = merge(std::move(folders), "merged");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_FALSE(fs::exists(path("merged")));
    return outcome.error;
  };
  EXPECT_EQ(refused({"a", "other"}),
            "limbeck: --merge: expected shards of the same options, got 'budget' 1 in " +
                path("a") + " and 2 in " + path("other") + "\n");
  EXPECT_EQ(refused({"a", "third"}),
            "limbeck: --merge: expected shards of one division, got 0/2 in " + path("a") +
                " and 1/3 in " + path("third") + "\n");
  EXPECT_EQ(refused({"a"}), "limbeck: --merge: shard 1/2 is missing\n");
  EXPECT_EQ(refused({"a", "b", "a"}),
            "limbeck: --merge: shard 0/2 is in both " + path("a") + " and " + path("a") + "\n");
  nlohmann::ordered_json record = read_json_file(path("b") + "/run.json");
  record["ended"] = nullptr;
  write_json_file(path("b") + "/run.json", record);
  EXPECT_EQ(refused({"a", "b"}), "limbeck: --merge: " + path("b") +
                                     " is not finished (continue its run with --resume)\n");
  EXPECT_EQ(merge({"a", "absent"}, "merged").exit_code, 3);
}

TEST_F(CertifyShards, RefusesShardsOfOtherDataAndWrongItems) {
  ASSERT_EQ(certify("a", {"--budget", "1", "--shard", "0/2"}).exit_code, 0);
  ASSERT_EQ(certify("b", {"--budget", "1", "--shard", "1/2"}).exit_code, 0);
  const std::string whole = items("a");
  write_file_atomic(path("a") + "/items.jsonl", whole.substr(whole.find('\n') + 1));
  EXPECT_EQ(merge({"a", "b"}, "merged").error, "limbeck: --merge: item 0 is missing\n");
  write_file_atomic(path("a") + "/items.jsonl", items("b"));
  EXPECT_EQ(merge({"a", "b"}, "merged").error,
            "limbeck: " + path("a") + "/items.jsonl: item 1 does not belong to shard 0/2\n");
  folder_.write("data.json", R"([{"sentence": "good", "label": 0}])");
  ASSERT_EQ(certify("c", {"--budget", "1", "--shard", "0/2"}).exit_code, 0);
  EXPECT_EQ(merge({"b", "c"}, "merged").error,
            "limbeck: --merge: expected shards of the same model and data, got others in " +
                path("c") + " than in " + path("b") + "\n");
}

TEST_F(CertifyShards, SaysWhatDoesNotGoTogether) {
  const Outcome outcome =
      limbeck({"certify", "--merge", path("a"), "--shard", "0/2", "--output", path("merged")});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error, "limbeck: --merge: expected no --shard beside it, got '0/2'\n");
}

}  // namespace
}  // namespace limbeck::test
