#include "nlp/model/model_directory.h"

#include <fstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/model/embedding_init.h"
#include "nlp/model/state_dict.h"
#include "tests/nlp/encode/checkpoint_names.h"
#include "tests/nlp/model/model_testing.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;
using testing::max_difference;
using testing::message_of;
using testing::TemporaryFolder;

const fs::path kTiny = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert/tiny";

constexpr const char* kVocabulary =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nfox\njump\n##s\n##ing\nover\nrun\n";
constexpr int64_t kPieces = 12;

std::shared_ptr<const Tokenizer> toy_tokenizer() {
  const TemporaryFolder folder;
  write_file_atomic(folder.path() / "vocab.txt", kVocabulary);
  return load_tokenizer(folder.path());
}

HeadConfig toy_head() {
  HeadConfig head;
  head.task = "custom";
  head.pair = true;
  head.labels = {"no", "yes"};
  head.hidden_width = 5;
  return head;
}

BiLstmModel toy_student(bool with_head) {
  BiLstmConfig config;
  config.vocabulary_size = kPieces;
  config.embedding_width = 4;
  config.hidden_width = 3;
  config.projection_width = 6;
  config.pooling = "attention";
  BiLstmModel model;
  model.encoder = BiLstmEncoder(config);
  model.encoder->initialize(9);
  model.tokenizer = toy_tokenizer();
  if (with_head) {
    model.head = TaskHead(toy_head(), student_head_width(config, toy_head()));
    model.head->initialize(9);
  }
  return model;
}

void expect_equal_state(const torch::nn::Module& got, const torch::nn::Module& want) {
  const auto state = want.named_parameters();
  ASSERT_EQ(got.named_parameters().size(), state.size());
  for (const auto& item : got.named_parameters())
    EXPECT_TRUE(item.value().equal(state[item.key()])) << item.key();
}

TEST(ModelDirectory, AStudentComesBackBitForBit) {
  for (const bool with_head : {false, true}) {
    const TemporaryFolder folder;
    const BiLstmModel saved = toy_student(with_head);
    save_bilstm_model(folder.path() / "student", saved);
    const BiLstmModel loaded = load_bilstm_model(folder.path() / "student");
    expect_equal_state(*loaded.encoder, *saved.encoder);
    ASSERT_EQ(loaded.head.is_empty(), !with_head);
    if (with_head) {
      expect_equal_state(*loaded.head, *saved.head);
      EXPECT_EQ(loaded.head->config().labels, toy_head().labels);
      EXPECT_TRUE(loaded.head->config().pair);
    }
    EXPECT_EQ(student_ids(*loaded.tokenizer, "the fox jumps", 8),
              (std::vector<int32_t>{5, 6, 7, 8}));
  }
}

TEST(ModelDirectory, ATeacherComesBackBitForBit) {
  const TemporaryFolder folder;
  BertModel saved;
  saved.encoder = BertEncoder(read_bert_config(kTiny));
  LoadStateOptions options;
  options.ignore_unexpected = true;
  load_state(*saved.encoder, TensorStore::open(kTiny), kTiny / "model.safetensors", options);
  saved.pooling = {{"max", "cls"}, true, 11};
  saved.tokenizer = toy_tokenizer();
  saved.head = TaskHead(toy_head(), 2 * saved.encoder->config().hidden_size);
  saved.head->initialize(1);
  save_bert_model(folder.path() / "teacher", saved);
  const BertModel loaded = load_bert_model(folder.path() / "teacher");
  expect_equal_state(*loaded.encoder, *saved.encoder);
  expect_equal_state(*loaded.head, *saved.head);
  EXPECT_EQ(loaded.pooling.modes, saved.pooling.modes);
  EXPECT_EQ(loaded.pooling.max_length, 11);
  EXPECT_TRUE(loaded.pooling.normalize);
}

at::Tensor vectors_of(BertModel model) {
  const at::NoGradGuard no_grad;
  const std::vector<std::vector<int32_t>> ids{{2, 10, 11, 3}, {2, 49, 7, 8, 9, 3}, {2, 3}};
  const PackedBatch batch = pack_batch(ids);
  return BertEncoderImpl::pool(model.encoder->forward(batch).last, batch, model.pooling);
}

// Names with gamma and beta once ended fine-tuning and distillation: "no tensor
// 'embeddings.LayerNorm.bias'", while `limbeck embed` read the same directory.
TEST(ModelDirectory, OtherNamesOfATeachersTensorsGiveTheSameBits) {
  const fs::path teacher = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny";
  const BertModel usual = load_bert_model(teacher);
  for (const test::NameStyle& style : test::name_styles()) {
    const TemporaryFolder folder;
    test::copy_renamed(teacher, folder.path() / "renamed", style.stored);
    const BertModel renamed = load_bert_model(folder.path() / "renamed");
    expect_equal_state(*renamed.encoder, *usual.encoder);
    EXPECT_TRUE(vectors_of(renamed).equal(vectors_of(usual))) << style.description;
    save_bert_model(folder.path() / "saved", renamed);
    expect_equal_state(*load_bert_model(folder.path() / "saved").encoder, *usual.encoder);
  }
}

TEST(ModelDirectory, AStudentIsNotATeacher) {
  const TemporaryFolder folder;
  save_bilstm_model(folder.path(), toy_student(false));
  EXPECT_EQ(message_of<DataError>([&] { load_bert_model(folder.path()); }),
            (folder.path() / "config.json").string() + ": expected model_type 'bert'");
}

class StateFile : public ::testing::Test {
 protected:
  StateFile() { module_.register_parameter("weight", at::zeros({2, 3})); }

  void write(const std::string& name, Dtype dtype, std::vector<int64_t> shape,
             std::vector<uint8_t> bytes) {
    const std::vector<uint8_t> kept = std::move(bytes);
    TensorView view{dtype, std::move(shape), std::as_bytes(std::span(kept))};
    write_safetensors(file(), {{name, view}}, {});
  }
  std::string load(const LoadStateOptions& options = {}) {
    return message_of<DataError>(
        [&] { load_state(module_, TensorStore::open(file()), file(), options); });
  }
  fs::path file() const { return folder_.path() / "m.safetensors"; }
  std::string where() const { return file().string() + ": "; }
  at::Tensor weight() const { return module_.named_parameters()["weight"]; }

  TemporaryFolder folder_;
  torch::nn::Module module_;
};

TEST_F(StateFile, HalfPrecisionIsConverted) {
  const uint8_t one_bf16[2] = {0x80, 0x3f}, minus_two_f16[2] = {0x00, 0xc0};
  std::vector<uint8_t> ones, minus_twos;
  for (int i = 0; i < 6; ++i) {
    ones.insert(ones.end(), one_bf16, one_bf16 + 2);
    minus_twos.insert(minus_twos.end(), minus_two_f16, minus_two_f16 + 2);
  }
  write("weight", Dtype::kBF16, {2, 3}, ones);
  EXPECT_EQ(load(), "no error");
  EXPECT_TRUE(weight().equal(at::ones({2, 3})));
  write("bert.weight", Dtype::kF16, {2, 3}, minus_twos);
  LoadStateOptions options;
  options.stored_name = [](const std::string& name) { return "bert." + name; };
  EXPECT_EQ(load(options), "no error");
  EXPECT_TRUE(weight().equal(at::full({2, 3}, -2.f)));
}

TEST_F(StateFile, ErrorsNameFileAndTensor) {
  write("wight", Dtype::kF32, {2, 3}, std::vector<uint8_t>(24));
  EXPECT_EQ(load(), where() + "no tensor 'weight'");
  write("weight", Dtype::kF32, {3, 2}, std::vector<uint8_t>(24));
  EXPECT_EQ(load(), where() + "tensor 'weight': expected shape [2, 3], got [3, 2]");
  write("weight", Dtype::kU8, {2, 3}, std::vector<uint8_t>(6));
  EXPECT_EQ(load(), where() + "tensor 'weight': expected F64, F32, F16 or BF16, got U8");
}

TEST_F(StateFile, UnexpectedTensorsAreErrorsUnlessIgnored) {
  torch::nn::Module two;
  two.register_parameter("weight", at::ones({2, 3}));
  two.register_parameter("cls_weight", at::ones({1}));
  save_state({&two}, file());
  EXPECT_EQ(
      load(),
      where() + "unexpected tensor 'cls_weight' (is the config.json beside it of another model?)");
  EXPECT_TRUE(weight().equal(at::zeros({2, 3}))) << "nothing is copied unless everything fits";
  LoadStateOptions options;
  options.ignored = {"cls_"};
  EXPECT_EQ(load(options), "no error");
  EXPECT_TRUE(weight().equal(at::ones({2, 3})));
}

// Points on a line plus a little across it: the first component is the line.
TEST(PrincipalComponents, FindTheLineAndFixTheSign) {
  const at::Tensor along = at::arange(-5, 6, at::kDouble).unsqueeze(1);
  const at::Tensor line = torch::tensor({{-0.8, 0.6}}, at::kDouble),
                   across = torch::tensor({{0.6, 0.8}}, at::kDouble);
  const at::Tensor table = along * line + 0.01 * (along % 2) * across + 3.0;
  const at::Tensor one = principal_components(table, 1);
  ASSERT_EQ(one.sizes(), (at::IntArrayRef{11, 1}));
  // The greatest entry of the line, -0.8, is made positive.
  EXPECT_LE(max_difference(one, -along), 0.02);
  const at::Tensor both = principal_components(table, 2);
  EXPECT_LE(max_difference(both.narrow(1, 0, 1), one), 1e-6);
  EXPECT_LE(max_difference(both.norm(2, {1}), (table - table.mean(0)).norm(2, {1})),
            1e-5);  // a rotation
  EXPECT_EQ(
      message_of<ConfigError>([&] { principal_components(table, 3); }),
      "embedding_width: expected 1 to 2, the width of the table that the components are of, got 3");
}

class Glove : public ::testing::Test {
 protected:
  GloveCoverage load(const std::string& text) {
    write_file_atomic(file(), text);
    return init_from_glove(table_, file(), *tokenizer_, 4);
  }
  std::string error(const std::string& text) {
    return message_of<DataError>([&] { load(text); });
  }
  fs::path file() const { return folder_.path() / "glove.txt"; }

  TemporaryFolder folder_;
  std::shared_ptr<const Tokenizer> tokenizer_ = toy_tokenizer();
  at::Tensor table_ = at::zeros({kPieces, 2});
};

TEST_F(Glove, WholeWordsAreTakenAndPartsAveraged) {
  const GloveCoverage coverage =
      load("the 1 2\njumps 4 0\nruns 0 6\nfox -1 .5\nzebra 9 9\nfox 7 7\n");
  EXPECT_EQ(coverage.pieces, kPieces);
  EXPECT_EQ(coverage.words_in_file, 6);
  EXPECT_EQ(coverage.found, 2);     // the, fox
  EXPECT_EQ(coverage.averaged, 3);  // jump, run, ##s
  EXPECT_EQ(coverage.random, kPieces - 5);
  EXPECT_TRUE(table_[5].equal(at::tensor({1.f, 2.f})));
  EXPECT_TRUE(table_[6].equal(at::tensor({-1.f, .5f}))) << "the first vector of a word counts";
  EXPECT_TRUE(table_[7].equal(at::tensor({4.f, 0.f})));
  EXPECT_TRUE(table_[8].equal(at::tensor({2.f, 3.f}))) << "mean of jumps and runs";
  EXPECT_GT(table_[0].abs().max().item<double>(), 0.0);
}

TEST_F(Glove, AHeaderLineIsSkipped) { EXPECT_EQ(load("1 2\nthe 1 2\n").words_in_file, 1); }

TEST_F(Glove, MalformedLinesAreNamed) {
  const std::string where = file().string();
  EXPECT_EQ(error("the 1 2\nfox 1\n"),
            where + ":2: expected a word and 2 numbers, got 1 (is it a file of this width?)");
  EXPECT_EQ(error("the 1 two\n"),
            where + ":1: expected a word and 2 numbers, got 'two' (is it a file of this width?)");
  EXPECT_EQ(error("the 1 nan\n"),
            where + ":1: expected a word and 2 numbers, got 'nan' (is it a file of this width?)");
  EXPECT_EQ(error("\n"), where + ": no word vectors (is the file empty?)");
}

TEST(InitFromTeacher, TablesOfDifferentVocabulariesAreAnError) {
  const std::vector<float> values(6);
  const TensorView view{Dtype::kF32, {3, 2}, std::as_bytes(std::span(values))};
  EXPECT_EQ(message_of<ConfigError>([&] {
              init_from_teacher_table(at::zeros({4, 2}), view);
            }),
            "embedding_init: the student has 4 word pieces, the teacher's table another number of "
            "rows (share its "
            "vocabulary)");
}

}  // namespace
}  // namespace limbeck::nlp
