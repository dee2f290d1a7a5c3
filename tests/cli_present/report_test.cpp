#include "cli/present/report.h"

#include <gtest/gtest.h>
#include <lamella/error.h>

#include <limits>

#include "cli_present/xml_check.h"

namespace lamella::cli {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
const std::string kPng = "data:image/png;base64,iVBORw0KGgo=";

ReportData full_report() {
  ReportData data;
  data.title = "lenet on Fashion-MNIST";
  data.test_accuracy = 0.925;
  data.parameters = 206922;
  data.seconds = 200;
  data.class_names = {"Ankle boot", "T-shirt/top"};
  data.confusion = {{90, 10}, {5, 95}};
  data.epochs = {{1, 0.5, 0.8, 0.4, 0.91, 18000, 20}, {2, 0.3, 0.9, 0.35, 0.925, 18000, 20}};
  data.settings = {{"optimizer", "SGD"}};
  data.machine = {{"threads", "2"}};
  data.kernels = {kPng, "conv1", "[16, 1, 3, 3]", 100, 50};
  data.feature_maps = {{kPng, "input", ""}, {kPng, "conv1", ""}};
  data.mistakes.assign(20, Mistake{kPng, "Ankle boot", "T-shirt/top", 0.99, 0.01, 7});
  data.files = {{"model.safetensors", "weights"}};
  data.command = "lamella train";
  return data;
}

TEST(Report, IsOneWellFormedPageThatLoadsNothing) {
  const std::string html = render_report(full_report());
  EXPECT_EQ(xml_fault(html), "");
  EXPECT_TRUE(html.starts_with("<!DOCTYPE html>"));
  EXPECT_TRUE(contains(html, "default-src &#39;none&#39;; img-src data:"));
  for (const char* outside : {"<script", "<link", "src=\"http", "url(", "@import"})
    EXPECT_FALSE(contains(html, outside)) << outside;
  EXPECT_EQ(count_of(html, "src=\"data:image/"), count_of(html, "<img"));
}

TEST(Report, ShowsEverySection) {
  const std::string html = render_report(full_report());
  EXPECT_TRUE(contains(html, "92.50 %"));
  EXPECT_TRUE(contains(html, "185 of 200 test pictures are recognised, after 2 epochs in 3 min 20 s."));
  EXPECT_EQ(count_of(html, "<svg"), 3);  // two curves and the confusion matrix
  EXPECT_EQ(count_of(html, "<img"), 20 + 1 + 2);
  EXPECT_EQ(count_of(html, "<tr"), 1 + 2);
  EXPECT_EQ(count_of(html, "<tr class=\"best\">"), 1);
  EXPECT_TRUE(contains(html, "href=\"./model.safetensors\""));
  EXPECT_TRUE(contains(html, "width:90%"));
}

TEST(Report, EscapesEveryString) {
  const std::string evil = "\"><script>alert('x')</script>&";
  ReportData data = full_report();
  data.title = data.note = data.summary = data.command = data.made_by = evil;
  data.class_names = {evil, evil};
  data.settings = data.machine = data.files = {{evil, evil}};
  data.kernels.name = data.kernels.caption = evil;
  for (Mistake& mistake : data.mistakes) mistake.true_class = mistake.predicted_class = evil;
  const std::string html = render_report(data);
  EXPECT_EQ(xml_fault(html), "");
  EXPECT_FALSE(contains(html, "<script"));
}

TEST(Report, RefusesPicturesThatAreNotPictures) {
  for (const char* uri : {"", "http://example.org/x.png", "javascript:alert(1)", "data:text/html;base64,AAAA",
                          "data:image/png;base64,AA\"AA", "data:image/svg+xml,<svg/>"}) {
    ReportData data = full_report();
    data.mistakes[0].data_uri = uri;
    EXPECT_THROW(render_report(data), ValueError) << uri;
  }
}

TEST(Report, LeavesOutWhatThereIsNot) {
  ReportData data;
  data.test_accuracy = kNaN;
  const std::string html = render_report(data);
  EXPECT_EQ(xml_fault(html), "");
  EXPECT_FALSE(contains(html, "<h2"));
  EXPECT_TRUE(contains(html, "n/a"));
}

TEST(Report, NumbersThatAreMissingAreDashes) {
  ReportData data = full_report();
  data.epochs = {{1, kNaN, kNaN, kNaN, kNaN, kNaN, kNaN}};
  const std::string html = render_report(data);
  EXPECT_EQ(xml_fault(html), "");
  EXPECT_GE(count_of(html, "<td>–</td>"), 4);
  EXPECT_EQ(count_of(html, "no data"), 2);
}

}  // namespace
}  // namespace lamella::cli
