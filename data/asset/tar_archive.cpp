#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "data/asset/archive.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

constexpr size_t kBlock = 512;
using Block = std::array<char, kBlock>;

/// The decompressed blocks of an archive.
class BlockReader {
 public:
  explicit BlockReader(const std::filesystem::path& path)
      : where_(path.string()), file_(gzopen(path.c_str(), "rb")) {
    if (!file_) fail("cannot open");
  }

  /// False at the end of the file.
  bool next(Block& block) {
    const int count = gzread(file_.get(), block.data(), kBlock);
    if (count == 0) return false;
    if (count != static_cast<int>(kBlock)) fail("damaged or cut short");
    return true;
  }

  [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + ": " + what); }

 private:
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };

  std::string where_;
  std::unique_ptr<gzFile_s, Close> file_;
};

/// A field of the header: up to its first NUL.
std::string_view field(const Block& header, size_t begin, size_t length) {
  const std::string_view text(header.data() + begin, length);
  return text.substr(0, text.find('\0'));
}

/// Octal number, padded with blanks or NULs; nothing when it is not one.
std::optional<uint64_t> octal(std::string_view text) {
  uint64_t value = 0;
  bool has_digit = false;
  for (const char c : text) {
    if (c == ' ' && !has_digit) continue;
    if (c == ' ') break;
    if (c < '0' || c > '7' || value >> 60 != 0) return std::nullopt;
    value = value * 8 + static_cast<uint64_t>(c - '0');
    has_digit = true;
  }
  return has_digit ? std::optional(value) : std::nullopt;
}

/// The sum of the header's bytes, its own field taken as blanks, stands in bytes 148 .. 155.
bool has_valid_checksum(const Block& header) {
  uint64_t sum = 0;
  for (size_t i = 0; i < kBlock; ++i)
    sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(header[i]);
  return octal(field(header, 148, 8)) == sum;
}

std::string member_name(const Block& header) {
  const bool is_ustar = field(header, 257, 6).starts_with("ustar");
  const std::string prefix(is_ustar ? field(header, 345, 155) : "");
  const std::string name(field(header, 0, 100));
  return prefix.empty() ? name : prefix + "/" + name;
}

void copy_data(BlockReader& blocks, uint64_t size, AtomicFile* output) {
  Block block;
  while (size > 0) {
    if (!blocks.next(block)) blocks.fail("cut short");
    const size_t used = static_cast<size_t>(std::min<uint64_t>(size, kBlock));
    if (output != nullptr) output->write(std::string_view(block.data(), used));
    size -= used;
  }
}

}  // namespace

void unpack_tar_member(const std::filesystem::path& archive, const std::string& member,
                       const std::filesystem::path& target) {
  BlockReader blocks(archive);
  Block header;
  while (blocks.next(header)) {
    if (std::all_of(header.begin(), header.end(), [](char c) { return c == '\0'; })) break;
    const std::optional<uint64_t> size = octal(field(header, 124, 12));
    if (!size || !has_valid_checksum(header)) blocks.fail("not a tar archive, or damaged");
    if (*size > kMaxMemberBytes)
      blocks.fail("a member is larger than " + std::to_string(kMaxMemberBytes) + " bytes");
    const char type = header[156];
    if ((type == '0' || type == '\0') && member_name(header) == member) {
      AtomicFile output(target);
      copy_data(blocks, *size, &output);
      output.commit();
      return;
    }
    copy_data(blocks, *size, nullptr);
  }
  blocks.fail("no member '" + member + "'");
}

}  // namespace limbeck::data
