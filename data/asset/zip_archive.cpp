#include <zip.h>

#include <memory>
#include <vector>

#include "data/asset/archive.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

struct CloseArchive {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

struct CloseMember {
  void operator()(zip_file_t* member) const { zip_fclose(member); }
};

std::unique_ptr<zip_t, CloseArchive> open_archive(const std::filesystem::path& path) {
  int code = 0;
  std::unique_ptr<zip_t, CloseArchive> archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw DataError(path.string() + ": cannot read as zip: " + reason);
}

}  // namespace

void unpack_zip_member(const std::filesystem::path& path, const std::string& member,
                       const std::filesystem::path& target) {
  const auto archive = open_archive(path);
  zip_stat_t info;
  zip_stat_init(&info);
  if (zip_stat(archive.get(), member.c_str(), 0, &info) != 0)
    throw DataError(path.string() + ": no member '" + member + "'");
  if ((info.valid & ZIP_STAT_SIZE) == 0 || info.size > kMaxMemberBytes)
    throw DataError(path.string() + ": member '" + member + "' is larger than " +
                    std::to_string(kMaxMemberBytes) + " bytes");
  const std::unique_ptr<zip_file_t, CloseMember> input(
      zip_fopen_index(archive.get(), info.index, 0));
  if (!input) throw DataError(path.string() + ": cannot read member '" + member + "'");
  AtomicFile output(target);
  std::vector<char> buffer(size_t{1} << 18);
  uint64_t total = 0;
  for (;;) {
    const zip_int64_t count = zip_fread(input.get(), buffer.data(), buffer.size());
    if (count < 0) throw DataError(path.string() + ": member '" + member + "' is damaged");
    if (count == 0) break;
    total += static_cast<uint64_t>(count);
    output.write(std::string_view(buffer.data(), static_cast<size_t>(count)));
  }
  if (total != info.size) throw DataError(path.string() + ": member '" + member + "' is cut short");
  output.commit();
}

}  // namespace limbeck::data
