#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/small_word_model.h"
#include "tests/cli/spawn.h"
#include "tests/report_page/page_check.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

TEST(CertifyReport, ComparesMethodsAndExplainsWhatTheyLose) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  for (const char* budget : {"0", "2"}) {
    const Outcome outcome = limbeck({"certify", "--model", small.model, "--heads", "2", "--data",
                                     small.data, "--budget", budget, "--explain", "--compare",
                                     "ibp", "crown", "--output", out, "--overwrite"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    const nlohmann::json report = read_json_file(out + "/report.json");
    const nlohmann::json& methods = report["results"]["methods"];
    ASSERT_EQ(methods.size(), 3u);
    EXPECT_EQ(methods[0]["method"], "auto");
    EXPECT_EQ(methods[1]["method"], "ibp");
    EXPECT_EQ(methods[2]["method"], "crown");
    for (const nlohmann::json& method : methods) {
      EXPECT_EQ(method["items"], 5);
      EXPECT_LE(method["certified_share"], 1.0);
      EXPECT_GE(method["seconds"], 0.0);
      EXPECT_EQ(method.contains("mean_radius"), *budget == '0');
    }
    EXPECT_LE(methods[1]["certified"], methods[0]["certified"]);
    double share = 0;
    for (const nlohmann::json& one : report["results"]["operations"])
      share += one["share"].get<double>();
    EXPECT_NEAR(share, 1, 1e-4);
    EXPECT_THAT(read_file(out + "/report.html"), HasSubstr("What lost most precision"));
  }
}

TEST(CertifyReport, ItsReportHasNoFault) {
  const auto chromium = page_check::find_chromium();
  if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
  page_check::Browser browser(*chromium);
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  for (const char* budget : {"0", "2"}) {
    ASSERT_EQ(limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data,
                       "--budget", budget, "--explain", "--compare", "ibp", "forward", "--output",
                       out, "--overwrite"})
                  .exit_code,
              0);
    EXPECT_THAT(page_check::check_page(browser, out + "/report.html"), testing::IsEmpty());
  }
  EXPECT_EQ(limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data,
                     "--output", out, "--overwrite"})
                .exit_code,
            0);
  EXPECT_THAT(read_file(out + "/report.html"), HasSubstr("<span class=\"word w"));
}

TEST(CertifyReport, AnySetOfWordsHasOneRadius) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const auto radius = [&](const std::string& positions) {
    const std::string out = (folder / ("out" + positions)).string();
    EXPECT_EQ(limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data,
                       "--limit", "2", "--positions", positions, "--output", out, "--overwrite"})
                  .exit_code,
              0);
    for (const nlohmann::json& line : lines_of(out))
      if (line["state"] == "certified") return line["words"][0]["radius"].get<double>();
    return 0.0;
  };
  EXPECT_GT(radius("2"), 0);
  EXPECT_LE(radius("2"), radius("one"));
}

TEST(CertifyReport, NotANumberInTheWeightsIsSaid) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  std::string bytes = read_file(small.model);
  for (const std::string& bad :
       {std::string("\x00\x00\xc0\x7f", 4), std::string("\x00\x00\x80\x7f", 4)}) {
    std::string broken = bytes;
    broken.replace(broken.size() - 4, 4, bad);
    write_file_atomic(small.model, broken);
    const Outcome outcome = limbeck({"certify", "--model", small.model, "--heads", "2", "--data",
                                     small.data, "--output", (folder / "out").string()});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.error, "limbeck: " + small.model +
                                 ": tensor 'linear_in.weight': value 15 is not finite (a diverged "
                                 "or damaged model)\n");
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

}  // namespace
}  // namespace limbeck::test
