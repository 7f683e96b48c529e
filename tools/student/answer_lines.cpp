#include "tools/student/answer_lines.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "data/read/line_fault.h"
#include "distill/student/student_classifier.h"
#include "distill/student/student_encoder.h"
#include "nlp/core/errors.h"

namespace limbeck::tools {
namespace {

using distill::StudentClassifier;
using distill::StudentPrediction;

/// Lines that are answered together; one at a time at a terminal.
size_t chunk_lines(const StudentArguments& arguments) {
  return arguments.input == "-" && isatty(STDIN_FILENO) ? 1 : 512;
}

void print_number(std::FILE* out, float value) {
  std::fprintf(out, "%.9g", static_cast<double>(value));
}

void print_text(std::FILE* out, const std::string& text) {
  std::fputs(nlohmann::json(text).dump().c_str(), out);
}

void print_vector(std::FILE* out, std::span<const float> values) {
  std::fputs("{\"vector\": [", out);
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) std::fputs(", ", out);
    print_number(out, values[i]);
  }
  std::fputs("]}\n", out);
}

void print_prediction(std::FILE* out, const nlp::HeadConfig& head,
                      const StudentPrediction& answer) {
  if (head.regression) {
    std::fputs("{\"score\": ", out);
    print_number(out, answer.score);
    std::fputs("}\n", out);
    return;
  }
  std::fputs("{\"label\": ", out);
  print_text(out, head.labels[static_cast<size_t>(answer.label)]);
  std::fputs(", \"probabilities\": {", out);
  for (size_t c = 0; c < head.labels.size(); ++c) {
    if (c > 0) std::fputs(", ", out);
    print_text(out, head.labels[c]);
    std::fputs(": ", out);
    print_number(out, answer.probabilities[c]);
  }
  std::fputs("}}\n", out);
}

[[noreturn]] void fail(const std::string& where, int64_t number, const data::LineFault& fault) {
  throw DataError(where + ":" + std::to_string(number) + ":" + std::to_string(fault.column) + ": " +
                  fault.message);
}

StudentClassifier::Pair split_pair(const std::string& line, const std::string& where) {
  const auto columns = 1 + std::count(line.begin(), line.end(), '\t');
  if (columns != 2)
    throw DataError(where + ": expected two texts with a tab between them, got " +
                    std::to_string(columns) + (columns == 1 ? " column" : " columns"));
  const size_t tab = line.find('\t');
  return {line.substr(0, tab), line.substr(tab + 1)};
}

/// EOF at the end, and, with the bad bit set, when it cannot be read.
int next_byte(std::istream& input) {
  try {
    return input.rdbuf()->sbumpc();
  } catch (const std::ios_base::failure&) {
    input.setstate(std::ios::badbit);
    return EOF;
  }
}

/// The next line as data::LineReader gives it: without its end and, in the first, without a byte
/// order mark. False at the end.
bool read_line(std::istream& input, const std::string& where, int64_t number, std::string& line) {
  line.clear();
  int next = next_byte(input);
  const bool has_line = next != EOF;
  for (; next != EOF && next != '\n'; next = next_byte(input)) {
    line.push_back(static_cast<char>(next));
    if (line.size() > data::kMaxLineBytes) fail(where, number, data::too_long(data::kMaxLineBytes));
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  if (const auto fault = data::find_fault(line)) fail(where, number, *fault);
  return has_line;
}

/// Calls `answer(lines, number of the first)` for chunks of lines; a trailing carriage return is
/// dropped.
void for_each_chunk(std::istream& input, const std::string& where, size_t most,
                    const std::function<void(const std::vector<std::string>&, int64_t)>& answer) {
  std::vector<std::string> lines;
  int64_t first = 1;
  std::string line;
  size_t bytes = 0;
  while (read_line(input, where, first + static_cast<int64_t>(lines.size()), line)) {
    lines.push_back(line);
    bytes += line.size();
    if (lines.size() < most && bytes < data::kMostChunkBytes) continue;
    answer(lines, first);
    first += static_cast<int64_t>(lines.size());
    bytes = 0;
    lines.clear();
  }
  const int64_t read = first - 1 + static_cast<int64_t>(lines.size());
  if (input.bad())
    throw DataError(where + ": cannot read after line " + std::to_string(read) + ": " +
                    std::strerror(errno));
  if (read == 0) throw DataError(where + ": expected lines of text, got an empty file");
  if (!lines.empty()) answer(lines, first);
}

}  // namespace

void answer_lines(const StudentArguments& arguments, std::istream& input, const std::string& where,
                  std::FILE* out) {
  const auto finish = [&] {
    if (std::fflush(out) != 0) throw DataError("standard output: cannot write");
  };
  const size_t most = chunk_lines(arguments);
  if (arguments.action == StudentArguments::Action::kEmbed) {
    const auto student = distill::load_student(arguments.model, arguments.precision);
    for_each_chunk(input, where, most, [&](const std::vector<std::string>& lines, int64_t) {
      const nlp::VectorRows vectors = student->encode(lines);
      for (int64_t i = 0; i < vectors.rows; ++i) print_vector(out, vectors.row(i));
      finish();
    });
    return;
  }
  const StudentClassifier classifier(arguments.model, arguments.precision);
  for_each_chunk(input, where, most, [&](const std::vector<std::string>& lines, int64_t first) {
    std::vector<StudentClassifier::Pair> pairs;
    if (classifier.head().pair)
      for (size_t i = 0; i < lines.size(); ++i)
        pairs.push_back(
            split_pair(lines[i], where + ":" + std::to_string(first + static_cast<int64_t>(i))));
    const auto answers = classifier.head().pair
                             ? classifier.predict(std::span<const StudentClassifier::Pair>(pairs))
                             : classifier.predict(std::span<const std::string>(lines));
    for (const StudentPrediction& answer : answers)
      print_prediction(out, classifier.head(), answer);
    finish();
  });
}

}  // namespace limbeck::tools
