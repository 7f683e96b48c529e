#include "nlp/report/chart_palette.h"

#include <utility>

namespace limbeck::nlp {
namespace {

std::string hex(uint32_t colour) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "#";
  for (int shift = 20; shift >= 0; shift -= 4) text += kDigits[(colour >> shift) & 0xF];
  return text;
}

}  // namespace

const ChartPalette kLightPalette = {
    .surface = 0xFFFFFF,
    .page = 0xF4F5F7,
    .ink = 0x16191F,
    .muted_ink = 0x545C6B,
    .grid = 0xE4E7EC,
    .frame = 0xD5DAE2,
    .accent = 0x1A5FB4,
    .pass = 0x146C3A,
    .fail = 0xB3261E,
    .caution = 0x7A5200,
    .series = {0x125BC7, 0xB78C0A, 0x0A8F7A, 0x8D1684, 0x6F6B15, 0x3B3F4A}};

const ChartPalette kDarkPalette = {
    .surface = 0x1B1F27,
    .page = 0x12151B,
    .ink = 0xE9ECF1,
    .muted_ink = 0xA6AFBE,
    .grid = 0x2E3440,
    .frame = 0x39404D,
    .accent = 0x8AB8FF,
    .pass = 0x74D69A,
    .fail = 0xFF9A90,
    .caution = 0xF0C36A,
    .series = {0x7286FF, 0xF7924A, 0x2DDEB2, 0xB787AE, 0xFFEA3D, 0xD7FBF1}};

uint32_t shade_of(const ChartPalette& palette, int tenths) {
  uint32_t colour = 0;
  for (int shift = 16; shift >= 0; shift -= 8) {
    const auto part = [shift](uint32_t rgb) { return static_cast<int>((rgb >> shift) & 0xFF); };
    const int mixed =
        (part(palette.surface) * (10 - tenths) + part(palette.accent) * tenths + 5) / 10;
    colour |= static_cast<uint32_t>(mixed) << shift;
  }
  return colour;
}

std::string palette_css(const ChartPalette& palette) {
  std::string css;
  for (const auto& [name, colour] :
       std::initializer_list<std::pair<const char*, uint32_t>>{{"surface", palette.surface},
                                                               {"page", palette.page},
                                                               {"ink", palette.ink},
                                                               {"muted-ink", palette.muted_ink},
                                                               {"grid", palette.grid},
                                                               {"frame", palette.frame},
                                                               {"accent", palette.accent},
                                                               {"pass", palette.pass},
                                                               {"fail", palette.fail},
                                                               {"caution", palette.caution}})
    css += std::string("--") + name + ":" + hex(colour) + ";";
  for (size_t i = 0; i < palette.series.size(); ++i)
    css += "--series-" + std::to_string(i) + ":" + hex(palette.series[i]) + ";";
  for (int i = 1; i <= 4; ++i)
    css += "--shade-" + std::to_string(i) + ":" + hex(shade_of(palette, i)) + ";";
  return css;
}

}  // namespace limbeck::nlp
