#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nlp/report/measurement.h"
#include "nlp/report/number_format.h"

/// The kinds of content that a section of a report may hold; plain data, the same for building,
/// JSON and drawing.
namespace limbeck::nlp {

/// Paragraphs, separated by empty lines. Plain text: nothing in it is markup.
struct TextBlock {
  std::string text;
};

/// A command line that the reader may copy, with a word on what it does.
struct CommandBlock {
  std::string command;
  std::string text;
};

/// Terms and what they mean or are set to.
struct DefinitionsBlock {
  std::vector<std::pair<std::string, std::string>> items;
};

/// Text or a number.
using TableCell = std::variant<std::string, Measurement>;

/// One column of a table.
struct TableColumn {
  std::string label;
  std::string unit;  ///< shown behind the label; may be empty
  bool is_numeric = false;
  NumberFormat format;  ///< of the numbers in it
};

/// A table whose first column names the rows.
struct TableBlock {
  std::string title;
  std::string note;
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;  ///< each as long as `columns`
  bool is_collapsed = false;                 ///< shown on request
};

/// Label and scale of one axis.
struct Axis {
  std::string label;
  bool is_logarithmic = false;  ///< values <= 0 are left out of the drawing then
  NumberFormat format;          ///< of values in labels and in the data table
};

/// A named list of points, in the order of the line.
struct LineSeries {
  std::string name;
  std::vector<std::pair<double, Measurement>> points;
};

/// A horizontal line such as a baseline.
struct ReferenceLine {
  std::string label;
  Measurement value = 0.0;
};

/// Lines over a common axis; at most 6 series, so that each keeps its colour, dash and marker.
struct LineChartBlock {
  std::string title;
  std::string description;  ///< what the reader should see in it; also the text alternative
  Axis x, y;
  std::vector<LineSeries> series;
  std::vector<ReferenceLine> reference_lines;
};

/// One labelled point; points of one group share colour and shape.
struct ScatterPoint {
  std::string label;
  std::string group;
  Measurement x = 0.0, y = 0.0;
};

/// Labelled points; at most 6 groups.
struct ScatterBlock {
  std::string title;
  std::string description;
  Axis x, y;
  std::vector<ScatterPoint> points;
};

/// One bar: a mean and, when known, its standard deviation.
struct BarValue {
  Measurement value = 0.0;
  Measurement spread = Measurement::missing("one run");
};

/// The values of one model or method, one for each category.
struct BarSeries {
  std::string name;
  std::vector<BarValue> values;
};

/// Horizontal bars with whiskers of one standard deviation. With `axis_start` the axis need not
/// begin at 0, and dots replace the bars, as the length of a cut bar misleads.
struct BarChartBlock {
  std::string title;
  std::string description;
  Axis axis;
  std::optional<double> axis_start;
  std::vector<std::string> categories;
  std::vector<BarSeries> series;  ///< at most 6, each with as many values as there are categories
};

/// An estimate with its interval; a missing bound leaves the whisker out on that side.
struct ForestRow {
  std::string label;
  Measurement estimate = 0.0, low = 0.0, high = 0.0;
};

/// Estimates with their intervals below each other, and vertical lines to compare them with.
struct ForestBlock {
  std::string title;
  std::string description;
  Axis axis;  ///< linear
  std::vector<ForestRow> rows;
  std::vector<ReferenceLine> reference_lines;
};

/// A matrix as shades: the larger, the stronger; 0 and below are bare.
struct HeatMapBlock {
  std::string title;
  std::string description;
  std::string value_label;
  NumberFormat format;
  std::vector<std::string> rows, columns;
  std::vector<std::vector<Measurement>> values;  ///< [row][column]
};

/// A word and its value; a missing one says why.
struct ShadedWord {
  std::string text;
  Measurement value = 0.0;
};

/// Sentences whose words are shaded: in each sentence the smaller a value, the stronger, evenly on
/// a logarithmic scale, 0 and below strongest.
struct ShadedTextBlock {
  std::string title;
  std::string description;
  std::string value_label;
  NumberFormat format;
  std::vector<std::vector<ShadedWord>> sentences;
};

/// One line of an example's column; `agrees` marks lines that the columns have in common.
struct ExampleEntry {
  std::string text;
  Measurement score = 0.0;
  bool agrees = false;
};

/// What one model answers.
struct ExampleColumn {
  std::string title;
  std::vector<ExampleEntry> entries;
};

/// One query and the answers side by side.
struct Example {
  std::string query;
  std::vector<ExampleColumn> columns;
};

/// Worked examples.
struct ExamplesBlock {
  std::string title;
  std::string description;
  std::string score_label;      ///< such as "cosine"
  std::string agreement_label;  ///< what `agrees` means, such as "also among the teacher's";
                                ///< empty: columns have nothing in common by their nature
  std::vector<Example> examples;
};

using ReportBlock = std::variant<TextBlock, CommandBlock, DefinitionsBlock, TableBlock,
                                 LineChartBlock, ScatterBlock, BarChartBlock, ForestBlock,
                                 HeatMapBlock, ShadedTextBlock, ExamplesBlock>;

/// Most series or groups of one chart.
inline constexpr size_t kMaxSeries = 6;

}  // namespace limbeck::nlp
