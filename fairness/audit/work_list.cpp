#include "fairness/audit/work_list.h"

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/json_field.h"

namespace limbeck::fairness {
namespace {

constexpr int64_t kMost = int64_t{1} << 40;

void read_result(const nlohmann::json& json, const std::string& where, WorkResults& results) {
  const nlp::JsonObject object(json, where);
  for (const char* key : {"attribute", "text"})
    if (!object.has_value(key)) object.fail(key, "a text");
  for (const char* key : {"template", "value", "index", "tokens"})
    if (!object.has_value(key)) object.fail(key, "an integer");
  const WorkKey key{object.text("attribute", ""), object.integer("template", 0, 0, kMost),
                    object.integer("value", 0, 0, kMost), object.integer("index", 0, 0, kMost)};
  results[key] = {object.text("text", ""), object.integer("tokens", 0, 0, kMost),
                  object.boolean("ended", false)};
}

}  // namespace

WorkList read_work_list(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  const std::string_view text = mapped.text();
  WorkList list;
  for (size_t begin = 0, number = 1; begin < text.size(); ++number) {
    const size_t end = text.find('\n', begin);
    if (end == std::string_view::npos) break;
    const std::string where = file.string() + ":" + std::to_string(number);
    const nlohmann::json json = parse_json(text.substr(begin, end - begin), where);
    if (number == 1) {
      if (!json.is_object() || !json.contains("limbeck_audit"))
        throw DataError(where + ": expected the settings of an audit (is this a work list?)");
      list.settings = json["limbeck_audit"];
    } else {
      read_result(json, where, list.results);
    }
    begin = end + 1;
    list.bytes = begin;
  }
  return list;
}

std::string settings_line(const nlohmann::json& settings) {
  return nlohmann::json{{"limbeck_audit", settings}}.dump() + "\n";
}

std::string result_line(const WorkKey& key, const WorkResult& result) {
  const nlohmann::ordered_json json = {
      {"attribute", key.attribute}, {"template", key.template_index},
      {"value", key.value_index},   {"index", key.continuation},
      {"text", result.text},        {"tokens", result.tokens},
      {"ended", result.ended}};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

void write_work_list(const std::filesystem::path& file, const nlohmann::json& settings,
                     const WorkResults& results) {
  constexpr size_t kChunk = 1 << 20;
  AtomicFile out(file);
  std::string lines = settings_line(settings);
  for (const auto& [key, result] : results) {
    lines += result_line(key, result);
    if (lines.size() < kChunk) continue;
    out.write(lines);
    lines.clear();
  }
  out.write(lines);
  out.commit();
}

}  // namespace limbeck::fairness
