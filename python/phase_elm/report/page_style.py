"""The style sheet of the report page: on screens in light and dark, and on paper."""

CSS = """
:root { --ink: #1c2430; --soft: #5b6673; --line: #d9dee4; --paper: #ffffff; --wash: #f5f7f9;
  --met: #0a6aa6; --partly: #9a6a00; --unmet: #b4451c; --unknown: #5b6673; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--wash); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; background: var(--paper); }
h1 { font-size: 1.05rem; font-weight: 600; margin: 0 0 1rem; color: var(--soft); }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .5rem; padding-bottom: .25rem;
  border-bottom: 1px solid var(--line); }
p { margin: .4rem 0; max-width: 46rem; }
.soft { color: var(--soft); font-size: .9rem; }
.verdict { border-left: .5rem solid; padding: .8rem 1.2rem 1rem; background: var(--wash);
  border-radius: .25rem; }
.verdict strong { display: block; font-size: 1.9rem; line-height: 1.2; margin-bottom: .3rem; }
.met { border-color: var(--met); } .met > strong { color: var(--met); }
.partly { border-color: var(--partly); } .partly > strong { color: var(--partly); }
.unmet { border-color: var(--unmet); } .unmet > strong { color: var(--unmet); }
.unknown { border-color: var(--unknown); } .unknown > strong { color: var(--unknown); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); gap: .8rem;
  margin: 1rem 0; }
.facts div { border: 1px solid var(--line); border-radius: .25rem; padding: .5rem .7rem; }
.facts b { display: block; font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.facts span { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: .6rem 0; min-width: 24rem;
  font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--soft); }
th, td { padding: .28rem .7rem .28rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; }
th { vertical-align: bottom; max-width: 7rem; } td.yes, td.no { white-space: nowrap; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; }
td.yes { color: var(--met); font-weight: 600; } td.no { color: var(--unmet); font-weight: 600; }
tr.head td { font-weight: 600; padding-top: .8rem; }
figure { margin: .8rem 0 1.2rem; } figure img { width: 100%; height: auto; display: block;
  background: #ffffff; }
figcaption { color: var(--soft); font-size: .9rem; margin-top: .3rem; max-width: 46rem; }
.years { display: flex; width: 100%; margin: .7rem 0 .2rem; border-radius: .25rem;
  overflow: hidden; font-size: .85rem; }
.years div { padding: .45rem .3rem; text-align: center; color: #ffffff; min-width: 2.2rem;
  border-right: 2px solid var(--paper); overflow: hidden; white-space: nowrap; }
.years div:last-child { border-right: 0; }
.observed { background: #6b7683; } .relaxed { background: #4d8fb8; } .proof { background: #0a6aa6; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--soft); }
code { font-size: .85em; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; font-size: .9rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ec; --soft: #9aa6b2; --line: #38424d;
  --paper: #171c22; --wash: #10141a; --met: #62b5e5; --partly: #e0b04a; --unmet: #f08a5d;
  --unknown: #9aa6b2; } }
@media print { body { background: #ffffff; font-size: 11px; } main { padding: 0; max-width: none; }
  h2 { break-after: avoid; } figure, .verdict, tr { break-inside: avoid; } }
"""
