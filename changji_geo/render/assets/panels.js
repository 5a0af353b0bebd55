// Key figures, the text about the map, and on a narrow screen the tabs that raise them as a sheet.

function buildFigures(scene) {
  const section = document.getElementById('changji-figures');
  if (!scene.figures.length) return section;
  section.hidden = false;
  section.dataset.view = 'figures';
  const origins = figureSources(scene);
  section.append(el('dl', {}, ...scene.figures.map(([name, value, unit, area, period, source]) => el('div',
    { class: 'figure', title: source ? `来源：${source}` : null },
    el('dt', {}, name),
    el('dd', { class: 'figure-value' }, el('b', {}, value), unit ? el('span', {}, unit) : null),
    el('dd', { class: 'figure-scope' }, ...[area, period].filter(Boolean).flatMap((text) => [el('span', {}, text), ' '])),
    source && origins.length > 1 ? el('dd', { class: 'figure-source' }, `来源：${source}`) : null))));
  if (origins.length === 1) section.append(el('p', { class: 'figure-source' }, `来源：${origins[0]}`));
  return section;
}

function figureSources(scene) {
  return [...new Set(scene.figures.map((figure) => figure[5]).filter(Boolean))];
}

function buildAbout(scene) {
  const section = el('section', { class: 'about', 'data-view': 'about', 'aria-label': '说明' }, el('h2', {}, '说明'));
  if (scene.description) section.append(el('p', { class: 'description' }, scene.description));
  if (scene.notes.length) section.append(el('ul', { class: 'notes' }, ...scene.notes.map((text) => el('li', {}, text))));
  const origins = figureSources(scene);
  if (scene.sources.length || origins.length) {
    section.append(el('h3', {}, '数据来源'), el('ul', { class: 'sources' }, ...scene.sources.map(
      ([title, attribution, licence, retrieved, accuracy]) => el('li', {},
        el('b', {}, title),
        el('span', {}, attribution),
        el('span', { class: 'source-terms' }, [licence, retrieved ? `获取 ${retrieved}` : '', accuracy ? `精度 ${accuracy}` : '']
          .filter(Boolean).join(' · ')))),
      origins.length ? el('li', {}, el('b', {}, '关键数字'), ...origins.map((text) => el('span', {}, text))) : null));
  }
  // A small screen has no room for the whole imprint under the map: what is left out there can be read here.
  const imprint = [...document.querySelectorAll('.credits li')].map((node) => node.textContent);
  if (section.children.length === 1) section.classList.add('imprint-only');
  if (imprint.length) {
    section.append(el('div', { class: 'imprint-copy' },
      el('h3', {}, '制图信息'), el('ul', {}, ...imprint.map((text) => el('li', {}, text)))));
  }
  return section.children.length > 1 ? section : null;
}

function buildPanels(view) {
  const { scene } = view;
  const app = document.getElementById('changji-app');
  const panel = document.getElementById('changji-panel');
  const tabs = document.getElementById('changji-tabs');
  const search = scene.search ? buildSearch(view) : null;
  const filters = scene.filters.length ? buildFilters(view) : null;
  const about = buildAbout(scene);
  buildFigures(scene);
  if (search) panel.append(search);
  if (filters) panel.append(filters);
  panel.append(buildLegend(view));
  if (about) panel.append(about);

  const offers = [['legend', '图例'], ['filters', '筛选'], ['search', '查找'], ['figures', '数字'], ['about', '说明']].filter(([name]) => (
    { legend: true, filters: Boolean(filters), search: Boolean(search), figures: scene.figures.length > 0, about: Boolean(about) }[name]));
  const nodes = new Map();
  const show = (name) => {
    app.dataset.sheet = name;
    for (const [key, node] of nodes) node.setAttribute('aria-expanded', String(key === name));
    panel.scrollTop = 0;
    if (name === 'search') document.getElementById('changji-search').focus();
    else if (name) sheetOf(name).focus({ preventScroll: true });
  };
  const sheetOf = (name) => (name === 'figures' ? document.getElementById('changji-figures') : panel);
  for (const [name, label] of offers) {
    const node = el('button', { type: 'button', 'aria-expanded': 'false', 'aria-controls': sheetOf(name).id, 'data-tab': name }, label);
    node.addEventListener('click', () => show(app.dataset.sheet === name ? '' : name));
    nodes.set(name, node);
    tabs.append(node);
  }
  tabs.hidden = false;
  const skip = el('button', { type: 'button', class: 'skip' }, '跳到图例');
  skip.addEventListener('click', () => {
    if (narrow.matches) show('legend');
    else panel.focus();
  });
  app.prepend(skip);
  show('');
  view.closeSheet = () => show('');
  view.map.on('click', view.closeSheet);
  app.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    if (view.open) closeDetails(view);
    else if (app.dataset.sheet) {
      const held = nodes.get(app.dataset.sheet);
      show('');
      if (narrow.matches) held.focus();
    }
  });
}
