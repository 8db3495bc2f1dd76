#include "experiments/report/page_style.h"

namespace ito::experiments::report {

// Text in a serif, data in a sans; one accent; the same page in light, dark and on paper.
const char* const kPageStyle = R"css(
:root{color-scheme:light dark;
--page:#fdfdfb;--ink:#1c1d1f;--soft:#5d6066;--line:#dddcd6;--panel:#f5f4ef;--accent:#2f5f8f;
--good:#1d7a3a;--good-bg:#e6f3e8;--bad:#b3261e;--bad-bg:#fbe9e7;--open:#8a6100;--open-bg:#f8f0d8;
--grid:#e3e2dc;--band:#ebe6d4;
--serif:Charter,"Bitstream Charter","Sitka Text",Cambria,"DejaVu Serif",Georgia,serif;
--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","DejaVu Sans",Arial,sans-serif;
--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{
--page:#16181b;--ink:#e4e3df;--soft:#a0a29f;--line:#34373b;--panel:#1f2226;--accent:#8fb8e0;
--good:#7cc78f;--good-bg:#1c3022;--bad:#f19a92;--bad-bg:#3a1f1d;--open:#e0bd6a;--open-bg:#332a14;
--grid:#2b2e32;--band:#35321f}}
*{box-sizing:border-box}
html{scroll-padding-top:1.5rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:400 1.0625rem/1.55 var(--serif);
text-rendering:optimizeLegibility}
a{color:var(--accent);text-decoration-thickness:1px;text-underline-offset:.15em}
.sheet{max-width:78rem;margin:0 auto;padding:2.5rem 1.5rem 4rem;display:grid;grid-template-columns:minmax(0,1fr)}
header.top{border-bottom:1px solid var(--line);padding-bottom:1.4rem;margin-bottom:2rem}
header.top .name{font:600 .8rem var(--sans);letter-spacing:.09em;text-transform:uppercase;color:var(--accent);margin:0}
h1{font:600 2.1rem/1.18 var(--serif);letter-spacing:-.012em;margin:.3rem 0 .6rem;text-wrap:balance}
header.top .lead{font-size:1.15rem;max-width:46rem;margin:.4rem 0 1rem}
.facts-line{font:.85rem/1.6 var(--sans);color:var(--soft);margin:0}
.facts-line span{white-space:nowrap;margin-right:1.2em}
h2{font:600 1.45rem/1.25 var(--serif);letter-spacing:-.008em;margin:0 0 1rem;text-wrap:balance}
h3{font:600 1.02rem/1.35 var(--sans);margin:0 0 .6rem}
section{margin:0 0 3.2rem;min-width:0}
p{max-width:46rem;margin:0 0 1em}
nav.contents{font:.875rem/1.4 var(--sans);margin-bottom:2.4rem}
nav.contents p{font-weight:600;color:var(--soft);margin:0 0 .5rem}
nav.contents ol{list-style:none;margin:0;padding:0;columns:18rem;column-gap:2rem}
nav.contents li{margin:0 0 .42rem;break-inside:avoid}
nav.contents a{color:inherit;text-decoration:none}
nav.contents a:hover{color:var(--accent);text-decoration:underline}
@media (min-width:75rem){
.sheet{grid-template-columns:13.5rem minmax(0,1fr);column-gap:3.5rem}
header.top{grid-column:1/-1}
nav.contents{position:sticky;top:1.5rem;align-self:start;max-height:calc(100vh - 3rem);overflow:auto}
nav.contents ol{columns:auto}}
ol.findings{list-style:none;margin:0;padding:0;border-top:1px solid var(--line)}
ol.findings>li{display:grid;grid-template-columns:8.2rem minmax(0,1fr);column-gap:1rem;padding:.8rem 0;
border-bottom:1px solid var(--line)}
ol.findings .claim{margin:0;max-width:none}
ol.findings .evidence{margin:.15rem 0 0;font:.9rem/1.5 var(--sans);color:var(--soft);max-width:none;
font-variant-numeric:tabular-nums}
.verdict{justify-self:start;align-self:start;font:600 .78rem/1 var(--sans);padding:.42em .7em;border-radius:1em;
white-space:nowrap;margin-top:.28rem}
.holds{color:var(--good);background:var(--good-bg)}.fails{color:var(--bad);background:var(--bad-bg)}
.open{color:var(--open);background:var(--open-bg)}.none{color:var(--soft);background:var(--panel)}
figure{margin:0 0 2rem}
figcaption{font:600 1rem/1.4 var(--sans);margin:0 0 .55rem;max-width:none}
.note{font:.86rem/1.5 var(--sans);color:var(--soft);margin:.55rem 0 0;max-width:52rem}
summary{font:600 .9rem/1.4 var(--sans);color:var(--soft);cursor:pointer;margin:0 0 .55rem}
summary:hover{color:var(--accent)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font:.9rem/1.35 var(--sans);font-variant-numeric:tabular-nums lining-nums}
thead th{font-weight:600;color:var(--soft);border-bottom:1px solid var(--soft);vertical-align:bottom}
th,td{padding:.34rem .9rem .34rem 0;text-align:left;white-space:nowrap}
td+td,th+td,th+th{padding-left:.9rem}
th:last-child,td:last-child{padding-right:.35rem}
tbody th{font-weight:400}
tbody th:first-child{position:sticky;left:0;background:var(--page)}
tbody tr+tr>*{border-top:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:1px solid var(--line)}
tbody tr:hover>*{background:var(--panel)}
th.n,td.n{text-align:right}
td.n b{font-weight:500}
td.n i{font-style:normal;color:var(--soft);font-size:.92em;display:inline-block;text-align:left;padding-left:.35ch}
td.n[title]{cursor:help}
td.unresolved b::before{content:"≈";color:var(--open);padding-right:.35ch}
.mark{color:var(--open)}td.bad{color:var(--bad);text-align:right}td.text{color:var(--soft);text-align:right}
.plots{display:grid;gap:1.2rem 1.6rem;grid-template-columns:repeat(auto-fill,minmax(min(16.5rem,100%),1fr))}
.plots.one{grid-template-columns:minmax(0,44rem)}
@media (min-width:48rem){.plots.two{grid-template-columns:repeat(2,minmax(0,26rem))}}
.plots h4{font:600 .86rem/1.35 var(--sans);color:var(--soft);margin:0 0 .2rem}
.plots svg{display:block;width:100%;height:auto;font-family:var(--sans)}
.plots .gridline{stroke-opacity:1}
ul.legend{list-style:none;margin:.1rem 0 .7rem;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;
font:.86rem/1.4 var(--sans)}
ul.legend li{display:flex;align-items:center;gap:.45rem}
.pictures{display:flex;flex-wrap:wrap;gap:1.1rem 1.4rem;align-items:flex-end}
.pictures.grid{display:grid;justify-content:start;overflow-x:auto}
.pictures>div{min-width:0;align-self:end}
.pictures.grid>div{min-width:8.5rem}
.pictures p{font:.83rem/1.35 var(--sans);color:var(--soft);margin:0 0 .3rem;width:0;min-width:100%;overflow-wrap:anywhere}
.pictures img,.pictures svg{display:block;max-width:100%;height:auto}
.pictures img{image-rendering:pixelated}
.pictures svg{font-family:var(--sans)}
pre{font:.82rem/1.5 var(--mono);background:var(--panel);border:1px solid var(--line);border-radius:4px;
padding:.9rem 1.1rem;overflow-x:auto;margin:0 0 1rem;tab-size:4}
code{font:.9em var(--mono)}
dl.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.3rem 1.4rem;font:.9rem/1.5 var(--sans);margin:0 0 1.4rem}
dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
.warning{font:.92rem/1.5 var(--sans);color:var(--open);background:var(--open-bg);padding:.7rem 1rem;border-radius:4px;
max-width:none}
footer{grid-column:1/-1;border-top:1px solid var(--line);padding-top:1rem;font:.82rem/1.5 var(--sans);color:var(--soft)}
@media (max-width:40rem){body{font-size:1rem}h1{font-size:1.6rem}.sheet{padding:1.4rem 1rem 3rem}
ol.findings>li{grid-template-columns:minmax(0,1fr);row-gap:.4rem}}
@media print{:root{color-scheme:light;--page:#fff;--ink:#000;--soft:#444;--line:#bbb;--panel:#fff;--accent:#000;
--grid:#ddd;--band:#eee;--good:#000;--bad:#000;--open:#000;--good-bg:#fff;--bad-bg:#fff;--open-bg:#fff}
@page{margin:18mm}
body{font-size:10pt}.sheet{display:block;max-width:none;padding:0}nav.contents{display:none}
.verdict{border:1px solid #000}.scroll{overflow:visible}tbody th:first-child{position:static}
figure,ol.findings>li,.plots>div,.pictures>div,tr{break-inside:avoid}h2,h3,figcaption{break-after:avoid}
pre{white-space:pre-wrap;border-color:#bbb}}
)css";

}  // namespace ito::experiments::report
