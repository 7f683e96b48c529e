#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "nlp/report/metric_sink.h"

/// TensorBoard's event format: a protobuf `Event` inside a TFRecord frame.
///
/// Frame: u64 length, u32 masked CRC of those 8 bytes, payload, u32 masked CRC of the payload;
/// little endian. Mask: rotate right by 15, add 0xa282ead8. Source: TensorFlow,
/// core/lib/io/record_writer and core/util/event.proto.
namespace limbeck::nlp {

/// CRC-32C (Castagnoli). Law: crc32c("123456789") == 0xE3069283.
uint32_t crc32c(std::string_view bytes);

/// One payload in its frame.
std::string framed_record(std::string_view payload);

/// The first event of every file: file_version "brain.Event:2".
std::string version_event(double wall_time);

/// One event with a `simple_value` for each number of the row, and "epoch".
std::string scalar_event(const MetricRow& row, double wall_time);

/// The payload that starts at `offset`, which moves behind the frame; nothing at the end, in a cut
/// frame or when a checksum is wrong.
std::optional<std::string_view> next_record(std::string_view file, size_t& offset);

/// Step of an event's payload (0 when absent); nothing when it is not a valid event.
std::optional<int64_t> event_step(std::string_view payload);

}  // namespace limbeck::nlp
