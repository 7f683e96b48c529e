#include "nlp/report/event_record.h"

#include <array>
#include <bit>
#include <cstring>

namespace limbeck::nlp {
namespace {

constexpr uint32_t kCastagnoli = 0x82F63B78;  // reversed polynomial
constexpr uint32_t kMaskDelta = 0xA282EAD8;
constexpr size_t kHeader = 12, kFooter = 4;

// Field numbers of tensorflow.Event, Summary and Summary.Value.
constexpr uint32_t kWallTime = 1, kStep = 2, kFileVersion = 3, kSummary = 5;
constexpr uint32_t kSummaryValue = 1, kTag = 1, kSimpleValue = 2;
constexpr uint32_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;  // wire types

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? kCastagnoli : 0);
    table[i] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = crc_table();

uint32_t masked_crc(std::string_view bytes) { return std::rotr(crc32c(bytes), 15) + kMaskDelta; }

void put_little_endian(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

uint64_t get_little_endian(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i)
    value |= static_cast<uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

void put_key(std::string& out, uint32_t field, uint32_t wire) {
  put_varint(out, field << 3 | wire);
}

void put_bytes(std::string& out, uint32_t field, std::string_view bytes) {
  put_key(out, field, kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

void put_double(std::string& out, uint32_t field, double value) {
  put_key(out, field, kFixed64);
  put_little_endian(out, std::bit_cast<uint64_t>(value), 8);
}

void put_float(std::string& out, uint32_t field, float value) {
  put_key(out, field, kFixed32);
  put_little_endian(out, std::bit_cast<uint32_t>(value), 4);
}

void put_scalar(std::string& summary, std::string_view tag, double value) {
  std::string scalar;
  put_bytes(scalar, kTag, tag);
  put_float(scalar, kSimpleValue, static_cast<float>(value));
  put_bytes(summary, kSummaryValue, scalar);
}

std::optional<uint64_t> get_varint(std::string_view bytes, size_t& offset) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && offset < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[offset++]);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace

uint32_t crc32c(std::string_view bytes) {
  uint32_t crc = ~uint32_t{0};
  for (const char c : bytes)
    crc = (crc >> 8) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

std::string framed_record(std::string_view payload) {
  std::string frame;
  put_little_endian(frame, payload.size(), 8);
  put_little_endian(frame, masked_crc(frame), 4);
  frame += payload;
  put_little_endian(frame, masked_crc(payload), 4);
  return frame;
}

std::string version_event(double wall_time) {
  std::string event;
  put_double(event, kWallTime, wall_time);
  put_bytes(event, kFileVersion, "brain.Event:2");
  return event;
}

std::string scalar_event(const MetricRow& row, double wall_time) {
  std::string event, summary;
  put_double(event, kWallTime, wall_time);
  put_key(event, kStep, kVarint);
  put_varint(event, static_cast<uint64_t>(row.step));
  put_scalar(summary, "epoch", row.epoch);
  for (const auto& [name, value] : row.values) put_scalar(summary, name, value);
  put_bytes(event, kSummary, summary);
  return event;
}

std::optional<std::string_view> next_record(std::string_view file, size_t& offset) {
  if (offset > file.size() || file.size() - offset < kHeader + kFooter) return std::nullopt;
  const std::string_view rest = file.substr(offset);
  const uint64_t length = get_little_endian(rest.substr(0, 8));
  if (get_little_endian(rest.substr(8, 4)) != masked_crc(rest.substr(0, 8))) return std::nullopt;
  if (length > rest.size() - kHeader - kFooter) return std::nullopt;
  const std::string_view payload = rest.substr(kHeader, length);
  if (get_little_endian(rest.substr(kHeader + length, kFooter)) != masked_crc(payload))
    return std::nullopt;
  offset += kHeader + length + kFooter;
  return payload;
}

std::optional<int64_t> event_step(std::string_view payload) {
  int64_t step = 0;
  for (size_t offset = 0; offset < payload.size();) {
    const std::optional<uint64_t> key = get_varint(payload, offset);
    if (!key) return std::nullopt;
    std::optional<uint64_t> skipped = 0;
    switch (*key & 7) {
      case kVarint: {
        const std::optional<uint64_t> value = get_varint(payload, offset);
        if (!value) return std::nullopt;
        if (*key >> 3 == kStep) step = static_cast<int64_t>(*value);
        break;
      }
      case kFixed64:
        skipped = 8;
        break;
      case kFixed32:
        skipped = 4;
        break;
      case kBytes:
        skipped = get_varint(payload, offset);
        break;
      default:
        return std::nullopt;
    }
    if (!skipped || *skipped > payload.size() - offset) return std::nullopt;
    offset += *skipped;
  }
  return step;
}

}  // namespace limbeck::nlp
