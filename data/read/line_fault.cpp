#include "data/read/line_fault.h"

#include "nlp/text/utf8.h"

namespace limbeck::data {
namespace {

std::string hexadecimal(char byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const auto value = static_cast<unsigned char>(byte);
  return {'0', 'x', kDigits[value >> 4], kDigits[value & 15]};
}

}  // namespace

LineFault too_long(size_t most) {
  return {most + 1, "expected a line of at most " + std::to_string(most) +
                        " bytes (is this a text file with one sentence a line?)"};
}

std::optional<LineFault> find_fault(std::string_view line) {
  const size_t nul = line.find('\0');
  if (nul != std::string_view::npos)
    return LineFault{nul + 1, "NUL byte (is this a text file in UTF-8?)"};
  const size_t invalid = nlp::first_invalid_utf8(line);
  if (invalid == std::string_view::npos) return std::nullopt;
  return LineFault{invalid + 1, "not valid UTF-8: byte " + hexadecimal(line[invalid]) +
                                    " (convert the file with iconv)"};
}

}  // namespace limbeck::data
