// Filters: one list of values for each column; what does not fit leaves map, labels, search and the legend's counts.

function buildFilters(view) {
  const { filters } = view.scene;
  const layers = view.scene.layers.filter((layer) => layer.features.some((feature) => feature.filter));
  const subjects = layers.filter((layer) => layer.interactive).flatMap((layer) => layer.features);
  const chosen = filters.map(() => -1);
  const fits = (feature, except = -1) => chosen.every((want, k) => want < 0 || k === except || feature.filter[k] === want);
  const lists = filters.map(([title], k) => {
    const list = el('select', { id: `changji-filter-${k}` });
    list.addEventListener('change', () => {
      chosen[k] = Number(list.value);
      apply();
    });
    return el('div', { class: 'filter' }, el('label', { for: list.id }, title), list);
  });
  const status = el('p', { class: 'filter-status', role: 'status' });
  const reset = el('button', { type: 'button', class: 'filter-reset' }, '清除筛选');
  reset.addEventListener('click', () => {
    chosen.fill(-1);
    apply();
    lists[0].querySelector('select').focus();
  });

  // Each list counts what the other lists leave, so that no choice leads to a number that was not announced.
  const fillList = ([, texts], k) => {
    const counts = texts.map(() => 0);
    for (const feature of subjects) if (fits(feature, k)) counts[feature.filter[k]] += 1;
    const total = counts.reduce((sum, count) => sum + count, 0);
    const list = lists[k].querySelector('select');
    list.replaceChildren(
      el('option', { value: -1 }, `全部（${total}）`),
      ...texts.map((text, i) => el('option', { value: i }, `${text}（${counts[i]}）`)));
    list.value = String(chosen[k]);
  };

  const apply = () => {
    for (const layer of layers) {
      for (const feature of layer.features) {
        feature.left = !fits(feature);
        for (const path of feature.outlinePath ? [feature.outlinePath, ...feature.paths] : feature.paths) {
          path.getElement().style.display = feature.left ? 'none' : '';
        }
      }
      if (layer.settleTabs) layer.settleTabs();
      renewCounts(layer);
    }
    filters.forEach(fillList);
    const active = chosen.some((want) => want >= 0);
    const words = filters.map(([title, texts], k) => (chosen[k] < 0 ? '' : `${title}：${texts[chosen[k]]}`)).filter(Boolean);
    const shown = `显示 ${subjects.filter((feature) => !feature.left).length} / ${subjects.length} 个`;
    status.textContent = [...words, shown].join('；');
    section.classList.toggle('is-active', active);
    reset.hidden = !active;
    const tab = document.querySelector('[data-tab="filters"]');
    if (tab) tab.textContent = active ? '筛选中' : '筛选';
    if (view.open && view.open.feature.left) closeDetails(view, { refocus: false });
    view.refresh();
  };

  const section = el('section', { class: 'filters', 'data-view': 'filters', 'aria-label': '筛选' },
    el('h2', {}, '筛选'), el('div', { class: 'filter-lists' }, ...lists), el('div', { class: 'filter-foot' }, status, reset));
  apply();
  return section;
}
