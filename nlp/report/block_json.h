#pragma once

#include <nlohmann/json.hpp>

#include "nlp/report/json_cursor.h"
#include "nlp/report/report_blocks.h"

namespace limbeck::nlp {

nlohmann::ordered_json measurement_to_json(const Measurement& measurement);
nlohmann::ordered_json cell_to_json(const TableCell& cell);
nlohmann::ordered_json format_to_json(const NumberFormat& format);
/// Key "type" first, then the block's own members in a fixed order.
nlohmann::ordered_json block_to_json(const ReportBlock& block);

TableCell cell_from_json(const JsonCursor& cursor);
NumberFormat format_from_json(const JsonCursor& cursor);
/// Law: block_from_json(block_to_json(b)) == b. Throws: DataError with the JSON pointer.
ReportBlock block_from_json(const JsonCursor& cursor);

}  // namespace limbeck::nlp
