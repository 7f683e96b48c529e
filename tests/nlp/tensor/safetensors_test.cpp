#include "nlp/tensor/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/tensor/half.h"
#include "tests/nlp/tensor/safetensors_bytes.h"
#include "tests/support/error_message.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

using test::error_message;
using test::TemporaryDirectory;

TensorView view_of(Dtype dtype, std::vector<int64_t> shape, std::string_view bytes) {
  return {dtype, std::move(shape), std::as_bytes(std::span(bytes))};
}

TensorView view_of(const std::vector<float>& values, std::vector<int64_t> shape) {
  return {Dtype::kF32, std::move(shape), std::as_bytes(std::span(values))};
}

TEST(Safetensors, EveryDtypeRoundTripsAlignedWithoutHoles) {
  const TemporaryDirectory folder;
  const std::vector<NamedTensor> written = {
      {"z.bool", view_of(Dtype::kBool, {3}, std::string_view("\0\1\1", 3))},
      {"odd.u8", view_of(Dtype::kU8, {3}, "xyz")},
      {"i8", view_of(Dtype::kI8, {1, 1}, "-")},
      {"a.f16", view_of(Dtype::kF16, {3}, "012345")},
      {"bf16", view_of(Dtype::kBF16, {1}, "ab")},
      {"f32", view_of(Dtype::kF32, {2, 1}, "01234567")},
      {"i32", view_of(Dtype::kI32, {1}, "0123")},
      {"i64", view_of(Dtype::kI64, {}, "01234567")},
      {"f64", view_of(Dtype::kF64, {2}, "0123456789abcdef")},
      {"empty", view_of(Dtype::kF32, {0, 4}, "")}};
  write_safetensors(folder / "m.safetensors", written, {{"format", "pt"}});
  const TensorStore store = TensorStore::open(folder / "m.safetensors");
  ASSERT_EQ(store.tensors().size(), written.size());
  for (const auto& [name, tensor] : written) {
    const TensorView& got = store.at(name, tensor.shape);
    EXPECT_EQ(got.dtype, tensor.dtype) << name;
    EXPECT_TRUE(
        std::equal(got.bytes.begin(), got.bytes.end(), tensor.bytes.begin(), tensor.bytes.end()))
        << name;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(got.bytes.data()) % dtype_bytes(got.dtype), 0U) << name;
  }
  EXPECT_EQ(store.metadata().at("format"), "pt");
}

/// The golden file and its values: see origin.json beside it.
TEST(Safetensors, ReadsAndWritesTheBytesOfTheReferenceImplementation) {
  const std::filesystem::path golden = std::filesystem::path(LIMBECK_SOURCE_DIR) /
                                       "tests/golden/safetensors/every_dtype.safetensors";
  const TensorStore store = TensorStore::open(golden);
  ASSERT_EQ(store.tensors().size(), 10U);
  const auto words = store.at("words.weight", {2, 3}).float32();
  EXPECT_EQ(std::vector<float>(words.begin(), words.end()),
            (std::vector<float>{0.5F, -2, 3e-8F, 1, INFINITY, -0.0F}));
  EXPECT_EQ(to_float32(store.at("f64")), std::vector<float>{1.0F / 3});
  EXPECT_EQ(to_float32(store.at("f16")), (std::vector<float>{0.0999755859375F, 65504, 0x1p-24F}));
  EXPECT_EQ(to_float32(store.at("bf16")),
            (std::vector<float>{0.10009765625F, bfloat16_to_float(float_to_bfloat16(-3e38F))}));
  EXPECT_EQ(store.at("ids", {1, 2}).dtype, Dtype::kI64);
  EXPECT_EQ(static_cast<int>(store.at("i8", {3}).bytes[0]), 0x80);
  EXPECT_EQ(store.at("naïve \"name\"", {0, 4}).element_count(), 0);
  const TemporaryDirectory folder;
  std::vector<NamedTensor> tensors;
  for (const auto& [name, tensor] : store.tensors()) tensors.push_back({name, tensor});
  write_safetensors(folder / "again", tensors, store.metadata());
  EXPECT_EQ(read_file(folder / "again"), read_file(golden));
}

TEST(Safetensors, EqualInputInAnyOrderGivesEqualBytes) {
  const TemporaryDirectory folder;
  const std::vector<float> values = {1, 2, 3};
  const NamedTensor a{"a", view_of(values, {3})}, b{"b", view_of(values, {1, 3})};
  write_safetensors(folder / "1", {a, b}, {});
  write_safetensors(folder / "2", {b, a}, {});
  EXPECT_EQ(read_file(folder / "1"), read_file(folder / "2"));
}

TEST(Safetensors, WriterRejectsWhatItCouldNotReadBack) {
  const TemporaryDirectory folder;
  const std::vector<float> values = {1, 2, 3};
  const auto write = [&](std::vector<NamedTensor> tensors) {
    write_safetensors(folder / "m", std::move(tensors), {});
  };
  const NamedTensor good{"a", view_of(values, {3})};
  EXPECT_EQ(error_message<ShapeError>([&] {
              write({{"a", view_of(values, {2})}});
            }),
            "write_safetensors: tensor 'a': shape [2] of F32 needs 8 bytes, got 12");
  const std::string file = (folder / "m").string();
  EXPECT_EQ(error_message<DataError>([&] {
              write({good, good});
            }),
            file + ": tensor 'a' was given twice");
  EXPECT_EQ(error_message<DataError>([&] {
              write({{"__metadata__", good.tensor}});
            }),
            file + ": tensor name '__metadata__' is reserved");
  EXPECT_EQ(error_message<DataError>([&] {
              write({{"\xFF", good.tensor}});
            }),
            file + ": a tensor name or metadata text is not valid UTF-8");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Safetensors, ShardedModelReadsAsOne) {
  const TemporaryDirectory folder;
  std::vector<float> values(12);
  std::iota(values.begin(), values.end(), 0.0F);
  const std::span<const float> all(values);
  std::vector<NamedTensor> tensors;
  for (int i = 0; i < 3; ++i)
    tensors.push_back({"layer." + std::to_string(i),
                       {Dtype::kF32, {4}, std::as_bytes(all.subspan(size_t(i) * 4, 4))}});
  write_model_tensors(folder.path(), tensors, {}, 32);
  EXPECT_TRUE(std::filesystem::exists(folder / "model-00001-of-00002.safetensors"));
  EXPECT_TRUE(std::filesystem::exists(folder / "model-00002-of-00002.safetensors"));
  const TensorStore store = TensorStore::open(folder.path());
  EXPECT_EQ(store.tensors().size(), 3U);
  EXPECT_EQ(store.at("layer.2").float32()[3], 11.0F);
}

TEST(Safetensors, SmallModelIsOneFile) {
  const TemporaryDirectory folder;
  const std::vector<float> values = {1};
  write_model_tensors(folder.path(), {{"w", view_of(values, {1})}}, {});
  EXPECT_EQ(TensorStore::open(folder.path()).at("w").float32()[0], 1.0F);
  EXPECT_FALSE(std::filesystem::exists(folder / "model.safetensors.index.json"));
}

std::string open_message(const std::filesystem::path& path) {
  return error_message<DataError>([&] { TensorStore::open(path); });
}

TEST(Safetensors, DamagedShardedModelsAreNamed) {
  const TemporaryDirectory folder;
  const std::string index = (folder / "model.safetensors.index.json").string();
  const auto write_index = [&](const std::string& text) {
    folder.write("model.safetensors.index.json", text);
  };
  write_index("{}");
  EXPECT_EQ(open_message(folder.path()), index + ": expected an object with the key 'weight_map'");
  write_index("[]");
  EXPECT_EQ(open_message(folder.path()), index + ": expected an object with the key 'weight_map'");
  for (const char* name : {"\"../m.safetensors\"", "\"/m\"", "\"..\"", "\"\"", "3"}) {
    write_index("{\"weight_map\":{\"a\":" + std::string(name) + "}}");
    EXPECT_EQ(open_message(folder.path()),
              index + ": tensor 'a': expected the name of a file beside the index, got " + name);
  }
  write_index("{\"weight_map\":{\"a\":\"m.safetensors\"}}");
  const std::string shard = (folder / "m.safetensors").string();
  EXPECT_EQ(open_message(folder.path()),
            shard +
                ": missing shard, which model.safetensors.index.json names for tensor 'a' (is "
                "the model complete?)");
  folder.write("m.safetensors", test::safetensors_bytes("{}", ""));
  EXPECT_EQ(open_message(folder.path()),
            shard + ": no tensor 'a', which model.safetensors.index.json places there");
}

TEST(Safetensors, FolderWithoutWeightsIsNamed) {
  const TemporaryDirectory folder;
  const std::string expected =
      folder.path().string() +
      ": expected model.safetensors or model.safetensors.index.json, found neither";
  EXPECT_EQ(open_message(folder.path()), expected);
  folder.write("pytorch_model.bin", "pickle");
  EXPECT_EQ(open_message(folder.path()),
            expected + " (pytorch_model.bin is a pickle, which is never executed: convert it)");
  EXPECT_EQ(open_message(folder / "absent.safetensors"),
            (folder / "absent.safetensors").string() + ": cannot open: No such file or directory");
}

TEST(Safetensors, LookUpNamesTheNearestAndTheShape) {
  const TemporaryDirectory folder;
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const std::string file = (folder / "m.safetensors").string();
  write_safetensors(file,
                    {{"encoder.layer.0.weight", view_of(values, {2, 3})},
                     {"encoder.layer.1.weight", view_of(values, {6})},
                     {"pooler.bias", view_of(values, {6})},
                     {"x", view_of(values, {6})}},
                    {});
  const TensorStore store = TensorStore::open(file);
  EXPECT_TRUE(store.contains("x"));
  EXPECT_FALSE(store.contains("y"));
  EXPECT_EQ(error_message<DataError>([&] { store.at("encoder.layer.1.weigth"); }),
            file +
                ": no tensor 'encoder.layer.1.weigth'; nearest: 'encoder.layer.1.weight', "
                "'encoder.layer.0.weight', 'pooler.bias'");
  EXPECT_EQ(error_message<DataError>([&] {
              store.at("encoder.layer.0.weight", {3, 2});
            }),
            file + ": tensor 'encoder.layer.0.weight': expected shape [3, 2], got [2, 3]");
}

TEST(Safetensors, MisalignedFloatsAreCopiedNotMapped) {
  const TemporaryDirectory folder;
  const std::string header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
  ASSERT_NE(header.size() % 4, 0U);
  const auto file =
      folder.write("m", test::safetensors_bytes(header, std::string("\0\0\x80\x3F", 4)));
  const TensorStore store = TensorStore::open(file);
  EXPECT_EQ(to_float32(store.at("a")), std::vector<float>{1.0F});
  EXPECT_EQ(error_message<DataError>([&] { store.at("a").float32(); }),
            "tensor [1]: its data are not 4-byte aligned in the file (to_float32 copies them)");
}

TEST(TensorView, ConvertsEveryFloatingPointDtype) {
  const std::vector<double> wide = {0.5, -2};
  const std::vector<uint16_t> half = {0x3800, 0xC000}, brain = {0x3F00, 0xC000};
  const std::vector<float> expected = {0.5F, -2};
  EXPECT_EQ(to_float32({Dtype::kF64, {2}, std::as_bytes(std::span(wide))}), expected);
  EXPECT_EQ(to_float32({Dtype::kF16, {2}, std::as_bytes(std::span(half))}), expected);
  EXPECT_EQ(to_float32({Dtype::kBF16, {2}, std::as_bytes(std::span(brain))}), expected);
  const TensorView integers = view_of(Dtype::kI8, {2}, "ab");
  EXPECT_EQ(error_message<DataError>([&] { to_float32(integers); }),
            "tensor [2]: expected dtype F64, F32, F16 or BF16, got I8");
  EXPECT_EQ(error_message<DataError>([&] { integers.float32(); }),
            "tensor [2]: expected dtype F32, got I8 (to_float32 converts it)");
}

TEST(TensorView, FindsTheFirstValueThatIsNotFinite) {
  std::vector<float> values(10'000, 1.0F);
  values[3] = std::numeric_limits<float>::max();
  EXPECT_EQ(first_not_finite(view_of(values, {10'000})), std::nullopt);
  values[9'999] = INFINITY;
  EXPECT_EQ(first_not_finite(view_of(values, {10'000})), 9'999);
  values[5'000] = -std::nanf("");
  EXPECT_EQ(first_not_finite(view_of(values, {10'000})), 5'000);
  const std::vector<double> wide = {1.0, 1e300};  // no float32
  EXPECT_EQ(first_not_finite({Dtype::kF64, {2}, std::as_bytes(std::span(wide))}), 1);
  const std::vector<uint16_t> halves = {0x7BFF, 0xFC00};
  EXPECT_EQ(first_not_finite({Dtype::kF16, {2}, std::as_bytes(std::span(halves))}), 1);
  EXPECT_EQ(first_not_finite({Dtype::kBF16, {2}, std::as_bytes(std::span(halves))}), std::nullopt);
  const std::vector<uint16_t> wide_halves = {0x7F7F, 0x7F80};
  EXPECT_EQ(first_not_finite({Dtype::kBF16, {2}, std::as_bytes(std::span(wide_halves))}), 1);
  EXPECT_EQ(first_not_finite(view_of(Dtype::kI32, {1}, "\xFF\xFF\xFF\xFF")), std::nullopt);
}

TEST(Safetensors, NamesTheTensorThatIsNotFinite) {
  const TemporaryDirectory folder;
  const std::vector<float> sound = {1, 2}, broken = {1, NAN};
  const std::string file = folder / "m.safetensors";
  write_safetensors(file, {{"a", view_of(sound, {2})}, {"b", view_of(broken, {2})}}, {});
  const TensorStore store = TensorStore::open(file);
  EXPECT_EQ(error_message<DataError>([&] { store.require_finite(); }),
            file + ": tensor 'b': value 1 is not finite (a diverged or damaged model)");
}

TEST(Safetensors, OpensTheDefaultTeacher) {
  LIMBECK_NEEDS_ASSET("all-MiniLM-L6-v2");
  const TensorStore store = TensorStore::open(test::asset_cache("all-MiniLM-L6-v2"));
  const TensorView& words = store.at("embeddings.word_embeddings.weight", {30522, 384});
  EXPECT_EQ(words.float32().size(), size_t{30522} * 384);
}

}  // namespace
}  // namespace limbeck::nlp
