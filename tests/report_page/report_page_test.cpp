#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nlp/core/atomic_file.h"
#include "tests/nlp/report/sample_report.h"
#include "tests/report_page/page_check.h"

namespace limbeck::page_check {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class ReportPage : public testing::Test {
 protected:
  void SetUp() override {
    const auto chromium = find_chromium();
    if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
    browser_.emplace(*chromium);
    std::string folder =
        (std::filesystem::temp_directory_path() / "limbeck-report-XXXXXX").string();
    ASSERT_NE(::mkdtemp(folder.data()), nullptr);
    folder_ = folder;
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  /// Faults of a small valid page with `body` in it.
  std::vector<std::string> faults_of(const std::string& body) {
    const auto page = folder_ / "page.html";
    write_file_atomic(page,
                      "<!DOCTYPE html><html lang=en><meta charset=utf-8><meta name=viewport "
                      "content=width=device-width><title>t</title><h1>t</h1>" +
                          body);
    return check_page(*browser_, page);
  }

  std::optional<Browser> browser_;
  std::filesystem::path folder_;
};

TEST_F(ReportPage, OfASampleReportHasNoFault) {
  nlp::write_report(folder_, nlp::sample_report());
  const char* kept = std::getenv("LIMBECK_SCREENSHOTS");
  EXPECT_THAT(check_page(*browser_, folder_ / "report.html", kept ? kept : ""), IsEmpty());
}

TEST_F(ReportPage, OfAnEmptyReportHasNoFault) {
  nlp::Report report;
  report.title = "Nothing";
  nlp::write_report(folder_, report);
  EXPECT_THAT(check_page(*browser_, folder_ / "report.html"), IsEmpty());
}

TEST_F(ReportPage, CheckAcceptsAPlainPage) { EXPECT_THAT(faults_of("<p>text</p>"), IsEmpty()); }

TEST_F(ReportPage, CheckSeesAConsoleWarning) {
  EXPECT_THAT(faults_of("<script>console.warn('oh')</script>"),
              Contains(HasSubstr("console warning")));
}

TEST_F(ReportPage, CheckSeesARequest) {
  EXPECT_THAT(faults_of("<img alt=x src=https://example.org/x.png>"),
              Contains("1280 px, dark: request: https://example.org/x.png"));
}

TEST_F(ReportPage, CheckSeesAWidePage) {
  EXPECT_THAT(faults_of("<div style=width:500px>wide</div>"),
              Contains(HasSubstr("360 px, light: page is 5")));
}

TEST_F(ReportPage, CheckSeesPaleText) {
  EXPECT_THAT(faults_of("<p style='color:#999;background:#fff'>pale</p>"),
              Contains(HasSubstr("contrast 2.85 < 4.5")));
}

TEST_F(ReportPage, CheckSeesOverlappingChartText) {
  EXPECT_THAT(faults_of("<svg role=img aria-labelledby=a viewBox='0 0 300 50'><title id=a>t</title>"
                        "<text x=10 y=30>one text</text><text x=30 y=32>another</text></svg>"),
              Contains(HasSubstr("chart texts overlap")));
}

TEST_F(ReportPage, CheckSeesSmallText) {
  EXPECT_THAT(faults_of("<p style='font-size:9px'>small</p>"),
              Contains(HasSubstr("text of 9.0 px")));
}

}  // namespace
}  // namespace limbeck::page_check
