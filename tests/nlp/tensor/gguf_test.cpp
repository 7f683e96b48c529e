#include "nlp/tensor/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/tensor/safetensors.h"
#include "tests/nlp/tensor/gguf_bytes.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

using limbeck::test::error_message;
using limbeck::test::GgufBytes;

const std::filesystem::path kGolden =
    std::filesystem::path(LIMBECK_SOURCE_DIR) / "tests/golden/gguf";

GgufContent parse(const GgufBytes& file) {
  return parse_gguf(std::as_bytes(std::span(file.bytes)), "x.gguf");
}

std::string refused(const GgufBytes& file) {
  return error_message<DataError>([&] { parse(file); });
}

TEST(Gguf, EveryTypeHasTheValuesOfTheReference) {
  const GgufFile file(kGolden / "every_type.gguf");
  const TensorStore expected = TensorStore::open(kGolden / "expected.safetensors");
  EXPECT_EQ(file.content().tensors.size(), 13u);
  for (const auto& [name, tensor] : file.content().tensors) {
    EXPECT_EQ(name, ggml_layout(tensor.type).name);
    const std::vector<float> want = to_float32(expected.at(name, {2, 512}));
    std::vector<float> got(want.size());
    dequantise(file.at(name, {2, 512}).type, tensor.bytes, got);
    for (size_t i = 0; i < want.size(); ++i)
      ASSERT_NEAR(got[i], want[i], std::fabs(want[i]) * 2.4e-7)  // 2 ulp: products in another order
          << name << " at " << i;
  }
}

TEST(Gguf, MetadataIsReadByType) {
  const GgufFile file(kGolden / "every_type.gguf");
  EXPECT_EQ(file.text("general.architecture"), "llama");
  EXPECT_EQ(file.integer("test.integer", 0, 10), 7);
  EXPECT_EQ(file.integer("test.flag", 0, 1), 1);
  EXPECT_EQ(file.real("test.real"), 0.5);
  EXPECT_THAT(file.texts("test.texts"), testing::ElementsAre("one", "", "drei"));
  const GgufNumbers numbers = file.numbers("test.numbers");
  ASSERT_EQ(numbers.count, 3);
  EXPECT_EQ(numbers.integer(1), -1);
}

TEST(Gguf, AWrongKeyIsNamedWithWhatItHolds) {
  const GgufFile file(kGolden / "every_type.gguf");
  const std::string where = file.where();
  EXPECT_EQ(error_message<DataError>([&] { file.text("absent"); }), where + ": no key 'absent'");
  EXPECT_EQ(error_message<DataError>([&] { file.text("test.integer"); }),
            where + ": key 'test.integer': expected a text, got a number");
  EXPECT_EQ(error_message<DataError>([&] { file.integer("test.integer", 8, 9); }),
            where + ": key 'test.integer': expected an integer from 8 to 9, got 7");
  EXPECT_EQ(error_message<DataError>([&] { file.integer("test.real", 0, 1); }),
            where + ": key 'test.real': expected an integer from 0 to 1, got a number");
  EXPECT_EQ(error_message<DataError>([&] { file.numbers("test.texts"); }),
            where + ": key 'test.texts': expected a list of numbers, got a list of texts");
  EXPECT_EQ(error_message<DataError>([&] { file.at("Q4_2"); }),
            where + ": no tensor 'Q4_2'; nearest: 'Q4_0', 'Q4_1', 'Q4_K'");
  EXPECT_EQ(error_message<DataError>([&] {
              file.at("Q4_0", {512, 2});
            }),
            where + ": tensor 'Q4_0': expected shape [512, 2], got [2, 512]");
}

TEST(Gguf, ATensorPointsIntoItsBytes) {
  GgufBytes file(2, 1);
  file.pair_u32("general.alignment", 64).tensor("a", 2, 32, 8, 0).tensor("b", 1, 4, 0, 128);
  file.pad(64).zeros(128).number(1.0f).number(2.0f).number(3.0f).number(4.0f);
  const GgufContent content = parse(file);
  EXPECT_EQ(content.tensors.at("a").bytes.size(), 68u);
  EXPECT_EQ(content.tensors.at("a").row_bytes(), 34);
  std::vector<float> values(4);
  dequantise(GgmlType::kF32, content.tensors.at("b").bytes, values);
  EXPECT_THAT(values, testing::ElementsAre(1, 2, 3, 4));
}

TEST(Gguf, WhatIsNoGgufIsSaid) {
  EXPECT_EQ(error_message<DataError>([] { parse_gguf({}, "x.gguf"); }),
            "x.gguf: not a GGUF file (it does not start with 'GGUF')");
  GgufBytes file(0, 0);
  file.bytes[0] = 'g';
  EXPECT_EQ(refused(file), "x.gguf: not a GGUF file (it does not start with 'GGUF')");
  EXPECT_EQ(error_message<UnsupportedError>([] { parse(GgufBytes(0, 0, 1)); }),
            "x.gguf: GGUF version 1 is not supported; known: 2, 3");
  EXPECT_EQ(error_message<UnsupportedError>([] { parse(GgufBytes(0, 0, 3u << 24)); }),
            "x.gguf: big-endian GGUF is not supported");
}

TEST(Gguf, EveryTruncationIsAnError) {
  GgufBytes file(1, 2);
  file.pair_text("k", "value").pair_u32("n", 1).tensor("a", 2, 32, 2, 0).pad().zeros(36);
  EXPECT_EQ(parse(file).tensors.size(), 1u);
  for (size_t length = 0; length < file.bytes.size(); ++length)
    EXPECT_THROW(parse_gguf(std::as_bytes(std::span(file.bytes).first(length)), "x"), DataError)
        << length;
}

TEST(Gguf, CountsBeyondTheFileTakeNoMemory) {
  EXPECT_EQ(
      refused(GgufBytes(1ull << 60, 0)),
      "x.gguf: truncated: 1152921504606846976 tensors do not fit in the 0 bytes that are left");
  GgufBytes list(0, 1);
  list.text("k").number(uint32_t{9}).number(uint32_t{8}).number(~uint64_t{0});
  EXPECT_EQ(
      refused(list),
      "x.gguf: truncated: 18446744073709551615 texts do not fit in the 0 bytes that are left");
  GgufBytes text(0, 1);
  text.number(~uint64_t{0}).zeros(20);
  EXPECT_EQ(refused(text),
            "x.gguf: truncated: key at byte 32 needs 18446744073709551615 bytes, 20 are left");
}

TEST(Gguf, UnsoundTensorsAreNamed) {
  const auto with = [](uint64_t rows, uint64_t width, uint32_t type, uint64_t offset) {
    GgufBytes file(1, 0);
    return file.tensor("a\n", rows, width, type, offset).pad().zeros(64);
  };
  EXPECT_EQ(
      error_message<UnsupportedError>([&] { parse(with(1, 32, 20, 0)); }),
      "x.gguf: tensor 'a?': IQ4_NL is not supported; known: F32, F16, BF16, Q4_0, Q4_1, Q5_0, "
      "Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K");
  EXPECT_EQ(error_message<UnsupportedError>([&] { parse(with(1, 32, 99, 0)); }).substr(0, 37),
            "x.gguf: tensor 'a?': type 99 is not s");
  EXPECT_EQ(refused(with(1, 33, 2, 0)),
            "x.gguf: tensor 'a?': rows of 33 values are not whole blocks of Q4_0");
  EXPECT_EQ(refused(with(1, 0, 0, 0)), "x.gguf: tensor 'a?': dimension 0 is out of range");
  EXPECT_EQ(refused(with(1ull << 40, 1ull << 40, 0, 0)),
            "x.gguf: tensor 'a?': dimension 1099511627776 is out of range");
  EXPECT_EQ(refused(with(1, 32, 0, 0)),
            "x.gguf: truncated: tensor 'a?': 128 bytes at offset 0 of the data, which has 64");
  EXPECT_EQ(refused(with(1, 4, 0, 8)), "x.gguf: tensor 'a?': offset 8 is not a multiple of 32");
  EXPECT_EQ(refused(with(1, 4, 0, ~uint64_t{31})),
            "x.gguf: truncated: tensor 'a?': 16 bytes at offset 18446744073709551584 of the data, "
            "which has 64");
}

TEST(Gguf, TensorsMustNotOverlapNorRepeat) {
  GgufBytes overlap(2, 0);
  overlap.tensor("a", 1, 16, 0, 0).tensor("b", 1, 16, 0, 32).pad().zeros(128);
  EXPECT_EQ(refused(overlap), "x.gguf: tensor 'b': its data overlap those of another tensor");
  GgufBytes twice(2, 0);
  twice.tensor("a", 1, 8, 0, 0).tensor("a", 1, 8, 0, 32).pad().zeros(128);
  EXPECT_EQ(refused(twice), "x.gguf: tensor 'a': stands there twice");
  GgufBytes keys(0, 2);
  keys.pair_u32("k", 1).pair_u32("k", 2);
  EXPECT_EQ(refused(keys), "x.gguf: key 'k' stands there twice");
}

TEST(Gguf, UnknownValuesAndAlignmentsAreRefused) {
  GgufBytes value(0, 1);
  value.text("k").number(uint32_t{77}).zeros(8);
  EXPECT_EQ(refused(value), "x.gguf: key 'k': value type 77 is not known");
  GgufBytes nested(0, 1);
  nested.text("k").number(uint32_t{9}).number(uint32_t{9}).number(uint64_t{0}).zeros(8);
  EXPECT_EQ(refused(nested), "x.gguf: key 'k': array of type 9 is not known");
  GgufBytes alignment(0, 1);
  alignment.pair_u32("general.alignment", 48);
  EXPECT_EQ(refused(alignment),
            "x.gguf: key 'general.alignment': expected a power of two up to 1048576");
}

TEST(Dequantise, SizesThatDoNotFitAreAnError) {
  std::vector<float> out(32);
  const std::vector<std::byte> bytes(17);
  EXPECT_EQ(error_message<ShapeError>([&] { dequantise(GgmlType::kQ4_0, bytes, out); }),
            "dequantise: Q4_0: 17 bytes do not hold 32 values");
}

}  // namespace
}  // namespace limbeck::nlp
