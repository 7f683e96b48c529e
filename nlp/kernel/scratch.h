#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace limbeck::nlp::kernel {

/// Memory for values that are written before they are read: 64-byte aligned, on huge pages where
/// large, only grows (so that a hot loop meets no page faults). Contents are not kept when it
/// grows.
class Scratch {
 public:
  template <class T>
  T* reserve(int64_t count) {
    return reinterpret_cast<T*>(reserve_bytes(count * static_cast<int64_t>(sizeof(T))));
  }
  int64_t bytes() const { return bytes_; }
  const std::byte* data() const { return memory_.get(); }

 private:
  std::byte* reserve_bytes(int64_t bytes);
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> memory_;
  int64_t bytes_ = 0;
};

}  // namespace limbeck::nlp::kernel
