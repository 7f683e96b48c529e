#include "nlp/report/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nlp/report/markup_quote.h"

namespace limbeck::nlp {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

ModelCard sample_card() {
  ModelCard card;
  card.name = "tiny: \"student\" #1";
  card.description = "A <b>small</b> student | of\na teacher.";
  card.languages = {"en", "no"};
  card.teachers = {{"all-MiniLM-L6-v2", "53aa", "6 layers"}};
  card.data = {{"wiki.txt", "00ff", "160,000 sentences"}};
  card.metrics = {
      {"sentence-similarity", "STS-B dev", "glue-stsb", "spearmanr", "Spearman", 0.8272},
      {"text-classification", "SST-2 dev", "glue-sst2", "accuracy", "accuracy", NAN}};
  card.facts = {{"parameters", "5,164,416"}};
  card.hyper_parameters["learning_rate"] = 1e-3;
  card.hardware = "2 CPUs";
  card.commands = {"limbeck distill --output '```'"};
  return card;
}

TEST(ModelCard, BeginsWithItsFrontMatter) {
  EXPECT_THAT(
      model_card_text(sample_card()),
      StartsWith("---\n"
                 "library_name: limbeck\n"
                 "license: \"unknown\"\n"
                 "pipeline_tag: \"sentence-similarity\"\n"
                 "language:\n- \"en\"\n- \"no\"\n"
                 "tags:\n- \"limbeck\"\n- \"sentence-embeddings\"\n- \"distillation\"\n- \"lstm\"\n"
                 "base_model:\n- \"all-MiniLM-L6-v2\"\n"
                 "model-index:\n"
                 "- name: \"tiny: \\\"student\\\" #1\"\n"
                 "  results:\n"
                 "  - task:\n      type: \"sentence-similarity\"\n"
                 "    dataset:\n      name: \"STS-B dev\"\n      type: \"glue-stsb\"\n"
                 "    metrics:\n    - type: \"spearmanr\"\n      name: \"Spearman\"\n"
                 "      value: 0.8272\n"
                 "---\n"));
}

TEST(ModelCard, EscapesItsTexts) {
  const std::string text = model_card_text(sample_card());
  EXPECT_THAT(text, HasSubstr("\n# tiny: \"student\" \\#1\n"));
  EXPECT_THAT(text, HasSubstr("A &lt;b&gt;small&lt;/b&gt; student \\| of a teacher\\."));
  EXPECT_THAT(text, HasSubstr("````sh\nlimbeck distill --output '```'\n````\n"));
}

TEST(ModelCard, NamesTheReasonOfAMissingMetric) {
  const std::string text = model_card_text(sample_card());
  EXPECT_THAT(text, HasSubstr("| SST\\-2 dev | accuracy | not a number |"));
  EXPECT_THAT(text.substr(0, text.find("\n---\n")), Not(HasSubstr("sst2")));
}

TEST(YamlQuoted, EscapesWhatYamlForbids) {
  EXPECT_EQ(yaml_quoted("a\"b\\c\nd\x7F"), "\"a\\\"b\\\\c\\U0000000Ad\\U0000007F\"");
  EXPECT_EQ(yaml_quoted("\u2028\uFEFF\U0001F600\u4F60"),
            "\"\\U00002028\\U0000FEFF\U0001F600\u4F60\"");
  EXPECT_EQ(yaml_quoted("\xFF"), "\"\uFFFD\"");
}

}  // namespace
}  // namespace limbeck::nlp
