#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace limbeck::distill {

/// What `limbeck eval` scores, and when it counts as failed.
struct EvalOptions {
  std::string model;
  std::string task;      ///< name of a task; empty: the one that the model was fine-tuned on
  std::string glue_dir;  ///< folder of the GLUE tasks, or of the snippets
  std::string data;      ///< TSV with a header, instead of the task's own dev file
  std::string dtype = "float32";
  int64_t limit = 0;                   ///< examples; 0 = all
  std::string predictions;             ///< JSON lines file to write; empty: none
  bool overwrite = false;              ///< replace a predictions file that is there
  std::vector<std::string> threshold;  ///< "metric=value": exit code 1 when the metric is below

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "fine-tuned teacher or student; for scored pairs any encoder");
    visit("task", self.task, "task; none: the one that the model was fine-tuned on");
    visit("glue_dir", self.glue_dir, "folder of the GLUE tasks, or of the snippets");
    visit("data", self.data, "TSV with a header, instead of the task's dev file");
    visit("dtype", self.dtype, "arithmetic: float32, bfloat16 or int8");
    visit("limit", self.limit, "examples at most; 0: all");
    visit("predictions", self.predictions,
          "file to write what the model says of each example to, as JSON lines");
    visit("overwrite", self.overwrite, "replace the predictions file");
    visit("threshold", self.threshold, "METRIC=VALUE: the command fails below it; repeatable");
  }
};

/// What `limbeck compare` measures.
struct CompareOptions {
  std::string teacher, student;
  std::string control;  ///< a student without distillation; empty: STUDENT/control when it is there
  std::string data;     ///< sentences, scored pairs or labelled examples
  std::string task;     ///< a named task instead of `data`
  std::string glue_dir;
  std::string output;
  std::vector<std::string> student_dtypes = {"float32", "int8"};
  std::vector<std::string> teacher_dtypes = {"float32"};
  int64_t limit = 0;  ///< sentences or examples; 0 = all
  double min_relative_score =
      0;  ///< least share of the teacher's score, in [0, 1]; below: exit code 1

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("teacher", self.teacher, "teacher directory");
    visit("student", self.student, "student directory");
    visit("control", self.control,
          "student without distillation; none: STUDENT/control if it is there");
    visit("data", self.data,
          "plain sentences (.txt, .gz), or a TSV of scored pairs or labelled examples");
    visit("task", self.task, "a named task instead of --data");
    visit("glue_dir", self.glue_dir, "folder of the GLUE tasks, or of the snippets");
    visit("output", self.output, "directory to write");
    visit("student_dtypes", self.student_dtypes, "arithmetics of the student to measure");
    visit("teacher_dtypes", self.teacher_dtypes, "arithmetics of the teacher to measure");
    visit("limit", self.limit, "sentences or examples at most; 0: all");
    visit("min_relative_score", self.min_relative_score,
          "fail when the student's score is below this share of the teacher's");
  }
};

}  // namespace limbeck::distill
