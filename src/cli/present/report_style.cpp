#include "cli/present/report_style.h"

namespace lamella::cli {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--page:#f1f4f8;--card:#fff;--panel:#f6f8fa;--ink:#1b2330;--soft:#586374;--rule:#e3e8ee;--accent:#0072b2;--good:#0b4f8a;--bad:#b84300;--shadow:0 1px 2px rgba(16,24,40,.05),0 4px 16px rgba(16,24,40,.05)}
@media (prefers-color-scheme:dark){:root{--page:#0b0f14;--card:#161b22;--panel:#1d242d;--ink:#e6ebf2;--soft:#9aa7b8;--rule:#2a323d;--accent:#56b4e9;--good:#6cbcf0;--bad:#f5a04c;--shadow:none}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans","PingFang SC","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 24px}
header{padding-top:56px}
.eyebrow{margin:0 0 6px;color:var(--soft);font-size:13px;letter-spacing:.08em;text-transform:uppercase}
h1{margin:0;font-size:clamp(26px,4.2vw,38px);line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}
h2{margin:56px 0 4px;font-size:22px;letter-spacing:-.01em}
h3{margin:0 0 12px;font-size:16px}
p.lead{max-width:44em;margin:4px 0 18px;color:var(--soft)}
.card{background:var(--card);border-radius:12px;box-shadow:var(--shadow)}
.hero{display:grid;grid-template-columns:auto 1fr;gap:16px 40px;align-items:center;margin-top:28px;padding:28px 32px}
.headline{font-size:clamp(44px,12vw,92px);white-space:nowrap;font-weight:700;line-height:1;letter-spacing:-.04em;color:var(--good)}
.headline small{display:block;margin-top:8px;font-size:15px;font-weight:500;letter-spacing:0;color:var(--soft)}
.hero p{margin:0;font-size:18px;max-width:34em}
.stats{display:grid;grid-template-columns:repeat(auto-fit,minmax(112px,1fr));gap:12px 0;grid-column:1/-1;margin:12px 0 0;border-top:1px solid var(--rule);padding-top:20px}
.stats div{padding-right:12px}
dt{color:var(--soft);font-size:13px}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.stats dd{font-size:20px}
.note{margin:20px 0 0;padding:12px 18px;border-left:4px solid var(--bad);border-radius:8px;background:var(--card)}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:20px;align-items:start}
.chart{overflow-x:auto;margin:0}
.chart svg{display:block;width:100%;height:auto}
.wide svg{max-width:760px;min-width:560px;margin:0 auto}
.pad{padding:22px 26px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{padding:7px 12px;text-align:right;white-space:nowrap}
th{color:var(--soft);font-weight:500;border-bottom:1px solid var(--rule)}
tr+tr td{border-top:1px solid var(--rule)}
th:first-child,td:first-child{text-align:left}
tr.best td{font-weight:700;color:var(--good)}
details{margin-top:20px}
summary{cursor:pointer;padding:14px 26px;font-weight:600}
.classes{display:grid;gap:9px;margin:0;padding:0;list-style:none}
.classes li{display:grid;grid-template-columns:minmax(84px,max-content) 1fr 62px;gap:12px;align-items:center;font-size:14px}
.classes span:first-child{width:110px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.classes span:last-child{text-align:right}
.bar{height:12px;border-radius:6px;background:var(--panel);overflow:hidden}
.bar i{display:block;height:100%;border-radius:6px;background:var(--accent)}
.mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(168px,1fr));gap:16px}
figure{margin:0}
.mistakes figure{padding:14px}
.mistakes img{display:block;width:100%;aspect-ratio:1;object-fit:contain;border-radius:8px;background:#000;image-rendering:pixelated}
figcaption{margin-top:10px;font-size:14px;line-height:1.4;overflow-wrap:anywhere}
figcaption small{display:block;font-weight:400;color:var(--soft);font-size:12.5px}
.said{color:var(--bad);font-weight:600}
.was{color:var(--good);font-weight:600}
.maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:20px;align-items:start}
.maps figure{padding:18px}
.maps img{display:block;max-width:100%;height:auto;margin:0 auto;border-radius:8px;background:#fff;image-rendering:pixelated}
.maps figcaption{margin:0 0 12px;font-weight:600}
.facts{display:grid;gap:10px;margin:0}
.facts dd{font-weight:500}
.facts div{display:grid;grid-template-columns:minmax(90px,34%) 1fr;gap:12px}
pre{margin:0;padding:16px 20px;overflow-x:auto;background:var(--panel);border-radius:8px;font:13.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
a{color:var(--accent)}
footer{margin-top:56px;padding-top:20px;padding-bottom:40px;color:var(--soft);font-size:13px}
@media (max-width:640px){main,header,footer{padding-left:14px;padding-right:14px}header{padding-top:28px}.hero{grid-template-columns:1fr;padding:22px 20px}.pad{padding:18px}.mistakes{grid-template-columns:repeat(2,1fr);gap:10px}h2{margin-top:40px}.pair>.chart{overflow-x:auto}}
@media print{body{background:#fff}.card{box-shadow:none;border:1px solid #ddd}figure,.chart{break-inside:avoid}}
)";

}  // namespace

std::string_view report_style() { return kStyle; }

}  // namespace lamella::cli
