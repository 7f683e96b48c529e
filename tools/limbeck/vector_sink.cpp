#include "tools/limbeck/vector_sink.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/tensor/npy.h"

namespace limbeck::tools {
namespace {

class NpySink final : public VectorSink {
 public:
  NpySink(const std::string& output, int64_t width) : writer_(output, nlp::Dtype::kF32, width) {}
  void append(std::span<const InputText>, const nlp::VectorRows& vectors) override {
    writer_.append(std::span<const float>(vectors.values));
  }
  void commit() override { writer_.commit(); }

 private:
  nlp::NpyRowWriter writer_;
};

/// The header is written last, into room that was kept for it: the format pads with spaces.
class SafetensorsSink final : public VectorSink {
 public:
  SafetensorsSink(const std::string& output, int64_t width) : file_(output), width_(width) {
    file_.write(std::string(kPrefixBytes, ' '));
  }
  void append(std::span<const InputText>, const nlp::VectorRows& vectors) override {
    file_.write(std::as_bytes(std::span<const float>(vectors.values)));
    rows_ += vectors.rows;
  }
  void commit() override {
    const int64_t bytes = rows_ * width_ * static_cast<int64_t>(sizeof(float));
    const nlohmann::ordered_json header = {
        {"embeddings",
         {{"dtype", "F32"}, {"shape", {rows_, width_}}, {"data_offsets", {0, bytes}}}}};
    std::string prefix(8, '\0');
    for (size_t i = 0, length = kPrefixBytes - 8; i < 8; ++i, length >>= 8)
      prefix[i] = static_cast<char>(length & 0xFF);
    prefix += header.dump();
    prefix.resize(kPrefixBytes, ' ');
    file_.overwrite(0, prefix);
    file_.commit();
  }

 private:
  static constexpr size_t kPrefixBytes = 256;  // the longest header takes 140

  AtomicFile file_;
  int64_t width_, rows_ = 0;
};

/// The shortest digits that read back as the same float.
void append_numbers(std::span<const float> values, std::string& text) {
  text += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ',';
    char digits[32];
    text.append(digits, std::to_chars(digits, digits + sizeof digits, values[i]).ptr);
  }
  text += ']';
}

void append_object(const InputText& text, std::span<const float> vector, std::string& line) {
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  if (text.object.is_object())
    object.update(text.object);
  else
    object["text"] = text.text;
  object.erase("vector");
  std::string start = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  start.pop_back();
  line += start + (object.empty() ? "" : ",") + "\"vector\":";
  append_numbers(vector, line);
  line += "}\n";
}

std::string jsonl(std::span<const InputText> texts, const nlp::VectorRows& vectors) {
  std::string lines;
  for (size_t i = 0; i < texts.size(); ++i)
    append_object(texts[i], vectors.row(static_cast<int64_t>(i)), lines);
  return lines;
}

class JsonlFileSink final : public VectorSink {
 public:
  explicit JsonlFileSink(const std::string& output) : file_(output) {}
  void append(std::span<const InputText> texts, const nlp::VectorRows& vectors) override {
    file_.write(jsonl(texts, vectors));
  }
  void commit() override { file_.commit(); }

 private:
  AtomicFile file_;
};

class JsonlStreamSink final : public VectorSink {
 public:
  explicit JsonlStreamSink(bool is_quiet) : out_(is_quiet) {}
  void append(std::span<const InputText> texts, const nlp::VectorRows& vectors) override {
    out_.write(jsonl(texts, vectors));
    out_.flush();
  }
  void commit() override { out_.flush(); }

 private:
  ResultStream out_;
};

}  // namespace

void require_vector_ending(const std::string& output) {
  for (const char* ending : {".npy", ".safetensors", ".jsonl"})
    if (output.ends_with(ending)) return;
  if (output != "-")
    throw ConfigError("--output: expected a file that ends in .npy, .safetensors or .jsonl, got '" +
                      output + "'");
}

std::unique_ptr<VectorSink> open_vector_sink(const std::string& output, int64_t width,
                                             bool is_quiet) {
  require_vector_ending(output);
  if (output.ends_with(".npy")) return std::make_unique<NpySink>(output, width);
  if (output.ends_with(".safetensors")) return std::make_unique<SafetensorsSink>(output, width);
  if (output.ends_with(".jsonl")) return std::make_unique<JsonlFileSink>(output);
  return std::make_unique<JsonlStreamSink>(is_quiet);
}

}  // namespace limbeck::tools
