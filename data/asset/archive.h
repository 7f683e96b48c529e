#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace limbeck::data {

/// Largest member that is unpacked: a bound on what a hostile archive can cost.
inline constexpr size_t kMaxMemberBytes = size_t{4} << 30;

/// Writes one member of a zip archive (a wheel, a source archive) to `target`, atomically.
/// Throws: DataError when the archive is damaged, has no such member, or the member is larger than
/// the limit.
void unpack_zip_member(const std::filesystem::path& archive, const std::string& member,
                       const std::filesystem::path& target);

/// Writes one regular file of a gzip-compressed tar archive (POSIX ustar or GNU) to `target`,
/// atomically. Links, devices and every other member are passed over; a member's name only selects
/// it and is never used as a path. Throws: as unpack_zip_member.
void unpack_tar_member(const std::filesystem::path& archive, const std::string& member,
                       const std::filesystem::path& target);

}  // namespace limbeck::data
