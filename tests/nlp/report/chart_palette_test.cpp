#include "nlp/report/chart_palette.h"

#include <gtest/gtest.h>

#include <cmath>

namespace limbeck::nlp {
namespace {

using Colour = std::array<double, 3>;
using Matrix = std::array<Colour, 3>;

// Machado, Oliveira, Fernandes 2009, "A physiologically-based model for simulation of color vision
// deficiency", severity 1.0, on linear RGB.
constexpr Matrix kNormal = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
constexpr Matrix kProtanopia = {{{0.152286, 1.052583, -0.204868},
                                 {0.114503, 0.786281, 0.099216},
                                 {-0.003882, -0.048116, 1.051998}}};
constexpr Matrix kDeuteranopia = {{{0.367322, 0.860646, -0.227968},
                                   {0.280085, 0.672501, 0.047413},
                                   {-0.011820, 0.042940, 0.968881}}};
constexpr Matrix kTritanopia = {{{1.255528, -0.076749, -0.178779},
                                 {-0.078411, 0.930809, 0.147602},
                                 {0.004733, 0.691367, 0.303900}}};

Colour linear(uint32_t rgb) {
  Colour result;
  for (int i = 0; i < 3; ++i) {
    const double value = (rgb >> (16 - 8 * i) & 0xFF) / 255.0;
    result[i] = value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
  }
  return result;
}

Colour times(const Matrix& m, const Colour& c) {
  Colour result;
  for (int i = 0; i < 3; ++i) result[i] = m[i][0] * c[0] + m[i][1] * c[1] + m[i][2] * c[2];
  return result;
}

// Ottosson 2020, "A perceptual color space for image processing" (Oklab).
Colour oklab(const Colour& c) {
  Colour lms = times({{{0.4122214708, 0.5363325363, 0.0514459929},
                       {0.2119034982, 0.6806995451, 0.1073969566},
                       {0.0883024619, 0.2817188376, 0.6299787005}}},
                     c);
  for (double& value : lms) value = std::cbrt(value);
  return times({{{0.2104542553, 0.7936177850, -0.0040720468},
                 {1.9779984951, -2.4285922050, 0.4505937099},
                 {0.0259040371, 0.7827717662, -0.8086757660}}},
               lms);
}

double difference(uint32_t a, uint32_t b, const Matrix& vision) {
  const Colour p = oklab(times(vision, linear(a))), q = oklab(times(vision, linear(b)));
  return std::sqrt(std::pow(p[0] - q[0], 2) + std::pow(p[1] - q[1], 2) + std::pow(p[2] - q[2], 2));
}

double contrast(uint32_t a, uint32_t b) {
  const auto luminance = [](uint32_t rgb) {
    const Colour c = linear(rgb);
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
  };
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

TEST(ChartPalette, SeriesStayApartForEveryKindOfColourVision) {
  // 0.02 is about one just noticeable difference; four of them for marks of 8 px.
  constexpr double kLeast = 0.08;
  for (const ChartPalette* palette : {&kLightPalette, &kDarkPalette})
    for (const Matrix& vision : {kNormal, kProtanopia, kDeuteranopia, kTritanopia})
      for (size_t i = 0; i < kMaxSeries; ++i)
        for (size_t j = 0; j < i; ++j)
          EXPECT_GE(difference(palette->series[i], palette->series[j], vision), kLeast)
              << (palette == &kLightPalette ? "light " : "dark ") << i << " and " << j
              << ", vision " << vision[0][0];
}

TEST(ChartPalette, StandsOutFromTheSurface) {
  for (const ChartPalette* palette : {&kLightPalette, &kDarkPalette}) {
    for (const uint32_t colour : palette->series)
      EXPECT_GE(contrast(colour, palette->surface), 3.0);
    for (const uint32_t text : {palette->ink, palette->muted_ink, palette->accent, palette->pass,
                                palette->fail, palette->caution})
      for (const uint32_t ground : {palette->surface, palette->page})
        EXPECT_GE(contrast(text, ground), 4.5);
  }
}

TEST(ChartPalette, WordsStayReadableOnEveryShade) {
  for (const ChartPalette* palette : {&kLightPalette, &kDarkPalette}) {
    EXPECT_EQ(shade_of(*palette, 0), palette->surface);
    EXPECT_EQ(shade_of(*palette, 10), palette->accent);
    for (int tenths = 0; tenths <= 4; ++tenths)
      EXPECT_GE(contrast(palette->ink, shade_of(*palette, tenths)), 4.5) << tenths;
  }
}

}  // namespace
}  // namespace limbeck::nlp
