// Writes well-formed XML (SVG, and HTML in its XML syntax): every name that is opened is closed, every text and every
// attribute escaped.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::cli {

/// A number for an attribute: at most two decimals, no exponent; "0" for what is not finite, which SVG cannot say.
std::string coordinate(double value);

struct Attribute {
  Attribute(std::string_view n, std::string_view v) : name(n), value(v) {}
  Attribute(std::string_view n, const char* v) : name(n), value(v) {}
  Attribute(std::string_view n, double v) : name(n), value(coordinate(v)) {}
  Attribute(std::string_view n, int v) : name(n), value(std::to_string(v)) {}

  std::string_view name;
  std::string value;
};

using Attributes = std::initializer_list<Attribute>;

class Xml {
 public:
  /// <tag attributes…>, to be closed by the matching close().
  void open(std::string_view tag, Attributes attributes = {});
  void close();
  /// <tag attributes…/>: for elements that HTML, too, knows as empty, and for SVG.
  void empty(std::string_view tag, Attributes attributes = {});
  /// <tag attributes…>text</tag>
  void leaf(std::string_view tag, Attributes attributes, std::string_view text);
  void text(std::string_view text);
  /// Markup that is known to be well formed.
  void raw(std::string_view markup) { out_ += markup; }

  /// All that was written, with what is still open closed.
  std::string take();

 private:
  void begin(std::string_view tag, Attributes attributes);

  std::string out_;
  std::vector<std::string> open_;
};

}  // namespace lamella::cli
