#include "cli/present/theme.h"

#include <cmath>

namespace lamella::cli {
namespace {

constexpr Rgb hex(unsigned code) {
  return {(code >> 16 & 255) / 255.0, (code >> 8 & 255) / 255.0, (code & 255) / 255.0};
}

struct Theme {
  Rgb paper, dark_ink, light_ink;
  std::array<Rgb, 2> heat;
};

// The same codes as in the style sheet below.
constexpr Theme kLight{hex(0xffffff), hex(0x1b2330), hex(0xffffff), {hex(0x0b4f8a), hex(0xb84300)}};
constexpr Theme kDark{hex(0x161b22), hex(0x0b0f14), hex(0xe6ebf2), {hex(0x6cbcf0), hex(0xf5a04c)}};

bool wants_light_ink(const Theme& theme, int hue, double strength) {
  const Rgb cell = blend(theme.paper, theme.heat[hue], strength);
  return contrast(cell, theme.light_ink) > contrast(cell, theme.dark_ink);
}

constexpr std::string_view kStyle = R"(
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans","PingFang SC","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums}
.lm-mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;white-space:pre}
.lm-bold{font-weight:600}
.lm-mid{text-anchor:middle}
.lm-end{text-anchor:end}
.lm-crisp{shape-rendering:crispEdges}
.lm-line{fill:none;stroke-width:2.25;stroke-linejoin:round;stroke-linecap:round}
.lm-paper{fill:#fff}
.lm-panel{fill:#f6f8fa}
.lm-ink{fill:#1b2330}
.lm-soft{fill:#586374}
.lm-accent{fill:#b84300}
.lm-rule{stroke:#e3e8ee;fill:none}
.lm-axis{stroke:#8b96a5;fill:none}
.lm-arrow{stroke:#586374;fill:none;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.lm-edge{stroke:#8b96a5;stroke-opacity:.38;fill:none}
.lm-cell{fill:#f6f8fa;stroke:#b9c2cd}
.lm-pad{fill:#e9edf2;stroke:#b9c2cd;stroke-dasharray:3 3}
.lm-window{fill:#ffe07a;stroke:#c99700}
.lm-frame{fill:none;stroke:#c99700;stroke-width:3}
.lm-kernel{fill:#dcebfa;stroke:#7fb0de}
.lm-map{fill:#fbd0e0;stroke:#d88aa9}
.lm-hot{fill:#f08fb4;stroke:#a83e6c}
.lm-mark{fill:none;stroke:#a83e6c;stroke-width:3}
.lm-red{fill:#fbd9d3;stroke:#dc9488}
.lm-green{fill:#d4efdc;stroke:#86c39b}
.lm-blue{fill:#d6e6fb;stroke:#86aede}
.lm-violet{fill:#e6defa;stroke:#ab98dd}
.lm-grey{fill:#e9edf2;stroke:#b9c2cd}
.lm-heat0{fill:#0b4f8a}
.lm-heat1{fill:#b84300}
.lm-s0{stroke:#0072b2}.lm-s1{stroke:#d55e00}.lm-s2{stroke:#00835f}.lm-s3{stroke:#a1468a}.lm-s4{stroke:#7a6200}.lm-s5{stroke:#3f3a9c}
.lm-f0{fill:#0072b2}.lm-f1{fill:#d55e00}.lm-f2{fill:#00835f}.lm-f3{fill:#a1468a}.lm-f4{fill:#7a6200}.lm-f5{fill:#3f3a9c}
.lm-ld{fill:#1b2330}
.lm-ll{fill:#fff}
@media (prefers-color-scheme:dark){
.lm-paper{fill:#161b22}
.lm-panel{fill:#1d242d}
.lm-ink{fill:#e6ebf2}
.lm-soft{fill:#9aa7b8}
.lm-accent{fill:#f5a04c}
.lm-rule{stroke:#2a323d}
.lm-axis{stroke:#667285}
.lm-arrow{stroke:#9aa7b8}
.lm-edge{stroke:#9aa7b8;stroke-opacity:.3}
.lm-cell{fill:#1d242d;stroke:#465264}
.lm-pad{fill:#2a323d;stroke:#465264}
.lm-window{fill:#6b5510;stroke:#e3b72f}
.lm-frame{stroke:#e3b72f}
.lm-kernel{fill:#1c3a58;stroke:#4a83b8}
.lm-map{fill:#5a2a40;stroke:#a9587c}
.lm-hot{fill:#92406a;stroke:#f08fb4}
.lm-mark{stroke:#f08fb4}
.lm-red{fill:#55292a;stroke:#a85f5a}
.lm-green{fill:#1f4430;stroke:#57946d}
.lm-blue{fill:#20395c;stroke:#5784bd}
.lm-violet{fill:#372d5c;stroke:#8471bd}
.lm-grey{fill:#2a323d;stroke:#465264}
.lm-heat0{fill:#6cbcf0}
.lm-heat1{fill:#f5a04c}
.lm-s0{stroke:#56b4e9}.lm-s1{stroke:#f39c4a}.lm-s2{stroke:#35c795}.lm-s3{stroke:#e08cc8}.lm-s4{stroke:#e3d34a}.lm-s5{stroke:#a9a4f5}
.lm-f0{fill:#56b4e9}.lm-f1{fill:#f39c4a}.lm-f2{fill:#35c795}.lm-f3{fill:#e08cc8}.lm-f4{fill:#e3d34a}.lm-f5{fill:#a9a4f5}
.lm-dd{fill:#0b0f14}
.lm-dl{fill:#e6ebf2}
}
)";

}  // namespace

double luminance(Rgb color) {
  const auto linear = [](double c) { return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(color.r) + 0.7152 * linear(color.g) + 0.0722 * linear(color.b);
}

double contrast(Rgb a, Rgb b) {
  const double la = luminance(a), lb = luminance(b);
  return (std::fmax(la, lb) + 0.05) / (std::fmin(la, lb) + 0.05);
}

Rgb blend(Rgb under, Rgb over, double opacity) {
  const auto mix = [opacity](double u, double o) { return u + (o - u) * opacity; };
  return {mix(under.r, over.r), mix(under.g, over.g), mix(under.b, over.b)};
}

std::string_view svg_style() { return kStyle; }

std::string heat_ink(int hue, double strength) {
  return std::string(wants_light_ink(kLight, hue, strength) ? "lm-ll" : "lm-ld") +
         (wants_light_ink(kDark, hue, strength) ? " lm-dl" : " lm-dd");
}

}  // namespace lamella::cli
