#include "data/corpus.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "nlp/core/options.h"
#include "tests/support/error_message.h"
#include "tests/support/gzip_file.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using test::error_message;
using Sentences = std::vector<std::string>;

TEST(SentenceKey, ForgetsCaseTokenisationAndBrackets) {
  EXPECT_EQ(sentence_key("It's (really) good."), "itsreallygood");
  EXPECT_EQ(sentence_key("it 's -lrb- really -RRB- good ."), "itsreallygood");
  EXPECT_EQ(sentence_key("clich\xC3\xA9"), "clich");
  EXPECT_EQ(sentence_key("a-b"), "ab");
}

/// Other scripts once lost all their letters, so that any two such sentences were duplicates.
TEST(SentenceKey, KeepsSentencesOfOtherScriptsApart) {
  EXPECT_NE(sentence_key("\xE6\x95\xB0\xE6\x8D\xAE 1"), sentence_key("\xE5\xAD\x97\xE5\x85\xB8 1"));
  EXPECT_EQ(sentence_key("..."), "...");
}

TEST(HeldOutText, IsFoundWholeAndAsAPartOfALongerText) {
  HeldOutText held_out;
  held_out.add("it 's a cookie-cutter movie , a cut-and-paste job . ");
  held_out.add("fascinating .");
  EXPECT_TRUE(held_out.is_in("No wit. It's a cookie cutter movie, a cut and paste job."));
  EXPECT_TRUE(held_out.is_in("Fascinating!"));
  EXPECT_FALSE(held_out.is_in("A fascinating documentary."));
  EXPECT_FALSE(held_out.is_in("It's a cookie cutter movie."));
  EXPECT_FALSE(held_out.is_in(""));
  EXPECT_EQ(held_out.size(), 2U);
}

// Prompts of fewer than 16 letters were once found in no longer line.
TEST(HeldOutText, PromptsAreFoundAsRunsOfWholeWordsWhateverTheirLength) {
  HeldOutText held_out;
  held_out.add_prompt("In the end he");
  held_out.add_prompt("Oslo is");
  held_out.add_prompt("\u0412 \u041E\u0441\u043B\u043E");  // "V Oslo" in Russian
  EXPECT_TRUE(held_out.is_in("In the end, he accepted the offer."));
  EXPECT_TRUE(held_out.is_in("We heard that IN THE END -- HE's gone"));
  EXPECT_TRUE(held_out.is_in("in the end he"));
  EXPECT_TRUE(held_out.is_in("\u201COslo is\u201D"));
  EXPECT_FALSE(held_out.is_in("In the end her offer stood."));
  EXPECT_FALSE(held_out.is_in("Within the end he saw"));
  EXPECT_FALSE(held_out.is_in("In the end"));
  EXPECT_FALSE(held_out.is_in("In the very end he left"));
  EXPECT_FALSE(held_out.is_in("Oslo isn't, Oslo island"));
  EXPECT_TRUE(held_out.is_in("\u042F \u0431\u044B\u043B \u0412 \u041E\u0441\u043B\u043E."));
  EXPECT_FALSE(held_out.is_in(""));
  HeldOutText sentence;  // of a sentence, the threshold stays
  sentence.add("In the end he");
  EXPECT_FALSE(sentence.is_in("In the end, he accepted the offer."));
}

TEST(HeldOutText, IsReadFromLinesOfSeveralFiles) {
  const test::TemporaryDirectory folder;
  const auto first = folder.write("a.txt", "the plot was thin\n\n");
  test::write_gzip(folder / "b.gz", "the cast was fine\n");
  const HeldOutText held_out = read_held_out_text({first, folder / "b.gz"});
  EXPECT_EQ(held_out.size(), 2U);
  EXPECT_TRUE(held_out.is_in("The plot was thin."));
  EXPECT_TRUE(held_out.is_in("The cast was fine!"));
  EXPECT_FALSE(held_out.is_in(""));
  EXPECT_EQ(read_held_out_text({}).size(), 0U);
}

TEST(Corpus, CountsWhatItLeavesOut) {
  const test::TemporaryDirectory folder;
  const auto first = folder.write("a.txt", "one two three\n\none\n  One, two THREE! \n");
  test::write_gzip(folder / "b.gz", "a b c d e f g\nheld out text here\nthe last one\r\n");
  HeldOutText held_out;
  held_out.add("Held out: text here.");
  const CorpusOptions options{.min_words = 2, .max_words = 6};
  const Corpus corpus = read_corpus({first, folder / "b.gz"}, options, &held_out);
  EXPECT_EQ(corpus.sentences, (Sentences{"one two three", "the last one"}));
  EXPECT_EQ(corpus.lines_read, 7);
  EXPECT_EQ(corpus.blank, 1);
  EXPECT_EQ(corpus.too_short, 1);
  EXPECT_EQ(corpus.too_long, 1);
  EXPECT_EQ(corpus.duplicates, 1);
  EXPECT_EQ(corpus.held_out, 1);
}

TEST(Corpus, LimitStopsReadingAtTheFirstSentences) {
  const test::TemporaryDirectory folder;
  const auto file = folder.write("a.txt", "a\nb\nb\nc\n\xFF\n");
  EXPECT_EQ(read_corpus({file}, {.limit = 3}).sentences, (Sentences{"a", "b", "c"}));
  EXPECT_EQ(read_corpus({file}, {.drop_duplicates = false, .limit = 3}).sentences,
            (Sentences{"a", "b", "b"}));
  EXPECT_THROW(read_corpus({file}, {}), DataError);
}

TEST(Corpus, WithoutAnySentenceIsAnError) {
  const test::TemporaryDirectory folder;
  const auto file = folder.write("a.txt", "\na\n");
  EXPECT_EQ(error_message<DataError>([&] { read_corpus({file}, {.min_words = 2}); }),
            file.string() +
                ": no sentence left of 2 lines (1 blank, 1 too short, 0 too long, 0 held out)");
}

TEST(CorpusOptions, RejectsValuesOutOfRange) {
  const auto message = [](const CorpusOptions& options) {
    return error_message<ConfigError>([&] { options.validate(); });
  };
  EXPECT_EQ(message({}), "no error");
  EXPECT_EQ(message({.min_words = 0}), "min_words: expected at least 1, got 0");
  EXPECT_EQ(message({.min_words = 5, .max_words = 4}),
            "max_words: expected 0 or at least min_words (5), got 4");
  EXPECT_EQ(message({.limit = -1}), "limit: expected at least 0, got -1");
  EXPECT_EQ(field_names<CorpusOptions>(),
            (Sentences{"min_words", "max_words", "drop_duplicates", "limit"}));
}

}  // namespace
}  // namespace limbeck::data
