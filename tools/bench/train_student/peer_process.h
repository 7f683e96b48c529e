#pragma once

#include <cstdio>
#include <string>
#include <vector>

namespace limbeck::bench {

/// A child that answers one line for each line it is sent.
class PeerProcess {
 public:
  /// Throws: DataError when it cannot be started.
  explicit PeerProcess(const std::vector<std::string>& command);
  ~PeerProcess();
  PeerProcess(const PeerProcess&) = delete;
  PeerProcess& operator=(const PeerProcess&) = delete;

  /// Throws: DataError when the child has ended.
  std::string ask(const std::string& line);

 private:
  int child_ = -1;
  std::FILE* to_child_ = nullptr;
  std::FILE* from_child_ = nullptr;
};

}  // namespace limbeck::bench
