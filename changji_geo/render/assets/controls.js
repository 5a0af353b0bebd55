// Zoom, home, fullscreen, scale bar and the position under the pointer.

function bar(position, ...buttons) {
  const control = L.control({ position });
  control.onAdd = () => {
    const node = el('div', { class: 'bar' }, ...buttons);
    L.DomEvent.disableClickPropagation(node);
    return node;
  };
  return control;
}

function addControls(view) {
  const { map } = view;
  const animate = () => ({ animate: !calm.matches });
  const zoomIn = button('放大', 'plus', () => map.zoomIn(1, animate()));
  const zoomOut = button('缩小', 'minus', () => map.zoomOut(1, animate()));
  const home = button('回到全图', 'home', () => view.goHome(animate()));
  const showLimits = () => {
    zoomIn.disabled = map.getZoom() >= map.getMaxZoom();
    zoomOut.disabled = map.getZoom() <= map.getMinZoom();
  };
  map.on('zoomend zoomlevelschange', showLimits);
  showLimits();
  bar('topleft', zoomIn, zoomOut, home).addTo(map);
  const full = fullscreenButton();
  if (full) bar('topleft', full).addTo(map);
  new MetricScale({ position: 'bottomleft', imperial: false, maxWidth: 130 }).addTo(map);
  addPosition(view);
}

// Inside a frame the page may be denied the full screen; then there is no button.
function fullscreenButton() {
  const page = document.documentElement;
  if (!document.fullscreenEnabled || !page.requestFullscreen) return null;
  const node = button('全屏', 'expand', () => {
    const done = document.fullscreenElement ? document.exitFullscreen() : page.requestFullscreen();
    if (done) done.catch(() => { node.hidden = true; });
  });
  document.addEventListener('fullscreenchange', () => {
    const on = Boolean(document.fullscreenElement);
    node.replaceChildren(icon(on ? 'shrink' : 'expand'));
    node.setAttribute('aria-label', on ? '退出全屏' : '全屏');
    node.title = on ? '退出全屏' : '全屏';
  });
  return node;
}

const MetricScale = L.Control.Scale.extend({
  _updateMetric(maxMeters) {
    const metres = this._getRoundNum(maxMeters);
    this._mScale.style.width = `${Math.round((this.options.maxWidth * metres) / maxMeters)}px`;
    this._mScale.textContent = metres < 1000 ? `${metres} 米` : `${metres / 1000} 千米`;
  },
});

function addPosition(view) {
  const node = el('div', { class: 'position', 'aria-hidden': 'true' });
  const control = L.control({ position: 'bottomright' });
  control.onAdd = () => node;
  control.addTo(view.map);
  const show = (at) => {
    const { lat, lng } = at.wrap();
    node.replaceChildren(
      el('span', {}, `${Math.abs(lng).toFixed(5)}°${lng < 0 ? 'W' : 'E'}  ${Math.abs(lat).toFixed(5)}°${lat < 0 ? 'S' : 'N'}`),
      el('span', {}, `${dms(lng)}${lng < 0 ? 'W' : 'E'}  ${dms(lat)}${lat < 0 ? 'S' : 'N'}`));
    node.classList.add('placed');
  };
  view.map.on('mousemove click', (event) => show(event.latlng));
  view.map.on('mouseout', () => node.classList.remove('placed'));
}

// Degrees, minutes and seconds to a tenth; rounding carries over, so 59.96 seconds is never written as 60.0.
function dms(value) {
  const tenths = Math.round(Math.abs(value) * 36000);
  const pad = (number) => String(number).padStart(2, '0');
  return `${Math.floor(tenths / 36000)}°${pad(Math.floor(tenths / 600) % 60)}′${pad(Math.floor((tenths % 600) / 10))}.${tenths % 10}″`;
}
