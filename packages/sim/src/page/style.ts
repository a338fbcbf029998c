// The page's style: light and dark, one column on a phone.

export const style = `
:root {
  color-scheme: light dark;
  --paper: #f7f7f4; --card: #ffffff; --ink: #16191d; --soft-ink: #59616b; --line: #dfe1dc; --faint: #eceee9;
  --master: #08766f; --on-master: #ffffff; --backup: #8fa9b8; --fault: #c03a22; --fault-soft: #f8dcd5; --frozen: #6c4bb0; --frozen-soft: #e6def5;
  --quiet: #9aa1a8; --bad: #b3261e; --good: #08766f; --flag: #16191d; --on-flag: #ffffff; --band: rgba(192, 58, 34, .07);
  --n1: #2361a9; --n2: #a85510; --n3: #7c3b86; --n4: #3c7329; --n5: #96314d; --n6: #4d5a68; --on-n: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #121417; --card: #1a1d21; --ink: #eceef0; --soft-ink: #a3abb5; --line: #32373d; --faint: #24282d;
    --master: #35b8ab; --on-master: #06211f; --backup: #5c7888; --fault: #f0806a; --fault-soft: #43231d; --frozen: #ab90e8; --frozen-soft: #302848;
    --quiet: #6f7780; --bad: #ff8a78; --good: #4ecabd; --flag: #eceef0; --on-flag: #16191d; --band: rgba(240, 128, 106, .09);
    --n1: #78aeea; --n2: #e8a05f; --n3: #cf93d8; --n4: #8cc678; --n5: #ec8fa8; --n6: #a9b4c0; --on-n: #14171a;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; -webkit-text-size-adjust: 100%; }
main { max-width: 1240px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { margin: 0; font-size: 26px; line-height: 1.25; letter-spacing: -.01em; }
h2 { margin: 36px 0 12px; font-size: 17px; }
.sub { margin: 4px 0 0; color: var(--soft-ink); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 1px; margin: 24px 0; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.numbers div { box-shadow: 0 0 0 1px var(--line); padding: 12px 16px; }
.numbers dt { color: var(--soft-ink); font-size: 13px; }
.numbers dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap; }
.numbers .bad dd { color: var(--bad); } .numbers .good dd { color: var(--good); }
.numbers small { display: block; font-size: 12px; font-weight: 400; color: var(--soft-ink); }
section.picture { margin-top: 24px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; padding: 10px 16px; border-bottom: 1px solid var(--line); }
.bar h2 { margin: 0; flex: 1; }
.bar label { color: var(--soft-ink); font-size: 13px; display: flex; align-items: center; gap: 8px; }
input[type=range] { width: 150px; accent-color: var(--master); }
button, input[type=search], select { font: inherit; font-size: 13px; color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; min-height: 32px; }
button { cursor: pointer; } button:hover { border-color: var(--soft-ink); }
:focus-visible { outline: 2px solid var(--master); outline-offset: 2px; }
.chart { display: grid; grid-template-columns: 176px minmax(0, 1fr); }
.labels { position: relative; border-right: 1px solid var(--line); }
.label { position: absolute; left: 0; right: 0; padding: 0 12px 0 16px; display: flex; align-items: center; gap: 7px; font-size: 13.5px; white-space: nowrap; }
.label .name { overflow: hidden; text-overflow: ellipsis; font-weight: 550; }
.label small { color: var(--soft-ink); font-size: 12px; }
.chip { width: 10px; height: 10px; border-radius: 3px; flex: none; }
.scroll { overflow-x: auto; overscroll-behavior-x: contain; }
.stage { min-width: 760px; padding-right: 14px; }
svg text { fill: currentColor; font: 12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.time { fill: var(--soft-ink) !important; font-variant-numeric: tabular-nums; }
.tick { stroke: var(--faint); } .ground { stroke: var(--line); }
.band { fill: var(--band); } .fault-line { stroke: var(--fault); stroke-dasharray: 3 3; opacity: .75; }
.flag circle { fill: var(--flag); stroke: var(--card); stroke-width: 2; } .flag text { fill: var(--on-flag); text-anchor: middle; font-weight: 650; font-size: 11px; }
#cursor { stroke: var(--ink); opacity: .55; pointer-events: none; }
.owner .body, .state .body { rx: 2px; }
.owner text { fill: var(--on-n); font-weight: 600; }
.n1 .body { fill: var(--n1); } .n2 .body { fill: var(--n2); } .n3 .body { fill: var(--n3); } .n4 .body { fill: var(--n4); } .n5 .body { fill: var(--n5); } .n6 .body { fill: var(--n6); }
.chip.n1 { background: var(--n1); } .chip.n2 { background: var(--n2); } .chip.n3 { background: var(--n3); } .chip.n4 { background: var(--n4); } .chip.n5 { background: var(--n5); } .chip.n6 { background: var(--n6); }
.nobody .body { fill: url(#gap); stroke: var(--quiet); } .nobody text { fill: var(--ink); paint-order: stroke; stroke: var(--card); stroke-width: 4px; font-weight: 500; }
#gap .hard { fill: var(--line); }
.split .body { fill: url(#hatch); stroke: var(--bad); stroke-width: 2; } .split text { fill: var(--ink); paint-order: stroke; stroke: var(--fault-soft); stroke-width: 4px; }
.state text { font-weight: 650; font-size: 11px; letter-spacing: .04em; }
.master .body { fill: var(--master); } .master text { fill: var(--on-master); }
.backup .body { fill: var(--backup); }
.fault .body { fill: url(#hatch); stroke: var(--fault); } .fault text { fill: var(--ink); paint-order: stroke; stroke: var(--fault-soft); stroke-width: 4px; }
#hatch .soft { fill: var(--fault-soft); } #hatch .hard { fill: var(--fault); opacity: .45; }
.frozen .body { fill: url(#cross); stroke: var(--frozen); } .frozen text { fill: var(--ink); paint-order: stroke; stroke: var(--frozen-soft); stroke-width: 4px; }
#cross .soft { fill: var(--frozen-soft); } #cross .hard { stroke: var(--frozen); opacity: .5; }
.no-daemon .body { fill: none; stroke: var(--quiet); stroke-width: 1.5; }
.init .body, .stopped .body { fill: url(#dots); stroke: var(--quiet); stroke-dasharray: 2 2; } #dots .hard { fill: var(--quiet); }
.off .body { fill: var(--quiet); opacity: .5; }
.mark { fill: var(--soft-ink); cursor: default; } .mark .stem { stroke: var(--ink); stroke-width: 1; opacity: .35; }
.mark.transition { fill: var(--ink); } .mark.garp { fill: var(--n1); } .mark.notify { fill: var(--n3); } .mark.mail { fill: var(--n2); } .mark.life { fill: var(--fault); }
[data-tip]:hover .body { filter: brightness(1.12); } .mark:hover { stroke: var(--ink); }
.legend { display: flex; flex-wrap: wrap; gap: 6px 18px; padding: 12px 16px; border-top: 1px solid var(--line); font-size: 13px; color: var(--soft-ink); }
.legend span { display: inline-flex; align-items: center; gap: 7px; white-space: nowrap; } .legend b { font-weight: 550; color: var(--ink); }
#tip { position: fixed; z-index: 9; max-width: min(420px, 90vw); padding: 8px 12px; border-radius: 8px; background: var(--ink); color: var(--paper); font-size: 13px; line-height: 1.4; pointer-events: none; white-space: pre-line; box-shadow: 0 6px 24px rgba(0, 0, 0, .25); }
#tip small { display: block; opacity: .75; font-variant-numeric: tabular-nums; }
.findings { list-style: none; margin: 0; padding: 0; } .findings li { padding: 12px 16px; border-top: 1px solid var(--line); display: grid; grid-template-columns: 110px 1fr auto; gap: 4px 16px; align-items: baseline; }
.findings li:first-child { border-top: 0; } .findings .big { font-weight: 650; font-variant-numeric: tabular-nums; } .findings p { margin: 0; } .findings small { display: block; color: var(--soft-ink); font-size: 13.5px; }
.findings .bad .big { color: var(--bad); } .findings .good .big { color: var(--good); }
.table { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13.5px; } th { text-align: left; color: var(--soft-ink); font-weight: 500; font-size: 12.5px; }
th, td { padding: 5px 12px; border-top: 1px solid var(--faint); vertical-align: top; } th:first-child, td:first-child { padding-left: 16px; } thead th { border-top: 0; }
td:first-child { font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right; width: 1%; } td:nth-child(2) { white-space: nowrap; width: 1%; }
tr.fault td { background: var(--band); font-weight: 550; } tr.state td:last-child { font-weight: 550; } tr.announced td, tr.owners td { color: var(--soft-ink); }
tbody tr:hover td { background: var(--faint); } .more { padding: 10px 16px; color: var(--soft-ink); font-size: 13px; border-top: 1px solid var(--faint); }
td, .findings p, h1 { overflow-wrap: anywhere; }
footer { margin-top: 40px; color: var(--soft-ink); font-size: 13px; }
@media (max-width: 720px) {
  main { padding: 20px 12px 48px; } h1 { font-size: 21px; } .numbers { grid-template-columns: 1fr 1fr; margin: 18px 0; } .numbers dd { font-size: 18px; }
  .bar h2 { flex-basis: 100%; } .chart { grid-template-columns: 110px minmax(0, 1fr); } .label { padding: 0 6px 0 10px; font-size: 11.5px; flex-wrap: wrap; gap: 0 5px; align-content: center; } .label .name { max-width: 100%; } .label small { font-size: 10.5px; }
  .findings li { grid-template-columns: 1fr auto; } .findings p { grid-column: 1 / -1; grid-row: 2; } .bar, .legend { padding-left: 12px; padding-right: 12px; }
  th, td { padding: 5px 8px; } th:first-child, td:first-child { padding-left: 10px; }
}
@media print { .bar label, .bar button, .bar select, .bar input { display: none; } .card { break-inside: avoid; } }
`
