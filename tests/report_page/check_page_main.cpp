#include <cstdio>
#include <cstring>
#include <exception>

#include "tests/report_page/page_check.h"

/// check_page FILE.html... [--screenshots DIR]: 0 when every page is good, 1 when not, 2 on misuse,
/// 77 without Chromium.
int main(int count, char** arguments) {
  std::vector<std::string> pages;
  std::string screenshots;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--screenshots") == 0 && i + 1 < count) {
      screenshots = arguments[++i];
    } else {
      pages.emplace_back(arguments[i]);
    }
  }
  if (pages.empty()) {
    std::fprintf(stderr, "usage: check_page FILE.html... [--screenshots DIR]\n");
    return 2;
  }
  const auto chromium = limbeck::page_check::find_chromium();
  if (!chromium) {
    std::fprintf(stderr, "check_page: skipped, no Chromium here (apt-get install chromium)\n");
    return 77;
  }
  try {
    limbeck::page_check::Browser browser(*chromium);
    size_t faults = 0;
    for (const std::string& page : pages)
      for (const std::string& fault : limbeck::page_check::check_page(browser, page, screenshots)) {
        std::printf("%s: %s\n", page.c_str(), fault.c_str());
        ++faults;
      }
    if (faults == 0) std::printf("%zu pages: no fault\n", pages.size());
    return faults == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "check_page: %s\n", error.what());
    return 2;
  }
}
