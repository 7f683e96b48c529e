#include "data/read/line_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/gzip_file.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using Lines = std::vector<std::string>;

Lines read_all(const std::filesystem::path& file, size_t max_line_bytes = kMaxLineBytes) {
  LineReader reader(file, max_line_bytes);
  Lines lines;
  std::string line;
  while (reader.next(line)) lines.push_back(line);
  return lines;
}

class LineReaderTest : public testing::Test {
 protected:
  Lines lines_of(std::string_view content) { return read_all(folder_.write("a.txt", content)); }

  /// The error without the folder's name.
  std::string message_of(std::string_view content, size_t max_line_bytes = kMaxLineBytes) {
    const std::filesystem::path file = folder_.write("a.txt", content);
    return without_folder(test::error_message<DataError>([&] { read_all(file, max_line_bytes); }));
  }

  std::string without_folder(const std::string& message) const {
    const std::string prefix = folder_.path().string() + "/";
    return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(LineReaderTest, TakesBothLineEndsAndAnUnfinishedLastLine) {
  EXPECT_EQ(lines_of("a\nb\r\n\nc"), (Lines{"a", "b", "", "c"}));
  EXPECT_EQ(lines_of("a\n"), Lines{"a"});
  EXPECT_EQ(lines_of("\n"), Lines{""});
  EXPECT_EQ(lines_of("a\rb\r\r\n"), Lines{"a\rb\r"});
}

TEST_F(LineReaderTest, SkipsAByteOrderMarkAtTheStartOnly) {
  EXPECT_EQ(lines_of("\xEF\xBB\xBFQuality\n\xEF\xBB\xBFx\n"), (Lines{"Quality", "\xEF\xBB\xBFx"}));
  EXPECT_EQ(lines_of("\xEF\xBB\xBF"), Lines{});
}

TEST_F(LineReaderTest, ReadsGzipAsPlainText) {
  std::string content;
  for (int i = 0; i < 100'000; ++i) content += "line " + std::to_string(i) + "\n";
  test::write_gzip(folder_ / "a.gz", content);
  const Lines lines = read_all(folder_ / "a.gz");
  ASSERT_EQ(lines.size(), 100'000U);
  EXPECT_EQ(lines.back(), "line 99999");
  EXPECT_EQ(lines, lines_of(content));
}

TEST_F(LineReaderTest, NamesADamagedOrCutGzipStream) {
  std::string content;
  for (int i = 0; i < 20'000; ++i) content += std::to_string(i * 7919 % 10007) + "\n";
  test::write_gzip(folder_ / "a.gz", content);
  const std::string whole = read_file(folder_ / "a.gz");
  folder_.write("cut.gz", whole.substr(0, whole.size() / 2));
  EXPECT_EQ(without_folder(test::error_message<DataError>([&] { read_all(folder_ / "cut.gz"); })),
            "cut.gz: cannot read after line 0: the gzip stream ends early (is the file complete?)");
  std::string damaged = whole;
  for (size_t i = whole.size() / 2; i < whole.size() / 2 + 64; ++i) damaged[i] ^= 0x55;
  folder_.write("bad.gz", damaged);
  EXPECT_EQ(without_folder(test::error_message<DataError>([&] { read_all(folder_ / "bad.gz"); })),
            "bad.gz: cannot read after line 0: damaged gzip stream (is the file complete?)");
}

TEST_F(LineReaderTest, NamesMissingAndEmptyFiles) {
  EXPECT_EQ(message_of(""), "a.txt: expected lines of text, got an empty file");
  EXPECT_EQ(without_folder(test::error_message<DataError>([&] { read_all(folder_ / "none"); })),
            "none: cannot open: No such file or directory");
  EXPECT_EQ(test::error_message<DataError>([&] { read_all(folder_.path()); }),
            folder_.path().string() + ": expected a file, got a directory");
}

TEST_F(LineReaderTest, NamesTheFirstByteThatIsNotUtf8) {
  EXPECT_EQ(message_of("good\ncaf\xE9 au lait\n"),
            "a.txt:2:4: not valid UTF-8: byte 0xE9 (convert the file with iconv)");
  // A sequence that the end of the line cuts off, a surrogate, an overlong form.
  EXPECT_EQ(message_of("\xE2\x82\n"),
            "a.txt:1:1: not valid UTF-8: byte 0xE2 (convert the file with iconv)");
  EXPECT_EQ(message_of("ab\xED\xA0\x80\n"),
            "a.txt:1:3: not valid UTF-8: byte 0xED (convert the file with iconv)");
  EXPECT_EQ(message_of("\xC0\x80\n"),
            "a.txt:1:1: not valid UTF-8: byte 0xC0 (convert the file with iconv)");
  EXPECT_EQ(message_of(std::string_view("\xFF\xFEh\0i\0", 6)),
            "a.txt:1:4: NUL byte (is this a text file in UTF-8?)");
}

TEST_F(LineReaderTest, RefusesALineOfAMegabyte) {
  const std::string long_line(999'999, 'x');
  EXPECT_EQ(lines_of("a\n" + long_line + "\nb\n"), (Lines{"a", long_line, "b"}));
  EXPECT_EQ(
      message_of("a\n" + long_line + "x\n"),
      "a.txt:2:1000000: expected a line of at most 999999 bytes (is this a text file with one "
      "sentence a line?)");
  EXPECT_EQ(message_of("abcd\n", 3),
            "a.txt:1:4: expected a line of at most 3 bytes (is this a text file with one sentence "
            "a line?)");
}

}  // namespace
}  // namespace limbeck::data
