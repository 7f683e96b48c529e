#include "nlp/report/tensorboard_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "nlp/core/atomic_file.h"
#include "nlp/report/event_record.h"

namespace limbeck::nlp {
namespace {

class EventFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string folder =
        (std::filesystem::temp_directory_path() / "limbeck-events-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static double fixed_clock() { return 7.0; }
  static void add_steps(TensorboardWriter& writer, int64_t first, int64_t last) {
    for (int64_t step = first; step <= last; ++step)
      writer.add({step, 0.0, {{"loss", 1.0 / static_cast<double>(step)}}});
    writer.flush();
  }

  std::filesystem::path folder_;
};

std::string bytes_of_hex(const std::string& hex) {
  std::string bytes, digits;
  for (const char c : hex) {
    if (c == '\n') continue;
    digits += c;
    if (digits.size() < 2) continue;
    bytes += static_cast<char>(std::stoi(digits, nullptr, 16));
    digits.clear();
  }
  return bytes;
}

TEST(Crc32c, GivesTheCheckValueOfTheStandard) { EXPECT_EQ(crc32c("123456789"), 0xE3069283u); }

TEST_F(EventFile, HasTheBytesOfTensorboardsOwnWriter) {
  std::vector<double> times = {1000.5, 1001.25, 1002.0, 1003.0};
  size_t next = 0;
  {
    TensorboardWriter writer(folder_ / "e", kNoSteps, [&] { return times[next++]; });
    writer.add({1, 0.25, {{"train_loss", 0.5}}});
    writer.add({300, 1.5, {{"validation/loss", 0.1}, {"sts_spearman", -0.75}}});
    writer.add({int64_t{1} << 40, 2.0, {{"n", NAN}}});
  }
  const std::string golden = LIMBECK_SOURCE_DIR "/tests/golden/tensorboard/events.hex";
  EXPECT_EQ(read_file(folder_ / "e"), bytes_of_hex(read_file(golden)));
}

TEST_F(EventFile, ResumedEqualsUninterrupted) {
  {
    TensorboardWriter whole(folder_ / "whole", kNoSteps, fixed_clock);
    add_steps(whole, 1, 300);
    TensorboardWriter cut(folder_ / "cut", kNoSteps, fixed_clock);
    add_steps(cut, 1, 180);
  }
  std::filesystem::resize_file(folder_ / "cut", std::filesystem::file_size(folder_ / "cut") - 3);
  TensorboardWriter resumed(folder_ / "cut", 150, fixed_clock);
  add_steps(resumed, 151, 300);
  EXPECT_EQ(read_file(folder_ / "cut"), read_file(folder_ / "whole"));
}

TEST_F(EventFile, ResumeWithoutAFileStartsOne) {
  { TensorboardWriter writer(folder_ / "e", 10, fixed_clock); }
  EXPECT_EQ(read_file(folder_ / "e"), framed_record(version_event(7.0)));
}

TEST(EventRecord, DamageIsSeenAndNeverOverread) {
  const std::string whole = framed_record(version_event(1.0)) +
                            framed_record(scalar_event({5, 0.5, {{"loss", 0.25}}}, 2.0));
  const auto records_in = [](const std::string& file) {
    size_t offset = 0, count = 0;
    while (const auto payload = next_record(file, offset)) {
      event_step(*payload);
      ++count;
    }
    return count;
  };
  EXPECT_EQ(records_in(whole), 2u);
  for (size_t length = 0; length < whole.size(); ++length)
    EXPECT_LT(records_in(whole.substr(0, length)), 2u) << length;
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] ^= 0x10;
    EXPECT_LT(records_in(damaged), 2u) << at;
  }
}

TEST(EventRecord, StepOfADamagedPayloadIsRefused) {
  const std::string event = scalar_event({300, 0.5, {{"loss", 0.25}}}, 2.0);
  EXPECT_EQ(event_step(event), 300);
  EXPECT_EQ(event_step(event.substr(0, event.size() - 1)), std::nullopt);
  EXPECT_EQ(event_step("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"), std::nullopt);
}

}  // namespace
}  // namespace limbeck::nlp
