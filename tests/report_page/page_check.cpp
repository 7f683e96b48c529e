#include "tests/report_page/page_check.h"

#include <fstream>
#include <set>

#include "nlp/core/errors.h"
#include "tests/report_page/page_audit.h"

namespace limbeck::page_check {
namespace {

using Json = nlohmann::json;

struct Setting {
  int width;
  const char* scheme;
  const char* media;
  std::string name() const {
    return std::to_string(width) + " px, " + scheme + (*media ? std::string(", ") + media : "");
  }
};

std::string file_url(const std::filesystem::path& page) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string url = "file://";
  for (const char c : std::filesystem::canonical(page).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) || std::string_view("/-._~").find(c) != std::string_view::npos) {
      url += c;
    } else {
      url.append("%").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return url;
}

void apply(Browser& browser, const Setting& setting) {
  browser.call("Emulation.setDeviceMetricsOverride", {{"width", setting.width},
                                                      {"height", 800},
                                                      {"deviceScaleFactor", 1},
                                                      {"mobile", setting.width < 600}});
  browser.call("Emulation.setEmulatedMedia",
               {{"media", setting.media},
                {"features", {{{"name", "prefers-color-scheme"}, {"value", setting.scheme}}}}});
}

/// What an event says is wrong; empty when it is harmless.
std::string fault_of(const Json& event, const std::string& url) {
  const std::string method = event.value("method", "");
  const Json parameters = event.value("params", Json::object());
  if (method == "Runtime.exceptionThrown")
    return "exception: " + parameters["exceptionDetails"].value("text", "");
  if (method == "Runtime.consoleAPICalled") {
    const std::string type = parameters.value("type", "");
    if (type == "error" || type == "warning" || type == "assert")
      return "console " + type + ": " + parameters["args"].dump();
  }
  if (method == "Log.entryAdded") {
    const Json& entry = parameters["entry"];
    const std::string level = entry.value("level", "");
    if (level == "error" || level == "warning")
      return "console " + level + ": " + entry.value("text", "");
  }
  if (method == "Network.requestWillBeSent") {
    const std::string requested = parameters["request"].value("url", "");
    if (requested != url && !requested.starts_with("data:")) return "request: " + requested;
  }
  return "";
}

int base64_digit(char c) {
  static const std::string kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const size_t at = kAlphabet.find(c);
  return at == std::string::npos ? -1 : static_cast<int>(at);
}

std::string decode_base64(const std::string& text) {
  std::string bytes;
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = base64_digit(c);
    if (digit < 0) break;
    bits = bits << 6 | static_cast<uint32_t>(digit);
    if ((count += 6) >= 8) bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  return bytes;
}

void save_screenshot(Browser& browser, const Setting& setting,
                     const std::filesystem::path& folder) {
  const Json shot = browser.call("Page.captureScreenshot", {{"captureBeyondViewport", true}});
  const std::string kind = *setting.media ? setting.media : setting.scheme;
  std::ofstream(folder / (std::to_string(setting.width) + "-" + kind + ".png"), std::ios::binary)
      << decode_base64(shot.at("data"));
}

/// The page's faults in one setting.
std::vector<std::string> audit(Browser& browser, const std::string& url, const Setting& setting,
                               const std::filesystem::path& screenshots) {
  apply(browser, setting);
  browser.take_events();
  const Json opened = browser.call("Page.navigate", {{"url", url}});
  if (opened.contains("errorText"))
    throw Error(url + ": " + opened["errorText"].get<std::string>());
  browser.wait_for("Page.loadEventFired");
  if (!screenshots.empty()) save_screenshot(browser, setting, screenshots);
  std::string script = kPageAudit;
  script.replace(script.find("__WIDTH__"), 9, std::to_string(setting.width));
  const Json answer =
      browser.call("Runtime.evaluate", {{"expression", script}, {"returnByValue", true}});
  if (answer.contains("exceptionDetails"))
    throw Error("page audit: " + answer["exceptionDetails"].dump());
  std::vector<std::string> faults = Json::parse(answer["result"]["value"].get<std::string>());
  for (const Json& event : browser.take_events())
    if (const std::string fault = fault_of(event, url); !fault.empty()) faults.push_back(fault);
  return faults;
}

}  // namespace

std::vector<std::string> check_page(Browser& browser, const std::filesystem::path& page,
                                    const std::filesystem::path& screenshots) {
  if (!std::filesystem::is_regular_file(page)) throw DataError(page.string() + ": no such file");
  if (!screenshots.empty()) std::filesystem::create_directories(screenshots);
  for (const char* domain : {"Page", "Runtime", "Log", "Network"})
    browser.call(std::string(domain) + ".enable");
  const std::string url = file_url(page);
  std::vector<std::string> faults;
  for (const Setting& setting :
       {Setting{360, "light", ""}, Setting{360, "dark", ""}, Setting{1280, "light", ""},
        Setting{1280, "dark", ""}, Setting{768, "light", ""}, Setting{1024, "light", ""},
        Setting{794, "light", "print"}})
    for (const std::string& fault : audit(browser, url, setting, screenshots))
      faults.push_back(setting.name() + ": " + fault);
  return faults;
}

}  // namespace limbeck::page_check
