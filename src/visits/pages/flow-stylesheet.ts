import { inlineSource } from './inline-source.ts';

/** What only the flow page has: lists of steps and a table. It stands beside the one of all pages, which stay small. */
export const FLOW_STYLESHEET = `
h2{margin-top:2.5rem;font-size:1.25rem;line-height:1.3}
ol{margin-top:.75rem;padding:0;border-top:1px solid var(--line);list-style:none}
li{padding:.5rem 0 .5rem 1.75rem;border-bottom:1px solid var(--line);text-indent:-1.75rem}
li::before{content:"✓"/"";display:inline-block;width:1.75rem;color:var(--soft);font-weight:400;text-indent:0}
li.not::before{content:"–"/""}
li.end{font-weight:700}
li.end::before{content:"➔"/"";color:var(--c)}
li small,td small,dd small{display:block;font-weight:400;text-indent:0;overflow-wrap:anywhere}
table{width:100%;margin-top:.75rem;border-top:1px solid var(--line);border-collapse:collapse}
th,td{padding:.5rem 1rem .5rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{color:var(--soft);font-size:.9375rem;font-weight:400}
`
  .replace(/\n/g, '')
  .trim();

/** As `style-src` names it. */
export const FLOW_STYLESHEET_SOURCE = inlineSource(FLOW_STYLESHEET);
