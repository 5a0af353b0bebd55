// The legend: each layer with its switch, its classes, its notes and its opacity. The topmost layer comes first.

function buildLegend(view) {
  const layers = [...view.scene.layers].reverse();
  const listed = layers.filter((layer) => layer.legend);
  const others = layers.filter((layer) => !layer.legend);
  const section = el('section', { class: 'legend', 'data-view': 'legend', 'aria-label': '图例' }, el('h2', {}, '图例'));
  for (const layer of listed) section.append(legendEntry(view, layer));
  if (others.length) {
    section.append(el('h3', { class: 'others' }, '其他图层'), ...others.map((layer) => legendEntry(view, layer)));
  }
  return section;
}

function legendEntry(view, layer) {
  const id = `layer-switch-${layer.index}`;
  const single = layer.legend && layer.classes.length === 1 && ['', layer.title].includes(layer.classes[0].label);
  const name = layer.shape === 'none' ? `${layer.title}（注记）` : layer.title;
  const box = el('input', { type: 'checkbox', role: 'switch', id, 'aria-label': `显示图层：${name}` });
  const sliderRow = opacityRow(layer);
  const more = button(`不透明度：${name}`, 'opacity', () => {
    sliderRow.hidden = !sliderRow.hidden;
    more.setAttribute('aria-expanded', String(!sliderRow.hidden));
  });
  more.classList.add('more');
  more.setAttribute('aria-expanded', 'false');
  const head = el('div', { class: 'entry-head' },
    box,
    single && !layer.steps.length ? legendSwatch(layer, layer.classes[0]) : null,
    el('label', { for: id },
      el('span', { class: 'entry-title' }, layer.title),
      layer.shape === 'none' ? el('span', { class: 'unit' }, '（注记）') : null,
      layer.legend && layer.unit ? el('span', { class: 'unit' }, `（${layer.unit}）`) : null,
      layer.accuracy ? el('span', { class: 'accuracy', title: `图层精度：${layer.accuracy}` }, layer.accuracy) : null),
    single && layer.counts ? countOf(layer.classes[0]) : null,
    more);
  const body = el('div', { class: 'entry-body' }, sliderRow);
  if (layer.legend && !single) {
    body.append(el('ul', { class: 'classes' }, ...layer.classes.map((item) => classLine(layer, item, view.scene.layers[layer.explains]))));
  }
  if (layer.legend && layer.steps.length) body.append(sizeLegend(layer));
  if (layer.legend && layer.note) body.append(el('p', { class: 'entry-note' }, layer.note));
  const entry = el('section', { class: 'entry', 'aria-label': layer.title, 'data-layer': layer.index }, head, body);
  layer.entry = entry;
  layer.showSwitch = () => {
    box.checked = layer.shown;
    entry.classList.toggle('is-off', !layer.shown);
    body.hidden = !layer.shown;
    more.hidden = !layer.shown;
  };
  box.addEventListener('change', () => {
    setVisible(view, layer, box.checked);
    layer.showSwitch();
  });
  layer.showSwitch();
  return entry;
}

function legendSwatch(layer, item) {
  if (layer.shape !== 'none') return swatch(item.symbol, layer.shape);
  const sample = el('span', { class: 'swatch text-swatch', 'aria-hidden': 'true' }, '注记');
  sample.style.color = layer.labels[1];
  return sample;
}

function classLine(layer, item, other) {
  const twin = other && other.classes.find((one) => one.label === item.label && one.missing === item.missing);
  return el('li', { class: item.count || layer.series ? 'class' : 'class is-empty' },
    legendSwatch(layer, item),
    twin ? swatch(twin.symbol, other.shape) : null,
    el('span', { class: 'class-label' }, item.label),
    layer.counts ? countOf(item) : null);
}

function countOf(item) {
  item.countNode = el('span', { class: 'count', title: '要素个数' }, String(item.count));
  return item.countNode;
}

// Counts what is shown: after a filter, or at another moment.
function renewCounts(layer) {
  layer.classes.forEach((item, i) => {
    if (!item.countNode) return;
    const count = layer.features.filter((feature) => feature.class === i && !feature.left).length;
    item.countNode.textContent = String(count);
    const line = item.countNode.closest('.class');
    if (line) line.classList.toggle('is-empty', !count);
  });
}

function sizeLegend(layer) {
  const { symbol } = layer.classes.find((item) => !item.missing) || layer.classes[0];
  return el('ul', { class: 'sizes', 'aria-label': '符号大小' }, ...layer.steps.map(([size, label]) => el('li', {},
    swatch({ ...symbol, hatch: '' }, 'point', size), el('span', { class: 'step-label' }, label))));
}

function opacityRow(layer) {
  const slider = el('input', { type: 'range', min: 0, max: 100, step: 5, 'aria-label': `不透明度：${layer.title}` });
  const out = el('output', {});
  const show = () => {
    out.textContent = `${slider.value}%`;
    slider.setAttribute('aria-valuetext', `${slider.value}%`);
  };
  slider.value = Math.round(layer.opacity * 100);
  show();
  slider.addEventListener('input', () => {
    setOpacity(layer, slider.value / 100);
    show();
  });
  return el('div', { class: 'opacity-row', hidden: true }, el('span', { 'aria-hidden': 'true' }, '不透明度'), slider, out);
}

// The legend's texts as they stand on the page, in order.
function legendTexts(layer) {
  if (!layer.entry || !layer.legend) return [];
  const classes = layer.entry.querySelectorAll('.class-label');
  const names = classes.length ? classes : layer.entry.querySelectorAll('.entry-title');
  return [...names, ...layer.entry.querySelectorAll('.step-label')].map((node) => node.textContent);
}
