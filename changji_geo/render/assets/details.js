// The hover box and the details box of a feature.

// Above the pointer; near an edge of the map on the side where there is room.
const HoverBox = L.Tooltip.extend({
  _setPosition(pos) {
    const at = this._map.layerPointToContainerPoint(pos);
    const { offsetWidth: width, offsetHeight: height } = this._container;
    const size = this._map.getSize();
    const half = width / 2 + 4;
    const inside = Math.min(Math.max(at.y, height / 2 + 4), size.y - height / 2 - 4) - at.y;
    if (at.x < half) this._turn('right', [12, inside]);
    else if (at.x > size.x - half) this._turn('left', [-12, inside]);
    else if (at.y < height + 18) this._turn('bottom', [0, 20]);
    else this._turn('top', [0, -6]);
    L.Tooltip.prototype._setPosition.call(this, pos);
  },
  _turn(direction, offset) {
    this.options.direction = direction;
    this.options.offset = offset;
  },
});

function hoverText(feature) {
  const value = valueText(feature);
  return el('div', {},
    el('strong', {}, feature.name || feature.label || feature.id),
    value ? el('span', { class: 'hover-value' }, value) : null);
}

function detailsRows(feature) {
  const name = feature.name || feature.label || feature.id;
  const rows = [...(feature.popup || []), ...(feature.layer.series ? movingRows(feature) : [])]
    .filter(([, text]) => text !== name); // the heading says it
  const value = valueText(feature);
  const shown = rows.length || !value ? rows : [[feature.layer.title, value]];
  return shown.map(([caption, text]) => el('tr', {}, el('th', { scope: 'row' }, caption), el('td', {}, text)));
}

function detailsBody(view, feature) {
  const name = feature.name || feature.label || feature.id;
  const rows = detailsRows(feature);
  const close = button('关闭', 'close', () => closeDetails(view));
  close.classList.add('details-close');
  return el('div', { class: 'details', role: 'dialog', 'aria-label': name, tabindex: '-1' },
    el('div', { class: 'details-head' }, el('h2', {}, name), close),
    el('p', { class: 'details-layer' }, feature.layer.title),
    rows.length || feature.layer.series ? el('table', {}, el('tbody', {}, ...rows)) : null,
    feature.layer.accuracy ? el('p', { class: 'details-note' }, `图层精度：${feature.layer.accuracy}`) : null);
}

// `at`: where it was clicked, else the feature's anchor. `from`: what gets the focus back.
function openDetails(view, feature, { at = null, from = null } = {}) {
  closeDetails(view, { refocus: false });
  const body = detailsBody(view, feature);
  const size = view.map.getSize();
  // The tip of a pin is its position, so its box opens above the head.
  const lift = feature.layer.shape === 'point' && feature.paths.length ? boxOf(feature)[1] + 2 : 0;
  const bar = cornerBox(view.map, view.map.getContainer().getBoundingClientRect(), '.leaflet-top.leaflet-left', 0);
  const corner = bar.right - bar.left > bar.bottom - bar.top ? [14, bar.bottom + CLEAR] : [bar.right + CLEAR, 14];
  const popup = L.popup({
    closeButton: false,
    autoClose: false,
    closeOnClick: true,
    maxWidth: Math.min(340, size.x - 40),
    minWidth: Math.min(250, size.x - 60),
    maxHeight: Math.max(140, size.y * 0.6 - corner[1]),
    offset: [0, 7 + lift],
    autoPanPaddingTopLeft: corner,
    autoPanPaddingBottomRight: [14, 14],
  }).setLatLng(at || feature.at).setContent(body);
  view.open = { feature, popup, from };
  popup.on('remove', () => {
    if (view.open && view.open.popup === popup) closeDetails(view);
  });
  feature.layer.group.closeTooltip();
  popup.openOn(view.map);
  for (const path of feature.paths) path.getElement().classList.add('is-open');
  if (from) body.focus({ preventScroll: true });
  if (view.chartFeature) view.chartFeature(feature);
}

function closeDetails(view, { refocus = true } = {}) {
  const { open } = view;
  if (!open) return;
  view.open = null;
  const held = open.popup.getElement() && open.popup.getElement().contains(document.activeElement);
  view.map.closePopup(open.popup);
  for (const path of open.feature.paths) path.getElement().classList.remove('is-open');
  if (refocus && held) (open.from || view.map.getContainer()).focus({ preventScroll: true });
}
