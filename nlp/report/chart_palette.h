#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "nlp/report/report_blocks.h"

namespace limbeck::nlp {

/// Colours of a page in one mode, as 0xRRGGBB. Series colours stand at least 3:1 from the surface
/// and stay apart for readers with protanopia, deuteranopia or tritanopia (tested); dash and marker
/// tell them apart as well.
struct ChartPalette {
  uint32_t surface, page, ink, muted_ink, grid, frame, accent, pass, fail, caution;
  std::array<uint32_t, kMaxSeries> series;
};

extern const ChartPalette kLightPalette;
extern const ChartPalette kDarkPalette;

/// The surface with a share of the accent, 0 .. 4 tenths: ink on it stays readable (tested).
uint32_t shade_of(const ChartPalette& palette, int tenths);

/// The palette as CSS custom properties: `--surface:#ffffff;...--series-0:#...--shade-1:#...`.
std::string palette_css(const ChartPalette& palette);

}  // namespace limbeck::nlp
