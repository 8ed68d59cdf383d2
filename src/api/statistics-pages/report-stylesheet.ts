import { inlineSource } from '../../visits/pages/inline-source.ts';

/**
 * The statistics page's own sheet: it is read and printed, where the pages around a link are glanced at. Colours are
 * the family's. No rule needs an inline style, so one hash in the CSP covers all.
 */
export const REPORT_STYLESHEET = `
:root{color-scheme:light dark;--bg:#f4f6f5;--card:#fff;--ink:#15201c;--soft:#53615b;--line:#e0e6e3;--c:#0b8259;--tint:#d5ebe2;--up:#0a7650;--down:#b3362c}
@media(prefers-color-scheme:dark){:root{--bg:#0f1513;--card:#161e1b;--ink:#e9efec;--soft:#9baba4;--line:#27322d;--c:#3fd29a;--tint:#1d3a2f;--up:#4fdba6;--down:#ff8b7c}}
*{box-sizing:border-box;margin:0;padding:0}
html{background:var(--bg);color:var(--ink);-webkit-text-size-adjust:100%;text-size-adjust:100%;font:400 1rem/1.5 -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif}
:lang(ko){font-family:-apple-system,BlinkMacSystemFont,"Apple SD Gothic Neo","Segoe UI","Malgun Gothic",Roboto,"Noto Sans KR","Noto Sans CJK KR",sans-serif;word-break:keep-all}
:lang(ja){font-family:-apple-system,BlinkMacSystemFont,"Hiragino Sans","Segoe UI","Yu Gothic UI",Roboto,"Noto Sans JP","Noto Sans CJK JP",Meiryo,sans-serif;line-break:strict}
body{max-width:66rem;margin:0 auto;padding:clamp(1.5rem,4vw,3rem) clamp(1rem,4vw,2.5rem) 2.5rem}
header{margin-bottom:1.75rem}
.mark{display:block;width:2.25rem;height:2.25rem;margin-bottom:1.25rem}
.mark path{fill:none;stroke:var(--c);stroke-width:2.5;stroke-linecap:round}
.kind{color:var(--soft);font-weight:600;font-size:.9375rem}
h1{font-size:clamp(1.75rem,1.3rem + 2vw,2.75rem);line-height:1.15;letter-spacing:-.025em;text-wrap:balance;overflow-wrap:anywhere}
:lang(ko) h1,:lang(ja) h1{letter-spacing:0;line-height:1.3}
.address{margin-top:.375rem;color:var(--soft);font-size:1.0625rem;overflow-wrap:anywhere}
h2{font-size:1.0625rem;line-height:1.4;margin-bottom:1rem}
nav ul{display:flex;flex-wrap:wrap;gap:.375rem;list-style:none}
nav a{display:block;padding:.4375rem .875rem;border-radius:2rem;background:var(--card);border:1px solid var(--line);color:var(--ink);font-size:.9375rem;font-weight:600;text-decoration:none}
nav a:hover{border-color:var(--c)}
nav a[aria-current]{background:var(--ink);border-color:var(--ink);color:var(--bg)}
.pick{margin:.75rem 0 1.5rem}
summary{display:inline-block;padding:.25rem 0;color:var(--soft);font-size:.9375rem;font-weight:600;cursor:pointer;text-decoration:underline;text-decoration-color:var(--c);text-underline-offset:.25em}
summary:hover{color:var(--ink)}
form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin-top:.75rem}
label{display:block;font-size:.875rem;font-weight:600;color:var(--soft)}
input{display:block;margin-top:.25rem;padding:.5rem .75rem;border:1.5px solid var(--soft);border-radius:.5rem;background:var(--card);color:var(--ink);font:inherit;max-width:100%}
button{padding:.5625rem 1.25rem;border:0;border-radius:.5rem;background:var(--ink);color:var(--bg);font:inherit;font-weight:700;cursor:pointer}
a:focus-visible,summary:focus-visible,input:focus-visible,button:focus-visible,.scroll:focus-visible{outline:3px solid var(--c);outline-offset:3px}
section,.totals{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:clamp(1.125rem,3vw,1.625rem)}
.totals{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.25rem,1fr));gap:1.25rem 1.5rem}
dt{color:var(--soft);font-size:.9375rem;font-weight:600}
dd{font-variant-numeric:tabular-nums}
.n{font-size:clamp(1.625rem,1.3rem + 1.4vw,2.25rem);line-height:1.25;font-weight:700;letter-spacing:-.02em}
.d{font-size:.875rem;color:var(--soft)}
.d b{font-weight:700;margin-right:.375rem}
.up{color:var(--up)}.down{color:var(--down)}
.against{margin:.625rem 0 1.25rem;color:var(--soft);font-size:.875rem}
.wide-card{margin-bottom:1.25rem}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:1.25rem}
.chart{display:flex;gap:.625rem}
.chart svg{display:block;overflow:visible}
.axis{flex:none;width:2.5rem}
.plot{flex:1;min-width:0}
.chart text{fill:var(--soft);font-size:.8125rem;font-variant-numeric:tabular-nums;text-anchor:middle}
.axis text,.chart .last{text-anchor:end}
.lines line{stroke:var(--line)}
.plot rect{fill:var(--c)}
.plot title+rect{fill:transparent}
.plot g:hover title+rect{fill:var(--tint)}
ol{list-style:none}
li.v{display:grid;grid-template-columns:minmax(0,1fr) auto 3.25rem;gap:0 .75rem;align-items:baseline;padding:.3125rem 0;font-variant-numeric:tabular-nums}
.v bdi{overflow-wrap:anywhere}
.v small{display:block;color:var(--soft);font-size:.875rem}
.v b{font-weight:600}
.v i{font-style:normal;color:var(--soft);text-align:right;font-size:.9375rem}
.v svg{grid-column:1/-1;display:block;margin-top:.25rem}
.v .t{fill:var(--line)}
.v .f{fill:var(--c)}
.rest{color:var(--soft)}
.scroll{max-height:22rem;overflow:auto;margin-top:.75rem}
table{border-collapse:collapse;width:100%;font-size:.9375rem;font-variant-numeric:tabular-nums}
th,td{padding:.375rem .75rem .375rem 0;border-bottom:1px solid var(--line);text-align:left;font-weight:400}
thead th{font-weight:600;color:var(--soft)}
td,th+th{text-align:right}
.heard{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.empty{padding:clamp(2rem,7vw,4rem) clamp(1.125rem,5vw,3rem)}
.empty h2{font-size:1.375rem;margin-bottom:.5rem}
.empty p{color:var(--soft);max-width:34rem;text-wrap:pretty}
footer{margin-top:1.75rem;color:var(--soft);font-size:.875rem}
footer p{text-wrap:pretty}
footer .get{margin-bottom:1rem}
footer a{color:var(--ink);font-weight:600;font-size:.9375rem;text-decoration:underline;text-decoration-color:var(--c);text-decoration-thickness:.125em;text-underline-offset:.3em}
.by{margin-top:1rem}
@media(max-width:36rem){.wide{display:none}.axis{width:2rem}.chart{gap:.5rem}.cards,.wide-card{gap:1rem}}
@media(forced-colors:active){.plot rect,.v .f{fill:CanvasText}nav a[aria-current]{outline:2px solid}}
@page{size:A4;margin:14mm}
@media print{
:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#ccc;--c:#0b8259;--tint:#fff;--up:#000;--down:#000}
body{max-width:none;padding:0}
html{font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
nav,.pick,.numbers,.get,.mark{display:none}
section,.totals{break-inside:avoid;border-radius:.5rem;padding:1rem}
.cards{display:block}.cards section{margin-bottom:1rem}
.totals{grid-template-columns:repeat(4,1fr)}
}
`
  .replace(/\n/g, '')
  .trim();

/** The sheet as `style-src` names it. */
export const REPORT_STYLESHEET_SOURCE = inlineSource(REPORT_STYLESHEET);
