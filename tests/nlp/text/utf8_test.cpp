#include "nlp/text/utf8.h"

#include <gtest/gtest.h>

namespace limbeck::nlp {
namespace {

TEST(Utf8, EveryScalarValueRoundTrips) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    std::string text;
    append_utf8(c, text);
    ASSERT_EQ(first_invalid_utf8(text), std::string_view::npos) << static_cast<uint32_t>(c);
    const DecodedCharacter decoded = decode_utf8(text, 0);
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(static_cast<size_t>(decoded.bytes), text.size());
  }
}

TEST(Utf8, OverlongFormsSurrogatesAndCutSequencesAreInvalid) {
  for (const std::string bad : {"\xC0\x80", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                "\xF8\x88\x80\x80", "\x80", "\xE2\x82", "\xF0\x9F\x98"}) {
    EXPECT_EQ(first_invalid_utf8("0123456789" + bad), 10u);
    EXPECT_EQ(decode_utf8(bad, 0).code_point, 0xFFFDu);
    EXPECT_EQ(decode_utf8(bad, 0).bytes, 1);
  }
}

}  // namespace
}  // namespace limbeck::nlp
