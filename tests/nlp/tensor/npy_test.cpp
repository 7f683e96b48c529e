#include "nlp/tensor/npy.h"

#include <gtest/gtest.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::nlp {
namespace {

using test::error_message;
using test::TemporaryDirectory;

std::string npy_bytes(const std::string& header, const std::string& data) {
  return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(header.size()) + '\0' + header +
         data;
}

/// Bytes that NumPy 2 writes for np.array([[1, 2, 3]], dtype=np.float32), by numpy.save.
TEST(Npy, WritesTheBytesThatNumpyWrites) {
  const TemporaryDirectory folder;
  const std::vector<float> values = {1, 2, 3};
  write_npy(folder / "x.npy", {Dtype::kF32, {1, 3}, std::as_bytes(std::span(values))});
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
  const std::string expected = std::string("\x93NUMPY\x01\0\x76\0", 10) + header +
                               std::string(117 - header.size(), ' ') + "\n" +
                               std::string("\0\0\x80\x3F\0\0\0\x40\0\0\x40\x40", 12);
  EXPECT_EQ(read_file(folder / "x.npy"), expected);
}

TEST(Npy, EveryDtypeAndRankRoundTrips) {
  const TemporaryDirectory folder;
  const std::string bytes(48, 'q');
  for (const Dtype dtype : {Dtype::kF64, Dtype::kF32, Dtype::kF16, Dtype::kI64, Dtype::kI32,
                            Dtype::kI8, Dtype::kU8, Dtype::kBool}) {
    const int64_t count = static_cast<int64_t>(bytes.size() / dtype_bytes(dtype));
    for (const std::vector<int64_t>& shape :
         std::vector<std::vector<int64_t>>{{count}, {2, count / 2}, {count / 2, 1, 2}}) {
      write_npy(folder / "x", {dtype, shape, std::as_bytes(std::span(bytes))});
      const NpyArray array = read_npy(folder / "x");
      EXPECT_EQ(array.dtype, dtype);
      EXPECT_EQ(array.shape, shape);
      EXPECT_EQ(array.view().bytes.size(), bytes.size());
    }
  }
  const float scalar = 7;
  write_npy(folder / "x", {Dtype::kF32, {}, std::as_bytes(std::span(&scalar, 1))});
  EXPECT_TRUE(read_npy(folder / "x").shape.empty());
}

TEST(Npy, RowsWrittenOneByOneEqualTheArrayWrittenAtOnce) {
  const TemporaryDirectory folder;
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  NpyRowWriter writer(folder / "rows", Dtype::kF32, 2);
  writer.append(std::span(values).subspan(0, 2));
  writer.append(std::span(values).subspan(2, 4));
  EXPECT_EQ(writer.rows(), 3);
  EXPECT_FALSE(std::filesystem::exists(folder / "rows"));
  EXPECT_EQ(error_message<ShapeError>([&] { writer.append(std::span(values).subspan(0, 1)); }),
            "NpyRowWriter: rows must be (N, 2), got 4 bytes");
  writer.commit();
  write_npy(folder / "once", {Dtype::kF32, {3, 2}, std::as_bytes(std::span(values))});
  EXPECT_EQ(read_file(folder / "rows"), read_file(folder / "once"));
}

TEST(Npy, RowWriterWithoutCommitLeavesNothing) {
  const TemporaryDirectory folder;
  { NpyRowWriter writer(folder / "rows", Dtype::kF32, 2); }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Npy, DamagedFilesAreNamed) {
  const TemporaryDirectory folder;
  const std::string file = (folder / "x").string();
  const auto data_message = [&](const std::string& bytes) {
    folder.write("x", bytes);
    return error_message<DataError>([&] { read_npy(file); });
  };
  const auto unsupported_message = [&](const std::string& bytes) {
    folder.write("x", bytes);
    return error_message<UnsupportedError>([&] { read_npy(file); });
  };
  EXPECT_EQ(data_message("PK"), file + ": expected an .npy file, got something else");
  EXPECT_EQ(data_message(std::string("\x93NUMPY\x01\0\x76\0{}", 12)),
            file + ": the header needs 118 bytes, got 2 (is the file complete?)");
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }";
  EXPECT_EQ(data_message(npy_bytes(header, "01234")),
            file + ": shape [2] of <f4 needs 8 bytes, got 5 (is the file complete?)");
  for (const char* bad : {"{}", "{'descr': '<f4'}", "{'descr': <f4}", "{'shape': (-1,)}", "[1, 2]",
                          "{'x': 1}", "{'descr': '<f4', 'fortran_order': Maybe}", "{'descr': '<f4"})
    EXPECT_EQ(data_message(npy_bytes(bad, "")),
              file + ": expected an .npy header with descr, fortran_order and shape")
        << bad;
  EXPECT_EQ(unsupported_message(
                npy_bytes("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", "01234567")),
            file + ": element type '>f4' is not one of: <f8, <f4, <f2, <i8, <i4, |i1, |u1, |b1");
  EXPECT_EQ(unsupported_message(
                npy_bytes("{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }", "01234567")),
            file + ": expected row-major data, got column-major (fortran_order)");
  EXPECT_EQ(unsupported_message(std::string("\x93NUMPY\x09\0\0\0\0\0", 12)),
            file + ": expected .npy version 1 to 3, got 9");
  const uint16_t brain = 0;
  EXPECT_EQ(error_message<UnsupportedError>([&] {
              write_npy(file, {Dtype::kBF16, {1}, std::as_bytes(std::span(&brain, 1))});
            }),
            "npy: no element type for BF16 (convert to float32 first)");
}

}  // namespace
}  // namespace limbeck::nlp
