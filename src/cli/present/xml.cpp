#include "cli/present/xml.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "cli/present/text.h"

namespace lamella::cli {

std::string coordinate(double value) {
  if (!std::isfinite(value)) return "0";
  std::string text = fmt::format("{:.2f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

void Xml::begin(std::string_view tag, Attributes attributes) {
  out_ += '<';
  out_ += tag;
  for (const Attribute& attribute : attributes) {
    if (attribute.value.empty()) continue;
    out_ += ' ';
    out_ += attribute.name;
    out_ += "=\"";
    out_ += escape_xml(attribute.value);
    out_ += '"';
  }
}

void Xml::open(std::string_view tag, Attributes attributes) {
  begin(tag, attributes);
  out_ += '>';
  open_.emplace_back(tag);
}

void Xml::close() {
  out_ += "</" + open_.back() + ">\n";
  open_.pop_back();
}

void Xml::empty(std::string_view tag, Attributes attributes) {
  begin(tag, attributes);
  out_ += "/>\n";
}

void Xml::leaf(std::string_view tag, Attributes attributes, std::string_view content) {
  open(tag, attributes);
  text(content);
  close();
}

void Xml::text(std::string_view content) { out_ += escape_xml(content); }

std::string Xml::take() {
  while (!open_.empty()) close();
  return std::exchange(out_, {});
}

}  // namespace lamella::cli
