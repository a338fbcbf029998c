// The page's own script, as text: tips, zoom, the cursor, the filter of the timeline. Without it the page shows everything
// all the same.

export const script = `
'use strict';
(() => {
  const plot = document.getElementById('plot');
  const scroll = document.querySelector('.scroll');
  const stage = document.querySelector('.stage');
  const axis = document.getElementById('axis');
  const cursor = document.getElementById('cursor');
  const tip = document.getElementById('tip');
  const zoom = document.getElementById('zoom');
  const duration = Number(plot.dataset.duration);
  const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5];
  const label = (at) => at < 1000 && at > 0 ? at + ' ms' : at < 600000 ? at / 1000 + ' s' : Math.round(at / 600) / 100 + ' min';
  let factor = 1;

  function drawAxis() {
    const count = Math.max(3, stage.clientWidth / 110);
    const wanted = duration / count;
    const step = steps.find((one) => one >= wanted) || wanted;
    const height = plot.getAttribute('height');
    let text = '';
    for (let at = 0; at <= duration; at += step) {
      const x = (at / duration) * 100 + '%';
      text += '<line class="tick" x1="' + x + '" x2="' + x + '" y1="24" y2="' + height + '"/>';
      if (at < duration - step * 0.4) text += '<text class="time" x="' + x + '" dx="4" y="15">' + label(at) + '</text>';
    }
    axis.innerHTML = text;
  }
  function showLabels() {
    for (const text of plot.querySelectorAll('[data-room]')) {
      const width = text.parentNode.width.baseVal.value;
      text.setAttribute('visibility', width >= Number(text.dataset.room) ? 'visible' : 'hidden');
    }
  }
  function setZoom(next, center) {
    const view = scroll.clientWidth;
    const at = center === undefined ? (scroll.scrollLeft + view / 2) / stage.scrollWidth : center / duration;
    factor = Math.min(4096, Math.max(1, next));
    stage.style.width = factor * 100 + '%';
    zoom.value = String(Math.log2(factor));
    scroll.scrollLeft = at * stage.scrollWidth - view / 2;
    drawAxis();
    showLabels();
  }
  function showAt(from, to) {
    setZoom(duration / Math.max((to - from) * 3, duration / 4096), (from + to) / 2);
    point((from + to) / 2);
    plot.scrollIntoView({ block: 'nearest', behavior: 'smooth' });
  }
  function point(at) {
    const x = (at / duration) * 100 + '%';
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
    cursor.setAttribute('visibility', 'visible');
  }
  zoom.addEventListener('input', () => setZoom(2 ** Number(zoom.value)));
  document.getElementById('whole').addEventListener('click', () => setZoom(1));
  addEventListener('resize', () => { drawAxis(); showLabels(); });

  function hideTip() { tip.hidden = true; }
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    point(Math.min(duration, Math.max(0, ((event.clientX - box.left) / box.width) * duration)));
    const target = event.target.closest('[data-tip]');
    if (!target) return hideTip();
    tip.textContent = target.dataset.tip;
    const when = document.createElement('small');
    when.textContent = target.dataset.when;
    tip.append(when);
    tip.hidden = false;
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = Math.min(innerWidth - width - 8, Math.max(8, event.clientX + 14)) + 'px';
    tip.style.top = (event.clientY + 18 + height > innerHeight ? event.clientY - height - 12 : event.clientY + 18) + 'px';
  });
  plot.addEventListener('pointerleave', () => { hideTip(); cursor.setAttribute('visibility', 'hidden'); });
  addEventListener('scroll', hideTip, { passive: true });

  for (const button of document.querySelectorAll('[data-from]')) {
    button.addEventListener('click', () => showAt(Number(button.dataset.from), Number(button.dataset.to)));
  }
  const rows = [...document.querySelectorAll('tbody tr')];
  for (const row of rows) row.addEventListener('pointerenter', () => point(Number(row.dataset.at)));
  const find = document.getElementById('find');
  const kind = document.getElementById('kind');
  function filter() {
    const words = find.value.toLowerCase();
    for (const row of rows) {
      const fits = kind.value === '' || kind.value.split(' ').includes(row.className);
      row.hidden = !fits || (words !== '' && !row.textContent.toLowerCase().includes(words));
    }
  }
  find.addEventListener('input', filter);
  kind.addEventListener('change', filter);
  drawAxis();
  showLabels();
})();
`
