#pragma once

#include <string>

namespace limbeck::test {

/// The message of the error of type E that `call` throws; "no error" when it throws none. Other
/// types pass through.
template <class E, class Call>
std::string error_message(Call&& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace limbeck::test
