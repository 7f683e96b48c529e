#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/report_page/browser.h"

namespace limbeck::page_check {

/// Opens the page 360 and 1280 px wide, light and dark, between them and as for print, and lists
/// what is wrong, each with its setting: console errors and warnings, network requests, sideways
/// scrolling, small or pale text, overlapping chart text, missing names. An empty list is a good
/// page. With `screenshots`, PNG files are left there.
std::vector<std::string> check_page(Browser& browser, const std::filesystem::path& page,
                                    const std::filesystem::path& screenshots = {});

}  // namespace limbeck::page_check
