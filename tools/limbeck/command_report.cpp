#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/report/html_page.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct ReportOptions {
  std::string report;        ///< report.json, or the output directory that holds it
  std::string output = "-";  ///< HTML file; "-" = standard output

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("report", self.report, "report.json, or the directory that holds it");
    visit("output", self.output, "HTML file to write; -: standard output");
  }
};

class ReportCommand final : public Command {
 public:
  ReportCommand()
      : Command({"report",
                 "draw report.json as a page",
                 "Draws the report of a run as one HTML file that needs nothing else: charts are "
                 "inline, nothing is fetched.",
                 {{"limbeck report student --output student/report.html",
                   "draws the page of a run again"}}}) {
    table().bind(options_).positional("report", "REPORT").file("output");
    bind_general();
  }

  int run(const Invocation&) override {
    if (options_.report.empty())
      throw ConfigError("REPORT: expected a report.json or the directory that holds it");
    std::filesystem::path file = options_.report;
    if (std::filesystem::is_directory(file)) file /= "report.json";
    const std::string page = nlp::render_html(read_json_file(file), file.string());
    if (options_.output == "-")
      print_result(page);
    else
      write_file_atomic(options_.output, page);
    return kDone;
  }

 private:
  ReportOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_report() { return std::make_unique<ReportCommand>(); }

}  // namespace limbeck::tools
