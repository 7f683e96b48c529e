#include "tools/limbeck/program.h"

int main(int argc, char** argv) {
  return limbeck::tools::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
