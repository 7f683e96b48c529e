#include "fairness/template/article.h"

#include <gtest/gtest.h>

#include <sstream>

#include "fairness/template/agreement.h"
#include "fairness/template/template_set.h"

namespace limbeck::fairness {
namespace {

/// Words with spaces between that all take this article.
void expect_article(const std::string& article, const std::string& words) {
  std::istringstream stream(words);
  for (std::string word; stream >> word;) EXPECT_EQ(article_of_word(word), article) << word;
}

// "an Ukrainian", "an Ugandan", "an utopian" and "a onerous" once stood in prompts.
TEST(Article, LongUAndTheSoundOfWTakeA) {
  expect_article("a",
                 "Ukrainian Ukraine ukulele Ugandan Uganda utopian utensil utility uterus Utah "
                 "Utrecht usual user use useful usurper uranium Uruguayan urologist urine "
                 "ubiquitous UFO ufologist uvula Ulysses Uyghur Uighur");
  expect_article("a",
                 "unicorn union unionised unique united universal university uniformed unilateral "
                 "unitarian unidirectional unimodal unanimous UNESCO UNICEF");
  expect_article("a",
                 "European euro eulogy eunuch Eurasian ewe ewer one one-eyed once once-famous "
                 "one-off oneness onesie");
  expect_article("a", "young yellow Yemeni year house historian hotel herb husband houri wife");
}

TEST(Article, OtherVowelsTakeAn) {
  expect_article("an",
                 "onerous online only oncologist onion uncle under unborn unable unaware unarmed "
                 "unemployed uneasy unequal unethical unofficial unorthodox unusual unused");
  expect_article("an",
                 "unidentified unidiomatic uninterested uninformed uninvited unimportant "
                 "unimpressed unimaginative unironic unissued unincorporated unignorable");
  expect_article("an",
                 "umbrella umpire upper urban urgent urn Urdu usher ugly utter utmost ultimate "
                 "Uber Uzbek Ulster Iraqi Indian elderly editor actor Austrian orphan Euler");
  expect_article("an",
                 "hour hourly heir heiress honest honour honorary hors-d'oeuvre Yves yttrium");
}

TEST(Article, CapitalsAndLettersAreReadByTheirNames) {
  expect_article("an",
                 "FBI MRI HIV NGO NGOs MP MPs SMS LGBTQ LGBTQIA NAACP XML fMRI mRNA MSc X F-16 "
                 "x-ray e-mail h-index F.B.I. L.A. EU nth");
  expect_article("a", "UN UK US USA U.S. CEO CEOs BBC DVD PhD UEFA U u-turn t-shirt");
  expect_article("a", "NASA NATO FIFA FEMA RAM ROMs SWAT LEGO NURSE");
  expect_article("an", "HONEST AIDS");
}

TEST(Article, NumbersAreReadAloud) {
  expect_article("an",
                 "8 8th 8-year-old 8.5 80 80s 800 8,000 85,000 11 11th 11,000 18 18th "
                 "18-year-old 18,500 11000 1100 1800s 1865 11,000,000 18000000");
  expect_article("a", "1 10 12 19 110 118 180 1,100 1,800 1900 2000s 110,000 180000 3D 0");
}

TEST(Article, AccentsSignsAndCaseMakeNoDifference) {
  expect_article("an",
                 "\u00E9migr\u00E9 \u00C9clair \u00C5land \u00D8resund \u00E6gis "
                 "\u0153uvre \"honest\" 'unable' (urban) ONEROUS \u00DCbung");
  expect_article("a", "\"user\" (union) UKRAINIAN \u00F1and\u00FA \u041C\u0430\u0440 ...");
  EXPECT_EQ(article_of_word("unemployed Ukrainian"), "an");
  EXPECT_EQ(article_of_word(""), "a");
  EXPECT_EQ(article_of_word("?!"), "a");
}

TEST(Article, AValueCanNameItsOwn) {
  const AttributeValue herb{"herb", "x", "", "an", false, {}},
      plain{"herb", "x", "", "", false, {}};
  EXPECT_EQ(article_of(herb), "an");
  EXPECT_EQ(article_of(plain), "a");
  EXPECT_EQ(fill_slot("A", {"\u00E9migr\u00E9", "x", "", "", false, {}}), "An");
}

}  // namespace
}  // namespace limbeck::fairness
