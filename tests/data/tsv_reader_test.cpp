#include "data/read/tsv_reader.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using test::error_message;

TEST(TsvReader, KeepsQuotationMarksAndEmptyFields) {
  const test::TemporaryDirectory folder;
  TsvReader reader(folder.write("a.tsv", "s\tl\n\"quoted\t\n\n\"a \"\" b\"\t1\n"),
                   TsvHeader::kPresent);
  std::vector<std::string_view> fields;
  ASSERT_TRUE(reader.next(fields));
  EXPECT_EQ(fields, (std::vector<std::string_view>{"\"quoted", ""}));
  ASSERT_TRUE(reader.next(fields));  // the empty line between is passed over
  EXPECT_EQ(fields[0], "\"a \"\" b\"");
  EXPECT_EQ(reader.line_number(), 4);
  EXPECT_FALSE(reader.next(fields));
}

TEST(TsvReader, NamesRowsOfAnotherWidth) {
  const test::TemporaryDirectory folder;
  std::string content = "sentence\tlabel\n";
  for (int i = 2; i <= 16; ++i) content += "fine\t1\n";
  const auto file = folder.write("sst2/train.tsv", content + "a\tb\tc\td\te\n");
  const auto read = [&](UnevenRows uneven) {
    TsvReader reader(file, TsvHeader::kPresent, uneven);
    std::vector<std::string_view> fields;
    while (reader.next(fields)) {
    }
    return reader.skipped_rows();
  };
  EXPECT_EQ(error_message<DataError>([&] { read(UnevenRows::kRefuse); }),
            file.string() + ":17:3: expected 2 columns, got 5 (is the separator a tab?)");
  EXPECT_EQ(read(UnevenRows::kSkip), 1);
  folder.write("sst2/train.tsv", content + "only text\n");
  EXPECT_EQ(error_message<DataError>([&] { read(UnevenRows::kRefuse); }),
            file.string() + ":17:2: expected 2 columns, got 1 (is the separator a tab?)");
}

TEST(TsvReader, NamesMissingColumns) {
  const test::TemporaryDirectory folder;
  const auto file = folder.write("a.tsv", "text\tlabel\nx\t1\n");
  const TsvReader reader(file, TsvHeader::kPresent);
  EXPECT_EQ(reader.column("label"), 1U);
  EXPECT_EQ(error_message<DataError>([&] { reader.column("score"); }),
            file.string() + ":1: no column 'score'; the header has: text, label");
}

}  // namespace
}  // namespace limbeck::data
