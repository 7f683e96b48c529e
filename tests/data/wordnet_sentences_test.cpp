#include "data/wordnet_sentences.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using Sentences = std::vector<std::string>;

TEST(WordnetSentences, SplitsAGlossIntoDefinitionAndExamples) {
  EXPECT_EQ(split_gloss("(usually followed by `to') having the means; \"able to swim\"; \"she was "
                        "able to program\"  "),
            (Sentences{"(usually followed by `to') having the means", "able to swim",
                       "she was able to program"}));
  EXPECT_EQ(split_gloss("being born; beginning  "), Sentences{"being born; beginning"});
  EXPECT_EQ(split_gloss("a word; \"to be, or not to be\"- Shakespeare"),
            (Sentences{"a word", "to be, or not to be"}));
  EXPECT_EQ(split_gloss("cut; \"no end"), (Sentences{"cut", "no end"}));
  EXPECT_EQ(split_gloss(""), Sentences{});
}

TEST(WordnetSentences, ReadsTheFourFilesInOrder) {
  const test::TemporaryDirectory folder;
  const std::string licence = "  1 This software is provided AS IS\n";
  folder.write("data.adj", licence + "00001740 00 a 01 able 0 000 | of use; \"able to\"  \n");
  folder.write("data.adv", licence + "1 | in a way\n");
  folder.write("data.noun", licence + "1 | a thing\n");
  const std::string verb = (folder / "data.verb").string();
  EXPECT_EQ(test::error_message<DataError>([&] { read_wordnet_sentences(folder.path()); }),
            verb + ": missing (install the Debian package wordnet-base, or set WNSEARCHDIR)");
  folder.write("data.verb", licence + "1 | to do\n");
  EXPECT_EQ(read_wordnet_sentences(folder.path()),
            (Sentences{"of use", "able to", "in a way", "a thing", "to do"}));
  folder.write("data.verb", licence + "1 without gloss\n");
  EXPECT_EQ(test::error_message<DataError>([&] { read_wordnet_sentences(folder.path()); }),
            verb + ":2:1: expected a gloss after ' | ' (is this WordNet 3?)");
}

TEST(WordnetSentences, ReadsTheInstalledWordNet) {
  if (!std::filesystem::exists(wordnet_folder() / "data.noun"))
    GTEST_SKIP() << "wordnet-base is not installed";
  const Sentences sentences = read_wordnet_sentences(wordnet_folder());
  EXPECT_GT(sentences.size(), 117'659U);  // synsets of WordNet 3.0, each with a definition
  for (const std::string& sentence : sentences) {
    ASSERT_FALSE(sentence.empty());
    ASSERT_EQ(sentence.find('"'), std::string::npos) << sentence;
  }
}

}  // namespace
}  // namespace limbeck::data
