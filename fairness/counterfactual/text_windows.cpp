#include "fairness/counterfactual/text_windows.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace limbeck::fairness {
namespace {

/// One line's tokens, special ones apart.
struct Line {
  std::vector<int32_t> prefix, ids;
  std::vector<nlp::TextSpan> spans;  ///< of ids
};

Line read_line(const std::string& text, const nlp::PromptEncoder& encoder) {
  const nlp::Encoding encoding = encoder.encode(text);
  Line line;
  for (size_t i = 0; i < encoding.ids.size(); ++i) {
    if (encoding.special_mask[i] != 0) {
      line.prefix.push_back(encoding.ids[i]);
      continue;
    }
    line.ids.push_back(encoding.ids[i]);
    line.spans.push_back(encoding.spans[i]);
  }
  return line;
}

void add_mentions(TextWindow& window, const Line& line, size_t begin, size_t end,
                  const std::vector<Mention>& mentions) {
  const int32_t start = line.spans[begin].begin;
  for (const Mention& mention : mentions) {
    if (mention.bytes.begin < start) continue;
    for (size_t token = end; token-- > begin;) {  // the last of the pieces of one character
      if (line.spans[token].end != mention.bytes.end ||
          line.spans[token].begin >= mention.bytes.end)
        continue;
      const Mention here{mention.value, {mention.bytes.begin - start, mention.bytes.end - start}};
      window.mentions.push_back({here, static_cast<int64_t>(line.prefix.size() + token - begin)});
      break;
    }
  }
}

std::vector<TextWindow> windows_of(const std::string& text, const nlp::PromptEncoder& encoder,
                                   const SensitiveLexicon& lexicon, int64_t context) {
  const Line line = read_line(text, encoder);
  const std::vector<Mention> mentions = lexicon.find(text);
  const size_t room =
      static_cast<size_t>(context) - std::min(line.prefix.size(), static_cast<size_t>(context) - 1);
  std::vector<TextWindow> windows;
  for (size_t begin = 0; begin < line.ids.size(); begin += room) {
    const size_t end = std::min(line.ids.size(), begin + room);
    TextWindow window;
    const auto first = static_cast<size_t>(line.spans[begin].begin);
    window.text = text.substr(first, static_cast<size_t>(line.spans[end - 1].end) - first);
    window.ids = line.prefix;
    window.ids.insert(window.ids.end(), line.ids.begin() + static_cast<int64_t>(begin),
                      line.ids.begin() + static_cast<int64_t>(end));
    add_mentions(window, line, begin, end, mentions);
    const bool has_room = static_cast<int64_t>(window.ids.size()) < context;
    if (encoder.is_by_line() && end == line.ids.size() && has_room)
      window.ids.push_back(encoder.end_id());
    if (window.ids.size() >= 2) windows.push_back(std::move(window));
  }
  return windows;
}

}  // namespace

std::vector<TextWindow> cut_windows(const std::vector<std::string>& lines,
                                    const nlp::PromptEncoder& encoder,
                                    const SensitiveLexicon& lexicon, int64_t context) {
  if (context < 2)
    throw ConfigError("context: expected at least 2 tokens, got " + std::to_string(context));
  std::vector<std::vector<TextWindow>> parts(lines.size());
  parallel_for(static_cast<int64_t>(lines.size()), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      parts[static_cast<size_t>(i)] =
          windows_of(lines[static_cast<size_t>(i)], encoder, lexicon, context);
  });
  std::vector<TextWindow> all;
  for (std::vector<TextWindow>& part : parts)
    std::move(part.begin(), part.end(), std::back_inserter(all));
  return all;
}

}  // namespace limbeck::fairness
