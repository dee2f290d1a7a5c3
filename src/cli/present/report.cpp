#include "cli/present/report.h"

#include <fmt/format.h>
#include <lamella/error.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "cli/present/report_style.h"
#include "cli/present/text.h"
#include "cli/present/xml.h"

namespace lamella::cli {
namespace {

constexpr int kPageChart = 480;  // legible at half the page's width and on a phone

using Facts = std::vector<std::pair<std::string, std::string>>;

void check_data_uri(const std::string& uri) {
  const std::string_view text = uri;
  const std::size_t comma = text.find(',');
  const bool header =
      text.starts_with("data:image/") && comma != std::string_view::npos && text.substr(0, comma).ends_with(";base64");
  const auto is_base64 = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '=';
  };
  if (!header || !std::all_of(text.begin() + comma + 1, text.end(), is_base64)) {
    throw ValueError("report: a picture must be a base64 data URI (data:image/png;base64,...), got \"" +
                     printable(text.substr(0, 40)) + "\"");
  }
}

const EpochResult* best_epoch(const std::vector<EpochResult>& epochs) {
  const EpochResult* best = nullptr;
  for (const EpochResult& epoch : epochs) {
    if (std::isfinite(epoch.test_accuracy) && (!best || epoch.test_accuracy > best->test_accuracy)) best = &epoch;
  }
  return best;
}

std::string summary_of(const ReportData& data) {
  if (!data.summary.empty()) return data.summary;
  std::int64_t right = 0, all = 0;
  for (std::size_t i = 0; i < data.confusion.size(); ++i) {
    for (std::size_t j = 0; j < data.confusion[i].size(); ++j) {
      all += data.confusion[i][j];
      if (i == j) right += data.confusion[i][j];
    }
  }
  std::string text;
  if (all > 0) text = with_thousands(right) + " of " + with_thousands(all) + " test pictures are recognised";
  if (!data.epochs.empty()) {
    text += (text.empty() ? "Trained for " : ", after ") + std::to_string(data.epochs.size()) +
            (data.epochs.size() == 1 ? " epoch" : " epochs") + " in " + human_duration(data.seconds);
  }
  return text.empty() ? text : text + ".";
}

void section(Xml& html, std::string_view title, std::string_view lead) {
  html.leaf("h2", {}, title);
  if (!lead.empty()) html.leaf("p", {{"class", "lead"}}, lead);
}

void head(Xml& html, const ReportData& data) {
  html.open("head");
  html.empty("meta", {{"charset", "utf-8"}});
  html.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  html.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                      {"content", "default-src 'none'; img-src data:; style-src 'unsafe-inline'"}});
  html.leaf("title", {}, data.title + ": " + percent(data.test_accuracy));
  html.open("style");
  html.raw(report_style());
  html.close();
  html.close();
}

void stat(Xml& html, std::string_view name, std::string_view value) {
  html.open("div");
  html.leaf("dt", {}, name);
  html.leaf("dd", {}, value);
  html.close();
}

void hero(Xml& html, const ReportData& data) {
  html.open("header");
  html.leaf("p", {{"class", "eyebrow"}}, "Training report");
  html.leaf("h1", {}, data.title);
  if (!data.note.empty()) html.leaf("p", {{"class", "note"}, {"role", "note"}}, data.note);
  html.open("div", {{"class", "hero card"}});
  html.open("div", {{"class", "headline"}});
  html.text(percent(data.test_accuracy, 2));
  html.leaf("small", {}, "accuracy on the test set");
  html.close();
  html.leaf("p", {}, summary_of(data));
  html.open("dl", {{"class", "stats"}});
  stat(html, "parameters", with_thousands(data.parameters));
  stat(html, "size in float32", human_bytes(data.parameters * 4));
  stat(html, "time", human_duration(data.seconds));
  if (!data.epochs.empty()) {
    double rate = 0;
    for (const EpochResult& epoch : data.epochs) rate = std::fmax(rate, epoch.images_per_second);
    stat(html, "images a second",
         std::isfinite(rate) ? with_thousands(std::llround(std::clamp(rate, 0.0, 1e15))) : "n/a");
    if (const EpochResult* best = best_epoch(data.epochs)) {
      stat(html, "best epoch", std::to_string(best->epoch) + " (" + percent(best->test_accuracy, 2) + ")");
    }
  }
  html.close();
  html.close();
  html.close();
}

std::string number_or_dash(double value) { return std::isfinite(value) ? fmt::format("{:.4f}", value) : "–"; }
std::string share_or_dash(double value) { return std::isfinite(value) ? percent(value, 2) : "–"; }

void epoch_table(Xml& html, const std::vector<EpochResult>& epochs) {
  const EpochResult* best = best_epoch(epochs);
  html.open("details", {{"class", "card"}, {"open", "open"}});
  html.leaf("summary", {}, "All epochs");
  html.open("div", {{"class", "scroll pad"}, {"style", "padding-top:0"}});
  html.open("table");
  html.open("thead");
  html.open("tr");
  for (const char* name :
       {"epoch", "training loss", "training accuracy", "test loss", "test accuracy", "images/s", "time"}) {
    html.leaf("th", {{"scope", "col"}}, name);
  }
  html.close();
  html.close();
  html.open("tbody");
  for (const EpochResult& epoch : epochs) {
    html.open("tr", {{"class", &epoch == best ? "best" : ""}});
    const double rate = epoch.images_per_second;
    for (const std::string& cell :
         {std::to_string(epoch.epoch), number_or_dash(epoch.train_loss), share_or_dash(epoch.train_accuracy),
          number_or_dash(epoch.test_loss), share_or_dash(epoch.test_accuracy),
          std::isfinite(rate) ? with_thousands(std::llround(std::clamp(rate, 0.0, 1e15))) : std::string("–"),
          human_duration(epoch.seconds)}) {
      html.leaf("td", {}, cell);
    }
    html.close();
  }
  html.close();
  html.close();
  html.close();
  html.close();
}

void chart(Xml& html, std::string_view classes, const std::string& svg) {
  html.open("div", {{"class", classes}});
  html.raw(svg);
  html.close();
}

void curves(Xml& html, const ReportData& data) {
  if (data.epochs.empty()) return;
  section(html, "How it learned", "Loss and accuracy after each pass over the training pictures.");
  html.open("div", {{"class", "pair"}});
  chart(html, "card chart", accuracy_chart(data.epochs, kPageChart));
  chart(html, "card chart", loss_chart(data.epochs, kPageChart));
  html.close();
  epoch_table(html, data.epochs);
}

void classes(Xml& html, const ReportData& data) {
  if (data.confusion.empty()) return;
  section(html, "Class by class", "How much of each class is recognised, and what the rest is taken for.");
  chart(html, "card chart wide", confusion_matrix(data.class_names, data.confusion));
  html.open("div", {{"class", "card pad"}, {"style", "margin-top:20px"}});
  html.leaf("h3", {}, "Accuracy of each class");
  html.open("ul", {{"class", "classes"}});
  const std::vector<double> shares = class_accuracies(data.confusion);
  for (std::size_t i = 0; i < shares.size(); ++i) {
    html.open("li");
    html.leaf("span", {{"title", data.class_names[i]}}, data.class_names[i]);
    html.open("span", {{"class", "bar"}, {"aria-hidden", "true"}});
    html.leaf("i", {{"style", "width:" + coordinate(std::isfinite(shares[i]) ? shares[i] * 100 : 0) + "%"}}, "");
    html.close();
    html.leaf("span", {}, percent(shares[i]));
    html.close();
  }
  html.close();
  html.close();
}

void mistakes(Xml& html, const ReportData& data) {
  if (data.mistakes.empty()) return;
  section(html, "The worst mistakes",
          "Test pictures that the network took for something else with the greatest confidence.");
  html.open("div", {{"class", "mistakes"}});
  for (const Mistake& mistake : data.mistakes) {
    check_data_uri(mistake.data_uri);
    html.open("figure", {{"class", "card"}});
    html.empty("img", {{"src", mistake.data_uri},
                       {"alt", mistake.true_class + " taken for " + mistake.predicted_class},
                       {"loading", "lazy"}});
    html.open("figcaption");
    html.leaf("span", {{"class", "said"}}, mistake.predicted_class);
    html.text(" " + percent(mistake.probability));
    html.empty("br");
    html.text("is ");
    html.leaf("span", {{"class", "was"}}, mistake.true_class);
    html.text(" " + percent(mistake.true_probability));
    if (mistake.index >= 0) html.leaf("small", {}, "test picture " + with_thousands(mistake.index));
    html.close();
    html.close();
  }
  html.close();
}

void picture(Xml& html, const ReportPicture& p) {
  check_data_uri(p.data_uri);
  html.open("figure", {{"class", "card"}});
  html.open("figcaption");
  html.text(p.name);
  if (!p.caption.empty()) html.leaf("small", {}, p.caption);
  html.close();
  const auto extent = [](int pixels) { return pixels > 0 ? std::to_string(pixels) : std::string(); };
  html.empty("img", {{"src", p.data_uri},
                     {"alt", p.name + (p.caption.empty() ? "" : ", " + p.caption)},
                     {"width", extent(p.width)},
                     {"height", extent(p.height)},
                     {"loading", "lazy"}});
  html.close();
}

void pictures(Xml& html, const ReportData& data) {
  if (!data.kernels.data_uri.empty()) {
    section(html, "What the first layer looks for",
            "Its kernels on one colour scale: blue weights are negative, white zero, red positive.");
    html.open("div", {{"class", "maps"}});
    picture(html, data.kernels);
    html.close();
  }
  if (data.feature_maps.empty()) return;
  section(html, "What each layer makes of a picture", "The feature maps of one test picture after each layer.");
  html.open("div", {{"class", "maps"}});
  for (const ReportPicture& p : data.feature_maps) picture(html, p);
  html.close();
}

void facts_card(Xml& html, std::string_view title, const Facts& facts, bool links = false) {
  if (facts.empty()) return;
  html.open("div", {{"class", "card pad"}});
  html.leaf("h3", {}, title);
  html.open("dl", {{"class", "facts"}});
  for (const auto& [name, value] : facts) {
    html.open("div");
    html.open("dt");
    // "./" keeps a name from being read as another scheme.
    if (links) {
      html.leaf("a", {{"href", "./" + name}}, name);
    } else {
      html.text(name);
    }
    html.close();
    html.leaf("dd", {}, value);
    html.close();
  }
  html.close();
  html.close();
}

void training(Xml& html, const ReportData& data) {
  if (data.settings.empty() && data.machine.empty() && data.command.empty() && data.files.empty()) return;
  section(html, "How it was trained", "");
  html.open("div", {{"class", "pair"}, {"style", "margin-top:14px"}});
  facts_card(html, "Settings", data.settings);
  facts_card(html, "Machine", data.machine);
  facts_card(html, "Files beside this page", data.files, true);
  html.close();
  if (data.command.empty()) return;
  html.open("div", {{"class", "card pad"}, {"style", "margin-top:20px"}});
  html.leaf("h3", {}, "The command");
  html.leaf("pre", {}, data.command);
  html.close();
}

LineChart epoch_chart(const std::vector<EpochResult>& epochs, double EpochResult::* train, double EpochResult::* test) {
  LineChart chart;
  chart.x_label = "epoch";
  chart.x_style = NumberStyle::kInteger;
  chart.series = {{"training", {}, {}}, {"test", {}, {}}};
  for (const EpochResult& epoch : epochs) {
    for (Series& series : chart.series) series.x.push_back(epoch.epoch);
    chart.series[0].y.push_back(epoch.*train);
    chart.series[1].y.push_back(epoch.*test);
  }
  return chart;
}

}  // namespace

std::string loss_chart(const std::vector<EpochResult>& epochs, int width) {
  LineChart chart = epoch_chart(epochs, &EpochResult::train_loss, &EpochResult::test_loss);
  chart.title = "Loss";
  chart.y_label = "mean cross-entropy of a picture";
  chart.width = width;
  chart.height = width < 600 ? 340 : 400;
  return line_chart(chart);
}

std::string accuracy_chart(const std::vector<EpochResult>& epochs, int width) {
  LineChart chart = epoch_chart(epochs, &EpochResult::train_accuracy, &EpochResult::test_accuracy);
  chart.title = "Accuracy";
  chart.y_label = "share of pictures recognised";
  chart.y_style = NumberStyle::kPercent;
  chart.width = width;
  chart.height = width < 600 ? 340 : 400;
  return line_chart(chart);
}

std::string render_report(const ReportData& data) {
  Xml html;
  html.open("html", {{"lang", "en"}});
  head(html, data);
  html.open("body");
  hero(html, data);
  html.open("main");
  curves(html, data);
  classes(html, data);
  mistakes(html, data);
  pictures(html, data);
  training(html, data);
  html.close();
  if (!data.made_by.empty()) html.leaf("footer", {}, "Made by " + data.made_by);
  return "<!DOCTYPE html>\n" + html.take();
}

}  // namespace lamella::cli
