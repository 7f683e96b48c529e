#pragma once

#include <cstdio>
#include <istream>
#include <string>

#include "tools/student/arguments.h"

namespace limbeck::tools {

/// Reads lines of `input` (named `where` in messages) and writes one JSON object a line to `out`.
/// Throws: DataError `where: expected lines of text, got an empty file`, `where: cannot read after
/// line 2: Is a directory`, `where:3: not valid UTF-8`, `where:3: expected two texts with a tab
/// between them, got 1 column`, and the errors of loading the model.
void answer_lines(const StudentArguments& arguments, std::istream& input, const std::string& where,
                  std::FILE* out);

}  // namespace limbeck::tools
