#include "nlp/report/model_card.h"

#include <algorithm>

#include "nlp/core/atomic_file.h"
#include "nlp/report/markup_quote.h"
#include "nlp/report/number_format.h"

namespace limbeck::nlp {
namespace {

void add_list(std::string& yaml, const std::string& key, const std::vector<std::string>& values) {
  if (values.empty()) return;
  yaml += key + ":\n";
  for (const std::string& value : values) yaml.append("- ").append(yaml_quoted(value)).append("\n");
}

/// Shortest text that reads back as the same number; YAML wants a point before an exponent.
std::string yaml_number(double value) {
  std::string text = nlohmann::json(value).dump();
  const size_t exponent = text.find('e');
  if (exponent != std::string::npos && text.find('.') == std::string::npos)
    text.insert(exponent, ".0");
  return text;
}

std::string model_index(const ModelCard& card) {
  std::string yaml;
  for (const ModelCardMetric& metric : card.metrics) {
    if (!metric.value.has_value()) continue;
    if (yaml.empty()) yaml = "model-index:\n- name: " + yaml_quoted(card.name) + "\n  results:\n";
    yaml += "  - task:\n      type: " + yaml_quoted(metric.task_type) +
            "\n    dataset:\n      name: " + yaml_quoted(metric.dataset_name) +
            "\n      type: " + yaml_quoted(metric.dataset_type) +
            "\n    metrics:\n    - type: " + yaml_quoted(metric.metric_type) +
            "\n      name: " + yaml_quoted(metric.metric_name) +
            "\n      value: " + yaml_number(metric.value.value()) + "\n";
  }
  return yaml;
}

std::string front_matter(const ModelCard& card) {
  std::vector<std::string> tags = card.tags, names;
  if (std::find(tags.begin(), tags.end(), "limbeck") == tags.end())
    tags.insert(tags.begin(), "limbeck");
  for (const ModelCardSource& teacher : card.teachers) names.push_back(teacher.name);
  std::string yaml = "---\nlibrary_name: limbeck\nlicense: " + yaml_quoted(card.license) +
                     "\npipeline_tag: " + yaml_quoted(card.pipeline_tag) + "\n";
  add_list(yaml, "language", card.languages);
  add_list(yaml, "tags", tags);
  add_list(yaml, "base_model", names);
  return yaml + model_index(card) + "---\n";
}

std::string row(std::initializer_list<std::string> cells) {
  std::string text = "|";
  for (const std::string& cell : cells) text.append(" ").append(cell).append(" |");
  return text + "\n";
}

std::string metric_table(const std::vector<ModelCardMetric>& metrics) {
  std::string text = "## Results\n\n| data | metric | value |\n|---|---|---:|\n";
  for (const ModelCardMetric& metric : metrics)
    text += row({markdown_escaped(metric.dataset_name), markdown_escaped(metric.metric_name),
                 metric.value.has_value() ? format_number(metric.value.value(), {})
                                          : markdown_escaped(metric.value.reason())});
  return text + "\n";
}

std::string source_table(const std::string& title, const std::vector<ModelCardSource>& sources) {
  std::string text = "## " + title + "\n\n| name | sha256 | note |\n|---|---|---|\n";
  for (const ModelCardSource& source : sources)
    text += row({markdown_escaped(source.name), markdown_escaped(source.sha256),
                 markdown_escaped(source.note)});
  return text + "\n";
}

std::string fact_table(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::string text = "| | |\n|---|---:|\n";
  for (const auto& [name, value] : facts)
    text += row({markdown_escaped(name), markdown_escaped(value)});
  return text + "\n";
}

std::string command_list(const std::vector<std::string>& commands) {
  std::string text = "## Commands\n\n";
  for (const std::string& command : commands) text += markdown_code_block(command, "sh") + "\n";
  return text;
}

}  // namespace

std::string model_card_text(const ModelCard& card) {
  std::string text = front_matter(card) + "\n# " + markdown_escaped(card.name) + "\n\n";
  if (!card.description.empty()) text += markdown_escaped(card.description) + "\n\n";
  if (!card.facts.empty()) text += fact_table(card.facts);
  if (!card.metrics.empty()) text += metric_table(card.metrics);
  if (!card.teachers.empty()) text += source_table("Teacher", card.teachers);
  if (!card.data.empty()) text += source_table("Data", card.data);
  if (!card.hyper_parameters.empty())
    text += "## Hyper-parameters\n\n" +
            markdown_code_block(
                card.hyper_parameters.dump(2, ' ', false, nlohmann::json::error_handler_t::replace),
                "json") +
            "\n";
  if (!card.hardware.empty()) text += "## Hardware\n\n" + markdown_escaped(card.hardware) + "\n\n";
  if (!card.commands.empty()) text += command_list(card.commands);
  text += "## Licence\n\n" + markdown_escaped(card.license) +
          ": the terms of the teacher and of the data bind as well\\.\n";
  return text;
}

void write_model_card(const std::filesystem::path& directory, const ModelCard& card) {
  write_file_atomic(directory / kModelCardFile, model_card_text(card));
}

}  // namespace limbeck::nlp
