// Search by name: a list that the keyboard can walk; a choice flies there and opens the details.

const SHOWN = 30;

function buildSearch(view) {
  const layers = view.scene.layers.filter((layer) => layer.interactive);
  const drawn = new Set(layers.flatMap((layer) => layer.features.filter((f) => f.paths.length).map(keyOf)));
  const entries = layers.flatMap((layer) => layer.features
    .filter((feature) => feature.paths.length || !drawn.has(keyOf(feature)))
    .map((feature) => ({ feature, name: feature.name || feature.label || '' }))
    .filter((entry) => entry.name)
    .map((entry) => ({ ...entry, key: entry.name.toLowerCase() })));
  const input = el('input', {
    type: 'search', id: 'changji-search', placeholder: '按名称查找', autocomplete: 'off', spellcheck: 'false', role: 'combobox',
    'aria-label': '按名称查找', 'aria-expanded': 'false', 'aria-controls': 'changji-results', 'aria-autocomplete': 'list',
  });
  const list = el('ul', { id: 'changji-results', role: 'listbox', 'aria-label': '查找结果', hidden: true });
  const status = el('p', { class: 'hint', role: 'status', hidden: true });
  let matches = [];
  let active = -1;

  const close = () => {
    list.hidden = true;
    status.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const mark = (position) => {
    active = position;
    [...list.children].forEach((node, i) => {
      node.setAttribute('aria-selected', String(i === active));
      if (i === active) {
        input.setAttribute('aria-activedescendant', node.id);
        node.scrollIntoView({ block: 'nearest' });
      }
    });
  };
  const choose = (position) => {
    const entry = matches[position];
    if (!entry) return;
    input.value = entry.name;
    close();
    goTo(view, entry.feature, input);
  };
  const update = () => {
    const words = input.value.trim().toLowerCase();
    matches = [];
    if (words) {
      const found = entries.filter((entry) => !entry.feature.left && entry.key.includes(words));
      matches = found.sort((a, b) => a.key.indexOf(words) - b.key.indexOf(words) || a.key.length - b.key.length).slice(0, SHOWN);
    }
    list.replaceChildren(...matches.map((entry, i) => {
      const node = el('li', { role: 'option', id: `changji-result-${i}`, 'aria-selected': 'false' },
        el('span', { class: 'result-name' }, entry.name), el('span', { class: 'result-layer' }, entry.feature.layer.title));
      node.addEventListener('mousedown', (event) => event.preventDefault());
      node.addEventListener('click', () => choose(i));
      return node;
    }));
    list.hidden = !matches.length;
    status.hidden = !words || matches.length > 0;
    status.textContent = status.hidden ? '' : '没有这个名称';
    input.setAttribute('aria-expanded', String(!list.hidden));
    input.removeAttribute('aria-activedescendant');
    active = -1;
  };
  input.addEventListener('input', update);
  input.addEventListener('focus', () => {
    if (input.value && list.hidden) update();
  });
  input.addEventListener('blur', close);
  input.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && matches.length) {
      mark((active + step + matches.length + (active < 0 && step < 0 ? 1 : 0)) % matches.length);
    } else if (event.key === 'Enter') {
      choose(Math.max(0, active));
    } else if (event.key === 'Escape' && !list.hidden) {
      close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  return el('section', { class: 'search', 'data-view': 'search', role: 'search' }, icon('search'), input, list, status);
}

function goTo(view, feature, from) {
  const { map } = view;
  const { layer } = feature;
  if (!layer.shown) {
    setVisible(view, layer, true);
    layer.showSwitch();
  }
  view.closeSheet();
  const open = () => openDetails(view, feature, { from });
  const near = Math.min(map.getMaxZoom(), Math.max(map.getZoom(), view.home.zoom + 2));
  const bounds = layer.shape === 'point' || layer.shape === 'none' || !feature.paths.length
    ? L.latLng(feature.at).toBounds(1)
    : feature.paths.reduce((all, path) => all.extend(path.getBounds()), L.latLngBounds([]));
  const zoom = Math.min(map.getBoundsZoom(bounds, false, L.point(60, 60)), near);
  const centre = layer.shape === 'point' ? L.latLng(feature.at) : bounds.getCenter();
  if (map.getCenter().distanceTo(centre) < 1 && Math.abs(map.getZoom() - zoom) < 0.01) {
    open();
    return;
  }
  map.once('moveend', open);
  if (calm.matches) map.setView(centre, zoom, { animate: false });
  else map.flyTo(centre, zoom, { duration: 0.7 });
}
