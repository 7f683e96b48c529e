#include "tools/bench/train_student/peer_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "nlp/core/errors.h"

namespace limbeck::bench {

PeerProcess::PeerProcess(const std::vector<std::string>& command) {
  std::array<int, 2> down{}, up{};
  if (pipe(down.data()) != 0 || pipe(up.data()) != 0) throw DataError("peer: cannot open pipes");
  child_ = fork();
  if (child_ < 0) throw DataError("peer: cannot start a process");
  if (child_ == 0) {
    dup2(down[0], STDIN_FILENO);
    dup2(up[1], STDOUT_FILENO);
    for (const int end : {down[0], down[1], up[0], up[1]}) close(end);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  close(down[0]);
  close(up[1]);
  to_child_ = fdopen(down[1], "w");
  from_child_ = fdopen(up[0], "r");
}

PeerProcess::~PeerProcess() {
  std::fclose(to_child_);  // the child ends at the end of its input
  std::fclose(from_child_);
  waitpid(child_, nullptr, 0);
}

std::string PeerProcess::ask(const std::string& line) {
  std::fprintf(to_child_, "%s\n", line.c_str());
  std::fflush(to_child_);
  std::string answer;
  for (int c; (c = std::fgetc(from_child_)) != '\n'; answer.push_back(static_cast<char>(c)))
    if (c == EOF)
      throw DataError("peer: ended without an answer (is its Python the one with torch?)");
  return answer;
}

}  // namespace limbeck::bench
