// Key figures, the text about the map, and on a narrow screen the tabs that raise them as a sheet.

function buildFigures(scene) {
  const section = document.getElementById('changji-figures');
  if (!scene.figures.length) return section;
  section.hidden = false;
  section.dataset.view = 'figures';
  section.append(el('dl', {}, ...scene.figures.map(([name, value, unit, area, period, source]) => el('div',
    { class: 'figure', title: source ? `来源：${source}` : null },
    el('dt', {}, name),
    el('dd', { class: 'figure-value' }, el('b', {}, value), unit ? el('span', {}, unit) : null),
    el('dd', { class: 'figure-scope' }, [area, period].filter(Boolean).join(' · ')),
    source ? el('dd', { class: 'figure-source' }, `来源：${source}`) : null))));
  return section;
}

function buildAbout(scene) {
  const section = el('section', { class: 'about', 'data-view': 'about', 'aria-label': '说明' }, el('h2', {}, '说明'));
  if (scene.description) section.append(el('p', { class: 'description' }, scene.description));
  if (scene.notes.length) section.append(el('ul', { class: 'notes' }, ...scene.notes.map((text) => el('li', {}, text))));
  if (scene.sources.length) {
    section.append(el('h3', {}, '数据来源'), el('ul', { class: 'sources' }, ...scene.sources.map(
      ([title, attribution, licence, retrieved, accuracy]) => el('li', {},
        el('b', {}, title),
        el('span', {}, attribution),
        el('span', { class: 'source-terms' }, [licence, retrieved ? `获取 ${retrieved}` : '', accuracy ? `精度 ${accuracy}` : '']
          .filter(Boolean).join(' · '))))));
  }
  return section.children.length > 1 ? section : null;
}

function buildPanels(view) {
  const { scene } = view;
  const app = document.getElementById('changji-app');
  const panel = document.getElementById('changji-panel');
  const tabs = document.getElementById('changji-tabs');
  const search = scene.search ? buildSearch(view) : null;
  const about = buildAbout(scene);
  buildFigures(scene);
  if (search) panel.append(search);
  panel.append(buildLegend(view));
  if (about) panel.append(about);

  const offers = [['legend', '图例'], ['search', '查找'], ['figures', '数据'], ['about', '说明']].filter(([name]) => (
    { legend: true, search: Boolean(search), figures: scene.figures.length > 0, about: Boolean(about) }[name]));
  const nodes = new Map();
  const show = (name) => {
    app.dataset.sheet = name;
    for (const [key, node] of nodes) node.setAttribute('aria-expanded', String(key === name));
    panel.scrollTop = 0;
    if (name === 'search') document.getElementById('changji-search').focus();
  };
  for (const [name, label] of offers) {
    const node = el('button', { type: 'button', 'aria-expanded': 'false', 'data-tab': name }, label);
    node.addEventListener('click', () => show(app.dataset.sheet === name ? '' : name));
    nodes.set(name, node);
    tabs.append(node);
  }
  tabs.hidden = false;
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
