#include "verify/certify/synonym_list.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::verify {
namespace {

TEST(SynonymList, GivesTheWordsOfEachPlaceWhateverTheirCase) {
  const test::TemporaryDirectory folder;
  const SynonymList list =
      read_synonyms(folder.write("s.json", R"({"good": ["fine", "nice"], "film": []})"));
  EXPECT_EQ(candidates_of("Good old FILM", list),
            (std::vector<std::vector<std::string>>{{"fine", "nice"}, {}, {}}));
}

TEST(SynonymList, NamesTheWordThatIsWrong) {
  const test::TemporaryDirectory folder;
  const std::string file = folder.write("s.json", R"({"good": 3})").string();
  EXPECT_EQ(test::error_message<DataError>([&] { read_synonyms(file); }),
            file + ": word 'good': expected an array of words, got number");
}

}  // namespace
}  // namespace limbeck::verify
