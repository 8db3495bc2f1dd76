#include "experiments/report/table.h"

#include <charconv>

#include "experiments/report/text.h"

namespace ito::experiments::report {
namespace {

Table sample_table() {
  Table table;
  table.title = "W2 by solver and steps";
  table.columns = {{"solver"}, {"steps 5"}, {"steps 10"}};
  TableCell close = estimate_cell(0.1234567, 0.0112, 0.11, 4);
  close.unresolved = true;
  close.keys = {"0123456789abcdef0123", "fedcba98765432100000"};
  table.rows = {{text_cell("ddim"), estimate_cell(0.9612, 0.021, 0.11, 4), close},
                {text_cell("euler, \"plain\""), estimate_cell(12.5, 1.25, 0.11, 4), text_cell("diverged")}};
  return table;
}

TEST(ReportTable, ErrorsDecideTheDigits) {
  const auto text = [](double value, std::optional<double> error) {
    const EstimateText parts = estimate_text(value, error);
    return parts.value + (parts.error.empty() ? "" : " ± " + parts.error);
  };
  EXPECT_EQ(text(0.163123, 0.01123), "0.163 ± 0.011");
  EXPECT_EQ(text(0.163123, 0.00996), "0.163 ± 0.010");  // the error rounds into the next decade
  EXPECT_EQ(text(12.345, 1.25), "12.3 ± 1.2");
  EXPECT_EQ(text(12345, 170), "12345 ± 170");
  EXPECT_EQ(text(1.2346e-12, 2.1e-14), "1.235e-12 ± 2.1e-14");
  EXPECT_EQ(text(3e-9, 2e-7), "3e-09 ± 2.0e-07");  // nothing of the value is known
  EXPECT_EQ(text(0.000123, 0.5), "0.00 ± 0.50");
  EXPECT_EQ(text(0, 0.02), "0.000 ± 0.020");
  EXPECT_EQ(text(0.163123, std::nullopt), "0.1631");
  EXPECT_EQ(text(0.163123, 0), "0.1631 ± 0");
  EXPECT_EQ(text(std::numeric_limits<double>::quiet_NaN(), 0.1), "nan ± 0.1");
}

TEST(ReportTable, TheTerminalLinesUpAtTheSign) {
  EXPECT_EQ(terminal_table(sample_table(), 100, true),
            "W2 by solver and steps\n"
            "  solver                steps 5         steps 10\n"
            "  ──────────────  ─────────────  ───────────────\n"
            "  ddim            0.961 ± 0.021  0.123 ± 0.011 ≈\n"
            "  euler, \"plain\"   12.5 ± 1.2           diverged\n"
            "  ≈ not resolved: within the interval of its floor, or below it\n");
}

TEST(ReportTable, AsciiWhereTheLocaleIsNotUtf8) {
  const std::string text = terminal_table(sample_table(), 100, false);
  for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 0x80) << text;
  EXPECT_NE(text.find("0.123 +- 0.011 ~"), std::string::npos) << text;
}

// What the table's numbers are, and the floor where all of them share it.
TEST(ReportTable, TheTerminalShowsTheCaption) {
  Table table = sample_table();
  table.caption = "Mean ± standard error over 4 seeds. Floor: 0.110 ± 0.010.";
  EXPECT_NE(terminal_table(table, 100, true).find("\n  Mean ± standard error over 4 seeds. Floor: 0.110 ± 0.010.\n"),
            std::string::npos);
  EXPECT_NE(terminal_table(table, 100, false).find("Floor: 0.110 +- 0.010."), std::string::npos);
}

TEST(ReportTable, AWideTableFoldsAndRepeatsItsLabels) {
  Table table;
  table.columns = {{"solver"}};
  table.rows = {{text_cell("ddim")}};
  for (int i = 0; i < 30; ++i) {
    table.columns.push_back({"steps " + std::to_string(i)});
    table.rows[0].push_back(estimate_cell(i + 0.5, 0.01, {}, 4));
  }
  const std::string text = terminal_table(table, 80, true);
  int labels = 0;
  for (std::size_t at = 0; (at = text.find("ddim", at)) != std::string::npos; ++at) ++labels;
  EXPECT_GT(labels, 5);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    EXPECT_LE(display_width(std::string_view(text).substr(begin, end - begin)), 80u);
    begin = end + 1;
  }
  for (int i = 0; i < 30; ++i) EXPECT_NE(text.find("steps " + std::to_string(i)), std::string::npos);
}

TEST(ReportTable, CsvHoldsNumbersWholeAndQuotesText) {
  EXPECT_EQ(csv_table(sample_table()),
            "solver,steps 5,steps 5 stderr,steps 5 floor,steps 5 n,steps 10,steps 10 stderr,steps 10 floor,steps 10 "
            "n,steps 10 status\r\n"
            "ddim,0.9612,0.021,0.11,4,0.1234567,0.0112,0.11,4,not resolved\r\n"
            "\"euler, \"\"plain\"\"\",12.5,1.25,0.11,4,diverged,,,,\r\n");
  Table one;
  one.columns = {{"a"}};
  one.rows = {{exact_cell(0.1 + 0.2)}, {text_cell("two\nlines")}, {text_cell("")}};
  EXPECT_EQ(csv_table(one), "a\r\n0.30000000000000004\r\n\"two\nlines\"\r\n\r\n");
}

TEST(ReportTable, HtmlEscapesAndNamesTheCells) {
  Table table = sample_table();
  table.title = "<script>alert(1)</script>";
  table.rows[0][0].text = "a & \"b\"";
  const std::string html = html_table(table);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("a &amp; &quot;b&quot;"), std::string::npos);
  EXPECT_NE(html.find("title=\"0.1234567 ± 0.0112; 4 seeds; floor 0.11; not resolved: within the interval of its "
                      "floor, or below it; cells 0123456789abcdef, fedcba9876543210\""),
            std::string::npos)
      << html;
  EXPECT_NE(html.find("<th scope=\"row\">"), std::string::npos);
}

TEST(ReportText, HtmlEscapeRefusesWhatIsNoText) {
  EXPECT_EQ(html_escape("a<b>'c'"), "a&lt;b&gt;&#39;c&#39;");
  EXPECT_EQ(html_escape("±λ"), "±λ");
  EXPECT_EQ(html_escape(std::string("a\0b\x1b[31m", 8)),
            "a\xEF\xBF\xBD"
            "b\xEF\xBF\xBD[31m");
  EXPECT_EQ(html_escape("\xff\xc0\xaf\xed\xa0\x80\xe2\x82"), [] {
    std::string s;
    for (int i = 0; i < 8; ++i) s += "\xEF\xBF\xBD";
    return s;
  }());
}

TEST(ReportText, Slugs) {
  EXPECT_EQ(slug("Fashion-MNIST: W2, n = 4"), "fashion-mnist-w2-n-4");
  EXPECT_EQ(slug("../../etc"), "etc");
  EXPECT_EQ(slug("±"), "untitled");
  EXPECT_LE(slug(std::string(500, 'a')).size(), 60u);
}

}  // namespace
}  // namespace ito::experiments::report
