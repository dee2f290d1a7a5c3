// A strict check of markup, and counting in it, for the tests of what is drawn.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lamella::cli {

/// The first thing that is wrong with `xml`, "" if it is well formed: tags balanced, attributes quoted, no bare & or <,
/// no control character. Knows the subset that is written here (no comments, no CDATA, one document type line).
inline std::string xml_fault(std::string_view xml) {
  std::vector<std::string> open;
  const auto entity = [&](std::size_t at) {
    for (const std::string_view known : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"}) {
      if (xml.substr(at, known.size()) == known) return true;
    }
    return false;
  };
  bool any = false;
  for (std::size_t i = 0; i < xml.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(xml[i]);
    if (c < 0x20 && c != '\n' && c != '\t') return "control character at " + std::to_string(i);
    if (c == '&' && !entity(i)) return "bare & at " + std::to_string(i);
    if (c != '<') {
      if (open.empty() && c != '\n') return "text outside the root at " + std::to_string(i);
      continue;
    }
    if (xml.substr(i, 2) == "<!") {
      i = xml.find('>', i);
      continue;
    }
    const bool closing = xml[i + 1] == '/';
    std::size_t end = i + 1 + closing;
    const std::size_t name = end;
    while (end < xml.size() && xml[end] != '>' && xml[end] != ' ' && xml[end] != '/') ++end;
    const std::string tag(xml.substr(name, end - name));
    while (end < xml.size() && xml[end] != '>' && xml[end] != '/') {  // attributes: ' name="value"'
      const std::size_t quote = xml.find("=\"", end);
      if (xml[end] != ' ' || quote == std::string_view::npos) return "bad attribute in <" + tag;
      const std::size_t close = xml.find('"', quote + 2);
      const std::string_view value = xml.substr(quote + 2, close - quote - 2);
      if (value.find('<') != std::string_view::npos) return "< in an attribute of <" + tag;
      for (std::size_t k = 0; k < value.size(); ++k) {
        if (value[k] == '&' && !entity(quote + 2 + k)) return "bare & in an attribute of <" + tag;
      }
      end = close + 1;
    }
    const bool empty = end < xml.size() && xml[end] == '/';
    if (closing) {
      if (open.empty() || open.back() != tag) return "</" + tag + "> closes nothing";
      open.pop_back();
    } else if (!empty) {
      if (open.empty() && any) return "a second root <" + tag;
      open.push_back(tag);
      any = true;
    }
    i = end + empty;
  }
  return open.empty() ? "" : "<" + open.back() + "> stays open";
}

inline int count_of(std::string_view text, std::string_view piece) {
  int count = 0;
  for (std::size_t at = text.find(piece); at != std::string_view::npos; at = text.find(piece, at + piece.size()))
    ++count;
  return count;
}

inline bool contains(std::string_view text, std::string_view piece) {
  return text.find(piece) != std::string_view::npos;
}

/// What a self-contained SVG must be: well formed, titled, described, without script and outside reference.
inline std::string svg_fault(std::string_view svg) {
  if (const std::string fault = xml_fault(svg); !fault.empty()) return fault;
  if (!contains(svg, "<title>") || !contains(svg, "<desc>")) return "no title or description";
  if (contains(svg, "<script") || contains(svg, "href") || contains(svg, "url(")) return "refers to something outside";
  for (const char* bad : {"nan", "inf\"", "e+", "\"-nan"}) {
    if (contains(svg, std::string("=\"") + bad)) return std::string("a coordinate is ") + bad;
  }
  return "";
}

}  // namespace lamella::cli
