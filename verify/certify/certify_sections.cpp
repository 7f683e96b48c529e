#include "verify/certify/certify_sections.h"

#include <algorithm>
#include <map>

namespace limbeck::verify {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

constexpr size_t kDrawn = 40;  // sentences and places that are drawn
constexpr size_t kBars = 12;
constexpr NumberFormat kPercent = {NumberStyle::kFixed, 1};

nlp::TableColumn unit_column(const std::string& label, const std::string& unit,
                             NumberFormat format) {
  return {label, unit, true, format};
}

std::vector<nlp::ShadedWord> shaded_words(const nlohmann::json& words) {
  std::vector<nlp::ShadedWord> shaded;
  for (const nlohmann::json& word : words)
    if (word.contains("word"))
      shaded.push_back({word["word"].get<std::string>(), word["radius"].get<double>()});
  return shaded;
}

nlp::BarChartBlock bars_of(const std::string& title, const std::string& description,
                           const std::string& axis, const std::vector<std::string>& names,
                           const std::vector<double>& percents) {
  nlp::BarChartBlock bars;
  bars.title = title;
  bars.description = description;
  bars.axis = {axis, false, kPercent};
  bars.categories = names;
  nlp::BarSeries series{"share", {}};
  for (const double percent : percents) series.values.push_back({percent});
  bars.series = {std::move(series)};
  return bars;
}

}  // namespace

std::vector<nlp::ReportBlock> word_radius_blocks(const std::vector<nlohmann::json>& lines,
                                                 const std::string& norm) {
  nlp::ShadedTextBlock block;
  block.title = "Each word by its radius";
  block.description =
      "The smaller the radius, the stronger the shade, and the more the answer depends on the "
      "word: "
      "its embedding may move that far and no further before nothing is proved.";
  block.value_label = "certified radius, norm " + norm;
  block.format = {NumberStyle::kGeneral, 3};
  for (const nlohmann::json& line : lines) {
    if (block.sentences.size() >= kDrawn) break;
    if (!line.contains("words") || line["state"] == "falsified") continue;
    std::vector<nlp::ShadedWord> words = shaded_words(line["words"]);
    if (!words.empty()) block.sentences.push_back(std::move(words));
  }
  if (block.sentences.empty()) return {};
  return {std::move(block)};
}

nlohmann::ordered_json compared_methods(const std::vector<nlohmann::json>& lines) {
  struct Sum {
    std::string method;
    int64_t items = 0, certified = 0, radii = 0;
    double radius = 0, seconds = 0;
  };
  std::vector<Sum> sums;
  for (const nlohmann::json& line : lines) {
    if (!line.contains("compare")) continue;
    for (const nlohmann::json& entry : line["compare"]) {
      auto sum = std::ranges::find(sums, entry["method"].get<std::string>(), &Sum::method);
      if (sum == sums.end())
        sum = sums.insert(sums.end(), {.method = entry["method"].get<std::string>()});
      ++sum->items;
      sum->certified += entry["state"] == "certified";
      sum->seconds += entry["seconds"].get<double>();
      if (entry.contains("radius")) ++sum->radii, sum->radius += entry["radius"].get<double>();
    }
  }
  nlohmann::ordered_json methods = nlohmann::ordered_json::array();
  for (const Sum& sum : sums) {
    const double items = static_cast<double>(sum.items);
    nlohmann::ordered_json one{{"method", sum.method},
                               {"items", sum.items},
                               {"certified", sum.certified},
                               {"certified_share", static_cast<double>(sum.certified) / items}};
    if (sum.radii > 0) one["mean_radius"] = sum.radius / static_cast<double>(sum.radii);
    one["seconds"] = sum.seconds / items;
    methods.push_back(std::move(one));
  }
  return methods;
}

nlp::ReportSection comparison_section(const nlohmann::ordered_json& methods,
                                      const std::string& noun) {
  const bool has_radii = methods.front().contains("mean_radius");
  nlp::TableBlock table{"Methods on the same " + noun,
                        "seconds are of this run on this machine; auto tries several bounds",
                        {text_column("method"), unit_column("certified", "%", kPercent)},
                        {}};
  if (has_radii) table.columns.push_back(unit_column("mean radius", "", {}));
  table.columns.push_back(unit_column(noun == "inputs" ? "time an input" : "time a sentence", "s",
                                      {NumberStyle::kGeneral, 3}));
  std::vector<std::string> names;
  std::vector<double> percents;
  for (const nlohmann::ordered_json& method : methods) {
    names.push_back(method["method"].get<std::string>());
    percents.push_back(100 * method["certified_share"].get<double>());
    std::vector<nlp::TableCell> row = {names.back(), Measurement(percents.back())};
    if (has_radii)
      row.push_back(method.contains("mean_radius")
                        ? Measurement(method["mean_radius"].get<double>())
                        : Measurement::missing("no radii"));
    row.push_back(Measurement(method["seconds"].get<double>()));
    table.rows.push_back(std::move(row));
  }
  return {"methods",
          "Methods compared",
          "",
          {table, bars_of("Certified by each method", "Share of the " + noun + ".", "certified, %",
                          names, percents)}};
}

nlohmann::ordered_json explained_operations(const std::vector<nlohmann::json>& lines) {
  std::map<std::pair<std::string, std::string>, double> shares;
  int64_t explained = 0;
  for (const nlohmann::json& line : lines) {
    if (!line.contains("explain") || !line["explain"].is_object() ||
        !line["explain"].contains("nodes") || line["explain"]["nodes"].empty())
      continue;
    ++explained;
    for (const nlohmann::json& node : line["explain"]["nodes"])
      shares[{node["op"].get<std::string>(), node["place"].get<std::string>()}] +=
          node["share"].get<double>();
  }
  nlohmann::ordered_json operations = nlohmann::ordered_json::array();
  for (const auto& [key, share] : shares)
    operations.push_back({{"op", key.first},
                          {"place", key.second},
                          {"share", share / static_cast<double>(explained)}});
  std::stable_sort(operations.begin(), operations.end(), [](const auto& a, const auto& b) {
    return a["share"].template get<double>() > b["share"].template get<double>();
  });
  return operations;
}

nlp::ReportSection explanation_section(const nlohmann::ordered_json& operations,
                                       const std::string& noun) {
  nlp::TableBlock table{
      "Where bounds lost precision, by place",
      "share of the distance between the bound and the network at the input that "
      "the bound fears most, averaged over the " +
          noun,
      {text_column("place"), text_column("operation"), unit_column("share", "%", kPercent)},
      {}};
  std::map<std::string, double> by_op;
  for (const nlohmann::ordered_json& one : operations) {
    const double percent = 100 * one["share"].get<double>();
    by_op[one["op"].get<std::string>()] += percent;
    if (table.rows.size() < kDrawn)
      table.rows.push_back(
          {one["place"].get<std::string>(), one["op"].get<std::string>(), Measurement(percent)});
  }
  std::vector<std::pair<std::string, double>> ranked(by_op.begin(), by_op.end());
  std::ranges::stable_sort(ranked, std::greater<>(), &std::pair<std::string, double>::second);
  if (ranked.size() > kBars) ranked.resize(kBars);
  std::vector<std::string> names;
  std::vector<double> percents;
  for (const auto& [name, percent] : ranked) names.push_back(name), percents.push_back(percent);
  return {
      "losses",
      "What lost most precision",
      "A tighter relaxation, or tighter bounds of the inputs, of the first operations would gain "
      "most.",
      {bars_of("Loss by operation", "All places of an operation together.", "share, %", names,
               percents),
       table}};
}

}  // namespace limbeck::verify
