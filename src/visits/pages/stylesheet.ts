import { inlineSource } from './inline-source.ts';

/**
 * One stylesheet for the whole family, so that one hash in the CSP covers every page; what differs between notices is
 * a class on `<html>` (the colour of the signal) and the drawing. Text is `--ink` and `--soft` only, both AA on `--bg`.
 */
export const STYLESHEET = `
:root{color-scheme:light dark;--bg:#f4f6f5;--ink:#15201c;--soft:#53615b;--rail:#bcc7c2;--line:#d9e0dc;--field:#fff;--c:#0b8259}
.amber{--c:#c27300}.red{--c:#c8372d}.blue{--c:#2a62d6}.slate{--c:#5f6e68}.plum{--c:#8447c4}
@media(prefers-color-scheme:dark){
:root{--bg:#0f1513;--ink:#e9efec;--soft:#9baba4;--rail:#3c4944;--line:#26302c;--field:#161e1b;--c:#3fd29a}
.amber{--c:#f3ad42}.red{--c:#ff7968}.blue{--c:#7ea8ff}.slate{--c:#94a49d}.plum{--c:#c295ff}
}
*{box-sizing:border-box;margin:0}
html{background:var(--bg);color:var(--ink);-webkit-text-size-adjust:100%;text-size-adjust:100%;
font:400 1.0625rem/1.6 -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",Arial,sans-serif}
:lang(ko){font-family:-apple-system,BlinkMacSystemFont,"Apple SD Gothic Neo","Segoe UI","Malgun Gothic",Roboto,"Noto Sans KR","Noto Sans CJK KR",sans-serif;word-break:keep-all}
:lang(ja){font-family:-apple-system,BlinkMacSystemFont,"Hiragino Sans","Segoe UI","Yu Gothic UI",Roboto,"Noto Sans JP","Noto Sans CJK JP",Meiryo,sans-serif;word-break:auto-phrase;line-break:strict}
body{display:flex;flex-direction:column;min-height:100vh;min-height:100svh;overflow-x:hidden;overflow-x:clip;padding:0 clamp(1.5rem,11vw,12rem)}
main{flex:1;display:flex;flex-direction:column;justify-content:center;width:100%;max-width:38rem;padding:3rem 0 4rem}
svg{display:block;overflow:visible;width:auto;height:clamp(6rem,12vw,8.5rem);align-self:flex-start;margin-bottom:clamp(2rem,5vw,3.25rem)}
path,circle{fill:none;stroke-linecap:butt}
.b{stroke:var(--rail);stroke-width:13}
.i{stroke:var(--bg);stroke-width:9}
.r{stroke:var(--c);stroke-width:5;stroke-linecap:round}
.m{stroke:var(--c);stroke-width:5;stroke-linecap:round;stroke-linejoin:round}
.f{fill:var(--c)}
.k{fill:var(--bg)}
.d{stroke:var(--rail);stroke-width:13;stroke-dasharray:2 8}
.h{stroke:var(--bg);stroke-width:3.5;stroke-linecap:round}
h1{font-size:clamp(2.125rem,1.5rem + 3vw,3.5rem);line-height:1.08;font-weight:700;letter-spacing:-.03em;text-wrap:balance;overflow-wrap:break-word}
:lang(ko) h1{font-size:clamp(1.875rem,1.375rem + 2.4vw,3rem);line-height:1.25}
:lang(ja) h1{font-size:clamp(1.75rem,1.25rem + 2.3vw,2.75rem);line-height:1.3;letter-spacing:0;font-feature-settings:"palt"}
p{color:var(--soft);font-size:clamp(1.0625rem,.98rem + .35vw,1.25rem);max-width:31em;margin-top:1.25rem;text-wrap:pretty;overflow-wrap:break-word}
dl{display:flex;flex-wrap:wrap;gap:.25rem 1.75rem;align-items:baseline;margin-top:2rem;padding:1rem 0 1.125rem;border:solid var(--line);border-width:1px 0}
dt,small{color:var(--soft);font-size:.9375rem}
dd,time{display:block}
time{font-size:clamp(1.1875rem,1.1rem + .4vw,1.375rem);font-weight:700;line-height:1.4;font-variant-numeric:tabular-nums}
a{align-self:flex-start;margin-top:2rem;padding:.375rem 0;color:var(--ink);font-weight:700;text-decoration:underline;text-decoration-color:var(--c);text-decoration-thickness:.125em;text-underline-offset:.3em}
a:hover{text-decoration-thickness:.2em}
a:focus-visible{outline:3px solid var(--c);outline-offset:.375rem;border-radius:2px}
form{width:100%;max-width:25rem;margin-top:2rem}
label{display:block;margin-bottom:.5rem;font-weight:700}
form p{margin:0 0 .75rem;color:var(--c);font-size:1rem;font-weight:600}
input:not([hidden]){display:block;width:100%;padding:.75rem 1rem;border:2px solid var(--soft);border-radius:.5rem;background:var(--field);color:var(--ink);font:inherit;line-height:1.5}
input:focus-visible{border-color:var(--c);outline:3px solid var(--c);outline-offset:1px}
[aria-invalid]{border-color:var(--c)}
.go{display:block;align-self:stretch;max-width:25rem;margin-top:1rem;padding:.875rem 1.25rem;border:0;border-radius:.5rem;background:var(--ink);color:var(--bg);font:inherit;font-weight:700;line-height:1.4;text-align:center;text-decoration:none;cursor:pointer}
a.go{margin-top:1.5rem}
button{width:100%}
.go:hover{background:var(--c)}
.go:focus-visible{outline:3px solid var(--c);outline-offset:3px;border-radius:.5rem}
b{font-size:clamp(1.0625rem,1rem + .4vw,1.25rem);overflow-wrap:anywhere}
img{display:block;width:100%;max-height:15rem;object-fit:cover;margin-bottom:2rem;border-radius:.5rem;background:var(--line)}
#ask p{margin-top:1.5rem}
#ask~a{margin-top:1rem}
@media(max-width:34rem){
.brief main{justify-content:flex-start;padding:1.5rem 0 2rem}
.brief svg{height:3.5rem;margin-bottom:1rem}
.brief img{max-height:6rem;margin-bottom:1rem}
.brief svg:has(+img){display:none}
.brief h1{font-size:1.5rem;line-height:1.2}
.brief p{margin-top:.75rem;font-size:1rem}
.brief h1,.brief h1+p{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden;overflow-wrap:anywhere}
.brief dl{margin-top:1rem;padding:.5rem 0}
}
footer{padding:0 0 clamp(1.5rem,4vw,2.5rem);color:var(--soft);font-size:.875rem;letter-spacing:-.005em}
@media(prefers-reduced-motion:no-preference){
.r{stroke-dasharray:9999;animation:r .9s cubic-bezier(.2,.7,.2,1)}
.m,.f,.k,.h{animation:m .5s .45s backwards}
@keyframes r{from{stroke-dashoffset:-260}}
@keyframes m{from{opacity:0}}
}
@media(forced-colors:active){:root{--bg:Canvas;--rail:GrayText;--c:CanvasText}.go{border:2px solid}}
@media print{:root{--bg:#fff;--ink:#000;--soft:#333}*{animation:none!important}main{justify-content:flex-start}}
`
  .replace(/\n/g, '')
  .trim();

/** The stylesheet as `style-src` names it. */
export const STYLESHEET_SOURCE = inlineSource(STYLESHEET);
