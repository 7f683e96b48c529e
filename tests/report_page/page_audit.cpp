#include "tests/report_page/page_audit.h"

namespace limbeck::page_check {

// Contrast: WCAG 2.1, 1.4.3 (text 4.5:1, large text 3:1) and 1.4.11 (marks of a chart 3:1).
const char* const kPageAudit = R"js((() => {
const faults = [];
const width = __WIDTH__;
const name = e => e.tagName.toLowerCase() + (e.getAttribute('class') ? '.' + e.getAttribute('class') : '') +
  ' "' + (e.textContent || '').trim().slice(0, 40) + '"';
document.querySelectorAll('details').forEach(d => { d.open = true; });
const visible = e => e.checkVisibility({visibilityProperty: true}) && !e.closest('.hidden,.skip');

// The page itself never scrolls sideways.
const root = document.documentElement;
if (root.scrollWidth > width) {
  faults.push(`page is ${root.scrollWidth} px wide`);
  document.querySelectorAll('body *').forEach(e => {
    const r = e.getBoundingClientRect();
    if (visible(e) && r.right > width + 0.5 && !e.closest('.scroll,pre,svg,.hidden')) faults.push('sticks out: ' + name(e));
  });
}
document.querySelectorAll('svg').forEach(s => {
  if (!visible(s)) return;
  const frame = s.getBoundingClientRect();
  s.querySelectorAll('text').forEach(t => {
    const r = t.getBoundingClientRect();
    if (r.left < frame.left - 4 || r.right > frame.right + 4 || r.bottom > frame.bottom + 4)
      faults.push('chart text cut: ' + name(t));
  });
});

// What scrolls in its box is reachable by keyboard.
document.querySelectorAll('body *').forEach(e => {
  const style = getComputedStyle(e);
  if (visible(e) && /auto|scroll/.test(style.overflowX) && e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0)
    faults.push('scrolls but takes no focus: ' + name(e));
  if (/hidden|clip/.test(style.overflowX) && visible(e) && e.scrollWidth > e.clientWidth + 1 && !(e instanceof SVGElement))
    faults.push('content cut: ' + name(e));
});

// Structure.
if (!document.title) faults.push('no title');
if (!root.lang) faults.push('no language');
if (document.querySelectorAll('h1').length !== 1) faults.push('expected one h1');
if (document.querySelector('script')) faults.push('has a script');
const ids = new Set();
document.querySelectorAll('[id]').forEach(e => { if (ids.has(e.id)) faults.push('id twice: ' + e.id); ids.add(e.id); });
document.querySelectorAll('svg').forEach(s => {
  const labels = (s.getAttribute('aria-labelledby') || '').split(' ').filter(Boolean);
  if (s.getAttribute('role') !== 'img' || !labels.length || labels.some(l => !document.getElementById(l)?.textContent))
    faults.push('chart without role or text alternative');
});
document.querySelectorAll('a[href^="#"]').forEach(a => { if (!document.querySelector(a.getAttribute('href'))) faults.push('dead link: ' + name(a)); });
let level = 0;
document.querySelectorAll('h1,h2,h3,h4,h5,h6').forEach(h => {
  const own = Number(h.tagName[1]);
  if (own > level + 2) faults.push('heading level skipped: ' + name(h));
  level = own;
});

// Size and contrast of every text.
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = css => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
const luminance = c => { const f = c.slice(0, 3).map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const background = e => {
  for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
  return rgba(getComputedStyle(root).colorScheme.includes('dark') && matchMedia('(prefers-color-scheme:dark)').matches ? '#121212' : '#ffffff');
};
const seen = new Set();
const complain = text => { if (!seen.has(text)) { seen.add(text); faults.push(text); } };
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !visible(e) || /^(title|desc|style)$/i.test(e.tagName)) continue;
  const style = getComputedStyle(e);
  const inside = e.ownerSVGElement;
  const scale = inside ? inside.getBoundingClientRect().width / inside.viewBox.baseVal.width : 1;
  const size = parseFloat(style.fontSize) * scale;
  if (size < (matchMedia('print').matches ? 10.5 : 11.5)) complain(`text of ${size.toFixed(1)} px: ${name(e)}`);
  const least = size >= 24 || (size >= 18.6 && style.fontWeight >= 700) ? 3 : 4.5;
  const got = ratio(rgba(inside ? style.fill : style.color), background(e));
  if (got < least) complain(`contrast ${got.toFixed(2)} < ${least}: ${name(e)}`);
}
document.querySelectorAll('svg .mark, svg .line').forEach(e => {
  if (!visible(e)) return;
  const style = getComputedStyle(e);
  const got = ratio(rgba(e.matches('.mark') ? style.fill : style.stroke), background(e.ownerSVGElement));
  if (got < 3) complain(`contrast ${got.toFixed(2)} < 3: chart mark ${e.getAttribute('class')}`);
});

// No two texts of a chart cover each other.
document.querySelectorAll('svg').forEach(s => {
  if (!visible(s)) return;
  const texts = [...s.querySelectorAll('text')].map(t => [t, t.getBoundingClientRect()]);
  texts.forEach(([a, p], i) => texts.slice(i + 1).forEach(([b, q]) => {
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (x > 1 && y > 3) complain(`chart texts overlap: ${name(a)} and ${name(b)}`);
  }));
});
return JSON.stringify(faults);
})())js";

}  // namespace limbeck::page_check
