#include "nlp/report/page_template.h"

namespace limbeck::nlp {

const char* const kPageStyle = R"css(*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:72rem;padding:2.5rem 2rem 4rem;background:var(--page);color:var(--ink);font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:clamp(1.6rem,1.2rem + 1.8vw,2.3rem);line-height:1.2;letter-spacing:-.015em;margin:.1rem 0 .8rem;text-wrap:balance}
h2{font-size:1.35rem;line-height:1.3;letter-spacing:-.01em;margin:0 0 .5rem}
h3{font-size:1.02rem;line-height:1.35;margin:0}
h4{font-size:1rem;margin:0 0 .6rem}
h5{font-size:.85rem;margin:0 0 .25rem;color:var(--muted-ink)}
p{margin:.35rem 0 .8rem;max-width:46rem}
a{color:var(--accent);text-underline-offset:.2em}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--surface);padding:.5rem .8rem;z-index:2}
.eyebrow{font:600 .85rem/1.4 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;color:var(--accent);margin:0}
.note,.reason,.count,.unit{color:var(--muted-ink);font-size:.85rem;font-weight:400}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.verdict{border-left:4px solid;padding:.45rem .8rem;background:var(--surface);border-radius:0 6px 6px 0}
.verdict.pass{border-color:var(--pass)}.verdict.pass strong{color:var(--pass)}
.verdict.fail{border-color:var(--fail)}.verdict.fail strong{color:var(--fail)}
.verdict.inconclusive{border-color:var(--caution)}.verdict.inconclusive strong{color:var(--caution)}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;list-style:none;margin:.4rem 0 0;padding:0;font-size:.95rem}
nav a{display:inline-block;padding:.25rem 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,10.4rem),1fr));gap:.8rem;margin:1.6rem 0 0}
.tiles div{background:var(--surface);border:1px solid var(--frame);border-radius:10px;padding:.8rem 1rem}
.tiles dt{font-size:.85rem;color:var(--muted-ink)}
.tiles dd{margin:0}
.figure{white-space:nowrap;font-size:1.38rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.figure.words{font-size:1.1rem;white-space:normal}
section{margin-top:2.6rem;scroll-margin-top:1rem}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,32rem),1fr));gap:1rem;margin:1rem 0}
figure{margin:0;background:var(--surface);border:1px solid var(--frame);border-radius:10px;padding:1rem 1.1rem;min-width:0}
figcaption p{font-size:.92rem;color:var(--muted-ink);margin:.15rem 0 .4rem}
figure svg{display:block;width:100%;height:auto;max-width:64rem;font:12.5px/1 system-ui,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;overflow:visible}
.drawing{margin-top:.5rem}
.for-narrow,.for-whole{display:none}
.for-half svg{max-width:42rem}
.whole{grid-column:1/-1}
@media screen and (min-width:69rem){.whole .for-half{display:none}.whole .for-whole{display:block}}
svg text{fill:var(--ink)}
svg .tick,svg .axis-label{fill:var(--muted-ink)}
svg .tick,svg .value{font-variant-numeric:tabular-nums}
svg .category{font-weight:600}
svg .grid{stroke:var(--grid)}
svg .axis,svg .stem{stroke:var(--muted-ink)}
svg .stem{stroke-dasharray:1 3}
svg .line{fill:none;stroke-width:2.2;stroke-linejoin:round;stroke-linecap:butt}
svg .reference{stroke:var(--muted-ink);stroke-width:1.5;stroke-dasharray:5 4}
svg .reference-label{fill:var(--muted-ink)}
svg .halo{paint-order:stroke;stroke:var(--surface);stroke-width:4px;stroke-linejoin:round}
svg .mark{stroke:var(--surface);stroke-width:1}
svg .cell{fill:var(--accent)}
svg .cell-frame{fill:none;stroke:var(--grid)}
svg .whisker{fill:none;stroke:var(--ink);stroke-width:1.5}
svg .whisker-edge{fill:none;stroke:var(--surface);stroke-width:4}
.s0{--own:var(--series-0)}.s1{--own:var(--series-1)}.s2{--own:var(--series-2)}.s3{--own:var(--series-3)}.s4{--own:var(--series-4)}.s5{--own:var(--series-5)}
svg .line{stroke:var(--own)}
svg .mark{fill:var(--own)}
.scroll{overflow-x:auto;background:var(--surface);border:1px solid var(--frame);border-radius:10px;margin:1rem 0 .5rem}
details .scroll{margin-top:.5rem;max-height:26rem;overflow:auto}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:.93rem;overflow-wrap:normal}
caption{text-align:left;font-weight:600;padding:.75rem .9rem .35rem}
th,td{padding:.45rem .9rem;text-align:left;vertical-align:top;border-top:1px solid var(--grid)}
thead th{font-size:.85rem;vertical-align:bottom;border-top:0;border-bottom:1px solid var(--frame);color:var(--muted-ink)}
tbody tr:first-child>*{border-top:0}
tbody th{font-weight:600;min-width:9.5rem;max-width:16rem;overflow-wrap:anywhere}
tr>:first-child{position:sticky;left:0;background:var(--surface)}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
thead .number{white-space:normal}
td .reason{white-space:normal}
details{margin:.6rem 0 0}
summary{cursor:pointer;color:var(--accent);font-size:.92rem;width:fit-content;padding:.15rem .3rem .15rem 0}
pre{background:var(--surface);border:1px solid var(--frame);border-radius:8px;padding:.75rem 1rem;margin:.6rem 0 1rem;overflow-x:auto;font:.9rem/1.5 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace}
code{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere}
.definitions{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.3rem 1.4rem;margin:.8rem 0;font-size:.95rem}
.definitions dt{color:var(--muted-ink)}
.definitions dd{margin:0}
.example{background:var(--surface);border:1px solid var(--frame);border-radius:10px;padding:1rem 1.1rem;margin:.8rem 0}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr));gap:.8rem 2rem}
.example ol{list-style:none;margin:0;padding:0;font-size:.95rem;counter-reset:rank}
.example li{display:flex;gap:.6rem;align-items:baseline;padding:.3rem .5rem;border-top:1px solid var(--grid);counter-increment:rank}
.example li::before{content:counter(rank);color:var(--muted-ink);font-size:.85rem;min-width:1ch}
.example li.shared{border-left:3px solid var(--pass);padding-left:calc(.5rem - 3px)}
.answer{flex:1;min-width:0}
.shaded{max-width:none;background:var(--surface);border:1px solid var(--frame);border-radius:10px;padding:.5rem .7rem;margin:.5rem 0;line-height:1.3}
.word{display:inline-block;max-width:100%;border-radius:5px;padding:.15rem .35rem;margin:.1rem 0;text-align:center;color:var(--ink)}
.word .value{display:block;font-size:.75rem;font-variant-numeric:tabular-nums}
.swatch{display:inline-block;width:1.1rem;height:.8rem;border:1px solid var(--frame);vertical-align:baseline}
.w0{background:var(--surface)}.w1{background:var(--shade-1)}.w2{background:var(--shade-2)}.w3{background:var(--shade-3)}.w4{background:var(--shade-4)}
.agrees{color:var(--pass);font-weight:700}
.score{font-variant-numeric:tabular-nums;color:var(--muted-ink);font-size:.88rem;white-space:nowrap}
@media (max-width:40rem){
body{padding:1.2rem 1rem 3rem}
section{margin-top:2rem}
figure{padding:.8rem .75rem}
.for-narrow{display:block}.for-half{display:none}
.tiles{grid-template-columns:1fr 1fr;gap:.6rem}
.tiles div{padding:.6rem .75rem}
.figure{font-size:1.2rem}.figure.words{font-size:1rem}
th,td{padding:.4rem .6rem}
tbody th{min-width:6.5rem;max-width:8.5rem}
.definitions{grid-template-columns:1fr;gap:0}
.definitions dd{margin:0 0 .5rem}
.example{padding:.8rem .75rem}
}
@media print{
body{max-width:none;padding:0;background:#fff;font-size:10pt}
nav,.skip,figure details{display:none}
figure,.example,tr,.tiles div{break-inside:avoid}
h2,h3,h4{break-after:avoid}
.scroll{overflow:visible;max-height:none}
tr>:first-child{position:static}
table{font-size:9pt}
th,td{padding:.25rem .3rem}
tbody th{min-width:0}
}
)css";

}  // namespace limbeck::nlp
