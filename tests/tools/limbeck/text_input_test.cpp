#include "tools/limbeck/text_input.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

namespace limbeck::tools {
namespace {

std::vector<size_t> chunk_sizes(const std::string& file, size_t count) {
  TextInput input({{}, file, ""});
  std::vector<size_t> sizes;
  for (std::vector<InputText> texts; input.next_chunk(count, texts);) sizes.push_back(texts.size());
  return sizes;
}

TEST(TextInput, ChunksEndAtACountOfTexts) {
  const test::TemporaryDirectory folder;
  const std::string file = folder.write("lines.txt", "a\nb\nc\nd\ne\n");
  EXPECT_EQ(chunk_sizes(file, 2), (std::vector<size_t>{2, 2, 1}));
}

TEST(TextInput, ChunksEndAtACountOfBytes) {
  // Lines alone were once counted: 4,096 of a megabyte each were held at once.
  const test::TemporaryDirectory folder;
  const std::string line(900'000, 'a');
  std::string plain, objects;
  for (int i = 0; i < 12; ++i) plain += line + "\n";
  for (int i = 0; i < 12; ++i) objects += R"({"text": "a", "more": ")" + line + "\"}\n";
  for (const std::string file :
       {folder.write("lines.txt", plain).string(), folder.write("objects.jsonl", objects).string()})
    EXPECT_EQ(chunk_sizes(file, 4096), (std::vector<size_t>{5, 5, 2})) << file;
}

}  // namespace
}  // namespace limbeck::tools
