#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace limbeck::nlp {

/// Escapes text for SVG and HTML content and quoted attributes; control characters become U+FFFD.
std::string escape_markup(std::string_view text);

/// A coordinate with at most two decimals, independent of the locale.
std::string coordinate(double value);

/// One step of a path: the command letter, then the point.
std::string path_step(char command, double x, double y);

/// Estimated width of a text in px at the given font size; wide (East Asian) characters count
/// double.
double text_width(std::string_view text, double font_px);

/// The text cut to `max_px` with an ellipsis at the end.
std::string fitted_text(std::string_view text, double max_px, double font_px);

/// One attribute; the constructors decide how the value is written.
struct SvgAttribute {
  SvgAttribute(std::string_view name, double value) : name(name), value(coordinate(value)) {}
  SvgAttribute(std::string_view name, std::string value) : name(name), value(std::move(value)) {}
  SvgAttribute(std::string_view name, const char* value) : name(name), value(value) {}
  std::string_view name;
  std::string value;
};

/// Builds SVG text; escapes every value.
class SvgWriter {
 public:
  using Attributes = std::initializer_list<SvgAttribute>;
  void open(std::string_view element, Attributes attributes);
  void close(std::string_view element);
  /// An element without content.
  void empty(std::string_view element, Attributes attributes);
  /// An element with text alone in it.
  void text(std::string_view element, Attributes attributes, std::string_view content);
  const std::string& result() const { return result_; }

 private:
  void start(std::string_view element, Attributes attributes);

  std::string result_;
};

}  // namespace limbeck::nlp
