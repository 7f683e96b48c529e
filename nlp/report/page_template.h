#pragma once

/// Mustache templates of the page; `{{x}}` is escaped, `{{{x}}}` holds markup that limbeck itself
/// made.
namespace limbeck::nlp {

extern const char* const kPageTemplate;
extern const char* const kTableTemplate;
extern const char* const kChartTemplate;
extern const char* const kExamplesTemplate;
extern const char* const kShadedTextTemplate;
extern const char* const kTextTemplate;
extern const char* const kCommandTemplate;
extern const char* const kDefinitionsTemplate;

/// Style sheet, without the palettes.
extern const char* const kPageStyle;

}  // namespace limbeck::nlp
