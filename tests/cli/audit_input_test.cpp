#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

/// Input that an audit cannot make sense of: one line, the exit code of the design, and nothing
/// lost of what was produced.
namespace limbeck::test {
namespace {

namespace fs = std::filesystem;

const std::string kGolden = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden";

class AuditInput : public testing::Test {
 protected:
  Outcome audit(const std::string& sets, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"audit",
                                      "--model",
                                      kGolden + "/causal/llama",
                                      "--templates",
                                      folder_.write("sets.json", sets),
                                      "--lexicon",
                                      lexicon_,
                                      "--permutations",
                                      "99",
                                      "--progress",
                                      "never",
                                      "--output",
                                      folder_ / "out"};
    if (std::ranges::count(more, "--count") == 0) words.insert(words.end(), {"--count", "4"});
    if (std::ranges::count(more, "--max-tokens") == 0)
      words.insert(words.end(), {"--max-tokens", "6"});
    words.insert(words.end(), more.begin(), more.end());
    return limbeck(words);
  }

  /// Exit code and message; nothing may be written.
  std::string refusal(const std::string& sets) const {
    const Outcome outcome = audit(sets);
    EXPECT_EQ(outcome.output, "");
    EXPECT_FALSE(fs::exists(folder_ / "out"));
    return std::to_string(outcome.exit_code) + " " + outcome.error;
  }

  std::string in_sets(const std::string& message) const {
    return "3 limbeck: " + (folder_ / "sets.json").string() + ": " + message + "\n";
  }

  TemporaryDirectory folder_;
  std::string lexicon_ = folder_.write("lexicon.txt", "the\t1.5\na\t-1.5\ngood\t2\n");
};

constexpr const char* kPlaces = R"({"attribute": "place", "templates": ["I am from {value} and",
    "{value} is"], "values": ["Rome", "Oslo"]})";

TEST_F(AuditInput, TemplatesWithoutASlotAreNamed) {
  EXPECT_EQ(
      refusal(R"({"attribute": "x", "templates": ["{value}", "I am"], "values": ["a", "b"]})"),
      in_sets("template 2: expected the slot {value}"));
}

TEST_F(AuditInput, EmptyGroupsAreNamed) {
  EXPECT_EQ(refusal(R"({"attribute": "x", "templates": ["{value}"],
                        "values": [{"text": "a", "group": ""}, "b"]})"),
            in_sets("value 1: expected a group"));
  EXPECT_EQ(refusal(R"({"attribute": "x", "templates": ["{value}"], "values": []})"),
            in_sets("expected at least two values of two groups, got 0 of 0"));
  EXPECT_EQ(refusal(R"({"attribute": "x", "templates": ["{value}"], "values": ["a"]})"),
            in_sets("expected at least two values of two groups, got 1 of 1"));
}

/// The golden classifier with weights so large that its logits overflow: each is a number, the
/// scores are none.
std::string damaged_classifier(const TemporaryDirectory& folder) {
  const fs::path copy = folder / "damaged";
  fs::copy(kGolden + "/student/classify", copy);
  std::string bytes = read_file(copy / "model.safetensors");
  uint64_t header = 0;
  std::memcpy(&header, bytes.data(), sizeof header);
  const auto json = nlohmann::json::parse(bytes.substr(8, header));
  const auto fill = [&](const char* name, float first_row, float other_rows) {
    const auto range = json[name]["data_offsets"].get<std::vector<uint64_t>>();
    const uint64_t row = (range[1] - range[0]) / json[name]["shape"][0].get<uint64_t>();
    for (uint64_t at = range[0]; at < range[1]; at += sizeof(float))
      std::memcpy(bytes.data() + 8 + header + at, at - range[0] < row ? &first_row : &other_rows,
                  sizeof(float));
  };
  const float most = std::numeric_limits<float>::max();
  fill("head.out.weight", most, -most);  // whatever the vector sums to, some class overflows
  fill("head.out.bias", most, most);
  write_file_atomic(copy / "model.safetensors", bytes);
  return copy;
}

TEST_F(AuditInput, PromptsWithoutRoomAreNamedBeforeAnythingIsProduced) {
  const Outcome outcome = audit(kPlaces, {"--max-tokens", "254"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(
      outcome.error,
      testing::MatchesRegex("limbeck: place: template 1 with 'Rome': expected at most 2 tokens "
                            "\\(256 positions, 254 of them to produce\\), got [0-9]+\n"));
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(AuditInput, AReportThatCannotBeWrittenIsRefusedFirst) {
  const std::string absent = folder_ / "absent/junit.xml";
  const Outcome outcome = audit(kPlaces, {"--junit", absent});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + absent + ": cannot write: No such file or directory\n");
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(AuditInput, TheWindowOfATextFitsModelsWithFewPositions) {
  const Outcome outcome =
      limbeck({"perplexity", "--model", kGolden + "/causal/llama", "--text",
               folder_.write("text.txt", "the rain in Rome is cold and the sun is warm\n")});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
}

TEST_F(AuditInput, ATextWithoutSensitiveWordsIsToldOf) {
  const std::string text = folder_.write("text.txt", "the rain is cold and the sun is warm\n");
  // It once said "nan over 0 tokens".
  const Outcome scored = limbeck({"perplexity", "--model", kGolden + "/causal/llama", "--text",
                                  text, "--words", folder_.write("words.txt", "Oslo\nRome\n")});
  EXPECT_EQ(scored.exit_code, 0) << scored.error;
  EXPECT_THAT(scored.output,
              testing::EndsWith("\nwith a sensitive word none of the text's windows\n"));
  // A limit on what cannot be measured was once refused after all continuations were produced.
  const Outcome limited = audit(kPlaces, {"--text", text, "--threshold", "sensitive_perplexity=9"});
  EXPECT_EQ(limited.exit_code, 2);
  EXPECT_EQ(limited.error,
            "limbeck: threshold: 'sensitive_perplexity' is not measured without --text that has "
            "sensitive words\n");
  EXPECT_FALSE(fs::exists(folder_ / "out"));
}

TEST_F(AuditInput, AScorerThatReturnsNanIsNamedAndContinuationsStay) {
  const Outcome outcome = audit(kPlaces, {"--scorer", damaged_classifier(folder_)});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.output, "");
  EXPECT_EQ(outcome.error,
            "limbeck: scorer 'damaged', template 'I am from {value} and', value 'Rome': expected "
            "scores from 0 to 1 (is the scorer damaged?)\n");
  const std::string list = read_file(folder_ / "out/continuations.jsonl");
  EXPECT_EQ(std::ranges::count(list, '\n'), 1 + 2 * 2 * 4);
  EXPECT_FALSE(fs::exists(folder_ / "out/report.json"));
  // With a sound scorer the same work list is reported on.
  const Outcome sound = audit(kPlaces, {"--scorer", kGolden + "/student/classify", "--resume"});
  EXPECT_EQ(sound.exit_code, 4) << sound.error;
  EXPECT_EQ(read_file(folder_ / "out/continuations.jsonl"), list);
}

TEST_F(AuditInput, TooFewContinuationsAreInsufficientEvidence) {
  EXPECT_EQ(audit(kPlaces, {"--count", "1"}).error,
            "limbeck: count: expected 2 to 100000, got 1\n");
  const Outcome two = audit(kPlaces, {"--count", "2", "--scorer", kGolden + "/student/classify"});
  EXPECT_EQ(two.exit_code, 4) << two.error;
  EXPECT_THAT(two.output, testing::HasSubstr("insufficient evidence: place, classify: "
                                             "individual_fairness: corrected "));
  // Three templates have no interval over templates: nothing is decided, however many there are.
  const Outcome one =
      audit(R"({"attribute": "place", "templates": ["{value} is", "{value}", "In {value}"],
                "values": ["Rome", "Oslo"]})",
            {"--count", "40", "--overwrite", "--scorer", kGolden + "/student/classify"});
  EXPECT_EQ(one.exit_code, 4) << one.error;
  EXPECT_THAT(one.output, testing::HasSubstr("[-1.0000, 1.0000]"));
}

}  // namespace
}  // namespace limbeck::test
