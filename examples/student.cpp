// Sentence vectors from a student directory, without LibTorch and without Python.
//
// Build, once limbeck is installed (cmake --install build --component limbeck_student):
//   g++ -std=c++20 -O2 student.cpp -o student $(pkg-config --static --cflags --libs
//   limbeck-student)
// Run:
//   ./student DIRECTORY "A man plays the guitar." "A woman sings."
// It prints the first values of each vector and the cosine of the first sentence with each other
// one.
#include <cmath>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "distill/student/student_encoder.h"

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: student DIRECTORY SENTENCE...\n");
    return 2;
  }
  try {
    const auto student = limbeck::distill::load_student(argv[1]);
    const std::vector<std::string> sentences(argv + 2, argv + argc);
    const limbeck::nlp::VectorRows vectors = student->encode(sentences);
    for (int64_t i = 0; i < vectors.rows; ++i) {
      std::printf("%.6f %.6f %.6f cosine %.6f\n", vectors.row(i)[0], vectors.row(i)[1],
                  vectors.row(i)[2], cosine(vectors.row(0), vectors.row(i)));
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "student: %s\n", error.what());
    return 3;
  }
}
