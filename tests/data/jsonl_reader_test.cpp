#include "data/read/jsonl_reader.h"

#include <gtest/gtest.h>

#include <csignal>

#include "data/corpus.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using test::error_message;
using test::TemporaryDirectory;

std::string refusal(const std::string& file) {
  return error_message<DataError>([&] {
    JsonlReader reader(file);
    nlohmann::json object;
    while (reader.next(object)) reader.text(object, "text");
  });
}

TEST(JsonlReader, ReadsObjectsAndPassesOverEmptyLines) {
  const TemporaryDirectory folder;
  JsonlReader reader(folder.write("x.jsonl", "{\"text\": \"a\"}\n\n  \n{\"text\": \"b\"}\n"));
  nlohmann::json object;
  ASSERT_TRUE(reader.next(object));
  EXPECT_EQ(reader.text(object, "text"), "a");
  ASSERT_TRUE(reader.next(object));
  EXPECT_EQ(reader.text(object, "text"), "b");
  EXPECT_EQ(reader.line_number(), 4);
  EXPECT_FALSE(reader.next(object));
}

TEST(JsonlReader, NamesTheLineOfWhatIsNoObject) {
  const TemporaryDirectory folder;
  const auto file = [&](const std::string& line) {
    return folder.write("x.jsonl", "{\"text\": \"a\"}\n" + line + "\n").string();
  };
  const std::string where = (folder / "x.jsonl").string() + ":2:";
  EXPECT_EQ(refusal(file("{\"text\": ")), where + "10: not valid JSON");
  EXPECT_EQ(refusal(file("{\"a\": 1e999}")), where + "1: not valid JSON: a number is out of range");
  EXPECT_EQ(refusal(file("[1]")), where + "1: expected a JSON object, got: array");
  EXPECT_EQ(refusal(file("{\"text\": 1}")), where + "1: expected a string under 'text'");
}

TEST(JsonlReader, RefusesDeepNesting) {
  // A million brackets once overflowed the stack where the object was printed again.
  const TemporaryDirectory folder;
  const auto nested = [&](size_t depth) {
    const std::string lists = std::string(depth - 1, '[') + std::string(depth - 1, ']');
    return folder.write("x.jsonl", "{\"text\": \"a\", \"b\": " + lists + "}\n").string();
  };
  EXPECT_EQ(refusal(nested(256)), "no error");
  EXPECT_EQ(refusal(nested(257)),
            (folder / "x.jsonl").string() + ":1:1: JSON is nested deeper than 256 levels");
  EXPECT_EQ(refusal(nested(400'000)), refusal(nested(257)));
  folder.write("x.jsonl", std::string(900'000, '['));
  EXPECT_EQ(refusal(folder / "x.jsonl"),
            (folder / "x.jsonl").string() + ":1:1: JSON is nested deeper than 256 levels");
}

TEST(LineReader, StopsWhenTheUserAsks) {
  // A corpus of some gigabytes was once read to its end.
  const TemporaryDirectory folder;
  const auto file = folder.write("text.txt", std::string(200'000, 'a') + "\nb\n");
  LineReader lines(file);
  set_interrupt_signal(SIGINT);
  std::string line;
  EXPECT_EQ(error_message<Interrupted>([&] { lines.next(line); }),
            "interrupted; nothing half-written is left");
  EXPECT_EQ(error_message<Interrupted>([&] { read_corpus({file}, {}); }),
            "interrupted; nothing half-written is left");
  set_interrupt_signal(0);
  EXPECT_EQ(read_corpus({file}, {}).sentences.size(), 2u);
}

}  // namespace
}  // namespace limbeck::data
