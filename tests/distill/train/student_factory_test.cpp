#include "distill/train/student_factory.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "nlp/core/errors.h"
#include "nlp/model/embedding_init.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

constexpr int64_t kTeacherWidth = 32, kTeacherPieces = 50;

struct Factory {
  Factory() {
    options.teacher = (fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny").string();
    config(R"({"embedding_width": 8, "hidden_width": 6})");
    for (int i = 0; i < 400; ++i) {
      std::string word;  // of many letters, so that there is a vocabulary to learn
      for (int rest = i * 7919; rest > 0; rest /= 20) word += static_cast<char>('a' + rest % 20);
      sentences.push_back("a " + word + " stands beside another " + word + " today");
    }
  }
  void config(const std::string& json) {
    options.student_config = folder.write("student.json", json).string();
  }
  NewStudent make(uint64_t seed = 1) const {
    return make_student(options, sentences, kTeacherWidth, true, seed, folder.path());
  }
  std::string message() const {
    return test::error_message<ConfigError>([&] { make(); });
  }
  TemporaryDirectory folder;
  DistillOptions options;
  std::vector<std::string> sentences;
};

double root_mean_square(const at::Tensor& table) {
  return std::sqrt(table.to(at::kDouble).square().mean().item<double>());
}

TEST(StudentFactory, FitsTheStudentToTheTeacher) {
  Factory factory;
  factory.options.max_length = 40;
  const nlp::BiLstmConfig config = factory.make().model.encoder->config();
  EXPECT_EQ(config.vocabulary_size, kTeacherPieces);
  EXPECT_EQ(config.projection_width, kTeacherWidth);
  EXPECT_EQ(config.embedding_width, 8);
  EXPECT_EQ(config.hidden_width, 6);
  EXPECT_EQ(config.max_length, 40);
  EXPECT_TRUE(config.normalize);
}

TEST(StudentFactory, NamesAProjectionOfAnotherWidth) {
  Factory factory;
  factory.config(R"({"projection_width": 16})");
  EXPECT_EQ(factory.message(), factory.options.student_config +
                                   ": key 'projection_width': expected the teacher's width 32, got "
                                   "16");
  factory.config(R"({"embedding_width": 8, "hidden_width": 16, "projection_width": 0})");
  EXPECT_EQ(factory.message(), "no error");  // 2 x 16 pooled states are as wide as the teacher
}

TEST(StudentFactory, NamesAKeyThatIsNone) {
  Factory factory;
  factory.config(R"({"hiden_width": 6})");
  EXPECT_EQ(factory.message(),
            factory.options.student_config +
                ": unknown key 'hiden_width'; known: vocabulary_size, embedding_width, "
                "hidden_width, layers, pooling, attention_width, projection_width, max_length, "
                "normalize");
  factory.config(R"({"layers": "two"})");
  EXPECT_EQ(factory.message(),
            factory.options.student_config + ": key 'layers': expected number, got \"two\"");
}

TEST(StudentFactory, RandomEmbeddingsAreAFunctionOfTheSeed) {
  Factory factory;
  factory.options.embedding_init = "random";
  const NewStudent one = factory.make(1), again = factory.make(1), two = factory.make(2);
  EXPECT_EQ(one.embedding_note, "random");
  EXPECT_TRUE(
      torch::equal(one.model.encoder->embedding_table(), again.model.encoder->embedding_table()));
  EXPECT_FALSE(
      torch::equal(one.model.encoder->embedding_table(), two.model.encoder->embedding_table()));
}

TEST(StudentFactory, TeacherEmbeddingsAreItsPrincipalComponentsScaled) {
  const Factory factory;
  const NewStudent student = factory.make();
  EXPECT_EQ(student.embedding_note, "principal components of the teacher's embedding table");
  const nlp::TensorStore store = nlp::TensorStore::open(factory.options.teacher);
  const std::vector<float> values = nlp::to_float32(store.at("embeddings.word_embeddings.weight"));
  const at::Tensor components =
      nlp::principal_components(torch::tensor(values).view({kTeacherPieces, kTeacherWidth}), 8);
  const at::Tensor table = student.model.encoder->embedding_table().detach();
  EXPECT_NEAR(root_mean_square(table), 0.5, 1e-6);
  const at::Tensor scaled = components * (0.5 / root_mean_square(components));
  EXPECT_LE((table - scaled).abs().max().item<double>(), 1e-6);
}

TEST(StudentFactory, GloveEmbeddingsAreThoseOfTheFile) {
  Factory factory;
  factory.config(R"({"embedding_width": 2, "hidden_width": 6})");
  factory.options.embedding_init = "glove";
  factory.options.glove = factory.folder.write("glove.txt", "w1 0.5 -0.25\nw7 1 2\n").string();
  const NewStudent student = factory.make();
  EXPECT_EQ(student.embedding_note, "GloVe, 2 of 50 pieces found");
  const at::Tensor table = student.model.encoder->embedding_table();
  const int64_t w1 = 6, w7 = 12;  // after five special pieces, counted from w0
  EXPECT_EQ(table[w1][0].item<float>(), 0.5f);
  EXPECT_EQ(table[w1][1].item<float>(), -0.25f);
  EXPECT_EQ(table[w7][1].item<float>(), 2.0f);
}

TEST(StudentFactory, TrainsAVocabularyOfItsOwnOnce) {
  Factory factory;
  factory.options.embedding_init = "random";
  factory.options.own_vocabulary = 64;
  const NewStudent student = factory.make();
  EXPECT_EQ(student.model.tokenizer->vocabulary_size(), 64);
  EXPECT_EQ(student.model.encoder->config().vocabulary_size, 64);
  const fs::path file = factory.folder / "vocabulary/spm.model";
  EXPECT_FALSE(fs::exists(file));
  keep_vocabulary(student, factory.folder.path());
  const auto written = fs::last_write_time(file);
  EXPECT_EQ(factory.make().model.tokenizer->vocabulary_size(), 64);
  EXPECT_EQ(fs::last_write_time(file), written);  // a resumed run keeps its vocabulary
}

}  // namespace
}  // namespace limbeck::distill
