// Times a student on the sentences of a file, by commands on standard input, so that
// tools/bench/student/compare.py can interleave it with its teacher in ONNX Runtime. Tokenization
// is timed too.
//   encode PRECISION  -> seconds for all sentences
//   single PRECISION  -> milliseconds of each sentence encoded alone, space-separated
//   save PRECISION F  -> writes the vectors as raw float32 to F
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "distill/student/student_encoder.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace {

using namespace limbeck;

double seconds_of(const auto& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// One sentence a line.
std::vector<std::string> read_lines(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw DataError(path + ": cannot be read");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

class Bench {
 public:
  Bench(std::string directory, std::vector<std::string> sentences)
      : directory_(std::move(directory)), sentences_(std::move(sentences)) {}

  void run(const std::string& line) {
    std::istringstream words(line);
    std::string command, precision, path;
    words >> command >> precision >> path;
    const nlp::SentenceEncoder& student = encoder(precision);
    if (command == "encode") {
      std::printf("%.6f\n", seconds_of([&] { student.encode(sentences_); }));
    } else if (command == "single") {
      for (const std::string& sentence : sentences_)
        std::printf("%.5f ", 1e3 * seconds_of([&] { student.encode({&sentence, 1}); }));
      std::printf("\n");
    } else if (command == "save") {
      const nlp::VectorRows vectors = student.encode(sentences_);
      std::ofstream(path, std::ios::binary)
          .write(reinterpret_cast<const char*>(vectors.values.data()),
                 static_cast<std::streamsize>(vectors.values.size() * sizeof(float)));
      std::printf("%lld %lld\n", static_cast<long long>(vectors.rows),
                  static_cast<long long>(vectors.width));
    } else {
      throw ConfigError("student_bench: unknown command '" + command +
                        "'; known: encode, single, save");
    }
  }

 private:
  const nlp::SentenceEncoder& encoder(const std::string& precision) {
    std::unique_ptr<nlp::SentenceEncoder>& student = students_[precision];
    if (!student) student = distill::load_student(directory_, nlp::parse_precision(precision));
    return *student;
  }

  std::string directory_;
  std::vector<std::string> sentences_;
  std::map<std::string, std::unique_ptr<nlp::SentenceEncoder>> students_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: student_bench STUDENT_DIRECTORY SENTENCES THREADS < commands\n");
    return 2;
  }
  try {
    set_thread_count(std::atoi(argv[3]));
    Bench bench(argv[1], read_lines(argv[2]));
    for (std::string line; std::getline(std::cin, line);) {
      bench.run(line);
      std::fflush(stdout);
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
