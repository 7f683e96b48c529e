#include "nlp/tensor/safetensors_header.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/nlp/tensor/safetensors_bytes.h"
#include "tests/support/error_message.h"

namespace limbeck::nlp {
namespace {

using test::safetensors_bytes;

std::string message_of(const std::string& bytes) {
  return test::error_message<DataError>(
      [&] { parse_safetensors(std::as_bytes(std::span(bytes)), "m.safetensors"); });
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

TEST(SafetensorsHeader, ReadsTensorsScalarsAndMetadata) {
  const std::string bytes = safetensors_bytes("{\"__metadata__\":{\"format\":\"pt\"}," +
                                                  entry("a", "F32", "[1,2]", "[0,8]") + "," +
                                                  entry("scalar", "I64", "[]", "[8,16]") + "," +
                                                  entry("none", "F32", "[0,7]", "[8,8]") + "}   ",
                                              "0123456789abcdef");
  const SafetensorsContent content =
      parse_safetensors(std::as_bytes(std::span(bytes)), "m.safetensors");
  ASSERT_EQ(content.tensors.size(), 3U);
  EXPECT_EQ(content.tensors.at("a").shape, (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(content.tensors.at("a").bytes.size(), 8U);
  EXPECT_EQ(static_cast<char>(content.tensors.at("scalar").bytes[0]), '8');
  EXPECT_EQ(content.tensors.at("scalar").element_count(), 1);
  EXPECT_EQ(content.tensors.at("none").element_count(), 0);
  EXPECT_EQ(content.metadata.at("format"), "pt");
}

TEST(SafetensorsHeader, RejectsAWrongLength) {
  EXPECT_EQ(
      message_of("abc"),
      "m.safetensors: expected a safetensors file of at least 8 bytes, got 3 (is it complete?)");
  // 100,000,001 bytes: refused before anything is read or allocated.
  EXPECT_EQ(message_of(std::string("\x01\xE1\xF5\x05\0\0\0\0", 8)),
            "m.safetensors: expected a header of at most 100000000 bytes, got 100000001 (is this a "
            "safetensors file?)");
  EXPECT_EQ(message_of(std::string(8, '\xFF')),
            "m.safetensors: expected a header of at most 100000000 bytes, got 18446744073709551615 "
            "(is this a safetensors file?)");
  EXPECT_EQ(message_of(std::string("\x05\0\0\0\0\0\0\0{}", 10)),
            "m.safetensors: the header needs 5 bytes, got 2 (is the file complete?)");
}

struct BadHeader {
  const char* title;
  std::string header, data, message;
};

class SafetensorsHeaderRejects : public testing::TestWithParam<BadHeader> {};

TEST_P(SafetensorsHeaderRejects, WithTheWholeMessage) {
  EXPECT_EQ(message_of(safetensors_bytes(GetParam().header, GetParam().data)),
            "m.safetensors: " + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, SafetensorsHeaderRejects,
    testing::Values(
        BadHeader{"Empty", "", "", "byte 1 of the header is not valid JSON"},
        BadHeader{"CutJson", "{\"a\":", "", "byte 6 of the header is not valid JSON"},
        BadHeader{"NotUtf8", "{\"\xE9\":{}}", "", "byte 4 of the header is not valid JSON"},
        // Once accepted, as the JSON library stops at a NUL byte.
        BadHeader{"NulAfterTheEnd", std::string("{}\0", 3), "",
                  "byte 3 of the header is not valid JSON"},
        BadHeader{"ListRoot", "[1]", "", "header: expected an object, got an array"},
        BadHeader{"NumberRoot", "7", "", "header: expected an object, got 7"},
        BadHeader{"TensorIsNumber", "{\"a\":1.5}", "", "tensor 'a': expected an object, got 1.5"},
        BadHeader{"NoKeys", "{\"a\":{}}", "",
                  "tensor 'a': expected the keys dtype, shape and data_offsets"},
        BadHeader{"UnknownKey", "{\"a\":{\"strides\":[1]}}", "",
                  "tensor 'a': unknown key 'strides'; known: dtype, shape, data_offsets"},
        BadHeader{"KeyTwice", "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"I8\"}}", "",
                  "tensor 'a': key 'dtype' stands there twice"},
        BadHeader{
            "NameTwice",
            "{" + entry("a", "I8", "[1]", "[0,1]") + "," + entry("a", "I8", "[1]", "[0,1]") + "}",
            "x", "tensor 'a' stands in the header twice"},
        BadHeader{"UnknownDtype", "{" + entry("a", "F13", "[1]", "[0,4]") + "}", "0123",
                  "tensor 'a': unknown dtype 'F13'; known: F64, F32, F16, BF16, I64, I32, I8, U8, "
                  "BOOL"},
        BadHeader{"DtypeIsNumber", "{\"a\":{\"dtype\":7}}", "",
                  "tensor 'a': key 'dtype': expected a string, got 7"},
        BadHeader{"NegativeSize", "{" + entry("a", "F32", "[-1]", "[0,4]") + "}", "0123",
                  "tensor 'a': key 'shape': expected non-negative integers, got -1"},
        BadHeader{"FractionalSize", "{" + entry("a", "F32", "[1.0]", "[0,4]") + "}", "0123",
                  "tensor 'a': key 'shape': expected non-negative integers, got 1.0"},
        BadHeader{"NestedShape", "{" + entry("a", "F32", "[[1]]", "[0,4]") + "}", "0123",
                  "tensor 'a': key 'shape': expected non-negative integers, got an array"},
        BadHeader{"HugeSize", "{" + entry("a", "F32", "[18446744073709551615]", "[0,4]") + "}",
                  "0123",
                  "tensor 'a': key 'shape': expected non-negative integers, got "
                  "18446744073709551615"},
        BadHeader{"ProductOverflows",
                  "{" + entry("a", "F32", "[4294967296,4294967296]", "[0,4]") + "}", "0123",
                  "tensor 'a': shape [4294967296, 4294967296] is too large"},
        // 2^62 elements of 4 bytes wrap around to 0 in 64 bits.
        BadHeader{"BytesOverflow", "{" + entry("a", "F32", "[4611686018427387904]", "[0,0]") + "}",
                  "", "tensor 'a': shape [4611686018427387904] is too large"},
        BadHeader{"WrongSize", "{" + entry("a", "F32", "[2,3]", "[0,20]") + "}",
                  "01234567890123456789", "tensor 'a': shape [2, 3] of F32 needs 24 bytes, got 20"},
        BadHeader{"ThreeOffsets", "{" + entry("a", "I8", "[1]", "[0,1,1]") + "}", "x",
                  "tensor 'a': expected 2 data_offsets, got 3"},
        BadHeader{"OffsetsBackwards", "{" + entry("a", "I8", "[1]", "[1,0]") + "}", "x",
                  "tensor 'a': data_offsets [1, 0] are in the wrong order"},
        BadHeader{"BeyondTheEnd", "{" + entry("a", "F32", "[2]", "[0,8]") + "}", "01234",
                  "tensor 'a': its data end at byte 8, the file has 5 (is it complete?)"},
        BadHeader{"Overlap",
                  "{" + entry("a", "F32", "[2]", "[0,8]") + "," +
                      entry("b", "F32", "[2]", "[4,12]") + "}",
                  "0123456789ab", "tensors 'a' and 'b' overlap"},
        BadHeader{
            "Hole",
            "{" + entry("a", "I8", "[1]", "[0,1]") + "," + entry("b", "I8", "[1]", "[4,5]") + "}",
            "01234", "3 bytes before tensor 'b' belong to no tensor"},
        BadHeader{"Trailing", "{" + entry("a", "I8", "[1]", "[0,1]") + "}", "012",
                  "2 bytes after the last tensor"},
        BadHeader{"MetadataNumber", "{\"__metadata__\":{\"step\":3}}", "",
                  "__metadata__: key 'step': expected a string, got 3"},
        BadHeader{"MetadataList", "{\"__metadata__\":[]}", "",
                  "__metadata__: expected an object, got an array"}),
    [](const auto& info) { return info.param.title; });

/// A header of nested brackets once made recursive parsers overflow their stack.
TEST(SafetensorsHeader, RejectsDeepNestingAtItsFirstLevel) {
  EXPECT_EQ(message_of(safetensors_bytes(std::string(1'000'000, '['), "")),
            "m.safetensors: header: expected an object, got an array");
}

}  // namespace
}  // namespace limbeck::nlp
