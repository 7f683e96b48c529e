#include "nlp/report/shaded_text.h"

#include <gtest/gtest.h>

namespace limbeck::nlp {
namespace {

TEST(ShadedText, TheSmallestValueIsStrongestAndTheScaleIsLogarithmic) {
  EXPECT_EQ(shades_of({{"a", 1.0}, {"b", 0.1}, {"c", 0.01}, {"d", 1e-4}}),
            (std::vector<int>{0, 1, 2, 4}));
}

TEST(ShadedText, NothingCertifiedIsStrongestAndAMissingValueBare) {
  EXPECT_EQ(shades_of({{"a", 0.0}, {"b", 0.5}, {"c", 0.25}, {"d", Measurement::missing("late")}}),
            (std::vector<int>{4, 0, 4, 0}));
}

TEST(ShadedText, EqualValuesAreBare) {
  EXPECT_EQ(shades_of({{"a", 0.5}, {"b", 0.5}}), (std::vector<int>{0, 0}));
  EXPECT_EQ(shades_of({{"a", 0.0}, {"b", 0.0}}), (std::vector<int>{0, 0}));
  EXPECT_EQ(shades_of({}), std::vector<int>{});
}

TEST(ShadedText, WordsAreTextAndKeepTheirNumbers) {
  ShadedTextBlock block{.title = "t", .value_label = "radius"};
  block.sentences = {{{"<b>", 0.5}, {"x", 0.25}}};
  const std::string html = render_shaded_text(block);
  EXPECT_NE(html.find("<span class=\"word w0\">&lt;b&gt; <span class=\"value\">0.5</span></span>"),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("<span class=\"word w4\">x <span class=\"value\">0.25</span></span>"),
            std::string::npos)
      << html;
}

}  // namespace
}  // namespace limbeck::nlp
