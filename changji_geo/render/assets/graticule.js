// Meridians and parallels with their degrees at the edges of the map.

const STEPS = [10, 5, 2, 1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01];

function addGraticule(view) {
  const { map } = view;
  const pane = map.createPane('graticule');
  pane.style.zIndex = 605; // over the layers, whose fills would hide it
  pane.style.pointerEvents = 'none';
  const texts = map.createPane('graticule-texts');
  texts.style.zIndex = 625;
  texts.classList.add('labels', 'leaflet-zoom-hide');
  const renderer = L.svg({ pane: 'graticule', padding: 0.5 });
  const lines = L.layerGroup().addTo(map);
  const style = { renderer, pane: 'graticule', interactive: false, color: view.scene.graticule, weight: 0.7, opacity: 0.8, dashArray: '1 3' };
  const draw = () => {
    const seen = map.getBounds();
    const wide = seen.pad(0.5);
    const span = seen.getEast() - seen.getWest();
    const step = STEPS.find((s) => span / s >= 4) || STEPS[STEPS.length - 1];
    const size = map.getSize();
    lines.clearLayers();
    texts.replaceChildren();
    const controls = boxIndex(size, controlBoxes(view));
    const put = (text, x, y) => {
      if (!controls.isFree({ left: x, top: y, right: x + 40, bottom: y + 15 }, [])) return;
      const node = el('div', { class: 'label placed degree', 'aria-hidden': 'true' }, text);
      node.style.textShadow = haloShadow('#ffffff');
      texts.append(node);
      L.DomUtil.setPosition(node, map.containerPointToLayerPoint([x, y]).round());
    };
    const degrees = (value, positive, negative) => `${Number(Math.abs(value).toFixed(2))}°${value < 0 ? negative : positive}`;
    for (let i = Math.ceil(wide.getWest() / step); i * step <= wide.getEast(); i += 1) {
      const lon = i * step;
      lines.addLayer(L.polyline([[wide.getSouth(), lon], [wide.getNorth(), lon]], style));
      const { x } = map.latLngToContainerPoint([seen.getCenter().lat, lon]);
      if (x > 0 && x < size.x - 40) put(degrees(lon, 'E', 'W'), x + 3, 2);
    }
    for (let i = Math.ceil(Math.max(-85, wide.getSouth()) / step); i * step <= Math.min(85, wide.getNorth()); i += 1) {
      const lat = i * step;
      lines.addLayer(L.polyline([[lat, wide.getWest()], [lat, wide.getEast()]], style));
      const { y } = map.latLngToContainerPoint([lat, seen.getCenter().lng]);
      if (y > 24 && y < size.y - 60) put(degrees(lat, 'N', 'S'), size.x - 42, y - 15);
    }
  };
  map.on('moveend resize', draw);
  draw();
}
