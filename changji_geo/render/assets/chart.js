// The chart beside the map: one feature over the whole time, in the legend's colours; a click or a drag moves the time.

Object.assign(ICONS, {
  below: 'M4 5h16v14H4zM4 14h16',
  beside: 'M4 5h16v14H4zM14 5v14',
});

const LINE = 15; // pixels of a line of text in the chart
const WIDEST = 44; // pixels of a bar where there are few moments

// Returns the button that shows and hides the chart; null where no layer can be charted.
function buildChart(view) {
  const app = document.getElementById('changji-app');
  const section = document.getElementById('changji-chart');
  const { time } = view.scene;
  const layers = movingLayers(view.scene).filter((layer) => layer.interactive && layer.features.length).reverse();
  if (!layers.length) return null;
  const features = layers.flatMap((layer) => layer.features);
  let charted = features[0];
  let place = null; // frame -> pixels, once drawn

  const choice = el('select', { class: 'chart-choice', 'aria-label': '曲线所画的要素', title: '换一个要素；也可以点地图上的要素' },
    ...layers.map((layer) => {
      const options = layer.features.map((feature) => el('option', { value: features.indexOf(feature) }, nameOf(feature)));
      return layers.length > 1 ? el('optgroup', { label: layer.title }, ...options) : options[0] && options;
    }).flat());
  const aside = button('', 'below', () => {
    app.dataset.chart = app.dataset.chart === 'wide' ? 'side' : 'wide';
    arrange();
  });
  aside.classList.add('chart-aside');
  const now = el('p', { class: 'chart-now' });
  const plot = el('div', { class: 'chart-plot' });
  const readout = el('p', { class: 'chart-readout', 'aria-hidden': 'true', hidden: true }, el('span', {}), el('b', {}), el('span', {}));
  section.append(el('div', { class: 'chart-head' }, choice, aside), now, plot,
    el('p', { class: 'chart-hint' }, '点地图上的要素可换曲线；在图中点按或拖动可改变时间。'));
  section.hidden = false;

  const toggle = button('', 'chart', () => {
    app.dataset.chart = app.dataset.chart === 'none' ? 'side' : 'none';
    arrange();
  });
  toggle.setAttribute('aria-controls', section.id);
  const arrange = () => {
    const shown = app.dataset.chart !== 'none';
    toggle.setAttribute('aria-expanded', String(shown));
    toggle.title = shown ? '收起曲线' : '展开曲线';
    toggle.setAttribute('aria-label', toggle.title);
    const wide = app.dataset.chart === 'wide';
    aside.title = wide ? '曲线移到地图旁' : '曲线移到地图下';
    aside.setAttribute('aria-label', aside.title);
    aside.replaceChildren(icon(wide ? 'beside' : 'below'));
  };
  app.dataset.chart = narrow.matches && window.innerHeight < 700 ? 'none' : 'side';
  arrange();

  const follow = (frame) => {
    const { layer } = charted;
    const item = layer.classes[layer.series.classes[charted.start + frame]];
    const dot = svg('svg', { class: 'chart-dot', viewBox: '0 0 12 12', width: 12, height: 12, 'aria-hidden': 'true' },
      svg('circle', { cx: 6, cy: 6, r: 5, fill: chartColor(item, layer), stroke: 'currentColor', 'stroke-width': 0.6 }));
    const text = saysAt(charted, frame);
    now.replaceChildren(dot, el('b', {}, text), text === item.label ? '' : el('span', {}, item.label));
    if (place) plot.querySelector('.chart-marker').setAttribute('transform', `translate(${place.at(frame).toFixed(2)},0)`);
  };
  view.drawChart = () => {
    const { clientWidth: width, clientHeight: height } = plot;
    place = null;
    readout.hidden = true;
    plot.replaceChildren(readout);
    if (width < 80 || height < 60) return;
    place = drawPlot(plot, time, charted, width, height);
    follow(time.frame);
    for (const feature of features) {
      for (const path of feature.paths || []) path.getElement().classList.toggle('is-charted', feature === charted);
    }
  };
  view.chartFeature = (feature) => {
    if (!features.includes(feature)) return;
    charted = feature;
    choice.value = String(features.indexOf(feature));
    view.drawChart();
    follow(time.frame);
  };
  choice.addEventListener('change', () => view.chartFeature(features[Number(choice.value)]));
  const drag = (event) => {
    if (place && event.buttons & 1) view.moveTo(place.frame(event.clientX - plot.getBoundingClientRect().left));
  };
  plot.addEventListener('pointerdown', (event) => {
    plot.setPointerCapture(event.pointerId);
    drag(event);
  });
  // Date and value under the pointer, on the side of it that has more room; a finger would cover it.
  const read = (event) => {
    const x = event.clientX - plot.getBoundingClientRect().left;
    const frame = place ? place.frame(x) : -1;
    readout.hidden = event.pointerType === 'touch' || frame < 0 || frame >= time.times.length;
    if (readout.hidden) return;
    const item = charted.layer.classes[charted.layer.series.classes[charted.start + frame]];
    const text = saysAt(charted, frame);
    [time.labels[frame], text, text === item.label ? '' : item.label].forEach((words, i) => { readout.children[i].textContent = words; });
    const before = x > plot.clientWidth / 2;
    readout.style.left = before ? '' : `${x + 12}px`;
    readout.style.right = before ? `${plot.clientWidth - x + 12}px` : '';
    readout.style.maxWidth = `${(before ? x : plot.clientWidth - x) - 14}px`;
  };
  plot.addEventListener('pointermove', (event) => {
    drag(event);
    read(event);
  });
  plot.addEventListener('pointerleave', () => { readout.hidden = true; });
  view.followTime.push(follow);
  new ResizeObserver(view.drawChart).observe(plot);
  return toggle;
}

function nameOf(feature) {
  return feature.name || feature.label || feature.id;
}

function chartColor(item, layer) {
  return layer.shape === 'line' ? item.symbol.stroke : item.symbol.fill;
}

// Axes, one mark for each moment that has a value, the changes of the remark, and the marker of the moment shown.
function drawPlot(plot, time, feature, width, height) {
  const { series, classes } = feature.layer;
  const frames = time.times.length;
  const known = [...Array(frames).keys()].filter((frame) => (series.values
    ? numberAt(feature, frame) !== null : !classes[series.classes[feature.start + frame]].missing));
  const changes = [...Array(frames).keys()].filter((frame) => frame && time.remark[frame] !== time.remark[frame - 1]);
  const short = (text, room) => {
    let cut = text;
    while (cut && textWidth(cut, plot) > room) cut = cut.slice(0, -1);
    return cut === text ? text : `${cut.slice(0, -1)}…`;
  };
  const scale = (series.values ? numberScale : classScale)(feature, known);
  const gutter = Math.min(width * 0.34, Math.max(...scale.ticks.map(([, text]) => textWidth(text, plot)), 8)) + 8;
  const [left, right, top, bottom] = [gutter, width - 6, LINE + 8 + (changes.length ? LINE + 2 : 0), height - LINE - 5];
  const step = (right - left) / frames;
  const at = (frame) => left + (frame + 0.5) * step;
  const y = (share) => bottom - share * (bottom - top);
  const picture = svg('svg', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': spokenChart(time, feature, known) });
  const line = (name, x1, y1, x2, y2) => svg('line', { class: name, x1, y1, x2, y2 });
  const word = (name, x, level, text, anchor) => svg('text', { class: name, x: x.toFixed(1), y: level.toFixed(1), 'text-anchor': anchor }, text);

  picture.append(svg('rect', { class: 'chart-ground', x: left, y: top, width: right - left, height: bottom - top }));
  picture.append(word('chart-axis', 0, 11, short([series.caption, series.unit && `（${series.unit}）`].filter(Boolean).join(''), width), 'start'));
  for (const [share, text] of scale.ticks) {
    if (series.values) picture.append(line('chart-grid', left, y(share), right, y(share)));
    picture.append(word('chart-tick', left - 5, y(share) + 4, short(text, gutter - 8), 'end'));
  }
  const wide = Math.min(Math.max(step - (step > 3 ? Math.min(3, step * 0.2) : 0), 0.9), WIDEST);
  for (const frame of known) {
    const item = classes[series.classes[feature.start + frame]];
    const [low, high] = scale.span(frame);
    const mark = scale.dots
      ? svg('circle', { cx: at(frame).toFixed(2), cy: y(high).toFixed(2), r: Math.min(4, Math.max(1.6, step * 0.45)).toFixed(2) })
      : svg('rect', {
        x: (at(frame) - wide / 2).toFixed(2), width: wide.toFixed(2),
        y: Math.min(y(high), y(low) - 1.5).toFixed(2), height: Math.max(1.5, y(low) - y(high)).toFixed(2),
      });
    picture.append(fill(mark, { class: 'chart-mark', fill: chartColor(item, feature.layer), 'data-frame': frame }, []));
  }
  if (!known.length) picture.append(word('chart-none', (left + right) / 2, (top + bottom) / 2, '全部时段无数据', 'middle'));
  picture.append(line('chart-base', left, bottom, right, bottom));
  for (const [frame, text] of dateTicks(time, step, (caption) => textWidth(caption, plot))) {
    picture.append(line('chart-base', at(frame), bottom, at(frame), bottom + 3));
    const half = textWidth(text, plot) / 2;
    picture.append(word('chart-tick', Math.min(Math.max(at(frame), half), width - half), height - 4, text, 'middle'));
  }
  let free = 0;
  for (const frame of changes) {
    const x = left + frame * step;
    const text = time.remarks[time.remark[frame]];
    picture.append(fill(line('chart-change', x, LINE + 6, x, bottom), { 'data-frame': frame },
      [svg('title', {}, `${time.labels[frame]}起：${text || '—'}`)]));
    // Its text stands on the side that has more room, as long as it does not run into the one before.
    const rooms = [x - 4 - free, free > x + 4 ? 0 : width - x - 4];
    const before = rooms[0] > rooms[1];
    const cut = text && short(text, Math.max(...rooms));
    if (cut && (cut === text || cut.length > 3)) {
      picture.append(word('chart-remark', before ? x - 4 : x + 4, LINE + 13, cut, before ? 'end' : 'start'));
      free = before ? x : x + 8 + textWidth(cut, plot);
    }
  }
  picture.append(svg('g', { class: 'chart-marker' },
    line('chart-marker-line', 0, top - 3, 0, bottom + 3), svg('path', { d: `M-5,${top - 9}h10l-5,7z` })));
  plot.append(picture);
  return { at, frame: (x) => Math.floor((x - left) / step) };
}

// Bars from zero; dots where all values lie far from zero, which a bar must not cut off.
function numberScale(feature, known) {
  const values = known.map((frame) => numberAt(feature, frame));
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (!values.length) return { ticks: [], dots: false, span: () => [0, 0] };
  const dots = low > 0 ? low > high / 2 && high > low : high < 0 && high < low / 2 && high > low;
  const ticks = niceTicks(dots ? low : Math.min(0, low), dots ? high : Math.max(0, high));
  const last = Math.max(high, ticks[ticks.length - 1]);
  const share = (value) => (value - ticks[0]) / (last - ticks[0]);
  const zero = share(Math.min(Math.max(0, ticks[0]), last));
  const decimals = Math.max(...ticks.map((value) => (String(value).split('.')[1] || '').length));
  return {
    ticks: ticks.map((value) => [share(value), numberText(value, decimals)]),
    dots,
    span: (frame) => {
      const at = share(numberAt(feature, frame));
      return [Math.min(at, zero), Math.max(at, zero)];
    },
  };
}

// One row for each class that occurs, in the legend's order.
function classScale(feature, known) {
  const { series, classes } = feature.layer;
  const used = classes.map((item, i) => i).filter((i) => known.some((frame) => series.classes[feature.start + frame] === i));
  const low = (i) => 1 - (used.indexOf(i) + 1) / used.length;
  return {
    ticks: used.map((i) => [low(i) + 0.5 / used.length, classes[i].label]),
    dots: false,
    span: (frame) => {
      const from = low(series.classes[feature.start + frame]);
      return [from + 0.08 / used.length, from + 0.92 / used.length];
    },
  };
}

function niceTicks(low, high) {
  const rough = (high - low || Math.abs(high) || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((k) => k * power >= rough * 0.999) * power;
  const first = Math.floor(low / step + 1e-9);
  const last = Math.max(first + 1, Math.floor(high / step + 0.3));
  return [...Array(last - first + 1).keys()].map((i) => Number(((first + i) * step).toPrecision(12)));
}

// The finest dates whose texts have room: days, months, years.
function dateTicks(time, step, widthOf) {
  const parts = time.times.map((text) => text.split('-').map(Number));
  const days = (every) => ([, , day]) => day % every === 1 % every && (every < 10 || day < 30);
  const months = (every) => ([, month, day]) => (day || 1) === 1 && (month - 1) % every === 0;
  const years = (every) => ([year, month, day]) => (day || 1) === 1 && (month || 1) === 1 && year % every === 0;
  const dayText = ([, month, day], first) => (first || day === 1 ? `${month}月${day}日` : `${day}日`);
  const monthText = ([year, month]) => (month === 1 ? `${year}年` : `${month}月`);
  const yearText = ([year]) => `${year}年`;
  const choices = [
    ...(time.step === 'day' ? [1, 5, 10].map((every) => [days(every), dayText]) : []),
    ...(time.step === 'year' ? [] : [1, 2, 3, 6].map((every) => [months(every), monthText])),
    ...[1, 2, 5, 10, 20, 50].map((every) => [years(every), yearText]),
  ];
  let best = [];
  for (const [fits, textOf] of choices) {
    const found = parts.map((part, frame) => [frame, part]).filter(([, part]) => fits(part))
      .map(([frame, part], i) => [frame, textOf(part, i === 0)]);
    const close = found.some(([frame, text], i) => i > 0
      && (frame - found[i - 1][0]) * step < (widthOf(text) + widthOf(found[i - 1][1])) / 2 + 6);
    if (found.length && !close) return found;
    if (found.length) best = found;
  }
  return best.slice(0, 1);
}

function spokenChart(time, feature, known) {
  const { series } = feature.layer;
  const parts = [nameOf(feature), series.caption, `${time.times.length} 个时刻中 ${known.length} 个有数据`];
  if (series.values && known.length) {
    const by = (better) => known.reduce((a, b) => (better(numberAt(feature, b), numberAt(feature, a)) ? b : a));
    const [top, least] = [by((a, b) => a > b), by((a, b) => a < b)];
    parts.push(`最大 ${saysAt(feature, top)}（${time.labels[top]}）`, `最小 ${saysAt(feature, least)}（${time.labels[least]}）`);
  }
  return parts.filter(Boolean).join('，');
}
